"""What a kind of experiment has to offer; everything else is done by the runner.

The runner reads the YAML, asks the kind for its problems and then for its cells, runs the cells
that are not finished, in parallel processes, and writes what the kind makes of the results.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, Field, field_validator

from extractors.callbacks import Progress
from extractors.store import default_store_root
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.published import published_names
from hirenet_sales.experiment.results_table import Table
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.model import Model
from hirenet_sales.persist import text_digest
from hirenet_sales.yaml_file import Problem
from hirenet_sales.yaml_model import StrictModel, did_you_mean

NAME_LENGTH = 80

ItemT = TypeVar("ItemT")


def _some(items: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    if not items:
        raise ValueError("found an empty list, expected at least one")
    return items


# pydantic's own min_length also counts the items that are wrong in themselves as absent.
Some = Annotated[tuple[ItemT, ...], AfterValidator(_some)]


def check_options(model: str, streams: Sequence[str], options: Mapping[str, Any]) -> None:
    """Check that a model of the catalogue takes these options.

    Raises
    ------
    ValueError
        with every one that it does not.
    """
    try:
        build_model(model, streams, **options)
    except ConfigError as error:
        raise ValueError("; ".join(str(error).splitlines())) from None


class Experiment(StrictModel):
    """What every experiment's YAML holds; each kind adds its own keys.

    Attributes
    ----------
    name : also the name of the run folder
    kind : a name of `experiment.catalogue.KINDS`
    title : heads the table
    about : what the experiment shows, for a person
    seeds : every cell that learns is run with each
    published : a file of experiments/published whose numbers are printed beside ours, or none
    quick : keys that replace those above with --quick; mappings are merged, lists are replaced
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_\-]*$")
    kind: str
    title: str
    about: str = ""
    seeds: Some[int] = (0,)
    published: str | None = None
    quick: dict[str, Any] = Field(default_factory=dict)

    @field_validator("seeds")
    @classmethod
    def _once(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds) or min(seeds) < 0:
            raise ValueError(f"found {list(seeds)}, expected whole numbers from 0, each once")
        return seeds

    @field_validator("published")
    @classmethod
    def _exists(cls, name: str | None) -> str | None:
        if name is not None and name not in published_names():
            raise ValueError(f"no '{name}' in published{did_you_mean(name, published_names())}")
        return name


@dataclass(frozen=True)
class RunPaths:
    """Where a run reads and writes. No number may depend on it.

    Attributes
    ----------
    folder : the run folder
    root : folder of the data set, None where it needs none or was not given
    cache : of extracted features and fits; None = the user's cache folder
    """

    folder: Path
    root: Path | None = None
    cache: Path | None = None

    @property
    def fit_cache(self) -> Path:
        """The folder of fits and of what is extracted once for all of them."""
        return self.cache or default_store_root().parent / "training"


@dataclass(frozen=True)
class Cell:
    """One thing to run, in a process of its own.

    Attributes
    ----------
    keys : what identifies it in tables, such as model, streams, split, seed
    settings : everything else that its numbers depend on, as JSON: options, the data's digest.
        A cell is finished, and is not run again, if a result with the same digest exists.
    """

    keys: dict[str, Any]
    settings: dict[str, Any]

    @property
    def digest(self) -> str:
        """sha256 of the keys and settings."""
        return text_digest(json.dumps([self.keys, self.settings], sort_keys=True))

    @property
    def name(self) -> str:
        """Name of its folder: readable, and unique by the digest's start."""
        words = "-".join(str(value) for value in self.keys.values())
        readable = re.sub(r"[^a-z0-9+]+", "_", words.lower()).strip("_")[:NAME_LENGTH]
        return f"{readable}-{self.digest[:10]}"


@dataclass(frozen=True)
class Result:
    """A finished cell.

    Attributes
    ----------
    cell : what was run
    folder : where it wrote; `Kind.run` may have left further files there
    values : what `Kind.run` returned
    seconds : wall time
    """

    cell: Cell
    folder: Path
    values: dict[str, Any]
    seconds: float


ExperimentT = TypeVar("ExperimentT", bound=Experiment)


class Kind(ABC, Generic[ExperimentT]):
    """A kind of experiment. Has no state: it is made anew in every process.

    Attributes
    ----------
    name : the `kind:` of the YAML
    config : the pydantic model of its YAML. Everything that can be checked without data belongs
        into its validators, so that all problems of a file are reported at once, with lines.
    """

    name: ClassVar[str]
    config: type[ExperimentT]

    def problems(self, values: dict[str, Any], paths: RunPaths) -> list[Problem]:
        """What is missing outside the file: data, weights, extras. Quick; loads nothing big.

        Reported together with the problems of the file, so `values` is the YAML as parsed: nothing
        in it can be relied on to exist or to have the right type.

        Returns
        -------
        pairs of the location in the YAML, such as ("data", "name"), and a sentence.
        """
        return []

    @abstractmethod
    def cells(self, config: ExperimentT, paths: RunPaths, progress: Progress) -> list[Cell]:
        """The cells in the order of the table.

        May load data, and may write splits into the run folder. Cells differ in their keys.
        """

    @abstractmethod
    def run(self, cell: Cell, paths: RunPaths, folder: Path) -> dict[str, Any]:
        """Run one cell; JSON values.

        Called in another process; writes into `folder` alone, which after an interruption still
        holds what the interrupted call left. The result must be the same either way.
        """

    def fitted(
        self, cell: Cell, paths: RunPaths, folder: Path
    ) -> tuple[Model, InterviewSet] | None:
        """The fitted model of a finished cell and its test part, for `salience`; None = neither.

        Nothing is learnt anew: `Model.fit` in the folder of a finished fit reads what it left.
        """
        return None

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """Flat rows of a finished cell for cells.csv and --json."""
        return [{**result.cell.keys, **result.values, "seconds": round(result.seconds, 1)}]

    @abstractmethod
    def tables(
        self, config: ExperimentT, results: Sequence[Result], paths: RunPaths
    ) -> list[Table]:
        """What is printed and written, from the finished cells alone; some may be missing."""

    def figures(
        self, config: ExperimentT, results: list[Result], tables: list[Table], folder: Path
    ) -> list[Path]:
        """Draw the results, or the tables made of them, into `folder` and return the files."""
        return []
