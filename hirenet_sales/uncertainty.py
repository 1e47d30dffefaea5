"""Intervals of estimates: half widths per trait, by set of streams and number of answers.

An estimate that lacks a stream errs more, so there is one half width for every set of streams. An
estimate from few answers errs more, too: the half width w(n) of n answers has

    w(n)^2 = w_many^2 + (w_one^2 - w_many^2) / n,

where w_one and w_many are calibrated on people that the model never saw (release/conformal.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.errors import CheckpointError
from hirenet_sales.persist import write_json
from hirenet_sales.traits import TRAITS, TraitEstimate
from hirenet_sales.yaml_model import read_values

COVERAGE = 0.9
ROUNDING = 1e-3  # tolerance of a correlation, which is written with four digits
AGAIN = "copy the checkpoint again"
ANSWER, ONE, MANY = "answer", "interview of one answer", "interview of many answers"
LEVELS = (ANSWER, ONE, MANY)
Estimates = dict[str, TraitEstimate]


def stream_sets(streams: Sequence[str]) -> list[tuple[str, ...]]:
    """Every set of streams that an answer may have, the full one first.

    >>> stream_sets(("visual", "text"))
    [('visual', 'text'), ('visual',), ('text',)]
    """
    return [chosen for size in range(len(streams), 0, -1) for chosen in combinations(streams, size)]


def set_name(streams: Iterable[str]) -> str:
    """The name of a set of streams in calibration.json, such as "visual+text"."""
    return "+".join(streams)


def shared_streams(by_answer: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The streams that every answer has: an interval must not count on one that some lack.

    Where they share none, those of an answer with the fewest.

    >>> shared_streams([("visual", "audio", "text"), ("audio", "text")])
    ('audio', 'text')
    """
    shared = tuple(name for name in by_answer[0] if all(name in own for own in by_answer))
    fewest = min(len(own) for own in by_answer)
    return shared or next(tuple(own) for own in by_answer if len(own) == fewest)


@dataclass(frozen=True)
class Calibration:
    """Half widths by level and set of streams.

    Attributes
    ----------
    coverage : nominal
    half_widths : level to set name to (5,), in the order of TRAITS. The levels are an answer read
        within its interview, an interview of one answer, and the limit for many answers
    error_correlation : (5, 5) between the errors of the traits, for the sales score's interval
    """

    coverage: float
    half_widths: dict[str, dict[str, np.ndarray]]
    error_correlation: np.ndarray

    def answer_widths(self, streams: Sequence[str]) -> np.ndarray:
        """Half widths (5,) of estimates of an answer, made from these streams of it.

        Raises
        ------
        CheckpointError
            if the set was not calibrated.
        """
        return self._calibrated(ANSWER, streams)

    def interview_widths(self, streams: Sequence[str], answers: int) -> np.ndarray:
        """Half widths (5,) of estimates of an interview, made from these streams of its answers.

        Raises
        ------
        CheckpointError
            if the set was not calibrated.
        """
        one, many = (np.square(self._calibrated(level, streams)) for level in (ONE, MANY))
        widths: np.ndarray = np.sqrt(many + (one - many) / answers)
        return widths

    def _calibrated(self, level: str, streams: Sequence[str]) -> np.ndarray:
        name = set_name(streams)
        if name not in self.half_widths[level]:
            calibrated = ", ".join(self.half_widths[level])
            raise CheckpointError(f"no calibration for streams '{name}'; there is {calibrated}")
        return self.half_widths[level][name]

    def answer_estimates(self, values: np.ndarray, streams: Sequence[str]) -> Estimates:
        """Five values (5,) of an answer with their intervals, cut to [0, 1]."""
        return _with_intervals(values, self.answer_widths(streams))

    def interview_estimates(
        self, values: np.ndarray, streams: Sequence[str], answers: int
    ) -> Estimates:
        """Five values (5,) of an interview with their intervals, cut to [0, 1]."""
        return _with_intervals(values, self.interview_widths(streams, answers))

    def write(self, path: Path) -> None:
        """Write calibration.json."""
        content = {
            "coverage": self.coverage,
            "traits": list(TRAITS),
            "half_widths": {
                level: {name: np.round(w, 6).tolist() for name, w in sets.items()}
                for level, sets in self.half_widths.items()
            },
            "error_correlation": np.round(self.error_correlation, 4).tolist(),
        }
        write_json(path, content)

    @classmethod
    def boundless(cls, streams: Sequence[str]) -> Calibration:
        """Of a model that is not calibrated: every interval is the whole range."""
        widths = {set_name(chosen): np.ones(len(TRAITS)) for chosen in stream_sets(streams)}
        return cls(COVERAGE, dict.fromkeys(LEVELS, widths), np.eye(len(TRAITS)))

    @classmethod
    def read(cls, path: Path, streams: Sequence[str]) -> Calibration:
        """Read calibration.json of a model that reads these streams.

        Raises
        ------
        CheckpointError
            if it is damaged, for other traits, or for other streams.
        """
        try:
            content = read_values(path, CheckpointError)
        except CheckpointError as error:
            raise CheckpointError(f"{error} (not a calibration); {AGAIN}") from error
        try:
            if content["traits"] != list(TRAITS):
                raise ValueError(f"traits {content['traits']!s:.80}, expected {', '.join(TRAITS)}")
            coverage = float(_numbers(content["coverage"], "coverage", ()))
            if not 0 < coverage < 1:
                raise ValueError(f"coverage {coverage:g}, expected between 0 and 1")
            wanted = [set_name(chosen) for chosen in stream_sets(streams)]
            widths = {
                level: _half_widths(
                    content["half_widths"][level], f"half widths of {level}", wanted
                )
                for level in LEVELS
            }
            correlation = _numbers(
                content["error_correlation"], "error_correlation", (len(TRAITS), len(TRAITS))
            )
            off = max(np.abs(correlation - correlation.T).max(), np.abs(correlation).max() - 1)
            if off > ROUNDING or np.abs(np.diag(correlation) - 1).max() > ROUNDING:
                raise ValueError("error_correlation is none: expected -1 to 1, and 1 of itself")
            return cls(coverage, widths, correlation)
        except KeyError as error:
            raise CheckpointError(
                f"{path}: not a calibration (no {error}); {AGAIN}, or `hirenet-sales calibrate` it "
                "if an earlier version wrote it"
            ) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{path}: not a calibration ({error}); {AGAIN}") from error


def _with_intervals(values: np.ndarray, widths: np.ndarray) -> Estimates:
    return {
        trait: TraitEstimate(
            estimate=float(value),
            low=float(max(0.0, value - width)),
            high=float(min(1.0, value + width)),
        )
        for trait, value, width in zip(TRAITS, values, widths, strict=True)
    }


def _half_widths(values: Any, what: str, wanted: Sequence[str]) -> dict[str, np.ndarray]:
    missing = [name for name in wanted if name not in values]
    if missing:
        raise ValueError(f"{what}: none for {missing[0]}, there are {', '.join(values)!s:.80}")
    widths = {
        name: _numbers(width, f"{what}, {name}", (len(TRAITS),)) for name, width in values.items()
    }
    for name, width in widths.items():
        if width.min() < 0 or width.max() > 1:
            raise ValueError(f"{what}, {name}: {width.min():g} to {width.max():g}, expected 0 to 1")
    return widths


def _numbers(values: Any, what: str, shape: tuple[int, ...]) -> np.ndarray:
    numbers = np.array(values)
    if numbers.shape != shape or numbers.dtype.kind not in "fi":
        raise ValueError(f"{what}: found {values!s:.80}, expected numbers of shape {shape}")
    return numbers.astype(float)
