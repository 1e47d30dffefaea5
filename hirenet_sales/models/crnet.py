"""CR-Net (Li et al. 2020) as a model of the laboratory: one network a branch, fused by a regressor.

Every answer is a sample: it is learnt from its own label where it has one, else from that of its
interview; the estimate of an interview is the mean over its answers. The last epoch counts, as in
the paper: nothing is chosen on held-out interviews, so the validation part stays unused.

The paper's cut points are of the columns of First Impressions V2: neuroticism is turned to
emotional stability for the networks, and estimates are turned back.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.models.crnet_answers import STREAMS, TEXT, CrnetAnswers, branches_of
from hirenet_sales.models.crnet_options import CrnetOptions, network_of
from hirenet_sales.models.crnet_system import VERSION, CrnetSystem, train_system
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.final_regressor import FUSION_WEIGHTS
from hirenet_sales.models.model import ModelState
from hirenet_sales.networks.crnet import build_branch
from hirenet_sales.persist import whole_file, write_json
from hirenet_sales.training.loop import ARGUMENTS, DONE, WEIGHTS, is_done
from hirenet_sales.training.options import Options
from hirenet_sales.traits import TRAITS


class CrnetModel:
    """The branches of some streams and the final regressor; a laboratory `KeptModel`.

    Parameters
    ----------
    streams : of "frames" (aligned faces), "scenes" (whole pictures), "audio", whose rows are
        averaged over each answer, and "text", whose words a sentence encoder reads

    Raises
    ------
    ConfigError
        if several branches shall be fused without a regressor.
    """

    name = "crnet"

    def __init__(self, streams: tuple[str, ...], options: CrnetOptions) -> None:
        self.streams, self.options = streams, options
        self.branches = branches_of(streams)
        if options.regressor is None and len(self.branches) > 1:
            raise ConfigError(
                f"model '{self.name}': branches {', '.join(self.branches)} are fused by a "
                "regressor; give regressor, or the streams of one branch"
            )
        self._system: CrnetSystem | None = None
        self._targets: tuple[Target, ...] = ()
        self._mean = np.zeros(0)

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model; `validation` stays unused.

        Raises
        ------
        DatasetError
            if streams or labels are missing, or pictures have another size than `input_px`.
        ConfigError
            if it shall read other streams, or `folder` holds a fit of other arguments.
        WeightsError
            if words are read and the extra `sentence-encoder` is not installed.
        """
        self._check(train)
        answers = CrnetAnswers(train, self.streams, self.options.input_px)
        targets, mean = train.targets, training_means(train, "interview")
        if np.isnan(mean).any():
            unknown = [target.name for target, m in zip(targets, mean, strict=True) if np.isnan(m)]
            raise DatasetError(f"{train.dataset}: no label of {', '.join(unknown)} to learn from")
        digests = {branch: answers.digest(branch) for branch in self.branches}
        arguments = {
            "version": VERSION,
            "model": self.name,
            "streams": list(self.streams),
            "options": self.options.model_dump(mode="json"),
            "targets": [asdict(target) for target in targets],
            "mean": mean.tolist(),
            "seed": seed,
            "train": digests,
        }
        if is_done(folder, arguments):
            said = json.loads((folder / DONE).read_text(encoding="utf-8"))
            self.restore(ModelState(said, load_file(folder / WEIGHTS)))
            return
        self._system = train_system(
            answers, self.branches, self.options, digests=digests, seed=seed, folder=folder
        )
        self._targets, self._mean = targets, mean
        self._keep(folder, arguments)

    def predict(self, interviews: InterviewSet) -> Prediction:
        """See Model. Answers without anything of what it reads are left open.

        Raises
        ------
        DatasetError
            if pictures or vectors have another size than in training.
        ConfigError
            if the model is not fitted.
        WeightsError
            if words are read and the extra `sentence-encoder` is not installed.
        """
        system = self._fitted()
        answers = CrnetAnswers(interviews, self.streams, self.options.input_px)
        found = answers.by_interview(system.estimates(answers), self._targets)
        return Prediction.of_answers(found, self._mean)

    def parameters(self) -> int:
        """Numbers of the branches' networks, for five targets if not fitted.

        An unfitted model of other streams than it can read has the paper's three branches.
        """
        if self._system is not None:
            nets = list(self._system.nets.values())
        else:
            own = self.branches if set(self.streams) <= set(STREAMS) else tuple(FUSION_WEIGHTS)
            o = self.options
            with torch.device("meta"):  # nothing is put into memory to count it
                nets = [build_branch(network_of(branch, o, o, len(TRAITS))) for branch in own]
        return sum(p.numel() for net in nets for p in net.parameters())

    def state(self) -> ModelState:
        """See KeptModel."""
        arrays = self._fitted().arrays
        said = {
            "targets": [asdict(target) for target in self._targets],
            "mean": self._mean.tolist(),
        }
        return ModelState(said, arrays)

    def restore(self, state: ModelState) -> None:
        """See KeptModel."""
        targets, mean = state.learnt()
        self._system = CrnetSystem.of_state(state, self.branches, self.options, len(targets))
        self._targets, self._mean = targets, mean

    def _fitted(self) -> CrnetSystem:
        if self._system is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        return self._system

    def _keep(self, folder: Path, arguments: dict[str, Any]) -> None:
        """All that was learnt, so that a finished fit is read and no network reads an answer."""
        state = self.state()
        with whole_file(folder / WEIGHTS) as part:
            save_file(state.arrays, part)
        write_json(folder / ARGUMENTS, arguments)
        write_json(folder / DONE, state.said)

    def _check(self, train: InterviewSet) -> None:
        if not self.streams or not set(self.streams) <= set(STREAMS):
            raise ConfigError(
                f"model '{self.name}' reads {', '.join(STREAMS[:-1])} and {TEXT}, where frames and "
                f"scenes are of frame_interviews; found {', '.join(self.streams) or 'none'}"
            )
        for stream in self.streams:
            if stream == TEXT and not train.words:
                raise DatasetError(f"{train.dataset}: no words of its answers; load stream {TEXT}")
            if stream != TEXT and stream not in train.streams:
                raise DatasetError(
                    f"{train.dataset}: no stream {stream}; there are "
                    f"{', '.join(train.streams) or 'none'}, and pictures come by frame_interviews"
                )


def _crnet(streams: tuple[str, ...], options: Options) -> CrnetModel:
    return CrnetModel(streams, cast(CrnetOptions, options))


ENTRIES = (
    Entry(
        "crnet",
        "Li et al. 2020, CR-Net (IJCV)",
        "classes guide regression: a branch for scene, face, and audio and text, fused 7:5:3",
        CrnetOptions,
        _crnet,
        fuses=True,
        reads="pictures, sound and words",
    ),
)
