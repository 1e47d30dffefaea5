"""Annotation files: the tiers of an .eaf or a TextGrid, read by pympi."""

from __future__ import annotations

import codecs
import math
import struct
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pympi import Eaf, TextGrid

from hirenet_sales.errors import AnnotationError
from hirenet_sales.export.tier import Span
from hirenet_sales.printable import in_message
from hirenet_sales.yaml_model import did_you_mean

MOST_BYTES = 512 << 20
POINT = "TextTier"  # Praat's marks without a length
UNREADABLE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    StopIteration,
    struct.error,
)


@dataclass(frozen=True)
class AnnotatedTier:
    """A tier that somebody annotated.

    Attributes
    ----------
    name : as in the file
    spans : in order of time, those with a text, seconds from the start of the recording
    untimed : how many annotations have no times and were left out
    """

    name: str
    spans: tuple[Span, ...]
    untimed: int = 0


@dataclass(frozen=True)
class AnnotationFile:
    """The tiers of a file by name, and the file names of the recordings that it links."""

    path: Path
    tiers: dict[str, AnnotatedTier]
    media: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> AnnotationFile:
        """Read an .eaf, or a TextGrid in UTF-8 or UTF-16, long, short or binary.

        Raises
        ------
        AnnotationError
            if the file is neither, or damaged.
        """
        reader = READERS.get(path.suffix.lower())
        if reader is None:
            raise AnnotationError(
                f"{path}: an annotation file ends in .eaf or .TextGrid, not "
                f"{path.suffix or 'nothing'}"
            )
        if not path.is_file():
            raise AnnotationError(f"{path}: no such file; give the path of an .eaf or a TextGrid")
        if path.stat().st_size > MOST_BYTES:
            raise AnnotationError(
                f"{path}: longer than {MOST_BYTES >> 20} MB; export or save fewer tiers"
            )
        try:
            return reader(path)
        except Exception as error:  # pympi raises Exception itself
            if not isinstance(error, UNREADABLE) and type(error) is not Exception:
                raise
            why = error.strerror if isinstance(error, OSError) else error or "it ends too early"
            raise AnnotationError(
                f"{path}: cannot be read as {path.suffix} ({in_message(str(why))}); open it in "
                "ELAN or Praat and save it again"
            ) from None

    def tier(self, name: str) -> AnnotatedTier:
        """The tier of a name; AnnotationError if there is none."""
        if name not in self.tiers:
            hint = did_you_mean(name, self.tiers)
            raise AnnotationError(
                f"{self.path}: no tier '{in_message(name)}'{hint or '; it has no tiers'}"
            )
        return self.tiers[name]


def _read_eaf(path: Path) -> AnnotationFile:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a version of the format that pympi was not tried with
        eaf = Eaf(path)
    tiers = {
        str(name): _tier(str(name), eaf.get_annotation_data_for_tier(name))
        for name in eaf.get_tier_names()
    }
    links = [link.get("RELATIVE_MEDIA_URL") or link["MEDIA_URL"] for link in eaf.get_linked_files()]
    names = tuple(Path(unquote(link)).name for link in links)
    for link in eaf.get_linked_files():
        if int(link.get("TIME_ORIGIN") or 0):
            raise AnnotationError(
                f"{path}: a recording is linked with an offset of {link['TIME_ORIGIN']} ms, so "
                "times are not those of the recording; save it without one"
            )
    return AnnotationFile(path, tiers, names)


def _read_textgrid(path: Path) -> AnnotationFile:
    with path.open("rb") as file:
        mark = file.read(2)
    wide = mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # Praat's, where text is not ASCII
    grid = TextGrid(str(path), codec="utf-16" if wide else "utf-8-sig")
    tiers: dict[str, AnnotatedTier] = {}
    for tier in grid.get_tiers():
        if tier.tier_type == POINT:
            rows = [(1000 * at, 1000 * at, text) for at, text in tier.get_intervals()]
        else:
            rows = [(1000 * a, 1000 * b, text) for a, b, text in tier.get_intervals()]
        if tier.name not in tiers:  # Praat lets names occur twice
            tiers[tier.name] = _tier(tier.name, rows)
    return AnnotationFile(path, tiers)


def _tier(name: str, rows: Iterable[Sequence[Any]]) -> AnnotatedTier:
    """Rows are start and end in milliseconds, None where unknown, a text, and what else."""
    spans, untimed = [], 0
    for start, end, text, *_ in rows:
        if not str(text).strip():
            continue
        if start is None or end is None:
            untimed += 1
            continue
        if not (math.isfinite(start) and math.isfinite(end)) or not 0 <= start <= end:
            raise ValueError(f"tier {name}: an annotation from {start} to {end} ms")
        spans.append(Span(start / 1000, end / 1000, str(text).strip()))
    spans.sort(key=lambda span: (span.start, span.end))
    return AnnotatedTier(name, tuple(spans), untimed)


READERS: dict[str, Callable[[Path], AnnotationFile]] = {
    ".eaf": _read_eaf,
    ".textgrid": _read_textgrid,
}
