"""An ensemble of fused networks as one network.

Members differ in their seed alone. Estimates are the mean over members, and so are the attention
weights: a mean of weights that each sum to one sums to one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from hirenet_sales.networks.batch import InterviewBatch
from hirenet_sales.networks.fusion import FusedReading


class NetworkEnsemble(nn.ModuleList):
    """Members that read the same batch; each gives a FusedReading, and so does the ensemble."""

    def forward(self, batch: InterviewBatch) -> FusedReading:
        readings: list[FusedReading] = [member(batch) for member in self]
        streams = {
            name: replace(
                own,
                **_means([reading.streams[name] for reading in readings], "alpha", "beta"),
                **_estimates([reading.streams[name] for reading in readings]),
            )
            for name, own in readings[0].streams.items()
        }
        return replace(
            readings[0], streams=streams, **_means(readings, "beta"), **_estimates(readings)
        )


def _means(readings: list[Any], *names: str) -> dict[str, Tensor]:
    return {name: _mean(readings, name, lambda x: x) for name in names}


def _estimates(readings: list[Any]) -> dict[str, Tensor]:
    """Logits of the mean estimates, which are on [0, 1]."""
    return {
        name: torch.logit(_mean(readings, name, torch.sigmoid).double())  # and exactly back
        for name in ("logits", "answer_logits")
    }


def _mean(readings: list[Any], name: str, change: Callable[[Tensor], Tensor]) -> Tensor:
    return torch.stack([change(getattr(reading, name)) for reading in readings]).mean(0)
