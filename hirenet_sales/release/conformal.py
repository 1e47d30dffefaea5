"""Split-conformal half widths, per trait, by source video and number of answers.

The half width is a quantile of the absolute errors on held-out sources (Vovk et al. 2005; Lei et
al. 2018, section 2.2). Clips of one source are not exchangeable with each other one by one, sources
are: each source has one vote, which its clips share (Lee, Barber and Willett 2023,
Distribution-free inference with hierarchical data).

An estimate from few answers errs more, too. Few people gave many answers, so that a quantile for
every number would rest on a handful of them. The squared error of n answers is taken to be
a + b / n, a what no number of answers removes, and the errors divided by its root are calibrated
together (normalised conformal prediction, Lei et al. 2018, section 5.2). So the half width w(n) has

    w(n)^2 = w_many^2 + (w_one^2 - w_many^2) / n.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from hirenet_sales.uncertainty import COVERAGE

REWEIGHTED = 4  # times; the weights move by less than 1 % after that
LEAST_SQUARE = 1e-8  # of an error on [0, 1]: below it nothing is measured
ROUNDING_OF_VOTES = 1e-9


def conformal_half_widths(
    errors: np.ndarray, sources: np.ndarray, coverage: float = COVERAGE
) -> np.ndarray:
    """Half widths (K,) of intervals that cover `coverage` of new clips from new sources.

    The smallest error whose share of the votes of all sources and of one more, whose errors are
    unbounded, reaches `coverage`. With one clip for each of n sources that is the
    ceil((n + 1) coverage)-th smallest. Too few sources to guarantee it (under 9 at .9) give a half
    width of 1, the whole range.

    Parameters
    ----------
    errors : (N, K), absolute errors on the calibration split
    sources : (N,), the source video of each row
    coverage : nominal, between 0 and 1

    Examples
    --------
    >>> conformal_half_widths(np.full((8, 1), 0.1), sources=np.arange(8))
    array([1.])
    >>> conformal_half_widths(np.arange(1, 20)[:, None] / 100, sources=np.arange(19))
    array([0.18])
    """
    half_widths: np.ndarray = np.minimum(_conformal_quantiles(errors, sources, coverage), 1.0)
    return half_widths


def half_widths_by_number(
    errors: np.ndarray, sources: np.ndarray, numbers: np.ndarray, coverage: float = COVERAGE
) -> tuple[np.ndarray, np.ndarray]:
    """Half widths (K,) of estimates from one answer, and their limit (K,) for many answers.

    Parameters
    ----------
    errors : (N, K), absolute errors of estimates on the calibration split
    sources : (N,), the source video of each row
    numbers : (N,), how many answers each estimate was made from
    coverage : nominal, between 0 and 1
    """
    if not len(errors):
        return np.ones(errors.shape[1]), np.ones(errors.shape[1])
    fixed, by_number = _squared_errors(errors, sources, numbers)
    scale = np.sqrt(fixed + by_number / numbers[:, None])
    quantiles = _conformal_quantiles(errors / scale, sources, coverage)
    one, many = (np.sqrt(fixed + by_number), np.sqrt(fixed))
    return np.minimum(quantiles * one, 1.0), np.minimum(quantiles * many, 1.0)


def _conformal_quantiles(scores: np.ndarray, sources: np.ndarray, coverage: float) -> np.ndarray:
    """Quantiles (K,) of scores (N, K); infinite with too few sources."""
    _, owner, counts = np.unique(sources, return_inverse=True, return_counts=True)
    needed = coverage * (len(counts) + 1) - ROUNDING_OF_VOTES
    quantiles = np.full(scores.shape[1], np.inf)
    for k, column in enumerate(scores.T):
        order = np.argsort(column, kind="stable")
        row = np.searchsorted(np.cumsum(1 / counts[owner[order]]), needed)
        if row < len(order):
            quantiles[k] = column[order[row]]
    return quantiles


def _squared_errors(
    errors: np.ndarray, sources: np.ndarray, numbers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A and b (K,), both at least 0, of squared errors a + b / n, by weighted least squares.

    Each source has one vote for every number of answers. A squared error varies like the square of
    its mean, so the rows are weighted anew by the fit before.
    """
    _, group, counts = np.unique(
        np.stack([np.unique(sources, return_inverse=True)[1], numbers]),
        axis=1, return_inverse=True, return_counts=True,
    )  # fmt: skip
    votes = 1 / counts[group.ravel()]
    terms = np.stack([np.ones(len(numbers)), 1 / numbers], axis=1)  # (N, 2)
    fits = []
    for squared in np.square(errors).T:
        weights = votes
        for _ in range(REWEIGHTED):
            root = np.sqrt(weights)
            fit, _ = nnls(terms * root[:, None], squared * root)
            weights = votes / np.maximum(terms @ fit, LEAST_SQUARE) ** 2
        fits.append(np.maximum(fit, [LEAST_SQUARE, 0.0]))
    fixed, by_number = np.array(fits).T
    return fixed, by_number
