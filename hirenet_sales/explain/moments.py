"""Values of interest."""

from __future__ import annotations

import numpy as np


def value_of_interest(weights: np.ndarray) -> np.ndarray:
    """Attention (T,) times the number of steps, so that 1.0 is average whatever the length.

    Hemamou et al. 2019, section "Attention visualization".
    """
    return weights * len(weights)
