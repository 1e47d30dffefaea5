"""Tier: named spans of an answer, as annotation programs show them on a line of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Marked = tuple[int, int, str]  # start and end in milliseconds, and a text


@dataclass(frozen=True)
class Span:
    """A stretch of an answer, seconds from its start, with a text or a number, or both."""

    start: float
    end: float
    text: str = ""
    value: float | None = None

    @property
    def label(self) -> str:
        """The text, else the number, as `one_line`."""
        return one_line(self.text or ("" if self.value is None else f"{self.value:.4g}"))


@dataclass(frozen=True)
class Tier:
    """Spans of one kind.

    Attributes
    ----------
    name : unique within the answer, such as "highlights visual"
    kind : one of `formats.KINDS`
    spans : in any order; they may overlap
    """

    name: str
    kind: str
    spans: tuple[Span, ...]


def one_line(text: str) -> str:
    r"""Text on one line, without what XML cannot hold.

    >>> one_line("two\nlines")
    'two lines'
    """
    return _NOT_XML.sub("\ufffd", " ".join(text.split()))


def layers(tier: Tier) -> list[tuple[str, list[Marked]]]:
    """The tier as one or several without overlaps, which is all that ELAN and Praat take.

    Returns
    -------
    Names and spans in order of time. The first keeps the tier's name; what overlaps is in the
    second, called "... 2", and so on. Times are rounded to a millisecond, and a span that has no
    length then gets one millisecond, since neither program takes an empty one.
    """
    rows: list[list[Marked]] = []
    for span in sorted(tier.spans, key=lambda span: (span.start, span.end)):
        start, end = round(span.start * 1000), round(span.end * 1000)
        marked = (start, max(end, start + 1), span.label)
        free = next((row for row in rows if row[-1][1] <= start), None)
        if free is None:
            rows.append([marked])
        else:
            free.append(marked)
    names = [tier.name, *(f"{tier.name} {n}" for n in range(2, len(rows) + 1))]
    return list(zip(names, rows, strict=False))
