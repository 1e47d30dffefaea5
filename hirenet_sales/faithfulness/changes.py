"""How much estimates change when parts of interviews are masked, in standard deviations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import Mask
from hirenet_sales.explain.masked_estimates import Estimate, masked_estimates
from hirenet_sales.faithfulness.donors import Donors, with_donated_steps

BATCH = 256  # copies with other people's rows that are in memory at once


@dataclass(frozen=True, eq=False)
class Subject:
    """A model and interviews, and what it estimates of them as they are.

    Attributes
    ----------
    estimate : the model
    interviews : N of them
    estimates : (N, K)
    spread : (K,), standard deviation of the estimates over the interviews, above 0
    """

    estimate: Estimate
    interviews: InterviewSet
    estimates: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, estimate: Estimate, interviews: InterviewSet) -> Subject:
        """A model and interviews."""
        estimates = estimate(interviews)
        return cls(estimate, interviews, estimates, estimates.std(0))

    def change(self, after: np.ndarray, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Mean over the K estimates of the absolute changes (R,), in standard deviations.

        Parameters
        ----------
        after : (R, K) estimates of copies of the interviews at `rows`
        """
        changes: np.ndarray = (np.abs(self.estimates[rows] - after) / self.spread).mean(1)
        return changes

    def masked_changes(
        self,
        rows: Sequence[int],
        masks: Sequence[Mask],
        progress: Progress = no_progress,
        stage: str = "",
    ) -> np.ndarray:
        """Changes (R,) when R masks take steps away from the interviews at `rows`.

        Copies of one interview are read together, which is quicker.
        """
        after = np.empty((len(masks), self.estimates.shape[1]))
        owner = np.array(rows, int)
        for done, row in enumerate(which := np.unique(owner)):
            progress(stage, done, len(which))
            own = np.flatnonzero(owner == row).tolist()
            some = [masks[k] for k in own]
            after[own] = masked_estimates(self.estimate, self.interviews, int(row), some)
        progress(stage, len(which), len(which))
        return self.change(after, owner)

    def replaced_changes(
        self,
        rows: Sequence[int],
        masks: Sequence[Mask],
        donors: Donors,
        seed: int,
        progress: Progress = no_progress,
        stage: str = "",
    ) -> np.ndarray:
        """Changes (R,) when rows of other people stand in for the masked steps."""
        parts = []
        for begin in range(0, len(masks), BATCH):
            progress(stage, begin, len(masks))
            some = rows[begin : begin + BATCH], masks[begin : begin + BATCH]
            parts.append(self.estimate(with_donated_steps(self.interviews, *some, donors, seed)))
        progress(stage, len(masks), len(masks))
        return self.change(np.concatenate(parts), np.array(rows, int))
