"""Checking a folder against its data card: what is wrong, which way traits point, what leaks."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.answer_files import open_files
from hirenet_sales.data.catalogue import folder_of, read_labels
from hirenet_sales.data.completeness import StreamCount, summarised
from hirenet_sales.data.features import audio_inputs, spoken
from hirenet_sales.data.leakage import leakage
from hirenet_sales.data.records import Features, Reading, assemble
from hirenet_sales.data.sets.first_impressions import NAME as FIRST_IMPRESSIONS
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.data.sets.first_impressions_set import clip_reading
from hirenet_sales.data.sets.mit_interview import NAME as MIT_INTERVIEW
from hirenet_sales.data.sets.mit_interview import read_mit
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS

NAMED = 3  # of many clips with the same fault
JPEG = b"\xff\xd8\xff"
SURE = 2.0  # standard errors of a correlation of 0 that a disagreement must exceed
POSITIVE = TRAITS[:4]  # in raters' eyes these go together, and neuroticism against them


def check_dataset(
    name: str, root: str | Path | None = None, progress: Progress = no_progress
) -> dict[str, Any]:
    """Check a folder against the card of a data set; every recording and transcript is opened.

    Parameters
    ----------
    root : None = the copy that ships, of a set of which one does

    Returns
    -------
    dict with dataset, root and usable (False where no table can be read at all); counts of
    answers, interviews and people; data, what can be read of each stream and every loss, see
    `Completeness.to_dict`; problems and remarks, whole sentences, one of all losses of a kind;
    polarity, see `polarity`; leakage, see `leakage`. The last two are empty where nothing can be
    measured.

    Raises
    ------
    DatasetError
        if no folder is given and none ships, or it is not there.
    """
    folder = folder_of(name, root)
    result: dict[str, Any] = {"dataset": name, "root": str(folder), "usable": True}
    result |= {"counts": {}, "data": {}, "problems": [], "remarks": []}
    result |= {"polarity": {}, "leakage": {}}
    try:
        reading, remarks, tables = _read(name, folder)
    except DatasetError as error:
        problems = [line.strip() for line in str(error).splitlines()]
        return {**result, "usable": False, "problems": problems}
    opened = open_files(reading.records, progress)
    streams = {s: c for s, c in {**opened.streams, **tables}.items() if s in reading.card.streams}
    completeness = replace(
        opened, streams=streams, shortfalls=(*reading.shortfalls, *opened.shortfalls)
    )
    result["data"] = completeness.to_dict()
    result["problems"] = [*reading.problems, *remarks, *summarised(completeness.losses)]
    result["remarks"] = summarised(completeness.remarks)
    try:
        interviews = assemble(reading, Features())
    except DatasetError as error:
        result["usable"] = False
        result["problems"].append(str(error))
        return result
    result["counts"] = {
        "answers": len(reading.records),
        "interviews": len(interviews),
        "people": len(set(interviews.people.tolist())),
    }
    result["polarity"] = polarity(reading)
    result["problems"] += [
        f"The polarity of {trait} disagrees with the data card: it is declared "
        f"'{direction['declared']}', but after the card's turning it correlates "
        f"{direction['after']:+.2f} with {direction['with']}; correct the card, or the column."
        for trait, direction in result["polarity"].items()
        if not direction["agrees"]
    ]
    result["leakage"] = leakage(interviews)
    return result


def _read(name: str, root: Path) -> tuple[Reading, list[str], dict[str, StreamCount]]:
    """The answers, further remarks, and the counts of streams that tables hold."""
    if name == FIRST_IMPRESSIONS:
        data = FirstImpressions(root, strict=False)
        remarks, pictured = _clip_remarks(data)
        counts = {} if data.released else _table_counts(data, pictured)
        return clip_reading(data), remarks, counts
    if name == MIT_INTERVIEW:
        mit = read_mit(root)
        audio = StreamCount(sum(mit.named), sum(len(rows) > 0 for rows in mit.prosody))
        return mit.reading, [], {"audio": audio}
    return read_labels(name, root), [], {}


def _table_counts(data: FirstImpressions, pictured: set[str]) -> dict[str, StreamCount]:
    """Of how many clips the tables and the pictures have something."""
    clips = data.clips
    drawn = sum(clip.name in pictured for clip in clips)
    return {
        "text": StreamCount(
            sum(bool(clip.transcript) for clip in clips),
            sum(bool(spoken(clip.transcript)) for clip in clips),
        ),
        "audio": StreamCount(
            sum(clip.name in data.measured for clip in clips),
            sum(clip.spectral is not None for clip in clips),
        ),
        "visual": StreamCount(drawn, drawn),
    }


def polarity(reading: Reading) -> dict[str, dict[str, Any]]:
    """Which way each trait points, by its correlation with the mean of the others.

    Raters see openness, conscientiousness, extraversion and agreeableness go together and
    neuroticism go against them, so a column that means the opposite shows.

    Returns
    -------
    trait to declared ("same" or "reversed"), before and after (the correlation as distributed, and
    after the card's turning), with (what it was correlated with), n and agrees: False if the sign
    after turning is wrong by more than two standard errors. {} without all five traits.
    """
    names = [target.name for target in reading.targets]
    if not set(TRAITS) <= set(names):
        return {}
    labels = np.stack([record.labels for record in reading.records])
    labels = labels[np.isfinite(labels[:, [names.index(t) for t in TRAITS]]).all(axis=1)]
    values = {trait: labels[:, names.index(trait)] for trait in TRAITS}
    if len(labels) < 3 or any(v.std() == 0 for v in values.values()):
        return {}
    directions = {}
    for trait in TRAITS:
        column = reading.card.targets[trait]
        others = [other for other in POSITIVE if other != trait]
        mean = np.mean([values[other] for other in others], axis=0)
        after = _correlation(values[trait], mean)
        # `turned` is its own inverse: turned again these are the values as distributed, and the
        # others are turned by the card in both cases, so one wrong column shows alone.
        before = _correlation(column.turned(values[trait]), mean)
        expected = 1.0 if trait in POSITIVE else -1.0
        directions[trait] = {
            "declared": column.polarity,
            "before": before,
            "after": after,
            "with": f"the mean of {', '.join(others)}",
            "n": len(labels),
            "agrees": bool(expected * after > -SURE / np.sqrt(len(labels))),
        }
    return directions


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0


def _clip_remarks(data: FirstImpressions) -> tuple[list[str], set[str]]:
    """What the clips of First Impressions V2 lack, and which have portraits."""
    clips, card = data.clips, data.card
    empty = [clip.name for clip in clips if not clip.transcript]
    silent = [c.name for c in clips if c.transcript and not spoken(c.transcript)]
    remarks = _count(empty, "clip has", "clips have", "an empty transcript")
    remarks += _count(silent, "clip has", "clips have", "a transcript without a spoken word")
    unknown = sorted({clip.split for clip in clips} - set(card.official))
    if unknown:
        remarks.append(
            f"Splits {', '.join(unknown)} are none of {', '.join(card.official)}; their clips are "
            "in no official part."
        )
    if data.released:
        return remarks, set()
    if not data.spectral_columns:
        remarks.append(f"There is no {card.files['statistics']}, so the stream audio is missing.")
    else:
        try:
            audio_inputs(data)
        except DatasetError as error:
            remarks.append(f"{error}.")
        missing = [clip.name for clip in clips if clip.name not in data.measured]
        remarks += _count(missing, "clip has", "clips have", "no statistics")
    media = sorted(path.name for path in data.root.glob(card.files["media"]))
    stray = [name for name in media if name not in data.listed]
    of_portraits, pictured = _portrait_remarks(data)
    remarks += of_portraits
    remarks += _count(stray, "recording has", "recordings have", "no row in the table")
    return remarks, pictured


def _portrait_remarks(data: FirstImpressions) -> tuple[list[str], set[str]]:
    pattern = data.card.files["portraits"]
    paths = sorted(data.root.glob(pattern))
    if not paths:
        return [f"There is no {pattern}, so the stream visual is missing."], set()
    remarks: list[str] = []
    pictured: set[str] = set()
    broken: list[str] = []
    for path in paths:
        try:
            with tarfile.open(path, "r:") as tar:
                for member in tar:
                    clip, _, number = Path(member.name).stem.rpartition("-")
                    file = tar.extractfile(member)
                    if file is None or not number.isdigit():
                        continue
                    if file.read(len(JPEG)) != JPEG:
                        broken.append(f"{path.name}/{member.name}")
                    pictured.add(clip)
        except (tarfile.TarError, OSError) as error:
            remarks.append(f"{path.name} is a damaged tar file ({error}); copy it anew.")
    remarks += _count(broken, "portrait is", "portraits are", "no JPEG picture")
    without = sorted({clip.name for clip in data.clips} - pictured)
    remarks += _count(without, "clip has", "clips have", "no portrait")
    stray = sorted(pictured - data.listed)
    remarks += _count(stray, "clip has", "clips have", "portraits but no row in the table")
    return remarks, pictured


def _count(names: Sequence[str], one: str, many: str, fault: str) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
    return [f"{len(names)} {one if len(names) == 1 else many} {fault}: {shown}."]
