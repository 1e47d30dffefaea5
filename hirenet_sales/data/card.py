"""Data cards: what the loaders must know about a data set, and people too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hirenet_sales.data.interview_set import LabelKind, Level, Target
from hirenet_sales.errors import DatasetError
from hirenet_sales.persist import text_digest
from hirenet_sales.shipped import shipped_folder
from hirenet_sales.traits import TRAITS, flip_polarity
from hirenet_sales.yaml_model import StrictModel, did_you_mean, read_raw

FAR = 0.25  # of the distance of the ends of a standardised score: beyond, a value is damaged
PARTS = ("train", "validation", "test")


def number_in(cell: Any) -> float:
    """A finite number; NaN where a cell holds anything else."""
    if isinstance(cell, bool) or (isinstance(cell, str) and "_" in cell):
        return float("nan")  # Python reads True and 1_0 as numbers, a table does not mean them
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        return float("nan")
    return value if np.isfinite(value) else float("nan")


class TargetColumn(StrictModel):
    """Where a label stands, its scale, and whether the column means the opposite.

    Attributes
    ----------
    range : ends of the column's scale
    ends : "scale": nothing lies beyond them, so a value outside is an error. "usual": a
        standardised score, which has no ends; they only catch damaged values, so one outside is
        accepted with a remark, and is an error only beyond them by more than FAR of their distance
    default : whether it is estimated unless something else is asked for
    """

    column: str
    polarity: Literal["same", "reversed"] = "same"
    kind: Literal["regression", "binary", "ordinal"] = "regression"
    range: tuple[float, float] = (0.0, 1.0)
    ends: Literal["scale", "usual"] = "scale"
    default: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        low, high = self.range
        if not low < high:
            raise ValueError(f"range {list(self.range)}, expected the low end first")
        if self.kind == "binary" and self.range != (0.0, 1.0):
            raise ValueError(f"a binary label with the range {list(self.range)}, expected [0, 1]")
        if self.kind != "regression" and self.ends == "usual":
            raise ValueError(f"a label of kind {self.kind} has the ends of its scale alone")
        return self

    def read(self, cell: Any) -> float:
        """The number in a cell, as distributed; NaN of an empty one.

        Raises
        ------
        ValueError
            with what was expected, if it is no number, not finite, or too far outside the scale.
        """
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return float("nan")
        low, high = self.range
        margin = FAR * (high - low) if self.ends == "usual" else 0.0
        value = number_in(cell)
        whole = self.kind == "regression" or value == round(value, 0)
        if not low - margin <= value <= high + margin or not whole:
            raise ValueError(f"expected {self.expected}")
        return value

    @property
    def expected(self) -> str:
        """What a cell should hold, in words."""
        number = "a number" if self.kind == "regression" else "a whole number"
        return f"{number} from {self.range[0]:g} to {self.range[1]:g}"

    def outside(self, value: float) -> str:
        """The remark about a value that `read` accepted although it lies outside the ends."""
        low, high = self.range
        if np.isnan(value) or low <= value <= high:
            return ""
        return (
            f"{self.column} is {value:g}, outside the usual {low:g} to {high:g}; it is kept, and a "
            f"network learns it as {min(max(value, low), high):g}"
        )

    def turned(self, values: np.ndarray) -> np.ndarray:
        """Column values in the polarity of the house."""
        return flip_polarity(values, *self.range) if self.polarity == "reversed" else values


class ReleaseLayout(StrictModel):
    """The layout in which a data set's authors publish it, where that is another one.

    Attributes
    ----------
    labels, transcripts, media : names or globs, looked for in all folders below
    columns : name of a target to its key in the label files, where it differs from the column
    parts : the word in a label file's name to the official split
    """

    labels: str
    transcripts: str
    media: str
    columns: dict[str, str] = Field(default={})
    parts: dict[str, str]


class DataCard(StrictModel):
    """A data card: the front matter, which the loaders read, and a body for people.

    Attributes
    ----------
    name, title : short and long
    access : where it is from, and how one gets it
    level : what is labelled
    label_kind : "apparent", what others see in a person; "self-report", what people say of
        themselves; "generated". These are different targets and never stand in one number
    streams : those that the data set can give
    files : the loader's names of files to their names or globs in the folder
    columns : the loader's names of columns to those in the files
    questions : id to text, in the order they were asked, where the files hold the answers alone
    targets : name to column
    clip_s : length of an answer where all have the same, seconds; else 0
    official : name of an official split in the data to one of train, validation, test; {} = none
    source_splits : splits disjoint in people that never change: name to the bounds of the hash of
        the person's id, modulo `modulus`; {} = none
    disjoint : which of these serve as train, validation and test
    release : another layout of the same data
    licence, consent : of the data
    leakage : known leaks between its splits
    forbidden_uses : what it must not be used for
    body : Markdown
    """

    name: str
    title: str
    access: str
    level: Level
    label_kind: LabelKind = "apparent"
    streams: tuple[str, ...]
    files: dict[str, str] = Field(default={})
    columns: dict[str, str] = Field(default={})
    questions: dict[str, str] = Field(default={})
    targets: dict[str, TargetColumn]
    clip_s: float = 0.0
    official: dict[str, Literal["train", "validation", "test"]] = Field(default={})
    source_splits: dict[str, int | tuple[int, int]] = Field(default={})
    disjoint: dict[Literal["train", "validation", "test"], str] = Field(default={})
    release: ReleaseLayout | None = None
    licence: str
    consent: str
    leakage: str
    forbidden_uses: list[str]
    body: str = ""

    @property
    def traits(self) -> dict[str, TargetColumn]:
        """The five traits in the order of the house; {} where the data has not all of them."""
        if not all(trait in self.targets for trait in TRAITS):
            return {}
        return {trait: self.targets[trait] for trait in TRAITS}

    @property
    def media_folder(self) -> str:
        """The folder of the recordings."""
        return str(Path(self.files["media"]).parent)

    @property
    def split_names(self) -> list[str]:
        """Names of the source-disjoint splits."""
        return [name for name in self.source_splits if name != "modulus"]

    def source_split(self, source: str) -> str:
        """The source-disjoint split of a person or source video, by a hash of its id."""
        modulus = self.source_splits["modulus"]
        assert isinstance(modulus, int)
        remainder = int(text_digest(source), 16) % modulus
        for name in self.split_names:
            low, high = self.source_splits[name]  # type: ignore[misc]
            if low <= remainder < high:
                return name
        raise DatasetError(
            f"data card {self.name}: source_splits leave out {remainder} of {modulus}"
        )

    def choose(self, targets: Sequence[str] | None) -> tuple[Target, ...]:
        """What is estimated: the targets of these names, else the default ones.

        Raises
        ------
        DatasetError
            if a target is unknown.
        """
        for name in targets or ():
            if name not in self.targets:
                raise DatasetError(
                    f"data set {self.name}: no target '{name}'"
                    f"{did_you_mean(name, list(self.targets))}"
                )
        names = targets or tuple(n for n, column in self.targets.items() if column.default)
        return tuple(
            Target(n, self.targets[n].kind, *self.targets[n].range, self.label_kind) for n in names
        )


def card_names() -> tuple[str, ...]:
    """Names of the shipped cards."""
    return tuple(sorted(p.stem for p in shipped_folder("data_cards").glob("*.md")))


def load_card(name: str) -> DataCard:
    """Read a shipped data card.

    Raises
    ------
    DatasetError
        if the name is unknown, or the card is not valid.
    """
    if name not in card_names():
        raise DatasetError(f"no data card '{name}'; there are {', '.join(card_names())}")
    return read_card(shipped_folder("data_cards") / f"{name}.md")


def read_card(path: Path) -> DataCard:
    """Read a data card: YAML between two lines of ---, then Markdown.

    Raises
    ------
    DatasetError
        with everything that is wrong in it.
    """
    raw = read_raw(path, DatasetError)
    return replace(raw, values={**raw.values, "body": raw.body}).validate(DataCard, DatasetError)
