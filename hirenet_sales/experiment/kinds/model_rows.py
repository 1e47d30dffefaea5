"""The YAML of a table of models: data, splits, rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import Questions
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.evaluation.metrics import BINARY_LABELS, LABELS, MSE
from hirenet_sales.experiment.kind import Experiment, Some, check_options
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.yaml_model import StrictModel, require_one

MEASURES = {**LABELS, **BINARY_LABELS, MSE: "MSE"}
QUESTIONS = {"real": "", "shuffled": ", shuffled questions", "none": ", no questions"}


class MostSection(StrictModel):
    """Most answers of each part, drawn by whole interviews; None = all."""

    train: int | None = Field(default=None, ge=1)
    validation: int | None = Field(default=None, ge=1)
    test: int | None = Field(default=None, ge=1)

    def __str__(self) -> str:
        return ", ".join(f"{name} {most}" for name, most in self if most is not None)

    def of(self, parts: Sequence[InterviewSet]) -> tuple[InterviewSet, InterviewSet, InterviewSet]:
        """So many answers of the training, validation and test part."""
        limits = (self.train, self.validation, self.test)
        train, validation, test = map(some_answers, parts, limits)
        return train, validation, test


def some_answers(interviews: InterviewSet, most: int | None) -> InterviewSet:
    """Whole interviews, drawn without a seed of the run, until they have at least `most` answers.

    The same answers whatever the model and the seed; None = all.
    """
    if most is None:
        return interviews
    order = np.random.default_rng(0).permutation(len(interviews))
    counts = np.cumsum([len(interviews.questions[i]) for i in order])
    return interviews.take(np.sort(order[: int(np.searchsorted(counts, most)) + 1]))


class RowSection(StrictModel):
    """One model, or one variation of it.

    Attributes
    ----------
    model : of the catalogue
    streams : each, one row a stream; together, one row with all; or a list such as [text, audio]
    options : of the model
    questions : which questions the model is shown, in training and in the test
    label : in the table; default: the model, and the questions where they are not real
    most : answers that are read, for a small machine; trivial baselines then read the same ones
    seeds : instead of the experiment's, such as one alone for a model without chance in it
    """

    model: str
    streams: Literal["each", "together"] | tuple[str, ...] = "each"
    options: dict[str, Any] = Field(default_factory=dict)
    questions: Questions = "real"
    label: str = ""
    most: MostSection = MostSection()
    seeds: Some[int] | None = None

    @field_validator("model")
    @classmethod
    def _in_catalogue(cls, name: str) -> str:
        return require_one("model", name, ENTRIES)

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
        model, streams = info.data.get("model"), info.data.get("streams")
        if model is not None:
            check_options(model, streams if isinstance(streams, tuple) else ("text",), options)
        return options

    @property
    def title(self) -> str:
        """How the row is called."""
        return self.label or f"{self.model}{QUESTIONS[self.questions]}"

    @property
    def parsed(self) -> dict[str, Any]:
        """The options with their defaults."""
        return ENTRIES[self.model].options.model_validate(self.options).model_dump()

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
    defaults : model to options of all its rows, which a row's own replace
    rows : in the order of the table
    columns : options of the models that have columns, and that published rows are matched by
    averaged : targets whose mean is shown; None = all
    measures : shown, in order; the first is drawn and tested, and one of a single target is
        MEASURE_TARGET. None = those of the targets
    digits : of the measures
    reference : title of the row that others are tested against, on the same streams if it has them
    differences : further measures whose difference from the reference is shown
    not_run : also lists the published rows that none of ours stands beside
    """

    data: DataSection
    splits: Some[SplitSection] = (SplitSection(),)
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    rows: Some[RowSection]
    columns: tuple[str, ...] = ()
    averaged: Some[str] | None = None
    measures: Some[str] | None = None
    digits: int = Field(3, ge=1, le=6)
    reference: str | None = None
    differences: tuple[str, ...] = ()
    not_run: bool = False

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, values: Any) -> Any:
        defaults, rows = (values.get(key) for key in ("defaults", "rows"))
        if not isinstance(defaults, dict) or not isinstance(rows, list | tuple):
            return values
        merged = []
        for row in rows:
            if isinstance(row, dict):
                shared, own = defaults.get(row.get("model")), row.get("options", {})
                if isinstance(shared, dict) and isinstance(own, dict):
                    row = {**row, "options": {**shared, **own}}
            merged.append(row)
        return {**values, "rows": merged}

    @field_validator("defaults")
    @classmethod
    def _of_models(cls, defaults: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {require_one("model", name, ENTRIES): own for name, own in defaults.items()}

    @field_validator("measures", "differences")
    @classmethod
    def _measured(
        cls, names: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        data = info.data.get("data")
        targets = (data.targets if data is not None else None) or ()
        allowed = [*MEASURES, *(f"{m}_{target}" for target in targets for m in MEASURES)]
        return names and tuple(require_one("measure", name, allowed) for name in names)

    @field_validator("rows")
    @classmethod
    def _different(cls, rows: tuple[RowSection, ...]) -> tuple[RowSection, ...]:
        titles = [(row.title, row.streams) for row in rows]
        for title, streams in titles:
            if titles.count((title, streams)) > 1:
                raise ValueError(f"two rows are called '{title}'; give one a label")
        return rows

    @field_validator("rows")
    @classmethod
    def _see_pictures_of_their_size(
        cls, rows: tuple[RowSection, ...], info: ValidationInfo
    ) -> tuple[RowSection, ...]:
        data = info.data.get("data")
        for row in rows:
            side = row.parsed.get("input_px")
            if data is not None and side not in (None, data.size_px):
                raise ValueError(
                    f"'{row.title}' has input_px {side}, the pictures {data.size_px}; give both "
                    "the same"
                )
        return rows

    @field_validator("columns")
    @classmethod
    def _options(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        have = dict.fromkeys(name for row in info.data.get("rows", ()) for name in row.parsed)
        return tuple(require_one("option", name, have) for name in names) if have else names

    @field_validator("reference")
    @classmethod
    def _row(cls, name: str | None, info: ValidationInfo) -> str | None:
        titles = [row.title for row in info.data.get("rows", ())]
        return require_one("row", name, titles) if name is not None and titles else name


def option_columns(row: RowSection, names: Sequence[str]) -> dict[str, Any]:
    """Some options of a row as a table shows them; those that its model lacks are left out."""
    shown = {name: row.parsed[name] for name in names if name in row.parsed}
    return {
        name: "+".join(map(str, value)) or "none" if isinstance(value, tuple | list) else value
        for name, value in shown.items()
    }
