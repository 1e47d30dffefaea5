"""CR-Net's sizes, head and training as options."""

from __future__ import annotations

from math import ceil
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from hirenet_sales.models.final_regressor import REGRESSORS, RegressorConfig
from hirenet_sales.networks.crnet import VISUAL_BRANCHES, CrNetConfig
from hirenet_sales.networks.frame_sampling import SEGMENTS
from hirenet_sales.networks.losses import LOSSES
from hirenet_sales.networks.trait_classes import CUT_POINTS
from hirenet_sales.training.crnet import Stage, TwoStageConfig
from hirenet_sales.training.options import MachineOptions
from hirenet_sales.yaml_model import did_you_mean


class CrnetOptions(MachineOptions):
    """Head, stages, sizes, machine and final regressor; defaults are the paper's but for `trees`.

    Attributes
    ----------
    head, losses, classes : see CrNetConfig and TwoStageConfig; a plain head has no classes
    classification_epochs, regression_epochs : of the stages
    decays : how often the learning rate falls to a tenth in a stage, after equal numbers of epochs
    equal_passes : a network without classes, which has no first stage, gets its epochs too, so
        that all networks see every clip as often
    depth, width : of the ResNets
    input_px : side of a frame
    segments : frames of a clip in training, one random one of each
    shown : most frames of a clip in the test, and for the final regressor
    score : see CrNetConfig
    small_input, small_signal : no reduction before the first block, of frames and of vectors
    regressor : "extra-trees", "random-forest" or "svr" on the features of all branches; None = the
        network's own estimates, of one branch
    trees : 100, where the paper has 1000: a checkpoint keeps them all, and a tree that learnt from
        6,000 clips takes a quarter of a megabyte for each target
    features : columns tried at each split, at most all there are
    svr_c, svr_epsilon : see RegressorConfig
    """

    head: Literal["cr-block", "plain", "expectation"] = "cr-block"
    losses: tuple[str, ...] = tuple(LOSSES)
    classes: int = 4
    classification_epochs: int = Field(default=50, ge=1)
    regression_epochs: int = Field(default=50, ge=1)
    decays: int = Field(default=4, ge=0)
    equal_passes: bool = True
    batch: int = Field(default=30, ge=2)
    learning_rate: float = Field(default=0.002, gt=0)
    weight_decay: float = Field(default=0.005, ge=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    depth: Literal[18, 34] = 34
    width: int = Field(default=64, ge=4)
    input_px: int = Field(default=112, ge=32)
    segments: int = Field(default=SEGMENTS, ge=1)
    shown: int = Field(default=SEGMENTS, ge=1)
    score: Literal["learnt", "elementwise"] = "learnt"
    small_input: bool = False
    small_signal: bool = False
    regressor: str | None = "extra-trees"
    trees: int = Field(default=100, ge=1)
    features: int = Field(default=RegressorConfig().features, ge=1)
    svr_c: float = Field(default=RegressorConfig().svr_c, gt=0)
    svr_epsilon: float = Field(default=RegressorConfig().svr_epsilon, ge=0)

    @field_validator("losses")
    @classmethod
    def _losses(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        head = info.data.get("head")
        if not names and head != "expectation":
            raise ValueError(f"head {head} has nothing to learn from; give losses")
        return each_known(names, tuple(LOSSES), "loss")

    @field_validator("classes")
    @classmethod
    def _classes(cls, classes: int) -> int:
        if classes not in CUT_POINTS:
            raise ValueError(f"{classes} classes; the paper has {', '.join(map(str, CUT_POINTS))}")
        return classes

    @field_validator("regressor")
    @classmethod
    def _regressor(cls, name: str | None) -> str | None:
        return name if name is None else each_known((name,), REGRESSORS, "regressor")[0]

    def final(self) -> RegressorConfig | None:
        """The final regressor, if there is one."""
        if self.regressor is None:
            return None
        return RegressorConfig(
            self.regressor, self.trees, self.features, self.svr_c, self.svr_epsilon
        )


def network_of(branch: str, options: CrnetOptions, targets: int) -> CrNetConfig:
    """The network of one branch."""
    o = options
    visual = branch in VISUAL_BRANCHES
    return CrNetConfig(
        branch,
        targets,
        o.classes,
        o.head,
        o.score,
        o.depth,
        o.width,
        o.small_input if visual else o.small_signal,
        input_px=o.input_px,
        segments=o.segments,
    )


def stages_of(options: CrnetOptions) -> dict[Stage, TwoStageConfig]:
    """How each stage is trained; a network without classes has the second alone."""
    o = options
    plain = o.head == "plain"
    last = o.regression_epochs + (o.classification_epochs if plain and o.equal_passes else 0)

    def config(epochs: int) -> TwoStageConfig:
        return TwoStageConfig(
            o.losses,
            o.classification_epochs,
            last,
            o.batch,
            o.learning_rate,
            o.weight_decay,
            o.momentum,
            decay_every=ceil(epochs / (o.decays + 1)),
        )

    second: dict[Stage, TwoStageConfig] = {2: config(last)}
    return second if plain else {1: config(o.classification_epochs), **second}


def each_known(names: tuple[str, ...], known: tuple[str, ...], what: str) -> tuple[str, ...]:
    """The names, if all are known and none is there twice.

    Raises
    ------
    ValueError
        otherwise, with what may have been meant.
    """
    for name in names:
        if name not in known:
            raise ValueError(f"no {what} '{name}'{did_you_mean(name, known)}")
        if names.count(name) > 1:
            raise ValueError(f"{what} '{name}' is there twice")
    return names
