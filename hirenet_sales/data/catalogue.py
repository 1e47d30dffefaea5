"""Every data set by name, behind one interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from importlib.resources import files
from inspect import signature
from pathlib import Path
from typing import Any

from extractors.callbacks import Progress, no_progress
from extractors.store import default_store_root
from hirenet_sales.data.card import card_names, load_card
from hirenet_sales.data.encoding import Encoding, encode
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.problems import raise_problems
from hirenet_sales.data.records import Features, Reading, assemble
from hirenet_sales.data.sets import hirability, mit_interview, planted, recorded, recruitview, siop
from hirenet_sales.data.sets.first_impressions import NAME as FIRST_IMPRESSIONS
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.data.sets.first_impressions_set import clip_features, clip_reading
from hirenet_sales.data.splits import part_of
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.yaml_model import did_you_mean

STREAMS = ("text", "audio", "visual")
TABLES: dict[str, Callable[[Path, Sequence[str] | None], Reading]] = {
    recorded.NAME: recorded.read_recorded,
    recruitview.NAME: recruitview.read_recruitview,
    hirability.NAME: hirability.read_hirability,
    siop.SIOP_2019: siop.read_siop_2019,
    siop.SIOP_2024: siop.read_siop_2024,
}
ENCODING = tuple(field.name for field in fields(Encoding))
PLANTED = tuple(name for name in signature(planted.planted_interviews).parameters)


def load_dataset(
    name: str,
    root: str | Path | None = None,
    *,
    streams: Sequence[str] = STREAMS,
    level: Level | None = None,
    split: str = "all",
    cache: Path | None = None,
    progress: Progress = no_progress,
    **options: Any,
) -> InterviewSet:
    """Load a data set as interviews.

    Parameters
    ----------
    name : of a data card: first-impressions-v2, recorded, recruitview, mit-interview, hirability,
        siop-2019, siop-2024, planted
    root : its folder; none for planted, and None = the copy that ships of siop-2024
    streams : those that are wanted, () for labels alone; those that the set never has are left out
    level : what is labelled and counted, answers or interviews; None = the card's own level
    split : a part by name, see `part_of`; of First Impressions V2 the rest is not even read
    cache : folder of extracted features; default: the user's cache folder
    progress : called with a stage's name, what is done and the total
    options : `targets`, names of the card's targets; `jobs`, processes that extract; and
        text, audio, visual, language, whisper, see `Encoding`. Of planted: see
        `planted_interviews`.

    Raises
    ------
    DatasetError
        if the folder does not match the card, with every problem of its rows at once.
    ConfigError
        if no data set, stream or option has that name.
    """
    _check(name, streams, options)
    card = load_card(name)
    wanted = tuple(stream for stream in streams if stream in card.streams)
    if streams and not wanted:
        raise DatasetError(f"data set {name} has {', '.join(card.streams)}, not {streams[0]}")
    if name == planted.NAME:
        return planted.planted_interviews(streams=wanted or planted.STREAMS[:1], **options)
    folder = folder_of(name, root)
    cache = cache or default_store_root().parent / "training"
    jobs = int(options.get("jobs", 1))
    encoding = encoding_of(name, {k: v for k, v in options.items() if k in ENCODING})
    targets = options.get("targets")
    reading, features = _read(name, folder, split, targets, wanted, encoding, cache, jobs, progress)
    absent = [stream for stream in streams if stream not in wanted]
    if absent:
        reading.remark("", f"{name} has no stream {', '.join(absent)}")
    return part_of(assemble(reading, features, level), split)


def read_labels(
    name: str, root: str | Path | None, targets: Sequence[str] | None = None
) -> Reading:
    """What the tables of a folder say, with its problems listed rather than raised.

    Raises
    ------
    DatasetError
        if the folder or its table is missing, or lacks columns.
    """
    folder = folder_of(name, root)
    if name == planted.NAME:
        raise DatasetError(f"data set {name} is generated; it has no folder to read")
    if name == FIRST_IMPRESSIONS:
        return clip_reading(FirstImpressions(folder, strict=False), targets)
    if name == mit_interview.NAME:
        return mit_interview.read_mit(folder, targets).reading
    return TABLES[name](folder, targets)


def _read(
    name: str,
    root: Path,
    split: str,
    targets: Sequence[str] | None,
    streams: tuple[str, ...],
    encoding: Encoding,
    cache: Path,
    jobs: int,
    progress: Progress,
) -> tuple[Reading, Features]:
    if name == FIRST_IMPRESSIONS:
        data = FirstImpressions(root, split)
        reading = clip_reading(data, targets)
        return reading, clip_features(
            data, reading.records, streams, encoding, cache=cache, jobs=jobs, progress=progress
        )
    if name == mit_interview.NAME:
        mit = mit_interview.read_mit(root, targets)
        raise_problems(root, mit.reading.problems)
        texts = tuple(stream for stream in streams if stream == "text")
        words = encode(mit.reading.records, texts, encoding, store=None, progress=progress)
        return mit.reading, mit.features(words, streams)
    reading = TABLES[name](root, targets)
    raise_problems(root, reading.problems)
    features = encode(
        reading.records, streams, encoding, store=cache / "media", jobs=jobs, progress=progress
    )
    return reading, features


def encoding_of(name: str, options: Mapping[str, Any]) -> Encoding:
    """What the rows of a set's streams are, by the fields of Encoding that are given.

    First Impressions V2 has 26 statistics a clip, from recordings too.

    Raises
    ------
    DatasetError
        if a value is none of those that Encoding names.
    """
    own = {"audio": "spectral"} if name == FIRST_IMPRESSIONS else {}
    return Encoding(**{**own, **options})


def folder_of(name: str, root: str | Path | None) -> Path:
    """The folder of a data set; where none is given, that of the copy that ships, if one does.

    Raises
    ------
    DatasetError
        if none is given and none ships, or it does not exist.
    """
    if root is None and (copy := shipped_copy(name)) is not None:
        return copy
    if root is None:
        raise DatasetError(f"data set {name}: give its folder with --root (root=...)")
    if not Path(root).is_dir():
        raise DatasetError(f"{root}: no such folder; give that of {name} as --root")
    return Path(root)


def shipped_copy(name: str) -> Path | None:
    """The folder of a data set that ships with the package; None of the others."""
    copy = Path(str(files("hirenet_sales"))) / "sample" / name
    return copy if copy.is_dir() else None


def _check(name: str, streams: Sequence[str], options: Mapping[str, Any]) -> None:
    if name not in card_names():
        raise ConfigError(f"no data set '{name}'{did_you_mean(name, card_names())}")
    problems = [
        f"no stream '{stream}'{did_you_mean(stream, STREAMS)}"
        for stream in streams
        if stream not in STREAMS
    ]
    allowed = (
        [option for option in PLANTED if option != "streams"]
        if name == planted.NAME
        else ["targets", "jobs", *ENCODING]
    )
    problems += [
        f"data set {name}: unknown option '{option}'{did_you_mean(option, allowed)}"
        for option in options
        if option not in allowed
    ]
    if problems:
        raise ConfigError("\n".join(problems))
