"""The trained branches of CR-Net with the regressor that fuses them (Li et al. 2020, section 3.4).

Branches are weighted 7:5:3. Where the sound or the words are read alone, that branch has the weight
of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from extractors.weights import check_shapes
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.clip_inputs import ClipInputs, Scaling
from hirenet_sales.models.crnet_answers import AUDIO, TEXT, CrnetAnswers
from hirenet_sales.models.crnet_options import CrnetOptions, network_of, stages_of
from hirenet_sales.models.final_regressor import FUSION_WEIGHTS, FinalRegressor
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.two_stage import fit_two_stage, fuse_readings, read_clips
from hirenet_sales.models.weights import PREFIX, take_weights, weights_of
from hirenet_sales.networks.crnet import VISUAL_BRANCHES, build_branch

VERSION = 2  # of training and writing: a fit of another version is not taken for this one
FEWEST = 2  # answers to learn from: one has no variance for batch normalisation
WEIGHTS = {**FUSION_WEIGHTS, **dict.fromkeys((AUDIO, TEXT), FUSION_WEIGHTS["audio-text"])}


@dataclass(frozen=True, eq=False)
class CrnetSystem:
    """What was learnt.

    Attributes
    ----------
    options : the model's
    targets : how many are estimated
    nets : branch to its network
    scalings : "audio" and "text", where they are read, to what standardises them
    regressor : None = the one network's own estimates
    """

    options: CrnetOptions
    targets: int
    nets: dict[str, nn.Module]
    scalings: dict[str, Scaling]
    regressor: FinalRegressor | None

    def estimates(self, answers: CrnetAnswers) -> np.ndarray:
        """What is said of answers, (R, K) as the networks learn it; NaN where nothing is read.

        Raises
        ------
        DatasetError
            if vectors have another length than in training.
        WeightsError
            if words are read and the sentence encoder is not installed.
        """
        inputs = _inputs(answers, tuple(self.nets), self.scalings, self.options)
        rows = np.flatnonzero(np.any([found.there for found in inputs.values()], axis=0))
        found = np.full((len(answers), self.targets), np.nan)
        if not len(rows):
            return found
        readings = {b: read_clips(net, inputs[b], rows) for b, net in self.nets.items()}
        if self.regressor is None:
            [reading] = readings.values()
            found[rows] = reading.estimates
        else:
            found[rows] = self.regressor.predict(fuse_readings(readings, WEIGHTS)[0])
        return found

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All that was learnt, by name."""
        found: dict[str, np.ndarray] = {}
        for branch, net in self.nets.items():
            found |= weights_of(net, f"{PREFIX}{branch}.")
        for part, scaling in self.scalings.items():
            found |= {f"scaling.{part}.{key}": value for key, value in vars(scaling).items()}
        if self.regressor is not None:
            found |= {f"regressor.{key}": value for key, value in self.regressor.arrays.items()}
        return found

    @classmethod
    def of_state(
        cls, state: ModelState, branches: Sequence[str], options: CrnetOptions, targets: int
    ) -> CrnetSystem:
        """What `arrays` gave.

        Raises
        ------
        KeyError, TypeError, ValueError, RuntimeError
            if an array is missing, damaged, or of another system.
        """
        for name, array in state.arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"{name}: a value that is not a number")
        scalings = {}
        for part in _parts(branches):
            scaling = scalings[part] = Scaling(**state.part(f"scaling.{part}."))
            if scaling.mean.ndim != 1 or scaling.scale.shape != scaling.mean.shape:
                raise ValueError(f"scaling of {part}: {scaling.mean.shape}, {scaling.scale.shape}")
            if (scaling.scale <= 0).any():
                raise ValueError(f"scaling of {part}: a scale that is not above 0")
        nets: dict[str, nn.Module] = {}
        for branch in branches:
            config, own = network_of(branch, options, options, targets), f"{PREFIX}{branch}."
            weights = {key: torch.as_tensor(value) for key, value in state.part(own).items()}
            with torch.device("meta"):  # it may be of absurd sizes, and is not made before they fit
                check_shapes(build_branch(config), weights)
            net = nets[branch] = build_branch(config)
            take_weights(net, state.part(own))
        regressor = None
        if (final := options.final()) is not None:
            width = 8 * options.width  # of a ResNet's pooled vector, and so of f_reg
            trees = state.part("regressor.")
            regressor = FinalRegressor.of_arrays(final, trees, targets=targets, width=width)
        return cls(options, targets, nets, scalings, regressor)


