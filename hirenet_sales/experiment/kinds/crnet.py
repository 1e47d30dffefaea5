"""Tables 3 to 7 and figure 11 of CR-Net: split x system x seed, and what each system says.

A cell trains every branch of its row, and fits the final regressors on their features: one cell has
several lines in the table. The last epoch counts, so the validation part stays unused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.kept_array import save_array
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.evaluation.baselines import LOOK_UP, MEAN, trivial_baselines
from hirenet_sales.evaluation.metrics import LABELS
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.experiment import figures
from hirenet_sales.experiment.data import (
    data_problems,
    parts,
    tell_completeness,
    write_split,
)
from hirenet_sales.experiment.kind import Cell, Kind, Place, Progress, Result
from hirenet_sales.experiment.kinds.clip_data import ClipSection, ClipSet, load_clips
from hirenet_sales.experiment.kinds.crnet_rows import CrnetConfig, RowSection, regressor_of
from hirenet_sales.experiment.kinds.crnet_table import crnet_tables, of_traits
from hirenet_sales.experiment.predictions import score, write_scored
from hirenet_sales.experiment.summary import summarise
from hirenet_sales.experiment.table import Table
from hirenet_sales.models.crnet_inputs import BranchReading, fuse_readings, read_clips
from hirenet_sales.models.crnet_options import (
    NetworkOptions,
    StageOptions,
    network_of,
    stages_of,
)
from hirenet_sales.models.final_regressor import FinalRegressor, RegressorConfig
from hirenet_sales.networks.crnet import build_branch
from hirenet_sales.training.crnet import BranchInputs, fit_branch
from hirenet_sales.training.options import MachineOptions
from hirenet_sales.yaml_model import Problem

BASELINE = "baseline"
SHOWN_BASELINES = (MEAN, LOOK_UP)
Line = tuple[dict[str, Any], Prediction, int | None]  # what names it, what it says, parameters


class Crnet(Kind[CrnetConfig]):
    """`kind: crnet`."""

    name = "crnet"
    config = CrnetConfig

    def problems(self, values: dict[str, Any], place: Place) -> list[Problem]:
        """Missing data."""
        named = values if "data" in values else {**values, "data": ClipSection().model_dump()}
        return data_problems(named, place)

    def cells(self, config: CrnetConfig, place: Place, tell: Progress) -> list[Cell]:
        """One a row, split and seed; the trivial baselines first in every split."""
        clips = _load(config.data, config.network, config.branches(), place, tell)
        tell_completeness(clips.interviews, place)
        found = []
        for section in config.splits:
            split = write_split(clips.interviews, section, place)
            common = {
                "data": config.data.model_dump(mode="json"),
                "split": section.model_dump(mode="json"),
                "split_content": split.read_text(encoding="utf-8"),
                "network": config.network.model_dump(mode="json"),
            }
            where = {"dataset": clips.interviews.dataset, "split": section.kind}
            told = {**common, "data_digest": clips.digest(())}
            found.append(Cell({**where, "row": BASELINE, "seed": 0}, told))
            for row in config.rows:
                told = {
                    **common,
                    "data_digest": clips.digest(row.branches),
                    "row": row.model_dump(mode="json"),
                    "training": config.training.model_dump(mode="json"),
                    "regressors": {
                        name: asdict(regressor_of(name, config.regressors))
                        for name in row.regressors
                    },
                }
                keys = row.line(row.branches, "+".join(row.regressors))
                found += [Cell({**where, **keys, "seed": seed}, told) for seed in config.seeds]
        return found

    def run(self, cell: Cell, place: Place, folder: Path) -> dict[str, Any]:
        """Train and test one system, or the trivial baselines."""
        data = ClipSection.model_validate(cell.settings["data"])
        network = NetworkOptions.model_validate(cell.settings["network"])
        split = SplitSection.model_validate(cell.settings["split"])
        if cell.keys.get("row") == BASELINE:
            clips = _load(data, network, (), place)
            train, _, test = parts(clips.interviews, split, place)
            said = trivial_baselines(train, test)
            there = [name for name in SHOWN_BASELINES if name in said]
            lines: list[Line] = [({"branch": name}, said[name], None) for name in there]
        else:
            row = RowSection.model_validate(cell.settings["row"])
            clips = _load(data, network, row.branches, place)
            train, _, test = parts(clips.interviews, split, place)
            lines = _System(cell, row, network, clips, train, test, folder).lines()
        return {
            "lines": [
                _measured(number, line, prediction, parameters, train, test, folder)
                for number, (line, prediction, parameters) in enumerate(lines)
            ]
        }

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """One a line and seed."""
        keys = result.cell.keys
        where = {key: keys[key] for key in ("dataset", "split", "seed")}
        seconds = round(result.seconds, 1)
        return [
            {
                **where,
                **line["line"],
                "parameters": line["parameters"],
                **line["measures"],
                "cell_seconds": seconds,
            }
            for line in result.values["lines"]
        ]

    def tables(self, config: CrnetConfig, results: Sequence[Result], place: Place) -> list[Table]:
        """The lines with intervals, and what each has over the reference, beside the paper's."""
        return crnet_tables(config, results, place)

    def figures(self, config: CrnetConfig, results: Sequence[Result], place: Place) -> list[Path]:
        """1 - MAE and CCC of every line with their intervals, a colour a split."""
        [table, *_] = self.tables(config, results, place)
        folder = place.folder / "figures"
        found = []
        for measure in ("one_minus_mae", "ccc"):
            found += figures.dots(folder / measure, table, measure, LABELS[measure])
        return found


