"""Overlap of annotated spans with highlights, beside that of random spans of the same lengths.

Highlights of an answer are moved to random stretches of it, all at once and without overlaps, every
arrangement as likely as every other. Where the highlights overlap the annotations no more than
these do, they say nothing of what was annotated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from extractors.stretch import Stretch, merged, overlap_s
from hirenet_sales.annotations.answer_annotations import AnswerAnnotations
from hirenet_sales.assessment import STREAM_NAMES
from hirenet_sales.evaluation.bootstrap import holm, interval

DRAWS = 10_000
ALL = "all"


@dataclass(frozen=True)
class SpanOverlap:
    """One row of the table: an answer, or all of them, and one stream.

    Attributes
    ----------
    answer, stream : ids; "all" for all answers together
    annotated_s, highlighted_s, both_s : seconds in annotated spans, in highlights, and in both
    covered : share of the annotated time that lies in highlights
    inside : share of the highlighted time that lies in annotated spans; None without highlights
    random_covered : mean of `covered` over random spans, and its 95 % range
    p : how often random spans overlap the annotations at least as much (one-sided, never 0);
        None without highlights
    p_holm : adjusted for the rows of single answers, or for those of all answers (Holm 1979)
    """

    answer: str
    stream: str
    annotated_s: float
    highlighted_s: float
    both_s: float
    covered: float
    inside: float | None
    random_covered: float
    random_low: float
    random_high: float
    p: float | None
    p_holm: float | None

    def as_dict(self) -> dict[str, Any]:
        """As a row of a table."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class _Measured:
    annotated_s: float
    highlighted_s: float
    both_s: float
    random_s: np.ndarray  # (draws,), seconds in both, of random spans


def span_overlaps(
    annotations: Sequence[AnswerAnnotations], *, draws: int = DRAWS, seed: int = 0
) -> tuple[list[SpanOverlap], list[str]]:
    """The table, and what is not in it with the reason, in sentences.

    Parameters
    ----------
    draws : random arrangements an answer and stream
    """
    measured: dict[tuple[str, str], _Measured] = {}
    left_out = []
    for index, item in enumerate(annotations):
        answer, name = item.answer, f"{item.file}, answer {item.answer.id}"
        if not answer.duration:
            left_out.append(f"{name}: its length is unknown, so nothing can be drawn at random")
            continue
        annotated = _within([(s.start, s.end) for s in item.tier.spans], answer.duration)
        if not annotated:
            left_out.append(f"{name}: the tier '{item.tier.name}' has no span with a length")
            continue
        for number, stream in enumerate(STREAM_NAMES):
            highlights = [(h.start, h.end) for h in answer.highlights if h.stream == stream]
            spans = _within(highlights, answer.duration)
            dice = np.random.default_rng([seed, index, number])
            measured[answer.id, stream] = _measure(annotated, spans, answer.duration, draws, dice)
    totals: dict[tuple[str, str], _Measured] = {
        (ALL, stream): _total([m for (_, s), m in measured.items() if s == stream])
        for stream in STREAM_NAMES
        if any(s == stream for _, s in measured)
    }
    return [*_rows(measured), *_rows(totals)], left_out


def random_overlap(
    annotated: Sequence[Stretch],
    lengths: np.ndarray,
    duration_s: float,
    draws: int,
    dice: np.random.Generator,
) -> np.ndarray:
    """Seconds (draws,) that random spans of these lengths share with annotated ones.

    Parameters
    ----------
    annotated : without overlaps, in order, within the answer
    lengths : of the spans, seconds (N,), together no longer than the answer
    """
    count = len(lengths)
    order = dice.permuted(np.tile(lengths, (draws, 1)), axis=1)  # (draws, N)
    free = max(0.0, duration_s - float(lengths.sum()))
    gaps = np.sort(dice.uniform(0.0, free, (draws, count)), axis=1)
    ends = gaps + np.cumsum(order, axis=1)
    bounds = np.array(annotated).ravel()
    sums = np.repeat(np.cumsum([end - start for start, end in annotated]), 2)
    until = np.concatenate([[0.0], sums[:-1]])  # seconds annotated before each bound

    def before(time_s: np.ndarray) -> Any:
        return np.interp(time_s, bounds, until, left=0.0)

    overlap: np.ndarray = (before(ends) - before(ends - order)).sum(axis=1)
    return overlap


def _within(spans: Sequence[Stretch], duration_s: float) -> tuple[Stretch, ...]:
    """The union of spans, as far as it lies within the answer."""
    cut = [(start, min(end, duration_s)) for start, end in spans]
    return merged((start, end) for start, end in cut if end > start)


def _measure(
    annotated: Sequence[Stretch],
    highlights: Sequence[Stretch],
    duration_s: float,
    draws: int,
    dice: np.random.Generator,
) -> _Measured:
    lengths = np.array([end - start for start, end in highlights])
    both_s = sum(overlap_s(annotated, start, end) for start, end in highlights)
    return _Measured(
        sum(end - start for start, end in annotated),
        float(lengths.sum()),
        both_s,
        random_overlap(annotated, lengths, duration_s, draws, dice),
    )


def _total(parts: Sequence[_Measured]) -> _Measured:
    return _Measured(
        sum(part.annotated_s for part in parts),
        sum(part.highlighted_s for part in parts),
        sum(part.both_s for part in parts),
        np.sum([part.random_s for part in parts], axis=0),
    )


def _rows(measured: Mapping[tuple[str, str], _Measured]) -> list[SpanOverlap]:
    slack = 1e-9  # the same arrangement may differ by rounding
    p = {
        " ".join(key): float((1 + (m.random_s >= m.both_s - slack).sum()) / (1 + len(m.random_s)))
        for key, m in measured.items()
        if m.highlighted_s
    }
    adjusted = holm(p)
    rows = []
    for key, m in measured.items():
        low, high = interval(m.random_s / m.annotated_s) or (float("nan"), float("nan"))
        rows.append(
            SpanOverlap(
                answer=key[0],
                stream=key[1],
                annotated_s=m.annotated_s,
                highlighted_s=m.highlighted_s,
                both_s=m.both_s,
                covered=m.both_s / m.annotated_s,
                inside=m.both_s / m.highlighted_s if m.highlighted_s else None,
                random_covered=float(m.random_s.mean() / m.annotated_s),
                random_low=low,
                random_high=high,
                p=p.get(" ".join(key)),
                p_holm=adjusted.get(" ".join(key)),
            )
        )
    return rows
