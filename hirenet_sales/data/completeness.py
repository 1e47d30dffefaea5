"""What was really read of a data set: the answers of every stream, and what was lost of them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hirenet_sales.persist import write_json

NAMED = 3  # of many answers with the same shortfall
COMPLETENESS = "data.json"  # in a run folder
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Shortfall:
    """What an answer lacks, or what is doubtful about it.

    Attributes
    ----------
    source : where the answer is named, such as "answers.csv, line 4"; "" = nowhere in particular
    reason : what is wrong and what to do about it, without a full stop
    file : name of the file that it is about, "" = none
    lost : whether something that is named could not be read, in whole or in part; else a remark
    """

    source: str
    reason: str
    file: str = ""
    lost: bool = False

    def __str__(self) -> str:
        """The shortfall as a sentence."""
        return ": ".join(part for part in (self.source, self.file, self.reason) if part) + "."


@dataclass(frozen=True)
class StreamCount:
    """How many answers name a source of a stream, and how many of them had any rows."""

    named: int
    read: int


@dataclass(frozen=True)
class Completeness:
    """What was read of a data set.

    Attributes
    ----------
    answers : their number
    streams : stream name to its counts; none of a set that is generated
    shortfalls : of single answers
    """

    answers: int = 0
    streams: dict[str, StreamCount] = field(default_factory=dict)
    shortfalls: tuple[Shortfall, ...] = ()

    @property
    def losses(self) -> tuple[Shortfall, ...]:
        """What is named and could not be read."""
        return tuple(shortfall for shortfall in self.shortfalls if shortfall.lost)

    @property
    def remarks(self) -> tuple[Shortfall, ...]:
        """What is missing or doubtful and was not lost."""
        return tuple(shortfall for shortfall in self.shortfalls if not shortfall.lost)

    def counted(self, dataset: str) -> str:
        """The counts as a sentence."""
        parts = [
            f"{name} {count.read:,} of {count.named:,}" for name, count in self.streams.items()
        ]
        read = f" Read, of those that name it: {', '.join(parts)}." if parts else ""
        return f"{dataset}: {self.answers:,} answers.{read}"

    def joined(self, other: Completeness) -> Completeness:
        """What was read of the same answers in two passes."""
        both = dict.fromkeys((*self.shortfalls, *other.shortfalls))
        return Completeness(
            max(self.answers, other.answers), {**self.streams, **other.streams}, tuple(both)
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values: answers, streams, losses and remarks."""

        def listed(shortfalls: Iterable[Shortfall]) -> list[dict[str, str]]:
            return [{"source": s.source, "file": s.file, "reason": s.reason} for s in shortfalls]

        return {
            "answers": self.answers,
            "streams": {name: asdict(count) for name, count in self.streams.items()},
            "losses": listed(self.losses),
            "remarks": listed(self.remarks),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Completeness:
        """Read what `to_dict` gave.

        Raises
        ------
        KeyError, TypeError, AttributeError
            if it is damaged.
        """
        listed = [(row, kind == "losses") for kind in ("losses", "remarks") for row in values[kind]]
        return cls(
            int(values["answers"]),
            {name: StreamCount(**count) for name, count in values["streams"].items()},
            tuple(Shortfall(**row, lost=lost) for row, lost in listed),
        )


def summarised(shortfalls: Sequence[Shortfall]) -> list[str]:
    """Sentences, one of all shortfalls of a kind: their number and the first few names.

    Reasons that differ in their numbers alone are of one kind.
    """
    kinds: dict[tuple[str, bool], list[Shortfall]] = {}
    for shortfall in shortfalls:
        kinds.setdefault((NUMBER.sub("#", shortfall.reason), shortfall.lost), []).append(shortfall)
    return [str(same[0]) if len(same) == 1 else _of_kind(same) for same in kinds.values()]


def _of_kind(same: Sequence[Shortfall]) -> str:
    first = same[0].reason
    alike = "" if all(shortfall.reason == first for shortfall in same) else ", the first"
    names = [f"{s.file} ({s.source})" if s.file and s.source else s.file or s.source for s in same]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(same)} times{alike}: {first}: {', '.join(names[:NAMED])}{more}."


def record_completeness(
    folder: Path, dataset: str, completeness: Completeness, log: logging.Logger
) -> None:
    """Write the completeness of a data set into a run folder, and into the run's log."""
    write_completeness(folder, dataset, completeness)
    log.info("%s", completeness.counted(dataset))
    for shortfall in completeness.shortfalls:
        log.log(logging.WARNING if shortfall.lost else logging.INFO, "%s", shortfall)


def write_completeness(folder: Path, dataset: str, completeness: Completeness) -> None:
    """Write the completeness of a data set into a run folder, beside that of others.

    The same set may be loaded in two passes, with other streams in each.
    """
    every = {**read_completeness(folder), dataset: completeness}
    write_json(folder / COMPLETENESS, {name: one.to_dict() for name, one in every.items()})


def read_completeness(folder: Path) -> dict[str, Completeness]:
    """The completeness of every data set in the record of a run folder; {} without one."""
    try:
        content = json.loads((folder / COMPLETENESS).read_text(encoding="utf-8"))
        return {name: Completeness.from_dict(values) for name, values in content.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