class _System:
    """One row with one seed: its branches are trained, then its regressors."""

    def __init__(
        self,
        cell: Cell,
        row: RowSection,
        network: NetworkOptions,
        clips: ClipSet,
        train: InterviewSet,
        test: InterviewSet,
        folder: Path,
    ) -> None:
        self.cell, self.row, self.network, self.clips = cell, row, network, clips
        self.test, self.folder, self.seed = test, folder, cell.keys["seed"]
        self.train_rows = np.concatenate(clips.numbers(train))
        self.test_rows = np.concatenate(clips.numbers(test))

    def lines(self) -> list[Line]:
        """What every branch says by itself, and what every regressor does of all of them."""
        found: list[Line] = []
        learnt: dict[str, BranchReading] = {}
        asked: dict[str, BranchReading] = {}
        for branch in self.row.branches:
            net, inputs = self._trained(branch)
            asked[branch] = read_clips(net, inputs, self.test_rows)
            if self.row.regressors:
                learnt[branch] = read_clips(net, inputs, self.train_rows)
            said = self.clips.prediction(self.test, asked[branch].estimates)
            found.append((self.row.line((branch,)), said, sum(p.numel() for p in net.parameters())))
        for name in self.row.regressors:
            said = self.clips.prediction(self.test, self._regressed(name, learnt, asked))
            found.append((self.row.line(self.row.branches, name), said, None))
        return found

    def _trained(self, branch: str) -> tuple[nn.Module, BranchInputs]:
        n = self.network
        config = network_of(branch, self.row, n, self.clips.labels.shape[1])
        stages = stages_of(self.row, StageOptions.model_validate(self.cell.settings["training"]))
        inputs = self.clips.inputs(branch, self.train_rows, n.segments, n.shown)
        torch.manual_seed(self.seed)
        net = build_branch(config)
        fit_branch(
            net,
            inputs,
            self.clips.labels,
            self.train_rows,
            stages,
            options=MachineOptions(loggers=(), progress=False),
            seed=self.seed,
            folder=self.folder / branch,
            arguments={
                "digest": self.cell.digest,
                "network": asdict(config),
                "stages": {str(stage): asdict(of) for stage, of in stages.items()},
            },
        )
        return net, inputs

    def _regressed(
        self, name: str, learnt: dict[str, BranchReading], asked: dict[str, BranchReading]
    ) -> np.ndarray:
        """Estimates of the test clips; kept, so that an interrupted cell goes on behind it."""
        path = self.folder / f"estimates-{name}.npy"
        if not path.is_file():
            x, _ = fuse_readings(learnt)
            config = RegressorConfig(**self.cell.settings["regressors"][name])
            regressor = FinalRegressor(config, seed=self.seed)
            regressor.fit(x, self.clips.labels[self.train_rows])
            features, there = fuse_readings(asked)
            values = regressor.predict(features)
            values[~there] = np.nan
            save_array(path, values)
        return np.load(path)


def _measured(
    number: int,
    line: dict[str, Any],
    prediction: Prediction,
    parameters: int | None,
    train: InterviewSet,
    test: InterviewSet,
    folder: Path,
) -> dict[str, Any]:
    """Write what a line said of the test part, and measure it."""
    scored = score(prediction, train, test)
    file = f"predictions-{number}.csv"
    return {
        "line": line,
        "parameters": parameters,
        "file": file,
        "scored": write_scored(folder / file, scored, test),
        "n": len(scored.labels),
        "measures": summarise([of_traits(scored)]).flat(),
    }


def _load(
    data: ClipSection,
    network: NetworkOptions,
    branches: tuple[str, ...],
    place: Place,
    tell: Progress | None = None,
) -> ClipSet:
    return load_clips(data, place, branches=branches, input_px=network.input_px, tell=tell)
