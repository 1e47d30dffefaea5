"""CR-Net (Li et al. 2020) as a model of the catalogue: one network a branch, fused by a regressor.

The last epoch counts, as in the paper: nothing is chosen on held-out interviews, so the validation
part stays unused. Branches are weighted 7:5:3 (section 3.4).

The paper's cut points are of the columns of First Impressions V2: neuroticism is turned to
emotional stability for the networks, and estimates are turned back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import nn

from extractors.safe_weights import check_shapes
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import distinct_answers
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.models.crnet_answers import STREAMS, TEXT, CrnetAnswers, branches_of
from hirenet_sales.models.crnet_options import CrnetOptions
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.final_regressor import FinalRegressor, fuse_features
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.network_model import PREFIX, NetworkModel, restore_weights, weights_of
from hirenet_sales.models.plain_estimator import Standardisation
from hirenet_sales.networks.crnet import VISUAL_BRANCHES, CrReading, build_branch
from hirenet_sales.persist import whole_file, write_json
from hirenet_sales.training.crnet import BranchInputs, StageOptions, StageTask
from hirenet_sales.training.loop import ARGUMENTS, DONE, WEIGHTS, is_done, train_net
from hirenet_sales.training.options import NOT_IN_NUMBERS
from hirenet_sales.traits import TRAITS

FEWEST = 2  # answers to learn from: one has no variance for batch normalisation
LEAST_SCALE = 1e-6  # of a value that hardly varies
INFERENCE_BATCH = 64  # clips


@dataclass(frozen=True, eq=False)
class CrnetParts:
    """The fitted parts.

    Attributes
    ----------
    nets : branch to its network
    scalings : "audio" and "text", where they are read, to what standardises them
    regressor : None = the one network's own estimates
    """

    nets: dict[str, nn.Module]
    scalings: dict[str, Standardisation]
    regressor: FinalRegressor | None


class CrnetModel(NetworkModel[CrnetParts]):
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

    name, version = "crnet", 4
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
        """See Model; `validation` stays unused."""
        self._check(train)
        answers = CrnetAnswers(train, self.streams, self.options.input_px)
        targets, mean = train.targets, training_means(train, "interview")
        if np.isnan(mean).any():
            unknown = [target.name for target, m in zip(targets, mean, strict=True) if np.isnan(m)]
            raise DatasetError(f"{train.dataset}: no label of {', '.join(unknown)} to learn from")
        digests = {branch: answers.digest(branch) for branch in self.branches}
        arguments = self._arguments(targets, seed, mean=mean.tolist(), train=digests)
        if is_done(folder, arguments):
            metadata = json.loads((folder / DONE).read_text(encoding="utf-8"))
            self.restore(ModelState(metadata, load_file(folder / WEIGHTS)))
            return
        self._learnt = self._trained(answers, digests, seed, folder)
        self._targets, self._mean = targets, mean
        # All that was learnt, so that a finished fit is read and no network reads an answer.
        state = self.state()
        with whole_file(folder / WEIGHTS) as part:
            save_file(state.arrays, part)
        write_json(folder / ARGUMENTS, arguments)
        write_json(folder / DONE, state.metadata)

    def predict(self, interviews: InterviewSet) -> Prediction:
        learnt = self._fitted()
        distinct, numbers = distinct_answers(interviews, self.streams)
        try:
            answers = CrnetAnswers(distinct, self.streams, self.options.input_px)
        except DatasetError:
            # Which names the answer by its number in its own interview, not among distinct ones.
            CrnetAnswers(interviews, self.streams, self.options.input_px)
            raise
        inputs = self._inputs(answers, learnt.scalings)
        rows = np.flatnonzero(np.any([own.present for own in inputs.values()], axis=0))
        estimates = np.full((len(answers), len(self._targets)), np.nan)
        if len(rows):
            if learnt.regressor is None:
                [(branch, net)] = learnt.nets.items()
                estimates[rows] = _run(net, inputs[branch], rows)[0]
            else:
                features = _fused(learnt.nets, inputs, rows)
                estimates[rows] = learnt.regressor.predict(features)
        nothing = np.zeros((0, len(self._targets)))
        by_answer = np.concatenate([nothing, *answers.by_interview(estimates, self._targets)])
        return Prediction.of_answers([by_answer[own] for own in numbers], self._mean)

    def parameters(self) -> int:
        """Numbers of the branches' networks, for five targets if not fitted.

        An unfitted model of other streams than it can read has the paper's three branches.
        """
        if self._learnt is not None:
            nets = list(self._learnt.nets.values())
        else:
            readable = set(self.streams) <= set(STREAMS)
            branches = self.branches if readable else branches_of(STREAMS)
            with torch.device("meta"):  # nothing is put into memory to count it
                nets = [build_branch(self.options.network(b, len(TRAITS))) for b in branches]
        return sum(p.numel() for net in nets for p in net.parameters())

    def state(self) -> ModelState:
        learnt = self._fitted()
        arrays: dict[str, np.ndarray] = {}
        for branch, net in learnt.nets.items():
            arrays |= weights_of(net, f"{PREFIX}{branch}.")
        for stream, scaling in learnt.scalings.items():
            arrays |= {f"scaling.{stream}.{key}": value for key, value in scaling.arrays.items()}
        if learnt.regressor is not None:
            arrays |= {f"regressor.{key}": value for key, value in learnt.regressor.arrays.items()}
        return ModelState(self._metadata(), arrays)

    def restore(self, state: ModelState) -> None:
        targets, mean = state.targets_and_means()
        for name, array in state.arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"{name}: a value that is not a number")
        scalings = {}
        for stream in self._vector_streams:
            arrays = state.part(f"scaling.{stream}.")
            scalings[stream] = Standardisation.of_arrays(arrays, arrays["scale"].size)
        nets: dict[str, nn.Module] = {}
        for branch in self.branches:
            config = self.options.network(branch, len(targets))
            weights = state.part(f"{PREFIX}{branch}.")
            with torch.device("meta"):  # it may be of absurd sizes, and is not made before they fit
                tensors = {key: torch.as_tensor(value) for key, value in weights.items()}
                check_shapes(build_branch(config), tensors)
            nets[branch] = build_branch(config)
            restore_weights(nets[branch], weights)
        regressor, kind = None, self.options.regressor
        if kind is not None:
            arrays, width = state.part("regressor."), self.options.feature_width
            regressor = FinalRegressor.of_arrays(kind, arrays, targets=len(targets), width=width)
        self._learnt = CrnetParts(nets, scalings, regressor)
        self._targets, self._mean = targets, mean

    def _trained(
        self, answers: CrnetAnswers, digests: Mapping[str, str], seed: int, folder: Path
    ) -> CrnetParts:
        """Train every branch in a folder of its own, or go on with it, then the regressor."""
        o, labels = self.options, answers.labels
        rows = np.flatnonzero(np.isfinite(labels).any(1))
        scalings = {}
        for stream in self._vector_streams:
            values, present = answers.vectors(stream)
            values = values[rows[present[rows]]]
            if not len(values):
                raise DatasetError(
                    f"{answers.interviews.dataset}: no answer with a label has stream {stream}"
                )
            spread = np.maximum(values.std(0), LEAST_SCALE)
            scalings[stream] = Standardisation(values.mean(0), spread)
        inputs = self._inputs(answers, scalings)
        for branch, own in inputs.items():
            _require_labels(answers, branch, labels[rows][own.present[rows]])
        in_stages = {*StageOptions.model_fields, "segments"} - NOT_IN_NUMBERS
        nets: dict[str, nn.Module] = {}
        for branch, own in inputs.items():
            config, readable = o.network(branch, labels.shape[1]), rows[own.present[rows]]
            arguments = {
                "version": self.version,
                "seed": seed,
                "train": digests[branch],
                "network": asdict(config),
                "options": o.model_dump(mode="json", include=in_stages),
                "stages": [asdict(stage) for stage in o.stages],
            }
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                net = nets[branch] = build_branch(config)
                tasks = [StageTask(own, labels, readable, o, stage, seed) for stage in o.stages]
                train_net(
                    net, tasks, options=o, seed=seed, folder=folder / branch, arguments=arguments
                )
            net.eval()
        regressor = None
        if (estimator := o.new_regressor(seed)) is not None:
            features = _fused(nets, inputs, rows)
            present = np.any([own.present[rows] for own in inputs.values()], axis=0)
            regressor = FinalRegressor.fit(estimator, features[present], labels[rows][present])
        return CrnetParts(nets, scalings, regressor)

    def _inputs(
        self, answers: CrnetAnswers, scalings: Mapping[str, Standardisation]
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


def _run(net: nn.Module, inputs: BranchInputs, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A branch's estimates (N, P) and features (N, P, D) of the clips at `rows`."""
    readings: list[CrReading] = []
    with torch.inference_mode():
        for begin in range(0, len(rows), INFERENCE_BATCH):
            readings.append(net(*inputs.inference(rows[begin : begin + INFERENCE_BATCH])))
    estimates = torch.cat([reading.estimates for reading in readings]).double().numpy()
    return estimates, torch.cat([reading.features for reading in readings]).float().numpy()


def _fused(
    nets: Mapping[str, nn.Module], inputs: Mapping[str, BranchInputs], rows: np.ndarray
) -> np.ndarray:
    features = {branch: _run(net, inputs[branch], rows)[1] for branch, net in nets.items()}
    return fuse_features(features, {branch: inputs[branch].present[rows] for branch in nets})


def _require_labels(answers: CrnetAnswers, branch: str, labels: np.ndarray) -> None:
    counts = np.isfinite(labels).sum(0)
    for target, count in zip(answers.interviews.targets, counts, strict=True):
        if count < FEWEST:
            raise DatasetError(
                f"{answers.interviews.dataset}: {count} answers with a label of {target.name} and "
                f"what branch {branch} reads; expected {FEWEST} or more"
            )


ENTRIES = (
    Entry(
        "crnet",
        "Li et al. 2020, CR-Net (IJCV)",
        "classes guide regression: a branch for scene, face, and audio and text, fused 7:5:3",
        CrnetOptions,
        CrnetModel,
        fuses=True,
        reads="pictures, sound and words",
    ),
)
