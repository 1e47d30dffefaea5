"""Reading an experiment's YAML, and finding those that are shipped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.kind import Experiment, Kind, RunPaths
from hirenet_sales.experiment.kinds import KINDS
from hirenet_sales.shipped import shipped_folder
from hirenet_sales.yaml_model import RawFile, did_you_mean, read_raw

EXPERIMENTS = "experiments"
QUICK = "quick"


@dataclass(frozen=True)
class Shipped:
    """An experiment that comes with the package: name, kind and title."""

    name: str
    kind: str
    title: str


def shipped() -> list[Shipped]:
    """Every experiment of experiments/; what `train` reads is left out."""
    files = sorted(shipped_folder(EXPERIMENTS).glob("*.yaml"))
    contents = [(path.stem, read_raw(path, ConfigError).values) for path in files]
    return [
        Shipped(name, values["kind"], values.get("title", ""))
        for name, values in contents
        if values.get("kind") in KINDS
    ]


def find(source: str | Path) -> Path:
    """The YAML of a path, or of the name of a shipped experiment.

    Raises
    ------
    ConfigError
        if neither exists.
    """
    folder = shipped_folder(EXPERIMENTS)
    is_file_name = Path(source).suffix.lower() in (".yaml", ".yml", ".json")
    # an experiment's name, or experiments/X.yaml from any folder
    shipped_as = folder.parent / source if is_file_name else folder / f"{source}.yaml"
    for path in (Path(source), shipped_as):
        if path.is_file():
            return path
    names = [experiment.name for experiment in shipped()]
    raise ConfigError(f"{source}: no such file or experiment{did_you_mean(str(source), names)}")


def read_experiment(
    source: str | Path, paths: RunPaths, *, quick: bool = False, dataset: str | None = None
) -> tuple[Kind[Any], Experiment]:
    """Read and check an experiment; nothing is started.

    Parameters
    ----------
    source : a path, or the name of a shipped experiment
    paths : where its data would be read
    quick : put the `quick:` section over the rest
    dataset : replaces the data set's name

    Raises
    ------
    ConfigError
        with every problem at once: unknown keys, impossible combinations, missing data.
    """
    path = find(source)
    raw = read_raw(path, ConfigError)
    if quick:
        if not raw.values.get(QUICK):
            raise ConfigError(f"{path}: has no '{QUICK}:' section; run it without --quick")
        raw = raw.overridden(QUICK)
    if dataset is not None:
        data = raw.values.get("data")
        if not isinstance(data, dict):
            raise ConfigError(f"{path}: has no 'data:' section; run it without --dataset")
        if data.get("name") != dataset:
            data["name"] = dataset
            if "options" in data:
                data["options"] = {}  # they belong to a data set
    kind = kind_of(raw)
    config = raw.validate(kind.config, ConfigError, lambda values: kind.problems(values, paths))
    return kind, config


def kind_of(raw: RawFile) -> Kind[Any]:
    """The kind that a YAML names.

    Raises
    ------
    ConfigError
        if the name is unknown.
    """
    name = raw.values.get("kind")
    if not isinstance(name, str) or name not in KINDS:
        problem = "is missing" if name is None else f"'{name}' is unknown"
        raise ConfigError(f"{raw.path}: kind {problem}{did_you_mean(str(name or ''), list(KINDS))}")
    return KINDS[name]()


def resolved(config: Experiment) -> str:
    """The configuration with every default written out, as YAML; without its quick section."""
    content = json.loads(config.model_dump_json(exclude={QUICK}))
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return text
