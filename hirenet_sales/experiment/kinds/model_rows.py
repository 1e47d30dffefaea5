"""The YAML of a table of models: data, splits, rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.metrics import BINARY_LABELS, LABELS
from hirenet_sales.experiment.data import DataSection
from hirenet_sales.experiment.kind import Experiment, Section, Some
from hirenet_sales.experiment.questions import Questions
from hirenet_sales.models.catalogue import ENTRIES, build_model
from hirenet_sales.yaml_model import did_you_mean

MEASURES = {**LABELS, **BINARY_LABELS}


class RowSection(Section):
    """One model, or one variation of it.

    Attributes
    ----------
    model : of the catalogue
    streams : each, one row a stream; together, one row with all; or a list such as [text, audio]
    options : of the model
    questions : what the model is told about the questions, in training and in the test
    label : in the table; default: the model, and the questions where they are not real
    once : a model without chance in it, which is run with the first seed alone
    """

    model: str
    streams: Literal["each", "together"] | tuple[str, ...] = "each"
    options: dict[str, Any] = Field(default_factory=dict)
    questions: Questions = "real"
    label: str = ""
    once: bool = False

    @field_validator("model")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ENTRIES:
            raise ValueError(f"no model '{name}'{did_you_mean(name, list(ENTRIES))}")
        return name

    @field_validator("streams")
    @classmethod
    def _fits(cls, streams: str | tuple[str, ...], info: ValidationInfo) -> str | tuple[str, ...]:
        model = info.data.get("model")
        several = streams == "together" or (not isinstance(streams, str) and len(streams) > 1)
        if model is not None and several and not ENTRIES[model].fuses:
            raise ValueError(f"model '{model}' reads one stream; say each, or one in a list")
        return streams

    @field_validator("options")
    @classmethod
    def _valid(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        model = info.data.get("model")
        if model is not None:
            try:
                build_model(model, ("text",), **options)
            except ConfigError as error:
                raise ValueError("; ".join(str(error).splitlines())) from None
        return options

    @property
    def title(self) -> str:
        """How the row is called."""
        told = {"real": "", "shuffled": ", shuffled questions", "none": ", no questions"}[
            self.questions
        ]
        return self.label or f"{self.model}{told}"

    def readings(self, streams: Sequence[str]) -> list[tuple[str, ...]]:
        """Streams of every reading, of those that the data set has."""
        if self.streams == "each":
            return [(stream,) for stream in streams]
        if self.streams == "together":
            return [tuple(streams)]
        return [tuple(self.streams)]


class ModelTableConfig(Experiment):
    """A table of models on one data set.

    Attributes
    ----------
    data, splits : every row is run on every split
    rows : in the order of the table
    measures : shown, in order; the first is drawn and tested. None = those of the targets
    reference : title of the row that others are tested against, on the same streams if it has them
    """

    data: DataSection
    splits: Some[SplitSection] = (SplitSection(),)
    rows: Some[RowSection]
    measures: Some[str] | None = None
    reference: str | None = None

    @field_validator("measures")
    @classmethod
    def _known(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in names or ():
            if name not in MEASURES:
                raise ValueError(f"no measure '{name}'{did_you_mean(name, list(MEASURES))}")
        return names

    @field_validator("rows")
    @classmethod
    def _different(cls, rows: tuple[RowSection, ...]) -> tuple[RowSection, ...]:
        seen = [(row.title, row.streams) for row in rows]
        for title, streams in seen:
            if seen.count((title, streams)) > 1:
                raise ValueError(f"two rows are called '{title}'; give one a label")
        return rows

    @field_validator("reference")
    @classmethod
    def _row(cls, name: str | None, info: ValidationInfo) -> str | None:
        titles = [row.title for row in info.data.get("rows", ())]
        if name is not None and titles and name not in titles:
            raise ValueError(f"no row '{name}'{did_you_mean(name, titles)}")
        return name
