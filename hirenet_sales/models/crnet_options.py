"""CR-Net's sizes, head and training as options."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from hirenet_sales.models.final_regressor import REGRESSORS
from hirenet_sales.networks.crnet import VISUAL_BRANCHES, CrNetConfig
from hirenet_sales.networks.frame_sampling import SEGMENTS
from hirenet_sales.networks.losses import LOSSES
from hirenet_sales.networks.trait_classes import CUT_POINTS
from hirenet_sales.training.crnet import Stage, StageOptions
from hirenet_sales.yaml_model import did_you_mean


class CrnetOptions(StageOptions):
    """Head, stages, sizes and final regressor; defaults are the paper's but for `trees`.

    Attributes
    ----------
    head, classes, score : see CrNetConfig; a plain head has no classes
    equal_passes : a network without classes, which has no first stage, gets its epochs too, so
        that all networks see every clip as often
    depth, width : of the ResNets
    input_px : side of a frame
    segments : frames of a clip in training, one random one of each
    shown : most frames of a clip in the test, and for the final regressor
    small_input, small_signal : no reduction before the first block, of frames and of vectors
    regressor : "extra-trees", "random-forest" or "svr" on the features of all branches; None = the
        network's own estimates, of one branch
    trees : 100, where the paper has 1000: a checkpoint keeps them all, and a tree that learnt from
        6,000 clips takes a quarter of a megabyte for each target
    features : columns tried at each split, at most as many as a branch has
    svr_c, svr_epsilon : penalty, and width of the tube on labels in [0, 1]
    """

    head: Literal["cr-block", "plain", "expectation"] = "cr-block"
    classes: int = 4
    equal_passes: bool = True
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
    features: int = Field(default=512, ge=1)
    svr_c: float = Field(default=0.1, gt=0)
    svr_epsilon: float = Field(default=0.05, ge=0)

    @field_validator("losses")
    @classmethod
    def _losses(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in LOSSES:
                raise ValueError(f"no loss '{name}'{did_you_mean(name, LOSSES)}")
            if names.count(name) > 1:
                raise ValueError(f"loss '{name}' is given twice")
        return names

    @field_validator("head")
    @classmethod
    def _learns(cls, head: str, info: ValidationInfo) -> str:
        if head != "expectation" and info.data.get("losses") == ():
            raise ValueError(f"head {head} has nothing to learn from; give losses")
        return head

    @field_validator("classes")
    @classmethod
    def _classes(cls, classes: int) -> int:
        if classes not in CUT_POINTS:
            raise ValueError(f"{classes} classes; the paper has {', '.join(map(str, CUT_POINTS))}")
        return classes

    @field_validator("regressor")
    @classmethod
    def _regressor(cls, name: str | None) -> str | None:
        if name not in (None, *REGRESSORS):
            raise ValueError(f"no regressor '{name}'{did_you_mean(str(name), REGRESSORS)}")
        return name

    @property
    def feature_width(self) -> int:
        """Columns of a branch's features: a ResNet's pooled vector, and so f_reg."""
        return 8 * self.width

    @property
    def stages(self) -> tuple[Stage, ...]:
        """A network without classes has the second alone."""
        first, second = self.classification_epochs, self.regression_epochs
        if self.head == "plain":
            return (Stage(2, second + first * self.equal_passes),)
        return Stage(1, first), Stage(2, second)

    def network(self, branch: str, targets: int) -> CrNetConfig:
        """The network of one branch."""
        small = self.small_input if branch in VISUAL_BRANCHES else self.small_signal
        return CrNetConfig(
            branch, targets, self.classes, self.head, self.score, self.depth, self.width, small
        )

    def new_regressor(self, seed: int) -> BaseEstimator | None:
        """The unfitted final regressor, if there is one."""
        if self.regressor is None:
            return None
        if self.regressor == "svr":
            return make_pipeline(StandardScaler(), SVR(C=self.svr_c, epsilon=self.svr_epsilon))
        forest = ExtraTreesRegressor if self.regressor == "extra-trees" else RandomForestRegressor
        columns = min(self.features, self.feature_width)
        return forest(self.trees, max_features=columns, n_jobs=1, random_state=seed)
