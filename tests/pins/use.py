"""Pins of a model in use: the sample and real clips, and what stands around an analysis."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.pins.workshop import SAMPLE, TESTS, Absent, Workshop

VARIABLE = "HIRENET_SALES_DATA"  # as in tests/conftest.py
CLIPS = 5
ESSENTIAL = ("id", "status", "weight", "traits", "highlights")  # of an answer


def sample(workshop: Workshop) -> dict[str, Any]:
    """What fi-v2 concludes of the sample: estimates, intervals, weights, score, highlights."""
    whole = workshop.analysis("sample", SAMPLE)
    answers = [
        {
            **{key: answer[key] for key in ESSENTIAL},
            "streams": {name: own["weight"] for name, own in answer["streams"].items()},
        }
        for answer in whole["answers"]
    ]
    return {
        **{key: whole[key] for key in ("traits", "sales", "confidence")},
        "answers": answers,
    }


def sample_remainder(workshop: Workshop) -> dict[str, Any]:
    """Everything else in the sample's assessment.json."""
    whole = workshop.analysis("sample", SAMPLE)
    answers = []
    for answer in whole["answers"]:
        streams = {
            name: {key: value for key, value in own.items() if key != "weight"}
            for name, own in answer["streams"].items()
        }
        own = {key: value for key, value in answer.items() if key not in ESSENTIAL}
        answers.append({**own, "streams": streams})
    left = {k: v for k, v in whole.items() if k not in ("traits", "sales", "confidence")}
    return {**left, "answers": answers}


def real_clips(workshop: Workshop) -> dict[str, Any]:
    """Numbers alone of five real people's clips as one interview: estimates and intervals."""
    root = Path(os.environ.get(VARIABLE) or TESTS / ".." / ".." / "shared" / "data")
    recordings = sorted((root / "first-impressions-v2" / "clips").glob("*.mp4"))[:CLIPS]
    if len(recordings) < CLIPS:
        raise Absent(f"needs first-impressions-v2/clips under {VARIABLE}, the folder of the data")
    folder = workshop.folder / "people"
    if not folder.exists():
        folder.mkdir()
        for number, path in enumerate(recordings, 1):
            (folder / f"q{number}.mp4").symlink_to(path.resolve())
    whole = workshop.analysis("people", folder)
    return {"traits": whole["traits"], "answers": [answer["traits"] for answer in whole["answers"]]}


def store(workshop: Workshop) -> dict[str, Any]:
    """What a store says of itself, forgets and prunes."""
    workshop.analysis("small", workshop.interview)
    option = ("--store", workshop.store("small"))
    recording, words = (workshop.interview.with_name(name) for name in ("q1.mp4", "said.vtt"))
    parts = {
        "show": ("show",),
        "forget the words": ("forget", words),
        "prune": ("prune", "--keep", 1),
        "forget the recording": ("forget", recording),
        "forget it again": ("forget", recording),
    }
    return {title: workshop.table("store", *part, *option) for title, part in parts.items()}


def small_interview(workshop: Workshop) -> dict[str, Any]:
    """The assessment.json of two short answers with their words, by fi-v2."""
    return workshop.analysis("small", workshop.interview)


def schema(workshop: Workshop) -> Any:
    """The schema of assessment.json, whole."""
    return json.loads(workshop.run("schema"))


def template(workshop: Workshop) -> dict[str, Any]:
    """The interview.yaml that `init` writes."""
    workshop.run("init", workshop.folder / "new")
    return workshop.read(workshop.folder / "new" / "interview.yaml")


def doctor(workshop: Workshop) -> dict[str, Any]:
    """The keys and groups of what the doctor says; the rest is this machine's."""
    findings = json.loads(workshop.run("doctor", "--json"))
    return {
        "keys": list(dict.fromkeys(key for finding in findings for key in finding)),
        "groups": list(dict.fromkeys(finding["group"] for finding in findings)),
    }
