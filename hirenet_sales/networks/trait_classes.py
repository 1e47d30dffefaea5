"""Classes of trait labels, as CR-Net's first stage sorts them (Li et al. 2020).

Sections 4.2.2 and 5.4 give the cut points. A label on a cut point belongs to the upper class; the
paper does not say.
"""

from __future__ import annotations

import torch
from torch import Tensor

CUT_POINTS = {
    4: (0.5, 0.6, 0.7),
    7: (0.3556, 0.4383, 0.5003, 0.5575, 0.6143, 0.6849),
    10: (0.3220, 0.3962, 0.4466, 0.4903, 0.5307, 0.5708, 0.6078, 0.6528, 0.7102),
}
UNKNOWN = -100  # what torch's cross-entropy leaves out


def classes_of(labels: Tensor, classes: int) -> Tensor:
    """Class of every label.

    Parameters
    ----------
    labels : float (...), on [0, 1]; NaN = unknown

    Returns
    -------
    int64 (...), 0 to classes - 1, or UNKNOWN.
    """
    cuts = torch.tensor(CUT_POINTS[classes], dtype=labels.dtype, device=labels.device)
    indices = torch.bucketize(labels.contiguous(), cuts, right=True)
    return torch.where(torch.isnan(labels), UNKNOWN, indices)


def class_middles(classes: int) -> Tensor:
    """The middle of every class's part of [0, 1], float (classes,)."""
    ends = torch.tensor((0.0, *CUT_POINTS[classes], 1.0))
    return (ends[:-1] + ends[1:]) / 2
