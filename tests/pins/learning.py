"""Pins of data sets, training, evaluation, experiments and the salience study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from toy_dataset import rows, write_audio, write_table
from toy_tables import (
    TRAITS,
    recruitview_rows,
    traits,
    write_hirability,
    write_jsonl,
    write_mit,
)

from tests.pins import experiments
from tests.pins.workshop import DATASET, Workshop

RELEASE: dict[str, Any] = {
    "kind": "model",
    "name": "toy",
    "model": "fused_ensemble",
    "data": {"name": DATASET, "streams": ["visual", "audio", "text"]},
    "options": {
        "members": 2,
        "teacher": 0.5,
        "components": 4,
        "inputs_dropped": {"visual": 0.1, "audio": 0.0, "text": 0.1},
        "cells": {"visual": "lstm", "audio": "gru", "text": "gru"},
        "epochs": 2,
        "vary": True,
        "loggers": [],
        "progress": False,
    },
}
MODELS: dict[str, dict[str, Any]] = {
    "fused": {
        "options": {**experiments.SMALL, "components": 4},
        "data": {"name": DATASET, "streams": ["visual", "audio", "text"]},
    },
    "cnn_lstm": {
        "options": {**experiments.QUIET, "freeze_before": "all", "input_px": 48},
        "data": {"name": DATASET, "streams": ["frames"], "size_px": 48},
    },
    "crnet": {
        "options": {
            "depth": 18,
            "width": 4,
            "input_px": 32,
            "small_input": True,
            "small_signal": True,
            "classification_epochs": 1,
            "regression_epochs": 1,
            "batch": 8,
            "trees": 3,
        },
        "data": {"name": DATASET, "streams": ["frames", "audio"], "size_px": 32},
    },
    "deep_impression": {
        "options": {
            **experiments.QUIET,
            "width": 4,
            "crop_px": 32,
            "crop_samples": 1200,
            "small_input": True,
        },
        "data": {"name": DATASET, "streams": ["frames", "waveform"], "size_px": 40},
    },
}
CHECKPOINT = ("config", "calibration", "metrics")
LONGEST = 24  # rows of a table of the salience study that are compared


def data_cards(workshop: Workshop) -> dict[str, Any]:
    """The cards, as they are printed."""
    listed = workshop.table("data", "list")
    names = [row[0] for row in listed if len(row) == 5 and row[0] != "name"]
    return {"list": listed} | {name: workshop.table("data", "show", name)[:40] for name in names}


def data_check(workshop: Workshop) -> dict[str, Any]:
    """Checks of a folder of each data set; the clips have labels that go together."""
    folder, rng = workshop.folder / "checked", np.random.default_rng(0)
    table = rows({"source-train": 6, "source-validation": 4}, clips=3)
    for row in table:
        values = traits(rng)
        row |= {trait: str(values[trait]) for trait in TRAITS[:4]}
        row["neuroticism_column"] = str(round(1 - values["neuroticism"], 4))
    write_table(folder / DATASET, table)
    write_audio(folder / DATASET, table)
    write_jsonl(folder / "recruitview" / "metadata.jsonl", recruitview_rows())
    write_mit(folder / "mit-interview", people=12)
    write_hirability(folder / "hirability", candidates=30)
    status = {DATASET: 1, "recruitview": 1, "mit-interview": 0, "hirability": 0, "recorded": 0}
    roots = {name: folder / name for name in status} | {"recorded": workshop.recorded}
    return {
        name: workshop.json("data", "check", name, "--root", roots[name], status=expected)
        for name, expected in status.items()
    }


def train_release(workshop: Workshop) -> dict[str, Any]:
    """Configuration, calibration and numbers of a release of two small networks."""
    return _files(_trained(workshop, "release"), workshop)


def evaluate_release(workshop: Workshop) -> dict[str, Any]:
    """That release on all clips and on an official split."""
    folder = _trained(workshop, "release")
    return {
        split: _evaluation(workshop, folder, "--split", split) for split in ("all", "validation")
    }


def evaluate_fi_v2(workshop: Workshop) -> dict[str, Any]:
    """The model that ships, on tables and on recordings."""
    recordings = ("--split", "source-calibration", "--from-media")
    return {
        "tables": _evaluation(workshop, "fi-v2"),
        "recordings": _evaluation(workshop, "fi-v2", *recordings),
    }


def train_model(name: str) -> Callable[[Workshop], dict[str, Any]]:
    """Configuration, calibration and numbers of a small model of the catalogue."""
    return lambda workshop: _files(_trained(workshop, name), workshop)


def evaluate_model(name: str) -> Callable[[Workshop], dict[str, Any]]:
    """That model on tables."""
    return lambda workshop: _evaluation(workshop, _trained(workshop, name))


def analyze_model(name: str) -> Callable[[Workshop], dict[str, Any]]:
    """The assessment.json of two short answers by that model."""

    def make(workshop: Workshop) -> dict[str, Any]:
        checkpoint = _trained(workshop, name)
        return workshop.analysis(name, workshop.interview, "--checkpoint", checkpoint)

    return make


def evaluate_recordings(workshop: Workshop) -> dict[str, Any]:
    """The fused network on recordings."""
    recordings = ("--split", "source-calibration", "--from-media")
    return _evaluation(workshop, _trained(workshop, "fused"), *recordings)


def models(workshop: Workshop) -> Any:
    """The catalogue."""
    return workshop.json("models")


def experiment_list(workshop: Workshop) -> list[list[str]]:
    """The experiments that ship."""
    return workshop.table("experiment", "list")


def experiment(name: str) -> Callable[[Workshop], dict[str, Any]]:
    """What a small experiment gives, whether its CSV files hold the same, and its other files."""

    def make(workshop: Workshop) -> dict[str, Any]:
        content, folder = experiments.EXPERIMENTS[name], workshop.folder / f"run-{name}"
        numbers = _experiment(workshop, name, content, folder)
        tables = {"cells": numbers["rows"]}
        tables |= {table: own["rows"] for table, own in numbers["tables"].items()}
        files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {
            **numbers,
            "csv": {
                table: _without_gaps(workshop.read(folder / f"{table}.csv")) == _without_gaps(own)
                for table, own in tables.items()
            },
            "files": sorted(path.as_posix() for path in files if path.parts[0] != "cells"),
            "shown again": workshop.json("experiment", "show", folder) == numbers,
        }

    return make


def _without_gaps(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what a CSV cannot tell from a missing value."""
    return [{k: v for k, v in row.items() if v not in (None, "")} for row in table]


