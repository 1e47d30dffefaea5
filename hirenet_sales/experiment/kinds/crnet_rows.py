"""The YAML of a table of CR-Net: splits, rows, and sizes and training of all of them."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.kind import Experiment, Section, Some
from hirenet_sales.experiment.kinds.clip_data import ClipSection
from hirenet_sales.models.crnet_options import (
    HeadOptions,
    NetworkOptions,
    StageOptions,
    each_known,
)
from hirenet_sales.models.final_regressor import FUSION_WEIGHTS, REGRESSORS, RegressorConfig
from hirenet_sales.networks.crnet import BRANCHES
from hirenet_sales.yaml_model import did_you_mean

KEYS = ("branch", "head", "losses", "classes", "regressor")


class RegressorSection(Section):
    """Settings of a final regressor; those that are None are RegressorConfig's, from the paper."""

    trees: int | None = Field(default=None, ge=1)
    features: int | None = Field(default=None, ge=1)
    svr_c: float | None = Field(default=None, gt=0)
    svr_epsilon: float | None = Field(default=None, ge=0)


class RowSection(HeadOptions):
    """One system.

    Attributes
    ----------
    branches : each has a line of its own; several are fused by the regressors besides
    regressors : final regressors on the features of all the branches
    """

    branches: Some[str] = ("face",)
    regressors: tuple[str, ...] = ()

    @field_validator("branches")
    @classmethod
    def _branches(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return each_known(names, BRANCHES, "branch")

    @field_validator("regressors")
    @classmethod
    def _regressors(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return each_known(names, REGRESSORS, "regressor")

    @model_validator(mode="after")
    def _fits(self) -> Self:
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
    network: NetworkOptions = NetworkOptions()
    training: StageOptions = StageOptions()
    regressors: dict[str, RegressorSection] = Field(default_factory=dict)
    rows: Some[RowSection]
    reference: dict[str, Any] = Field(default_factory=dict)

    @field_validator("regressors")
    @classmethod
    def _named(cls, sections: dict[str, RegressorSection]) -> dict[str, RegressorSection]:
        each_known(tuple(sections), REGRESSORS, "regressor")
        return sections

    @field_validator("reference")
    @classmethod
    def _keys(cls, keys: dict[str, Any]) -> dict[str, Any]:
        each_known(tuple(keys), KEYS, "key")
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
