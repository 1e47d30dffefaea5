"""Job profiles and the reference people they are measured from, as YAML.

A profile says for each trait how far from the average of the reference people it lies, in standard
deviations. Every profile names its source and how much of it the source says.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from hirenet_sales.errors import JobProfileError
from hirenet_sales.shipped import read_shipped, shipped_names
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_model import StrictModel, did_you_mean

SHIPPED = Path(str(files("hirenet_sales.questionnaire") / "job_profiles"))
AVERAGE = "average"  # the profile that every other is held against
FAR_SD = 4.0  # nobody describes a job by traits further out than this


def _all_five(values: dict[str, float]) -> dict[str, float]:
    unknown = [f"unknown trait '{t}'{did_you_mean(t, TRAITS)}" for t in values if t not in TRAITS]
    missing = [f"no value for {trait}" for trait in TRAITS if trait not in values]
    if unknown or missing:
        raise ValueError("; ".join(unknown + missing))
    return {trait: values[trait] for trait in TRAITS}


class Reference(StrictModel):
    """Many people's traits on [0, 1]: mean, standard deviation, correlation (order of TRAITS)."""

    name: str
    source: str
    n: int = Field(ge=2)
    mean: dict[str, float]
    sd: dict[str, float]
    correlation: list[list[float]]

    _five = field_validator("mean", "sd")(_all_five)

    @model_validator(mode="after")
    def _check(self) -> Reference:
        matrix = np.array(self.correlation)
        size = len(TRAITS)
        if matrix.shape != (size, size) or not np.allclose(matrix, matrix.T):
            raise ValueError(f"correlation: expected {size} rows of {size}, symmetric")
        if min(self.sd.values()) <= 0:
            raise ValueError(f"sd: found {min(self.sd.values())}, expected above 0")
        return self

    def standardise(self, traits: np.ndarray) -> np.ndarray:
        """Traits (..., 5) on [0, 1] as standard deviations from the reference mean."""
        scores: np.ndarray = (traits - np.array([*self.mean.values()])) / np.array(
            [*self.sd.values()]
        )
        return scores


class JobProfile(StrictModel):
    """A named profile.

    Attributes
    ----------
    status : "published" = the source gives these values or, as the notes say, their directions;
        "measured" = computed from data that the source names; "illustrative" = made up to show the
        format, evidence of nothing
    reference : name of the reference people
    values : trait to standard deviations from their mean; high neuroticism = less stable
    """

    name: str
    title: str
    status: Literal["published", "measured", "illustrative"]
    source: str = Field(min_length=1)
    notes: str = ""
    reference: str = "first-impressions-v2"
    values: dict[str, float]

    @field_validator("values")
    @classmethod
    def _check(cls, values: dict[str, float]) -> dict[str, float]:
        for trait, value in values.items():
            if not abs(value) <= FAR_SD:
                raise ValueError(
                    f"{trait}: found {value}, expected standard deviations from -{FAR_SD:g} to "
                    f"{FAR_SD:g}"
                )
        return _all_five(values)

    @property
    def vector(self) -> np.ndarray:
        """The values (5,) in the order of TRAITS."""
        return np.array([*self.values.values()])


def profile_names() -> list[str]:
    """Names of the shipped profiles, the average first."""
    return sorted(shipped_names(SHIPPED), key=lambda name: (name != AVERAGE, name))


def load_job_profile(name_or_path: str | Path) -> JobProfile:
    """Read a shipped profile by name, or any by the path of its YAML.

    JobProfileError if there is none such, or with every problem of the file.
    """
    return read_shipped(name_or_path, SHIPPED, JobProfile, JobProfileError, "job profile")


def load_reference(name_or_path: str | Path) -> Reference:
    """Read reference people, by name or path; errors as for `load_job_profile`."""
    folder = SHIPPED / "references"
    return read_shipped(name_or_path, folder, Reference, JobProfileError, "reference")