def salience(workshop: Workshop) -> dict[str, Any]:
    """The study of the attention of the planted experiment's models."""
    run, out = workshop.folder / "run-planted", workshop.folder / "salience"
    if not run.exists():
        _experiment(workshop, "planted", experiments.EXPERIMENTS["planted"], run)
    workshop.run("salience", "--runs", run, "--dataset", "planted", "--out", out)
    tables = {path.name: workshop.read(path) for path in sorted(out.glob("*.csv"))}
    return {
        **{name: {"rows": len(table), "first": table[:LONGEST]} for name, table in tables.items()},
        "figures": sorted(path.name for path in (out / "figures").iterdir()),
    }


def _trained(workshop: Workshop, name: str) -> Path:
    out = workshop.folder / f"trained-{name}"
    if not out.exists():
        content = RELEASE
        if name in MODELS:
            content = {"kind": "model", "name": f"toy-{name}", "model": name, **MODELS[name]}
        arguments = ("--root", workshop.clips, "--out", out, "--cache", workshop.cache)
        workshop.run("train", workshop.yaml(name, content), *arguments)
    return out


def _files(folder: Path, workshop: Workshop) -> dict[str, Any]:
    return {name: workshop.read(folder / f"{name}.json") for name in CHECKPOINT}


def _evaluation(workshop: Workshop, checkpoint: object, *more: object) -> dict[str, Any]:
    data = ("--dataset", DATASET, "--root", workshop.clips, "--cache", workshop.cache)
    return workshop.json("evaluate", "--checkpoint", checkpoint, *data, *more)


def _experiment(
    workshop: Workshop, name: str, content: dict[str, Any], folder: Path
) -> dict[str, Any]:
    root = {"recorded": "recorded", "planted": None}.get(experiments.dataset_of(content), "clips")
    data = ("--cache", workshop.cache, *(("--root", getattr(workshop, root)) if root else ()))
    described = workshop.yaml(f"experiment-{name}", content)
    return workshop.json("experiment", "run", described, "--out", folder, "--jobs", 1, *data)
