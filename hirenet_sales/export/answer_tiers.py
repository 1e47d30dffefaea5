"""Tiers of an assessed answer: what was said, what was measured, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import numpy as np

from extractors.stream import Stream
from hirenet_sales.assessment import AnswerAssessment, Assessment
from hirenet_sales.export.descriptors import Descriptors
from hirenet_sales.export.rows import ROWS, Row
from hirenet_sales.export.tier import Span, Tier

BY_STREAM = ("highlights", "moments", "contributions", "attention")  # a tier for each stream


def answer_tiers(
    assessment: Assessment,
    answer: AnswerAssessment,
    descriptors: Descriptors,
    kinds: Sequence[str],
) -> list[Tier]:
    """The tiers of one answer that hold anything, of the wanted kinds and in their order.

    Highlights, moments, contributions and attention have a tier for every stream, descriptors one
    for every column; of the face those that the assessment sums up, without the 136 coordinates of
    landmarks, which tables have. Rows without a time are left out.
    """
    tiers: list[Tier] = []
    for kind in kinds:
        if kind in ROWS:
            rows = [
                row
                for row in ROWS[kind](assessment, answer)
                if row["start"] is not None and row["end"] is not None
            ]
            tiers += _tiers(kind, rows)
        elif stream := next((s for k, s in descriptors.streams.items() if k == kind), None):
            shown = answer.face_summary if kind == "face" else stream.columns
            tiers += _descriptor_tiers(kind, stream, shown)
    return tiers


def _tiers(kind: str, rows: Sequence[Row]) -> Iterator[Tier]:
    streams = dict.fromkeys(row["stream"] if kind in BY_STREAM else "" for row in rows)
    for stream in streams:
        own = [row for row in rows if row.get("stream", "") == stream]
        spans = (
            tuple(
                _span(kind, list(group))
                for _, group in groupby(own, key=lambda row: (row["start"], row["end"]))
            )
            if kind in BY_STREAM
            else tuple(_span(kind, [row]) for row in own)
        )
        yield Tier(f"{kind} {stream}".strip(), kind, spans)


def _span(kind: str, rows: Sequence[Row]) -> Span:
    """The annotation of rows with the same times: one row, or one for every estimate."""
    first = rows[0]
    text, value = str(first.get("text") or ""), first.get("value")
    if kind == "pauses":
        value = first["seconds"]
    elif kind in ("highlights", "moments"):
        changes = [
            f"{row['direction']} {row['trait']} by {abs(row['effect']):.3f}"
            for row in rows
            if row["direction"] in ("raises", "lowers")
        ]
        text = "; ".join(changes) or ("not measurable" if kind == "moments" else "")
        if first.get("words"):
            text = f"{text}: {first['words']}".removeprefix(": ")
    elif kind == "contributions":
        text = "; ".join(f"{row['trait']} {row['effect']:+.3f}" for row in rows)
    return Span(first["start"], first["end"], text, value)


def _descriptor_tiers(kind: str, stream: Stream, shown: Collection[str]) -> Iterator[Tier]:
    """A tier for every shown column; steps that overlap, as windows do, meet half-way."""
    spans = stream.spans[stream.valid]
    middles = spans.mean(axis=1)
    between = (middles[:-1] + middles[1:]) / 2
    starts = np.maximum(spans[:, 0], np.concatenate([spans[:1, 0], between]))
    ends = np.minimum(spans[:, 1], np.concatenate([between, spans[-1:, 1]]))
    times = list(zip(starts.tolist(), ends.tolist(), strict=True))
    for number, column in enumerate(stream.columns):
        if column not in shown:
            continue
        values = stream.values[stream.valid, number].tolist()
        yield Tier(
            f"{kind} {column}",
            kind,
            tuple(
                Span(start, end, value=value)
                for (start, end), value in zip(times, values, strict=True)
            ),
        )
