"""Estimates of clips within their pseudo-interviews by an ensemble, and their calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hirenet_sales.data.sets.pseudo_interviews import ClipInputs, example
from hirenet_sales.models.ensemble import Ensemble
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import (
    COVERAGE,
    Calibration,
    conformal_half_widths,
    set_name,
    stream_sets,
)


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates of the clips of some pseudo-interviews.

    Attributes
    ----------
    clips : (N,) indices of clips that have any of the streams
    values : (N, 5)
    sets : N names of the streams that each clip had, such as "visual+text"
    interviews : (I, 5), one a pseudo-interview
    interview_labels : (I, 5), mean label of its clips
    interview_means : (I, 5), plain mean of its clips' estimates
    interview_sources : (I,)
    """

    clips: np.ndarray
    values: np.ndarray
    sets: np.ndarray
    interviews: np.ndarray
    interview_labels: np.ndarray
    interview_means: np.ndarray
    interview_sources: np.ndarray


def estimate(
    ensemble: Ensemble,
    inputs: ClipInputs,
    groups: Sequence[Sequence[int]],
    streams: Sequence[str] | None = None,
) -> Estimates:
    """Estimates of every clip, read within its pseudo-interview, and of every interview.

    Parameters
    ----------
    inputs : prepared for the ensemble
    groups : clips of each pseudo-interview; groups of one clip read clips alone
    streams : only these are given to the model; None = all
    """
    chosen = ensemble.streams if streams is None else tuple(streams)
    limited = ClipInputs(
        {
            name: rows if name in chosen else [r[:0] for r in rows]
            for name, rows in inputs.streams.items()
        },
        inputs.columns,
        inputs.targets,
        inputs.sources,
        inputs.groups,
        inputs.word_width,
    )
    conclusions = ensemble.read([example(limited, [[i] for i in g]) for g in groups])
    clips: list[int] = []
    values, sets, whole, labels, means, sources = [], [], [], [], [], []
    for group, conclusion in zip(groups, conclusions, strict=True):
        kept = [k for k in range(len(group)) if conclusion.valid[k]]
        if not kept:
            continue
        clips += [group[k] for k in kept]
        values.append(conclusion.answer_estimates[kept])
        sets += [
            set_name(n for n in ensemble.streams if conclusion.streams[n].valid[k]) for k in kept
        ]
        whole.append(conclusion.estimates)
        labels.append(inputs.targets[[group[k] for k in kept]].mean(0))
        means.append(conclusion.answer_estimates[kept].mean(0))
        sources.append(inputs.sources[group[0]])
    empty = np.zeros((0, len(TRAITS)))
    return Estimates(
        np.array(clips, dtype=int),
        np.concatenate(values) if values else empty,
        np.array(sets),
        np.array(whole) if whole else empty,
        np.array(labels) if labels else empty,
        np.array(means) if means else empty,
        np.array(sources),
    )


def calibrate(
    ensemble: Ensemble, inputs: ClipInputs, groups: Sequence[Sequence[int]]
) -> Calibration:
    """Split-conformal half widths on held-out sources, for every set of streams."""
    widths: dict[str, dict[str, np.ndarray]] = {"answer": {}, "interview": {}}
    correlation = np.eye(len(TRAITS))
    for streams in stream_sets(ensemble.streams):
        name = set_name(streams)
        found = estimate(ensemble, inputs, groups, streams)
        full = found.sets == name
        errors = found.values[full] - inputs.targets[found.clips[full]]
        sources = inputs.sources[found.clips[full]]
        widths["answer"][name] = conformal_half_widths(np.abs(errors), sources)
        gaps = np.abs(found.interviews - found.interview_labels)
        widths["interview"][name] = conformal_half_widths(gaps, found.interview_sources)
        if streams == ensemble.streams and len(errors) > 1:
            with np.errstate(invalid="ignore"):  # a trait whose errors are all the same
                correlation = np.nan_to_num(np.corrcoef(errors.T), nan=0.0)
            np.fill_diagonal(correlation, 1.0)
    return Calibration(COVERAGE, widths, correlation)
