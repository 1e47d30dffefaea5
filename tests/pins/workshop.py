"""A scratch folder with small inputs, and what the commands make of them.

Everything goes through the command line and the files that it reads and writes, nothing through
the packages behind it, so that those can be moved.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import joblib
import torch
import yaml
from click.testing import CliRunner
from clips import portrait, tone, write_clip
from toy_dataset import write_dataset
from toy_recording import write_answer, write_interview
from toy_tables import recorded_rows, write_csv

from hirenet_sales.cli import main
from tests.pins.comparison import steady

TESTS = Path(__file__).parents[1]
SAMPLE = TESTS.parent / "hirenet_sales" / "sample" / "interview.yaml"
DATASET = "first-impressions-v2"
SOURCES = {"source-train": 8, "source-validation": 10, "source-calibration": 10}
TERMINAL = {"COLUMNS": "400"}  # wide enough for every cell of a printed table
FRAME = "━─╇┴┬┼└┘├┤┐┌┳╈┻╋┫┣ "


class Absent(Exception):
    """Something that a pin needs is not on this machine."""


class Workshop:
    """Small inputs, each made when it is first asked for, and runs of commands on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: object, status: int = 0) -> str:
        """What a command prints on stdout."""
        with _one_thread(), patch.dict(os.environ, TERMINAL):
            result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        return result.stdout

    def json(self, *arguments: object, status: int = 0) -> Any:
        """What a command writes with --json."""
        path = self.folder / "numbers.json"
        path.unlink(missing_ok=True)
        self.run(*arguments, "--json", path, status=status)
        return self.read(path)

    def table(self, *arguments: object) -> list[list[str]]:
        """The cells that a command prints, line by line; a line without a table is one cell."""
        lines = (re.split("[│┃┏┓┗┛┡┩]", line) for line in self.run(*arguments).splitlines())
        rows = [[cell.strip() for cell in line if cell.strip(FRAME)] for line in lines]
        return steady([row for row in rows if row], self.folder)

    def read(self, path: Path) -> Any:
        """A JSON, CSV or YAML file without what differs from run to run."""
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            rows = csv.DictReader(text.splitlines())
            content = [{key: _value(cell) for key, cell in row.items()} for row in rows]
        elif path.suffix == ".yaml":
            content = json.loads(json.dumps(yaml.safe_load(text), default=str))  # dates
        else:
            content = json.loads(text)
        return steady(content, self.folder)

    def yaml(self, name: str, content: dict[str, Any]) -> Path:
        """A description as a file."""
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return path

    def analysis(self, name: str, path: Path, *arguments: object) -> dict[str, Any]:
        """The assessment.json of an interview, which is analysed once."""
        out = self.folder / f"{name}-results"
        if not out.exists():
            self.run("analyze", path, "--out", out, "--store", self.store(name), *arguments)
        return self.read(out / "assessment.json")

    def store(self, name: str) -> Path:
        """The store of that analysis."""
        return self.folder / f"{name}-store"

    @cached_property
    def cache(self) -> Path:
        """Extracted features, shared by all that learn."""
        return self.folder / "cache"

    @cached_property
    def answer(self) -> Path:
        """Three seconds of the sample."""
        return write_answer(self.folder / "answer.mp4")

    @cached_property
    def interview(self) -> Path:
        """An interview of two such answers with their words."""
        folder = self.folder / "interview"
        folder.mkdir()
        return write_interview(folder, self.answer, 2, job_title="sales manager")

    @cached_property
    def clips(self) -> Path:
        """A folder like First Impressions V2, whose clips all have the same recording."""
        root = write_dataset(self.folder / DATASET, SOURCES)
        (root / "clips").mkdir()
        for row in csv.DictReader((root / "clips.csv").read_text("utf-8").splitlines()):
            (root / "clips" / row["clip"]).symlink_to(self.answer)
        return root

    @cached_property
    def recorded(self) -> Path:
        """A table of sixteen interviews of four answers, each one of two recordings."""
        root = self.folder / "recorded"
        root.mkdir()
        faces = [
            write_clip(self.folder / f"face{n}.mp4", [portrait(320, 180, size=size)] * 6, tone(0.6))
            for n, size in enumerate((0.45, 0.6))
        ]
        rows = recorded_rows(interviews=16, answers=4)
        for number, row in enumerate(rows):
            row["media"], row["person"] = f"a{number}.mp4", row["interview"]
            (root / row["media"]).symlink_to(faces[number % 2])
            del row["hirable"]
        write_csv(root / "answers.csv", rows)
        return root


def _value(cell: str) -> str | float:
    """A cell of a CSV as JSON would have it."""
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if math.isfinite(number) else cell


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order; no other processes, which would import for longer than they compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with joblib.parallel_config(backend="sequential"):
            yield
    finally:
        torch.set_num_threads(threads)
