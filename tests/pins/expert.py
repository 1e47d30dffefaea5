"""Pins of what an expert answers for: questionnaires, rule bases, clusters, job profiles."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from toy_assessment import toy_assessment
from toy_people import answer_sheets, people, write_sheets, write_table

from tests.pins.workshop import Workshop

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")


def ipip50_score(workshop: Workshop) -> dict[str, Any]:
    """Scores of two dozen sheets with gaps, one of which cannot be read."""
    sheets, rows = workshop.folder / "sheets.csv", workshop.folder / "scores.csv"
    answers = answer_sheets(24)
    answers[3, :4] = np.nan
    answers[4, 0] = 9
    write_sheets(sheets, answers)
    summary = workshop.json("ipip50", "score", sheets, "--out", rows, status=1)
    return {"summary": summary, "rows": workshop.read(rows)}


def ipip50_norms(workshop: Workshop) -> dict[str, Any]:
    """Norms made of two hundred sheets."""
    sheets, norms = workshop.folder / "many.csv", workshop.folder / "mine.yaml"
    write_sheets(sheets, answer_sheets(200, seed=1))
    workshop.run("ipip50", "norms", sheets, "--out", norms, "--source", "made up")
    return workshop.read(norms)


def ipip50_items(workshop: Workshop) -> list[list[str]]:
    """The form."""
    return list(csv.reader(workshop.run("ipip50", "items").splitlines()))


def rules_show(workshop: Workshop) -> dict[str, Any]:
    """The rule bases that ship."""
    names = ("kassab2022", "kassab2022-centred")
    shown = {name: workshop.json("rules", "show", name) for name in names}
    return {"list": workshop.table("rules", "list"), **shown}


def rules_check(workshop: Workshop) -> dict[str, Any]:
    """What the shipped rules make of four hundred people, by either meaning of the column."""
    check = ("rules", "check", "kassab2022", "--norms", _norms(workshop))
    return {
        polarity: workshop.json(*check, "--polarity", polarity)
        for polarity in ("neuroticism", "stability")
    }


def rules_fit(workshop: Workshop) -> dict[str, Any]:
    """Rule bases fitted to four hundred people, by each distribution."""
    given = ("--directions", "kassab2022", "--direction", "agreeableness=positive")
    fits = {}
    for distribution in ("best", "normal", "beta"):
        out = workshop.folder / f"{distribution}.yaml"
        fit = ("rules", "fit", _norms(workshop), "--out", out, "--distribution", distribution)
        fits[distribution] = workshop.json(*fit, *given)
    return fits


def clusters(workshop: Workshop) -> dict[str, Any]:
    """The cluster check, scored by rules and by a column."""
    table, out = workshop.folder / "scored.csv", workshop.folder / "clusters"
    rows = [[*traits, 1 + 8 * traits[2]] for traits in people(60).tolist()]
    write_table(table, [*TRAITS, "expert"], rows)
    return {
        "rules": workshop.json("clusters", table, "--out", out),
        "expert": workshop.json("clusters", table, "--out", out, "--score-column", "expert"),
        "files": sorted(path.name for path in out.iterdir()),
    }


def profiles(workshop: Workshop) -> dict[str, Any]:
    """How like the shipped profiles a made-up impression is."""
    path = workshop.folder / "made-up.json"
    toy_assessment().write(path)
    return {
        "list": workshop.table("profiles", "list"),
        "compare": workshop.json("profiles", "compare", path),
    }


def _norms(workshop: Workshop) -> Path:
    path = workshop.folder / "norms.csv"
    if not path.exists():
        write_table(path, TRAITS, people(400).tolist())
    return path
