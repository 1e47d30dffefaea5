"""Internal consistency of a scale: Cronbach's alpha and McDonald's omega."""

from __future__ import annotations

import numpy as np
from scipy.stats import f as f_distribution
from sklearn.decomposition import FactorAnalysis

MIN_SHEETS_OMEGA = 30  # fewer leave a factor solution of ten items to chance


def cronbach_alpha(items: np.ndarray) -> float | None:
    """Cronbach's alpha (Cronbach 1951) of keyed answers (N, K), NaN = missed.

    From the rows without a gap. At most 1 and possibly negative; None with fewer than two such rows
    or no variance.
    """
    complete = items[~np.isnan(items).any(1)]
    if len(complete) < 2:
        return None
    total = complete.sum(1).var(ddof=1)
    if total == 0:
        return None
    k = items.shape[1]
    return float(k / (k - 1) * (1 - complete.var(axis=0, ddof=1).sum() / total))


def alpha_interval(alpha: float | None, n: int, k: int) -> tuple[float, float] | None:
    """95 % interval of alpha for n complete rows and k items; None where alpha is None.

    By the F distribution (Feldt, Woodruff and Salih 1987, formula 2).
    """
    if alpha is None:
        return None
    freedom = n - 1, (n - 1) * (k - 1)
    low, high = (1 - (1 - alpha) * f_distribution.ppf(p, *freedom) for p in (0.975, 0.025))
    return float(low), float(high)


def omega_total(items: np.ndarray) -> float | None:
    """McDonald's omega total of a one-factor solution (McDonald 1999), also called omega-u.

    The maximum-likelihood factor model of the covariances of keyed answers (N, K), NaN = missed,
    without the rows that have a gap, with one factor, loadings l and unique variances u: (sum l)^2
    / ((sum l)^2 + sum u). It is no omega hierarchical: no group factors are split off. None with
    fewer than `MIN_SHEETS_OMEGA` complete rows or an item that everybody answered alike.
    """
    complete = items[~np.isnan(items).any(1)]
    if len(complete) < MIN_SHEETS_OMEGA or (complete.std(0) == 0).any():
        return None
    model = FactorAnalysis(n_components=1, svd_method="lapack", tol=1e-8, max_iter=20_000)
    model.fit(complete)
    common = model.components_[0].sum() ** 2
    return float(common / (common + model.noise_variance_.sum()))
