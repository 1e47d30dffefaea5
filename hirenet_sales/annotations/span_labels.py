"""Annotated spans as labels of answers, to be learnt from as scores of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hirenet_sales.annotations.answer_annotations import AnswerAnnotations
from hirenet_sales.export.tier import Span


def answer_labels(
    interview: str, name: str, annotations: Sequence[AnswerAnnotations]
) -> tuple[list[dict[str, Any]], list[str]]:
    """One row an answer: interview, answer, question, and the labels.

    Where every annotation is a number, the label is their mean, weighed by length, under the
    tier's `name`. Else there is a label for every text, "tier: text": the share of the answer with
    that annotation, 0 to 1. As columns of the recordings' answers.csv, named as targets in its data
    card, they can be learnt.

    Returns
    -------
    The rows, all with the same keys, and what is not in them with the reason.
    """
    every = [span.text for item in annotations for span in item.tier.spans]
    numeric = bool(every) and all(_number(text) is not None for text in every)
    texts = [] if numeric else list(dict.fromkeys(sorted(every)))
    rows, left_out = [], []
    for item in annotations:
        answer, tier, duration = item.answer, item.tier, item.answer.duration
        row: dict[str, Any] = {
            "interview": interview,
            "answer": answer.id,
            "question": answer.question,
        }
        if numeric:
            row[name] = _mean(tier.spans)
        elif duration:
            row |= {
                f"{name}: {text}": _seconds(tier.spans, text, duration) / duration for text in texts
            }
        else:
            left_out.append(f"answer {answer.id}: its length is unknown, so it has no shares")
            continue
        rows.append(row)
    return rows, left_out


def _seconds(spans: Sequence[Span], text: str, duration_s: float) -> float:
    own = [span for span in spans if span.text == text]
    return sum(max(0.0, min(span.end, duration_s) - span.start) for span in own)


def _mean(spans: Sequence[Span]) -> float | None:
    numbers = [_number(span.text) for span in spans]
    values = np.array([number for number in numbers if number is not None])
    lengths = np.array([span.end - span.start for span in spans])
    if not len(values):
        return None
    return float(np.average(values, weights=lengths if lengths.sum() else None))


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if np.isfinite(value) else None
