"""The five traits, their order, their range and their polarity.

Order everywhere: openness, conscientiousness, extraversion, agreeableness, neuroticism. Range
[0, 1]. High neuroticism means less emotionally stable, always; data whose column means the
opposite is turned round by `flip_polarity`, where its data card declares it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import Field

from hirenet_sales.yaml_model import StrictModel

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
LETTERS = ("O", "C", "E", "A", "N")


class TraitEstimate(StrictModel):
    """Apparent trait on [0, 1] with its split-conformal interval."""

    estimate: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)


def flip_polarity(
    values: npt.ArrayLike, low: float = 0.0, high: float = 1.0, *, where: npt.ArrayLike = True
) -> np.ndarray:
    """Reverse a scale from low to high: emotional stability to neuroticism, or back.

    Turned twice it is the identity.

    Parameters
    ----------
    values : on [low, high]; NaN stays NaN
    where : bool, broadcast with the values; the others stay as they are

    Examples
    --------
    >>> flip_polarity([0.25, 0.5, 1.0])
    array([0.75, 0.5 , 0.  ])
    """
    return np.where(where, np.subtract(low + high, values), values)
