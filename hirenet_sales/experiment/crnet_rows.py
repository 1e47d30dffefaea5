"""The YAML of a table of CR-Net: splits, sizes, training, rows."""

from __future__ import annotations

from math import ceil
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.clip_data import ClipSection
from hirenet_sales.experiment.data import SplitSection
from hirenet_sales.experiment.kind import Experiment, Section, Some
from hirenet_sales.models.crnet import BRANCHES, VISUAL_BRANCHES, CrNetConfig
from hirenet_sales.models.crnet_training import Stage, TwoStageConfig
from hirenet_sales.models.final_regressor import FUSION_WEIGHTS, REGRESSORS, RegressorConfig
from hirenet_sales.models.frame_sampling import SEGMENTS
from hirenet_sales.models.losses import LOSSES
from hirenet_sales.models.trait_classes import CUT_POINTS
from hirenet_sales.yaml_model import did_you_mean

KEYS = ("branch", "head", "losses", "classes", "regressor")


class NetworkSection(Section):
    """Sizes of every branch; the defaults are the paper's.

    Attributes
    ----------
    depth, width : of the ResNets
    input_px : side of a frame
    segments : frames of a clip in training, one random one of each
    shown : most frames of a clip in the test, and for the final regressor
    score : see CrNetConfig
    small_input, small_signal : no reduction before the first block, of frames and of vectors
    """

    depth: Literal[18, 34] = 34
    width: int = Field(default=64, ge=4)
    input_px: int = Field(default=112, ge=32)
    segments: int = Field(default=SEGMENTS, ge=1)
    shown: int = Field(default=SEGMENTS, ge=1)
    score: Literal["learnt", "elementwise"] = "learnt"
    small_input: bool = False
    small_signal: bool = False


class TrainingSection(Section):
    """The two stages; the defaults are the paper's.

    Attributes
    ----------
    classification_epochs, regression_epochs : of the stages
    decays : how often the learning rate falls to a tenth in a stage, after equal numbers of epochs
    equal_passes : a network without classes, which has no first stage, gets its epochs too, so
        that all networks see every clip as often
    """

    classification_epochs: int = Field(default=50, ge=1)
    regression_epochs: int = Field(default=50, ge=1)
    decays: int = Field(default=4, ge=0)
    equal_passes: bool = True
    batch: int = Field(default=30, ge=2)
    learning_rate: float = Field(default=0.002, gt=0)
    weight_decay: float = Field(default=0.005, ge=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)


class RegressorSection(Section):
    """Settings of a final regressor; those that are None are RegressorConfig's, from the paper."""

    trees: int | None = Field(default=None, ge=1)
    features: int | None = Field(default=None, ge=1)
    svr_c: float | None = Field(default=None, gt=0)
    svr_epsilon: float | None = Field(default=None, ge=0)


class RowSection(Section):
    """One system.

    Attributes
    ----------
    branches : each has a line of its own; several are fused by the regressors besides
    head, losses, classes : see CrNetConfig and TwoStageConfig; a plain head has no classes
    regressors : final regressors on the features of all the branches
    """

    branches: Some[str] = ("face",)
    head: Literal["cr-block", "plain", "expectation"] = "cr-block"
    losses: tuple[str, ...] = tuple(LOSSES)
    classes: int = 4
    regressors: tuple[str, ...] = ()

    @field_validator("branches")
    @classmethod
    def _branches(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, BRANCHES, "branch")

    @field_validator("losses")
    @classmethod
    def _losses(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, tuple(LOSSES), "loss")

    @field_validator("classes")
    @classmethod
    def _classes(cls, classes: int) -> int:
        if classes not in CUT_POINTS:
            raise ValueError(f"{classes} classes; the paper has {', '.join(map(str, CUT_POINTS))}")
        return classes

    @field_validator("regressors")
    @classmethod
    def _regressors(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, REGRESSORS, "regressor")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.head != "expectation" and not self.losses:
            raise ValueError(f"head {self.head} has nothing to learn from; give losses")
        if len(self.branches) > 1 and not self.regressors:
            raise ValueError("several branches are fused by a regressor; give regressors")
        strange = [b for b in self.branches if b not in FUSION_WEIGHTS]
        if len(self.branches) > 1 and strange:
            raise ValueError(
                f"branch {strange[0]} has no weight; fused are {', '.join(FUSION_WEIGHTS)}"
            )
        return self

    def line(self, branches: tuple[str, ...], regressor: str = "") -> dict[str, Any]:
        """What names a line of the table, and what published numbers are matched with."""
        found: dict[str, Any] = {
            "branch": "+".join(branches),
            "head": self.head,
            "losses": "+".join(self.losses) or "none",
            "classes": "" if self.head == "plain" else self.classes,
            "regressor": regressor,
        }
        return found


