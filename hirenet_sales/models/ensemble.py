"""An ensemble of fused HireNets: the model that ships as fi-v2.

Its members differ in their seed alone and are trained by themselves. They may learn from labels
that a teacher has softened, and from the outputs of a CNN that was tuned on the same labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from pydantic import Field
from torch import nn

from extractors.threads import single_torch_thread
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import Inputs
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.joint_fusion import FusionOptions, fusion
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.neural import AttentionNeuralModel
from hirenet_sales.networks.batch import Example, Shape
from hirenet_sales.networks.ensemble import NetworkEnsemble
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.training.options import FinetuningConfig

NAME = "fused_ensemble"
JOBS = 2  # members that are trained side by side
MOST = 100  # members that a checkpoint may ask for


class EnsembleOptions(FusionOptions):
    """A fused network's options, and what makes several of them an ensemble."""

    members: int = Field(5, ge=1, le=MOST)
    teacher: float = Field(
        0.0, ge=0, le=1, description="share of the teacher's estimates in the labels of training"
    )
    cnn: FinetuningConfig | None = Field(
        None, description="a CNN tuned on the training faces, read besides; null = ImageNet only"
    )


class FusedEnsemble(AttentionNeuralModel):
    """See Model. Weights are rounded to half precision, as its checkpoint has them."""

    prefix = "members."
    options: EnsembleOptions

    def _softened(self, train: InterviewSet, inputs: Inputs) -> InterviewSet:
        if not self.options.teacher:
            return train
        from hirenet_sales.training.teacher import softened

        return softened(train, inputs, self.options.teacher)

    def _train(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        seed: int,
        folder: Path,
        arguments: dict[str, Any],
    ) -> nn.Module:
        def member(number: int) -> nn.Module:
            own = {**arguments, "seed": seed + number}
            with single_torch_thread():  # several of these run side by side
                return super(FusedEnsemble, self)._train(
                    train, validation, seed + number, folder / f"member{number + 1}", own
                )

        members = Parallel(n_jobs=JOBS)(delayed(member)(k) for k in range(self.options.members))
        return NetworkEnsemble(members).half().float()

    def _whole(self, shape: Shape, targets: int) -> nn.Module:
        return NetworkEnsemble(self._build(shape, targets) for _ in range(self.options.members))

    def state(self) -> ModelState:
        """See SaveableModel; its weights are in half precision."""
        state = super().state()
        halves = {
            name: array.astype(np.float16) if name.startswith(self.prefix) else array
            for name, array in state.arrays.items()
        }
        return ModelState(state.metadata, halves)


ENTRIES = (
    Entry(
        NAME,
        "ours; Hemamou et al. 2019, members of an ensemble",
        "the mean of fused networks of several seeds, with a teacher and a tuned CNN: fi-v2",
        EnsembleOptions,
        partial(fusion, FusedEnsemble, NAME, FusedHireNet),
        fuses=True,
    ),
)