def train_system(
    answers: CrnetAnswers,
    branches: Sequence[str],
    options: CrnetOptions,
    *,
    digests: Mapping[str, str],
    seed: int,
    folder: Path,
) -> CrnetSystem:
    """Train every branch in a folder of its own, or go on with it, then the regressor.

    Parameters
    ----------
    digests : branch to the sha256 of what it learns from

    Raises
    ------
    DatasetError
        if a branch has too few answers to learn a target from.
    ConfigError
        if a folder holds a fit of other arguments.
    WeightsError
        if words are read and the sentence encoder is not installed.
    """
    labels = answers.labels
    rows = np.flatnonzero(np.isfinite(labels).any(1))
    scalings = {}
    for part in _parts(branches):
        values, there = answers.vectors(part)
        if not there[rows].any():
            raise DatasetError(
                f"{answers.interviews.dataset}: no answer with a label has stream {part}"
            )
        scalings[part] = Scaling.fit(values[rows[there[rows]]])
    inputs = _inputs(answers, branches, scalings, options)
    for branch, found in inputs.items():
        _check(answers, branch, labels[rows][found.there[rows]])
    nets = {
        branch: _trained(branch, inputs[branch], labels, rows, options, digests, seed, folder)
        for branch in branches
    }
    regressor = None
    if (config := options.final()) is not None:
        readings = {branch: read_clips(net, inputs[branch], rows) for branch, net in nets.items()}
        features, known = fuse_readings(readings, WEIGHTS)
        regressor = FinalRegressor(config, seed=seed).fit(features[known], labels[rows][known])
    return CrnetSystem(options, labels.shape[1], nets, scalings, regressor)


def _trained(
    branch: str,
    inputs: ClipInputs,
    labels: np.ndarray,
    rows: np.ndarray,
    options: CrnetOptions,
    digests: Mapping[str, str],
    seed: int,
    folder: Path,
) -> nn.Module:
    config = network_of(branch, options, options, labels.shape[1])
    stages = stages_of(options, options)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = build_branch(config)
        fit_two_stage(
            net,
            inputs,
            labels,
            rows,
            stages,
            seed=seed,
            folder=folder / branch,
            arguments={
                "version": VERSION,
                "seed": seed,
                "train": digests[branch],
                "network": asdict(config),
                "stages": {str(stage): asdict(of) for stage, of in stages.items()},
            },
        )
    return net.eval()


def _check(answers: CrnetAnswers, branch: str, labels: np.ndarray) -> None:
    counts = np.isfinite(labels).sum(0)
    for target, count in zip(answers.interviews.targets, counts, strict=True):
        if count < FEWEST:
            raise DatasetError(
                f"{answers.interviews.dataset}: {count} answers with a label of {target.name} and "
                f"what branch {branch} reads; expected {FEWEST} or more"
            )


def _inputs(
    answers: CrnetAnswers,
    branches: Sequence[str],
    scalings: Mapping[str, Scaling],
    options: CrnetOptions,
) -> dict[str, ClipInputs]:
    o = options
    return {b: answers.inputs(b, scalings, segments=o.segments, shown=o.shown) for b in branches}


def _parts(branches: Sequence[str]) -> list[str]:
    """The streams that are read as vectors."""
    return [part for b in branches if b not in VISUAL_BRANCHES for part in b.split("-")]
