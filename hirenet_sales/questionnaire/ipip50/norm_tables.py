"""Norms: frequencies of the sum scores in a sample, and the resulting percentiles."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from pydantic import Field, model_validator

from hirenet_sales.errors import QuestionnaireError
from hirenet_sales.persist import write_whole
from hirenet_sales.questionnaire.ipip50.items import HIGHEST_SUM, LOWEST_SUM
from hirenet_sales.questionnaire.ipip50.scoring import ScaleScores
from hirenet_sales.shipped import read_shipped
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_model import StrictModel

DEFAULT_NORMS = "openpsychometrics2012"
SHIPPED = Path(str(files("hirenet_sales.questionnaire") / "ipip50" / "norms"))


class ScaleNorms(StrictModel):
    """One scale: `counts[i]` persons had the sum 10 + i (complete sheets)."""

    alpha: float = Field(gt=0, le=1)
    counts: list[int]

    @model_validator(mode="after")
    def _every_sum(self) -> ScaleNorms:
        expected = HIGHEST_SUM - LOWEST_SUM + 1
        if len(self.counts) != expected or min(self.counts) < 0 or not sum(self.counts):
            raise ValueError(
                f"{len(self.counts)} counts, expected {expected} (sums {LOWEST_SUM} to "
                f"{HIGHEST_SUM}), none negative, not all zero"
            )
        return self

    @property
    def mean(self) -> float:
        """Mean sum score, 10 to 50."""
        return float(np.average(np.arange(LOWEST_SUM, HIGHEST_SUM + 1), weights=self.counts))

    @property
    def sd(self) -> float:
        """Standard deviation of the sum score (n - 1)."""
        sums = np.repeat(np.arange(LOWEST_SUM, HIGHEST_SUM + 1), self.counts)
        return float(sums.std(ddof=1)) if len(sums) > 1 else 0.0

    @property
    def standard_error(self) -> float:
        """Standard error of measurement of a sum score: sd times the root of 1 - alpha."""
        return self.sd * float(np.sqrt(1 - self.alpha))

    def percentiles(self, sums: np.ndarray) -> np.ndarray:
        """Share in % of the norm sample below each sum (N,), half of the equal ones counted in.

        Prorated sums between two whole ones are interpolated; NaN stays NaN.
        """
        below = np.cumsum([0, *self.counts[:-1]])
        middle = 100 * (below + 0.5 * np.array(self.counts)) / sum(self.counts)
        percentiles: np.ndarray = np.interp(sums, np.arange(LOWEST_SUM, HIGHEST_SUM + 1), middle)
        return percentiles


class Norms(StrictModel):
    """A norm sample's tables; neuroticism is keyed as in the house: high = less stable."""

    name: str
    source: str
    notes: str = ""
    n: int = Field(ge=1)
    scales: dict[str, ScaleNorms]

    @model_validator(mode="after")
    def _five(self) -> Norms:
        if tuple(self.scales) != TRAITS:
            raise ValueError(f"scales {list(self.scales)}, expected {list(TRAITS)}")
        return self


def load_norms(name_or_path: str | Path) -> Norms:
    """Read shipped norms by name, or any by the path of their YAML.

    QuestionnaireError if there are none such, or with every problem of the file.
    """
    return read_shipped(name_or_path, SHIPPED, Norms, QuestionnaireError, "norm table")


def make_norms(scores: ScaleScores, name: str, source: str) -> Norms:
    """Norms from the complete sheets of a sample.

    QuestionnaireError if there is too little to count or a scale has no positive alpha.
    """
    complete = ~np.isnan(scores.keyed).any((1, 2))
    if complete.sum() < 2:
        raise QuestionnaireError(
            f"{int(complete.sum())} sheets without a gap; norms need a sample, at least two"
        )
    scales = {}
    for k, trait in enumerate(TRAITS):
        alpha = scores.alpha(trait)
        if alpha is None or alpha <= 0:
            raise QuestionnaireError(
                f"{trait}: alpha is {alpha}, expected above 0; these sheets can be no norm sample"
            )
        sums = scores.sums[complete, k].round().astype(int)
        counts = np.bincount(sums - LOWEST_SUM, minlength=HIGHEST_SUM - LOWEST_SUM + 1)
        scales[trait] = ScaleNorms(alpha=round(alpha, 4), counts=counts.tolist())
    return Norms(name=name, source=source, n=int(complete.sum()), scales=scales)


def write_norms(norms: Norms, path: Path) -> None:
    """Write norms as YAML."""
    head = "# counts: persons with the sum 10, 11, ... 50. Neuroticism: high = less stable.\n"
    body = yaml.safe_dump(norms.model_dump(), sort_keys=False, default_flow_style=None, width=100)
    write_whole(path, head + body)
