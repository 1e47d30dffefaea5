"""Table III of Kassab et al. 2022: every backbone with its LSTM, those that were run here and not.

A row may read fewer answers than there are, which a small machine needs; a line then says on how
many it was trained and tested, and has its own trivial baselines on the very same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from hirenet_sales.data.frame_interviews import STREAM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.data.splits import Split
from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment import figures
from hirenet_sales.experiment.data import (
    data_problems,
    digest,
    parts,
    split_file,
    tell_completeness,
    write_split,
)
from hirenet_sales.experiment.kind import (
    Cell,
    Experiment,
    Kind,
    Place,
    Progress,
    Result,
    Section,
    Some,
)
from hirenet_sales.experiment.kinds.frame_data import (
    FrameData,
    answers_in,
    keras_problem,
    load_steps,
    some_answers,
    stream_of,
)
from hirenet_sales.experiment.kinds.frame_lines import (
    BASELINES,
    COLUMNS,
    NOTE,
    Line,
    baseline_lines,
    line_of,
    scored_line,
)
from hirenet_sales.experiment.published import Published, read_published
from hirenet_sales.experiment.table import Column, Table
from hirenet_sales.experiment.unfitted import unfitted
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.cnn_lstm import CnnLstmOptions
from hirenet_sales.networks.cnn_lstm import CONFIGS
from hirenet_sales.yaml_model import Problem

MODEL = "cnn_lstm"
NOT_RUN = "not run here"


class MostSection(Section):
    """Most answers of a part, drawn by whole interviews; None = all."""

    train: int | None = Field(default=None, ge=1)
    validation: int | None = Field(default=None, ge=1)
    test: int | None = Field(default=None, ge=1)


class BackboneRow(Section):
    """One network.

    Attributes
    ----------
    label : what is special about it, for a person
    options : of model cnn_lstm
    most : answers that are read
    seeds : instead of the experiment's
    """

    label: str
    options: dict[str, Any] = Field(default_factory=dict)
    most: MostSection = MostSection()
    seeds: Some[int] | None = None

    @field_validator("options")
    @classmethod
    def _valid(cls, options: dict[str, Any]) -> dict[str, Any]:
        try:
            build_model(MODEL, (STREAM,), **options)
        except ConfigError as error:
            raise ValueError("; ".join(str(error).splitlines())) from None
        return options

    @property
    def parsed(self) -> CnnLstmOptions:
        """The options with their defaults."""
        return CnnLstmOptions.model_validate(self.options)


class CnnLstmTableConfig(Experiment):
    """Networks on one data set; backbones of Table III without a row are listed as not run."""

    data: FrameData
    splits: Some[SplitSection] = (SplitSection(),)
    rows: Some[BackboneRow]

    @field_validator("rows")
    @classmethod
    def _different(cls, rows: tuple[BackboneRow, ...]) -> tuple[BackboneRow, ...]:
        names = [(row.parsed.backbone, row.label) for row in rows]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two rows are {name[0]}, '{name[1]}'; give one another label")
        return rows

    @field_validator("rows")
    @classmethod
    def _same_size(
        cls, rows: tuple[BackboneRow, ...], info: ValidationInfo
    ) -> tuple[BackboneRow, ...]:
        data = info.data.get("data")
        for row in rows:
            if data is not None and row.parsed.input_px != data.size_px:
                raise ValueError(
                    f"'{row.label}' has input_px {row.parsed.input_px}, the pictures "
                    f"{data.size_px}; give both the same"
                )
        return rows


class CnnLstmTable(Kind[CnnLstmTableConfig]):
    """`kind: cnn_lstm_table`."""

    name = "cnn_lstm_table"
    config = CnnLstmTableConfig

    def problems(self, values: dict[str, Any], place: Place) -> list[Problem]:
        """Missing data, and Keras where a row needs it."""
        found = data_problems(values, place)
        rows = values.get("rows")
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            told = keras_problem(row.get("options") if isinstance(row, dict) else None)
            if told:
                found.append((("rows", number, "options", "backbone"), told))
        return found

    def cells(self, config: CnnLstmTableConfig, place: Place, tell: Progress) -> list[Cell]:
        """One a row, split and seed. What a frozen CNN sees is read here, once for all of them."""
        found = []
        for row in config.rows:
            options = row.parsed
            interviews = load_steps(config.data, options, place, tell)
            tell_completeness(interviews, place)
            state = digest(interviews)
            for section in config.splits:
                split = write_split(interviews, section, place)
                settings = {
                    "data": config.data.model_dump(mode="json"),
                    "data_digest": state,
                    "split": section.model_dump(mode="json"),
                    "split_content": split.read_text(encoding="utf-8"),
                    "options": options.model_dump(mode="json", exclude={"progress", "loggers"}),
                    "most": row.most.model_dump(),
                }
                for seed in row.seeds or config.seeds:
                    keys = {
                        "dataset": interviews.dataset,
                        "split": section.kind,
                        "backbone": options.backbone,
                        "label": row.label,
                        "seed": seed,
                    }
                    found.append(Cell(keys, settings))
        return found

    def run(self, cell: Cell, place: Place, folder: Path) -> dict[str, Any]:
        """Fit and test one network, and the trivial baselines on the same answers."""
        options = CnnLstmOptions.model_validate(cell.settings["options"])
        train, validation, test = cell_parts(cell, place)
        quiet = {**cell.settings["options"], "loggers": ("csv",)}
        model = unfitted(MODEL, (stream_of(options),), quiet)
        model.fit(train, validation, seed=cell.keys["seed"], folder=folder / "fit")
        prediction = model.predict(test)
        return {
            "parameters": model.parameters(),
            "trained_on": answers_in(train),
            "line": scored_line("predictions", prediction, train, test, folder),
            "baselines": baseline_lines(train, test, folder),
        }

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """One a network and seed, and its baselines."""
        values = result.values
        own = {
            "model": MODEL,
            "parameters": values["parameters"],
            "trained_on": values["trained_on"],
            "seconds": round(result.seconds, 1),
        }
        lines = {MODEL: values["line"], **values["baselines"]}
        return [
            {**result.cell.keys, **own, "model": name, **line_of([(result, part)])}
            for name, part in lines.items()
        ]

    def tables(
        self, config: CnnLstmTableConfig, results: Sequence[Result], place: Place
    ) -> list[Table]:
        """Table III: baselines, ours, the printed numbers; then what was not run here."""
        published = read_published(config.published) if config.published else None
        found: list[Line] = []
        notes = [NOTE]
        dataset = results[0].cell.keys["dataset"]
        for section in config.splits:
            found += _lines(results, section, published)
            split = split_file(dataset, section, place)
            told = Split.load(split).notes if split.is_file() else ()
            notes += [f"Split {section.kind}: {sentence}" for sentence in told]
        run = {line["backbone"] for line in found}
        for name in CONFIGS:
            if name not in run and published is not None:
                beside = published.beside(dataset, {"model": MODEL, "backbone": name})
                found.append(_sizes(name) | {"split": "", "how": NOT_RUN} | _printed(beside))
        if config.about:
            notes.append(config.about)
        if published is not None:
            notes.append(f"{published.title}. {published.note}")
        columns = (
            Column("split", "split"),
            Column("backbone", "model"),
            Column("lstm", "LSTM"),
            Column("dense", "dense"),
            Column("how", "how"),
            *COLUMNS,
            Column("published_mse", "published MSE", 5),
            Column("published_one_minus_mae", "published mean-acc", 4),
        )
        return [Table("table", config.title, columns, found, tuple(notes))]

    def figures(
        self, config: CnnLstmTableConfig, results: Sequence[Result], place: Place
    ) -> list[Path]:
        """1 − MAE of every line with its interval, a colour a split."""
        [table] = self.tables(config, results, place)
        for row in table.rows:
            row["title"] = f"{row['backbone']}, {row['how']}"
        return figures.dots(
            place.folder / "figures" / "one_minus_mae", table, "one_minus_mae", "1 − MAE"
        )


def cell_parts(cell: Cell, place: Place) -> tuple[InterviewSet, InterviewSet, InterviewSet]:
    """Training, validation and test part of a cell, as many answers as its row reads."""
    options = CnnLstmOptions.model_validate(cell.settings["options"])
    interviews = load_steps(FrameData.model_validate(cell.settings["data"]), options, place)
    split = SplitSection.model_validate(cell.settings["split"])
    most = MostSection.model_validate(cell.settings["most"])
    train, validation, test = parts(interviews, split, place)
    return (
        some_answers(train, most.train),
        some_answers(validation, most.validation),
        some_answers(test, most.test),
    )


def _lines(
    results: Sequence[Result], section: SplitSection, published: Published | None
) -> list[Line]:
    there = [result for result in results if result.cell.keys["split"] == section.kind]
    by_row: dict[tuple[str, str], list[Result]] = {}
    for result in there:
        keys = result.cell.keys
        by_row.setdefault((keys["backbone"], keys["label"]), []).append(result)
    order = list(CONFIGS)
    found: list[Line] = []
    shown: set[tuple[int, ...]] = set()
    for (backbone, label), same in sorted(by_row.items(), key=lambda x: order.index(x[0][0])):
        first = same[0]
        values = first.values
        line = _sizes(backbone) | {
            "dataset": first.cell.keys["dataset"],
            "split": section.kind,
            "how": label,
            "model": MODEL,
            "seeds": len(same),
            "trained_on": values["trained_on"],
            "parameters": values["parameters"],
            **line_of([(result, result.values["line"]) for result in same]),
        }
        beside = published.beside(line["dataset"], line) if published else {}
        line |= _printed(beside)
        found.append(line)
        answers = (values["trained_on"], line["n"])
        if answers in shown:
            continue
        shown.add(answers)
        for name in BASELINES:
            if name in values["baselines"]:
                measured = line_of([(first, values["baselines"][name])])
                found.append(
                    {
                        "dataset": line["dataset"],
                        "split": section.kind,
                        "backbone": name,
                        "how": "the same answers" if len(by_row) > 1 else "",
                        "model": name,
                        "trained_on": values["trained_on"],
                        **measured,
                    }
                )
    found.sort(key=lambda line: (-line["n"], -line["trained_on"], line["model"] == MODEL))
    return found


def _sizes(backbone: str) -> Line:
    config = CONFIGS[backbone]
    return {
        "backbone": backbone,
        "lstm": f"{len(config.lstm)} x {config.lstm[0]}",
        "dense": f"{len(config.dense)} x {config.dense[0]}",
    }


def _printed(beside: dict[str, float]) -> Line:
    return {f"published_{measure}": value for measure, value in beside.items()}
