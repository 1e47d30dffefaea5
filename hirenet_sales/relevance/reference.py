"""Reference: what a match is compared with before it says anything to a person.

The numbers of english.json come from `release.relevance_reference.fit_reference`, which the script
tools/fit_relevance.py runs on the training parts of siop-2019 and siop-2024.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from hirenet_sales.errors import CheckpointError
from hirenet_sales.relevance.match import Matcher, among_neighbours

PERCENTS = np.arange(101)
Topic = Literal["on the question", "off the question"]
ON: Topic = "on the question"
OFF: Topic = "off the question"
# Percent of the sentences of answers to other questions that match less.
ON_PERCENT, ON_ALONE_PERCENT, OFF_PERCENT = 95, 90, 50
FILE = "english.json"


@dataclass(frozen=True, eq=False)
class Reference:
    """A matcher with the matches of a reference sample; every question counts the same in it.

    Attributes
    ----------
    encoder_sha256 : of the encoder's weights that gave the vectors
    matcher : its means and its sharpness
    answers_own, answers_other : (101,), the percentiles 0 to 100 of the match of an answer to its
        own question, and to other questions
    sentences_other : (101,), of the match of a sentence among its neighbours to other questions
    sources : the data sets and parts it was made from, with their counts
    """

    encoder_sha256: str
    matcher: Matcher
    answers_own: np.ndarray
    answers_other: np.ndarray
    sentences_other: np.ndarray
    sources: tuple[dict[str, Any], ...]

    def better_than_answers(self, match: float) -> float:
        """Percent of answers whose match to their own question is lower."""
        return percent_below(self.answers_own, match)

    def better_than_others(self, match: float) -> float:
        """Percent of answers to other questions whose match to the question is lower."""
        return percent_below(self.answers_other, match)

    def topics(self, matches: np.ndarray) -> list[Topic | None]:
        """Which sentences of an answer, by their matches (T,), are on or off the question.

        On: it matches better than 95 % of the sentences of answers to other questions among its
        neighbours, and than 90 % of them alone, so that a neighbour does not decide. Off: half of
        them match better, both ways.
        """
        on, on_alone, off = self.sentences_other[[ON_PERCENT, ON_ALONE_PERCENT, OFF_PERCENT]]
        shown = among_neighbours(matches[:, None])[:, 0]
        return [
            ON if among >= on and own >= on_alone else OFF if max(among, own) <= off else None
            for own, among in zip(matches, shown, strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """JSON values, as `from_dict` reads them."""
        return {
            "sources": list(self.sources),
            "encoder_sha256": self.encoder_sha256,
            "sharpness": self.matcher.sharpness,
            "answers_own": _numbers(self.answers_own),
            "answers_other": _numbers(self.answers_other),
            "sentences_other": _numbers(self.sentences_other),
            "sentence_mean": _numbers(self.matcher.sentence_mean),
            "question_mean": _numbers(self.matcher.question_mean),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Reference:
        """Read the output of `to_dict`."""
        arrays = {
            name: np.array(values[name])
            for name in ("answers_own", "answers_other", "sentences_other")
        }
        return cls(
            values["encoder_sha256"],
            Matcher(
                np.array(values["sentence_mean"]),
                np.array(values["question_mean"]),
                values["sharpness"],
            ),
            **arrays,
            sources=tuple(values["sources"]),
        )


@lru_cache(maxsize=1)
def load_reference() -> Reference:
    """The reference that ships, for answers in English.

    Raises
    ------
    CheckpointError
        if it is missing or damaged.
    """
    try:
        text = files("hirenet_sales.relevance").joinpath(FILE).read_text(encoding="utf-8")
        return Reference.from_dict(json.loads(text))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"hirenet_sales/relevance/{FILE}: cannot be read ({error!r}); install hirenet-sales "
            "again"
        ) from error


def percent_below(percentiles: np.ndarray, value: float) -> float:
    """Percent of a sample that lies below a value, from its percentiles 0 to 100, (101,)."""
    return float(np.interp(value, percentiles, PERCENTS))


def percentiles(values: Sequence[float], weights: Sequence[float]) -> np.ndarray:
    """Percentiles 0 to 100, (101,), of weighted values."""
    return np.asarray(
        np.quantile(np.asarray(values), PERCENTS / 100, weights=weights, method="inverted_cdf")
    )


def _numbers(values: np.ndarray) -> list[float]:
    return [round(float(value), 5) for value in values]
