"""Measuring relevance: whether answers are nearer to their own questions than to others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.store import default_store_root
from extractors.threads import single_torch_thread
from extractors.words.contextual_words import ContextualWords
from hirenet_sales.data.answer_sentences import AnswerSentences, answer_sentences
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.bootstrap import share_interval
from hirenet_sales.models.checkpoint import Checkpoint, load_checkpoint
from hirenet_sales.models.model import AttentionModel
from hirenet_sales.release.question_effect import WeightDrop, weight_drop
from hirenet_sales.relevance.match import Matcher, among_neighbours
from hirenet_sales.relevance.reference import OFF, ON, Reference, load_reference

FIT_PART = "train"  # of both siop sets, by whose answers the reference was made
FIGURES = ("among_own", "of_all", "pairs", "splice_auc")
SENTENCE_FIGURES = ("on_own", "on_other", "off_own", "off_other")


def evaluate_relevance(
    dataset: str,
    root: str | Path | None = None,
    *,
    split: str = "validation",
    checkpoint: str | Path | None = None,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """How well relevance tells an answer's own question from others.

    Parameters
    ----------
    dataset : of the catalogue, with the texts of its questions and answers
    root : its folder; None = the copy that ships, of a set of which one does
    split : a part of the official split, or "all"; the reference was made from "train"
    checkpoint : whose answer weights are tried with wrong questions; None = none
    cache : where extracted features are kept

    Returns
    -------
    dict with `among_own` (share of answers whose own question matches best among those of the same
    person), `of_all` (among all questions of the set), `pairs` (share of pairs with another
    question of the same person in which the own one matches better), `splice_auc` (of two answers
    of a person joined, how often a sentence of the right one matches better than one of the other),
    `weight_drop` (of answers whose question is replaced by another of the set, the share that loses
    weight), `chance`, `intervals` (95 %, by person), `n` answers, `people`, `questions`;
    `sentences`, shares of sentences that are on and off the question, of the own answer and of the
    same person's others; `percentile` of the answers, which is uniform where
    the reference fits; `unseen_questions`, the same without questions of the reference; and
    `plain_cosine`, the same by the uncentred cosine of the mean vector.

    Raises
    ------
    DatasetError, WeightsError, CheckpointError
        if the data, the encoder or the checkpoint cannot be used.
    """
    cache = cache or default_store_root().parent / "training"
    reference, encoder = load_reference(), ContextualWords()
    with single_torch_thread():
        answers = answer_sentences(dataset, root, encoder, cache=cache, progress=progress)
    fitted = answers.parts == FIT_PART
    chosen = (answers.parts == split) | (split == "all")
    if not chosen.any():
        raise DatasetError(
            f"{dataset}: no answer in the part {split!r}; choose all or one of "
            f"{', '.join(sorted(set(answers.parts)))}"
        )
    unseen = ~np.isin(answers.question, answers.question[fitted])
    width = answers.question_vectors.shape[1]
    plain = replace(reference, matcher=Matcher(np.zeros(width), np.zeros(width), 0.0))
    result = relevance_figures(answers, chosen, reference) or {}
    drop, reason = None, "no checkpoint was given"
    if checkpoint is not None:
        drop, reason = _weight_drop(load_checkpoint(checkpoint), dataset, root, split, cache)
    if drop is not None:
        result["intervals"]["weight_drop"] = drop.interval
    return {
        "dataset": dataset,
        "split": split,
        **result,
        "weight_drop": None if drop is None else drop.share,
        "weight_drop_reason": reason,
        "unseen_questions": relevance_figures(answers, chosen & unseen, reference),
        "plain_cosine": relevance_figures(answers, chosen, plain),
        "reference": list(reference.sources),
    }


def _weight_drop(
    checkpoint: Checkpoint, dataset: str, root: str | Path | None, split: str, cache: Path
) -> tuple[WeightDrop | None, str]:
    """Weights of written answers under wrong questions of the set; None and why."""
    if not isinstance(checkpoint.model, AttentionModel):
        return None, f"{checkpoint.name} does not weigh answers"
    if not checkpoint.context_present:
        return None, f"{checkpoint.name} has not learnt to use questions"
    written = replace(checkpoint.intake, streams=("text",))
    drop = weight_drop(
        checkpoint.model, written.load(dataset, root, split=split, cache=cache), own=False
    )
    return (drop, "") if drop.n else (None, f"{dataset} has no interview of several questions")


def relevance_figures(
    answers: AnswerSentences, chosen: np.ndarray, reference: Reference
) -> dict[str, Any] | None:
    """Figures of the chosen answers, bool (N,), see `evaluate_relevance`; None of none."""
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return None
    matches = [reference.matcher.sentences(v, answers.question_vectors) for v in answers.vectors]
    whole = np.stack([reference.matcher.answer(m) for m in matches])  # (N, Q)
    shares: dict[str, tuple[list[float], list[float]]] = {
        name: ([], []) for name in (*FIGURES, *SENTENCE_FIGURES)
    }

    def add(name: str, values: np.ndarray) -> None:
        shares[name][0].append(float(values.sum()))
        shares[name][1].append(values.size)

    chance = []
    for row in rows:
        own = answers.own_questions(int(row))
        right, others = whole[row, own[0]], whole[row, own[1:]]
        others_answers = [
            matches[other][:, own[0]]
            for other in np.flatnonzero(answers.people == answers.people[row])
            if answers.question[other] != own[0]
        ]
        add("among_own", np.array([(others < right).all()]))
        add("of_all", np.array([whole[row].argmax() == own[0]]))
        add("pairs", others < right)
        sentences = matches[row][:, own[0]]
        areas = [_splice_area(sentences, other) for other in others_answers]
        add("splice_auc", np.array(areas))
        elsewhere = [topic for other in others_answers for topic in reference.topics(other)]
        for name, topics in (("own", reference.topics(sentences)), ("other", elsewhere)):
            add(f"on_{name}", np.array([topic == ON for topic in topics]))
            add(f"off_{name}", np.array([topic == OFF for topic in topics]))
        chance.append(1 / len(own))
    arrays = {name: (np.array(sums), np.array(counts)) for name, (sums, counts) in shares.items()}
    percent = [reference.better_than_answers(whole[row, answers.question[row]]) for row in rows]
    return {
        **{name: _share(*arrays[name]) for name in FIGURES},
        "chance": {
            "among_own": float(np.mean(chance)),
            "of_all": 1 / len(answers.questions),
            "pairs": 0.5,
            "splice_auc": 0.5,
            "weight_drop": 0.5,
        },
        "intervals": {
            name: share_interval(*pair, answers.people[rows]) for name, pair in arrays.items()
        },
        "sentences": {name: _share(*arrays[name]) for name in SENTENCE_FIGURES},
        "percentile": {
            "mean": float(np.mean(percent)),
            "below_10": float(np.mean(np.array(percent) < 10)),
            "above_90": float(np.mean(np.array(percent) > 90)),
        },
        "n": len(rows),
        "people": len(set(answers.people[rows])),
        "questions": len(set(answers.question[rows])),
    }


def _splice_area(right: np.ndarray, other: np.ndarray) -> float:
    """Area under the ROC curve of right sentences above others, both orders, matches (T,) each."""
    areas = []
    for order in (1, -1):
        joined = np.concatenate([right, other][::order])
        own = np.concatenate([np.ones(len(right), bool), np.zeros(len(other), bool)][::order])
        shown = among_neighbours(joined[:, None])[:, 0]
        above = shown[own][:, None] - shown[~own]
        areas.append((above > 0).mean() + (above == 0).mean() / 2)
    return float(np.mean(areas))


def _share(sums: np.ndarray, counts: np.ndarray) -> float | None:
    return float(sums.sum() / counts.sum()) if counts.sum() else None
