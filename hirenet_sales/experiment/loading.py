"""The data of an experiment: which set, which split, which questions the models are shown."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from extractors.callbacks import Progress, no_progress
from hirenet_sales import persist
from hirenet_sales.data.card import card_names
from hirenet_sales.data.catalogue import read_labels, shipped_copy
from hirenet_sales.data.completeness import read_completeness, record_completeness
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.problems import SHOWN
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.sets.planted import NAME as PLANTED
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.data.splits import Split, make_split
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.experiment.kind import RunPaths
from hirenet_sales.models.cnn_lstm import CnnLstmOptions
from hirenet_sales.models.frozen_features import frozen_features
from hirenet_sales.yaml_file import Problem

RUN = "hirenet_sales.experiment.run"  # the logger of a run
CNN_OPTIONS = {"backbone", "weights", "inputs", "pool", "input_px", "freeze_before", "start"}


@dataclass(frozen=True)
class _Request:
    section: str  # as JSON, since options are a mapping
    root: Path | None
    cache: Path | None
    frozen: str  # options of a CNN, as JSON; "" = the streams as they are
    fit_cache: Path
    progress: Progress = field(compare=False)


def data_problems(values: dict[str, Any], paths: RunPaths) -> list[Problem]:
    """What is wrong with the `data:` section of a YAML and with the folder that it is about.

    Parameters
    ----------
    values : the YAML as parsed, perhaps malformed; what pydantic refuses is left to it
    """
    data = values.get("data")
    if data is None or (isinstance(data, dict) and "name" not in data):
        return [((), "no data set is named: give data.name, or --dataset")]
    name = data.get("name") if isinstance(data, dict) else None
    if not isinstance(name, str) or name == PLANTED or name not in card_names():
        return []
    root, problems = paths.root, []
    if root is None and shipped_copy(name) is None:
        problems = [f"data set {name} needs its folder: --root DIR"]
    else:
        try:
            problems = [f"{root}: {text}" for text in read_labels(name, root).problems[:SHOWN]]
        except (DatasetError, ConfigError) as error:
            problems = [str(error)]
    return [(("data", "name"), text) for text in problems]


def load(
    section: DataSection,
    paths: RunPaths,
    progress: Progress = no_progress,
    *,
    frozen: CnnLstmOptions | None = None,
) -> InterviewSet:
    """The interviews; a process loads the same ones once.

    Parameters
    ----------
    frozen : a CNN that reads every picture once; its vectors stand in for the pictures
    """
    cnn = "" if frozen is None else frozen.model_dump_json(include=CNN_OPTIONS)
    json = section.model_dump_json()
    return _load(_Request(json, paths.root, paths.cache, cnn, paths.fit_cache, progress))


@lru_cache(maxsize=4)
def _load(request: _Request) -> InterviewSet:
    if request.frozen:
        pictures = _load(replace(request, frozen=""))
        options = CnnLstmOptions.model_validate_json(request.frozen)
        return frozen_features(pictures, options, request.fit_cache, request.progress)
    section = DataSection.model_validate_json(request.section)
    return section.load(request.root, cache=request.cache, progress=request.progress)


def digest(interviews: InterviewSet, streams: Sequence[str] | None = None) -> str:
    """Digest of everything that a model may read: other data are another experiment.

    Parameters
    ----------
    streams : that it reads; None = all of them
    """
    read = sorted(interviews.streams if streams is None else streams)
    return persist.digest(
        interviews.ids,
        interviews.people,
        interviews.positions,
        interviews.question_ids,
        interviews.questions,
        {name: interviews.columns.get(name) for name in read},
        interviews.words if "text" in read else (),
        interviews.labels,
        interviews.answer_labels,
        {name: interviews.functionals.get(name) for name in read},
        {name: interviews.streams.get(name) for name in read},
    )


def log_completeness(interviews: InterviewSet, paths: RunPaths) -> None:
    """Write what was read of a set into the run folder and its log; nothing of a generated one."""
    name, completeness = interviews.dataset, interviews.completeness
    before = read_completeness(paths.folder).get(name)
    logged = before is not None and before.to_dict() == completeness.to_dict()
    if completeness.answers and not logged:  # the rows of a table read the same set
        record_completeness(paths.folder, name, completeness, logging.getLogger(RUN))


def split_file(name: str, section: SplitSection, paths: RunPaths) -> Path:
    """Where the split of a data set lies in the run folder."""
    return paths.folder / "splits" / f"{name}-{section.kind}-{section.seed}.json"


def write_split(interviews: InterviewSet, section: SplitSection, paths: RunPaths) -> Path:
    """Make the split and write it, and give its file."""
    path = split_file(interviews.dataset, section, paths)
    path.parent.mkdir(parents=True, exist_ok=True)
    make_split(interviews, section.kind, seed=section.seed, shares=section.shares).save(path)
    return path


def parts(
    interviews: InterviewSet, section: SplitSection, paths: RunPaths
) -> tuple[InterviewSet, InterviewSet, InterviewSet]:
    """Training, validation and test part, by the file in the run folder."""
    return Split.load(split_file(interviews.dataset, section, paths)).apply(interviews)
