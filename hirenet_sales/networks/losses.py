"""Losses of trait regression: L1, MSE, Bell, their sum, and CR-Net's classification loss.

Li et al. 2020, "CR-Net: A Deep Classification-Regression Network for Multimodal Apparent
Personality Analysis". Equation (6), with labels and estimates in hundredths (section 4.2.1):

    L_bell = gamma (1 - exp(-(y - y_hat)^2 / (2 sigma^2)))

Its slope vanishes far from the label as well as on it, so that samples with other labels do not
pull an estimate to the mean; but an estimate that starts far away learns nothing from it alone.

Deviation: the cross-entropy (7) is printed with the class probability on both sides of the
product; the ground truth is meant on the first, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce

import torch
from torch import Tensor
from torch.nn import functional

from hirenet_sales.networks.trait_classes import UNKNOWN, classes_of

SCALE = 100.0  # labels and estimates are multiplied by it
SIGMA, GAMMA = 9.0, 300.0  # in units of the scaled labels

Loss = Callable[[Tensor, Tensor], Tensor]


def _mean_over_labels(
    values: Callable[[Tensor], Tensor], estimates: Tensor, labels: Tensor
) -> Tensor:
    """Mean of a function of the differences over known labels; NaN labels are ignored."""
    labelled = ~torch.isnan(labels)
    # torch.where on the difference, not on its function: NaN must not reach the gradient.
    difference = torch.where(labelled, estimates - torch.nan_to_num(labels), 0.0)
    return (values(difference) * labelled).sum() / labelled.sum().clamp_min(1)


def _bell(difference: Tensor) -> Tensor:
    """Equation (6), in [0, GAMMA]; the slope is steepest at SIGMA."""
    # expm1 keeps the digits of small differences, where 1 - exp loses them.
    return -GAMMA * torch.expm1(-difference.square() / (2 * SIGMA**2))


# Of estimates and labels, NaN = unknown, in hundredths; a scalar.
LOSSES: dict[str, Loss] = {
    "l1": partial(_mean_over_labels, torch.abs),
    "mse": partial(_mean_over_labels, torch.square),
    "bell": partial(_mean_over_labels, _bell),
}


def regression_loss(names: Sequence[str], estimates: Tensor, labels: Tensor) -> Tensor:
    """The sum of some LOSSES, of estimates and labels on [0, 1]; equation (8) has all three."""
    return reduce(torch.add, [LOSSES[n](SCALE * estimates, SCALE * labels) for n in names])


def classification_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy (7): summed over traits, mean over samples; scalar.

    Parameters
    ----------
    logits : (B, P, C) with C of 4, 7 or 10 classes
    labels : (B, P) on [0, 1]; NaN = unknown, which adds nothing
    """
    truth = classes_of(labels, logits.shape[-1])  # (B, P)
    total = functional.cross_entropy(
        logits.flatten(0, 1), truth.flatten(), ignore_index=UNKNOWN, reduction="sum"
    )
    return total / max(len(labels), 1)


def classification_weight(epoch: int, epochs: int) -> float:
    """Lambda (9) = 4 E_max / (E + 1), from 4 E_max at epoch 0 to 4 at the last."""
    return 4.0 * epochs / (epoch + 1)
