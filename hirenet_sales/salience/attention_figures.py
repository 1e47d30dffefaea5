"""Figures of a salience study, after those of Hemamou et al. 2019.

questions-<model>: mean value of interest of the questions of the most frequent job position, a
colour a stream, with intervals. answer-<model>-<stream>: attention along the answer with the
highest peak. words-<model>: the words with the highest mean value of interest.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from hirenet_sales.experiment.figures import COLOURS, save, series_style

WORDS = 20
LABEL_LENGTH = 60


def draw(folder: Path, steps: pd.DataFrame, positions: pd.DataFrame, words: pd.DataFrame) -> None:
    """Draw all of them for every model and split.

    Parameters
    ----------
    steps : attention, one row a step
    positions : means by position and question, as `question_means` gives them
    words : as `word_means` gives them
    """
    for names, own in positions.groupby(["model", "variant", "split"], sort=False):
        _questions(folder / _slug("questions", *names), own, " ".join(filter(None, names)))
    for names, own in steps.groupby(["model", "variant", "split", "stream"], sort=False):
        _answer(folder / _slug("answer", *names), own, " ".join(filter(None, names)))
    for names, own in words.groupby(["model", "variant", "streams", "split"], sort=False):
        _words(folder / _slug("words", *names), own, " ".join(filter(None, names)))


def _questions(path: Path, means: pd.DataFrame, title: str) -> None:
    position = means.groupby("position")["answers"].sum().idxmax()
    means = means[means["position"] == position]
    questions = list(dict.fromkeys(means["question_id"]))
    texts = means.groupby("question_id")["question"].first()
    figure = Figure(figsize=(7.5, 1.5 + 0.45 * len(questions)))
    axes = figure.add_subplot()
    streams = list(dict.fromkeys(means["stream"]))
    for number, stream in enumerate(streams):
        own = means[means["stream"] == stream]
        shift = 0.2 * (number - (len(streams) - 1) / 2)
        low = own["voi_low"] if "voi_low" in own else own["voi"]
        high = own["voi_high"] if "voi_high" in own else own["voi"]
        axes.errorbar(
            own["voi"],
            [questions.index(name) + shift for name in own["question_id"]],
            xerr=[(own["voi"] - low).clip(0).fillna(0), (high - own["voi"]).clip(0).fillna(0)],
            linestyle="none",
            label=stream,
            **series_style(number),
        )
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_yticks(range(len(questions)), [_short(texts[q] or q or "unknown") for q in questions])
    axes.invert_yaxis()
    axes.set_xlabel("value of interest of the question (95 % interval; 1 = average)")
    axes.set_title(f"{title}, position: {position or 'unknown'}", fontsize="medium")
    axes.legend()
    save(figure, path)


def _answer(path: Path, steps: pd.DataFrame, title: str) -> None:
    at = steps.loc[steps["voi_step"].idxmax()]
    one = steps[
        (steps["cell"] == at["cell"])
        & (steps["interview"] == at["interview"])
        & (steps["answer"] == at["answer"])
    ].sort_values("step")
    figure = Figure(figsize=(7.5, 2.6))
    axes = figure.add_subplot()
    axes.fill_between(one["step"], one["voi_step"], step="mid", color=COLOURS[0], alpha=0.4)
    axes.plot(one["step"], one["voi_step"], drawstyle="steps-mid", color=COLOURS[0])
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set_ylabel("value of interest")
    if (one["word"] != "").any():
        axes.set_xticks(one["step"], one["word"], rotation=90, fontsize="x-small")
    else:
        axes.set_xlabel("step")
    axes.set_title(f"{title}: {_short(at['question'] or 'question unknown')}", fontsize="medium")
    save(figure, path)


def _words(path: Path, words: pd.DataFrame, title: str) -> None:
    first = words.head(WORDS)
    figure = Figure(figsize=(6, 1 + 0.25 * len(first)))
    axes = figure.add_subplot()
    axes.barh(range(len(first)), first["voi"], color=COLOURS[0])
    labels = [f"{w} ({n})" for w, n in zip(first["word"], first["count"], strict=True)]
    axes.set_yticks(range(len(first)), labels)
    axes.invert_yaxis()
    axes.set_xlabel("mean value of interest (count in brackets; 1 = average)")
    axes.set_title(title, fontsize="medium")
    save(figure, path)


def _slug(*words: str) -> str:
    return re.sub(r"[^a-z0-9+]+", "-", "-".join(filter(None, words)).lower()).strip("-")


def _short(text: str) -> str:
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"