class CrnetConfig(Experiment):
    """A table of CR-Net.

    Attributes
    ----------
    data, splits : every row is run on every split
    reference : keys of the line that others are tested against, of the same split, and of the same
        branch unless it names one
    regressors : settings of final regressors by name
    """

    data: ClipSection = ClipSection()
    splits: Some[SplitSection] = (SplitSection(),)
    network: NetworkSection = NetworkSection()
    training: TrainingSection = TrainingSection()
    regressors: dict[str, RegressorSection] = Field(default_factory=dict)
    rows: Some[RowSection]
    reference: dict[str, Any] = Field(default_factory=dict)

    @field_validator("regressors")
    @classmethod
    def _named(cls, sections: dict[str, RegressorSection]) -> dict[str, RegressorSection]:
        _known(tuple(sections), REGRESSORS, "regressor")
        return sections

    @field_validator("reference")
    @classmethod
    def _keys(cls, keys: dict[str, Any]) -> dict[str, Any]:
        _known(tuple(keys), KEYS, "key")
        return keys

    @field_validator("rows")
    @classmethod
    def _different(cls, rows: tuple[RowSection, ...]) -> tuple[RowSection, ...]:
        for row in rows:
            if rows.count(row) > 1:
                raise ValueError(f"a row is there twice: {row.line(row.branches)}")
        return rows

    def branches(self) -> tuple[str, ...]:
        """Every branch that any row reads."""
        return tuple(dict.fromkeys(branch for row in self.rows for branch in row.branches))


def network_of(branch: str, row: RowSection, section: NetworkSection, targets: int) -> CrNetConfig:
    """The network of one branch."""
    visual = branch in VISUAL_BRANCHES
    return CrNetConfig(
        branch,
        targets,
        row.classes,
        row.head,
        section.score,
        section.depth,
        section.width,
        section.small_input if visual else section.small_signal,
        input_px=section.input_px,
        segments=section.segments,
    )


def stages_of(row: RowSection, section: TrainingSection) -> dict[Stage, TwoStageConfig]:
    """How each stage of a row is trained; a network without classes has the second alone."""
    s = section
    plain = row.head == "plain"
    last = s.regression_epochs + (s.classification_epochs if plain and s.equal_passes else 0)

    def config(epochs: int) -> TwoStageConfig:
        return TwoStageConfig(
            row.losses,
            s.classification_epochs,
            last,
            s.batch,
            s.learning_rate,
            s.weight_decay,
            s.momentum,
            decay_every=ceil(epochs / (s.decays + 1)),
        )

    second: dict[Stage, TwoStageConfig] = {2: config(last)}
    return second if plain else {1: config(s.classification_epochs), **second}


def regressor_of(name: str, sections: dict[str, RegressorSection]) -> RegressorConfig:
    """A final regressor with its settings.

    Raises
    ------
    ConfigError
        for an unknown name.
    """
    if name not in REGRESSORS:
        raise ConfigError(f"no regressor '{name}'{did_you_mean(name, REGRESSORS)}")
    own = sections.get(name, RegressorSection()).model_dump(exclude_none=True)
    return RegressorConfig(name, **own)


def _known(names: tuple[str, ...], known: tuple[str, ...], what: str) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise ValueError(f"no {what} '{name}'{did_you_mean(name, known)}")
        if names.count(name) > 1:
            raise ValueError(f"{what} '{name}' is there twice")
    return names
