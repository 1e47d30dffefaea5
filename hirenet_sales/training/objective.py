"""The objective: one error for every kind of target; unknown labels are ignored.

A regression target is compared on a scale of 0 to 1, by its squared and its absolute error. A
binary one is compared by cross-entropy. An ordinal one is regressed on its scale like a score: its
levels are taken to be evenly spaced, which the metrics for it (absolute error, rank correlation)
assume anyway, and it needs no thresholds that a small data set could not settle.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from hirenet_sales.data.interview_set import Target

SQUARED = 10.0  # weight of the squared error: on a scale of 0 to 1 it is small


class Objective(nn.Module):
    """Mean error over known labels.

    Parameters
    ----------
    targets : K of them
    absolute : weight of the absolute beside the squared error
    """

    binary: Tensor

    def __init__(self, targets: Sequence[Target], absolute: float) -> None:
        super().__init__()
        is_binary = torch.tensor([t.kind == "binary" for t in targets])
        self.register_buffer("binary", is_binary, persistent=False)
        self.absolute = absolute

    def forward(self, logits: Tensor, targets: Tensor, valid: Tensor) -> Tensor:
        """The mean, a scalar; 0 where nothing is labelled.

        Parameters
        ----------
        logits : (..., K)
        targets : (..., K), on a scale of 0 to 1, NaN = unknown
        valid : bool (...), which rows count
        """
        labelled = ~targets.isnan() & valid.unsqueeze(-1)
        targets = targets.nan_to_num()
        gap = logits.sigmoid() - targets
        error = SQUARED * gap**2 + self.absolute * gap.abs()
        entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
        error = torch.where(self.binary, entropy, error).masked_fill(~labelled, 0.0)
        return error.sum() / labelled.sum().clamp_min(1)
