"""Testing explanations: whether what they point at is what a model's estimates rest on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.store import default_store_root
from extractors.threads import single_torch_thread
from hirenet_sales.errors import DatasetError
from hirenet_sales.explain.contributions import Contributions, contributions
from hirenet_sales.explain.integrated_gradients import integrated_gradients, without_gradients
from hirenet_sales.explain.interview_effects import SCALE
from hirenet_sales.explain.masked_estimates import trait_and_sales_estimates
from hirenet_sales.explain.moment_effects import MomentEffects, moment_effects
from hirenet_sales.explain.stretches import stretches_of
from hirenet_sales.faithfulness.additivity import additivity
from hirenet_sales.faithfulness.agreement import rank_agreement
from hirenet_sales.faithfulness.changes import Subject
from hirenet_sales.faithfulness.deletion import deletion_curves
from hirenet_sales.faithfulness.held_out import held_out
from hirenet_sales.faithfulness.pointing import pointing
from hirenet_sales.faithfulness.question_swap import question_swap
from hirenet_sales.faithfulness.shown import shown_ratios
from hirenet_sales.faithfulness.step_order import (
    ATTENTION,
    EFFECT,
    GRADIENTS,
    Steps,
    effect_scores,
    position_scores,
    step_weights,
)
from hirenet_sales.models.checkpoint import Checkpoint, load_checkpoint
from hirenet_sales.rules import DEFAULT_RULE_BASE, load_rule_base
from hirenet_sales.traits import TRAITS

LIMIT = 60  # interviews, of which a test takes minutes


def evaluate_explanations(
    checkpoint: str | Path,
    dataset: str,
    root: str | Path | None = None,
    *,
    split: str | None = None,
    limit: int | None = LIMIT,
    seed: int = 0,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Test the explanations of a model on interviews of a data set.

    Parameters
    ----------
    checkpoint : name of a model that ships, or a folder that `train` has written
    dataset : of the catalogue; `planted` for a model that was trained on it
    root : its folder; None = the copy that ships, or a generated set
    split : None = the part that is held out, see `held_out`
    limit : interviews at most, drawn by `seed`; None = all of the part
    seed : of the draw, of random orders and slices, and of rows that stand in for others
    cache : where extracted features are kept

    Returns
    -------
    dict with `checkpoint`, `dataset`, `split`, `n`, `available`, `people`, `seed`, `remarks`;
    `streams.<name>` with what `deletion_curves` gives, `agreement` of the ways to tell,
    `shown_ratio` and the like, see `shown_ratios`; `additivity`; `question_swap`, and why there is
    none; and for planted interviews `pointing_accuracy` and `sign_accuracy`. Every figure is value,
    low and high, the ends of a 95 % interval by bootstrap over people.

    Raises
    ------
    DatasetError, CheckpointError
        if the data or the checkpoint cannot be used.
    """
    cache = cache or default_store_root().parent / "training"
    model = load_checkpoint(checkpoint)
    drawn = held_out(
        model, dataset, root, split=split, limit=limit, seed=seed, cache=cache, progress=progress
    )
    part = drawn.interviews
    with single_torch_thread():
        subject = Subject.of(lambda own: model.traits(model.model.predict(own).interviews), part)
        if not (subject.spread > 0).all():
            constant = ", ".join(np.array(TRAITS)[subject.spread == 0])
            raise DatasetError(
                f"{dataset}, {drawn.split}: {model.name} estimates the same {constant} of all "
                f"{len(part)} interviews; changes are counted in standard deviations of the "
                "estimates, so give more interviews"
            )
        gradients, reason = _gradients(model, subject, progress)
        scores = {
            name: _scores(model, subject, name, gradients, progress)
            for name in model.intake.streams
            if name in part.streams and any(len(x) for own in part.streams[name] for x in own)
        }
        moments = _moments(model, subject, progress)
        streams = {
            name: {
                **_stream(subject, name, own, seed, progress),
                **shown_ratios(subject, name, moments, seed=seed, progress=progress),
            }
            for name, own in scores.items()
        }
        swap, no_swap = question_swap(model, subject, seed=seed)
        shares = _contributions(model, subject, seed, progress)
    effects = {name: own[EFFECT] for name, own in scores.items()}
    return {
        "checkpoint": model.name,
        "dataset": dataset,
        "split": drawn.split,
        "n": len(part),
        "available": drawn.available,
        "people": len(set(part.people.tolist())),
        "seed": seed,
        "streams": streams,
        "additivity": additivity(shares, subject),
        "question_swap": swap,
        "question_swap_reason": no_swap,
        "gradients_reason": reason,
        **({} if part.planted is None else pointing(part, shares, effects)),
        "remarks": drawn.remarks,
    }


def _gradients(
    model: Checkpoint, subject: Subject, progress: Progress
) -> tuple[dict[str, list[np.ndarray]], str]:
    """Scores of steps by integrated gradients, and why there are none."""
    reason = without_gradients(model.model)
    if reason:
        return {}, reason
    progress("gradients", 0, 1)
    columns = [[target.name for target in model.targets].index(trait) for trait in TRAITS]
    attributions = integrated_gradients(model.model, subject.interviews)
    progress("gradients", 1, 1)
    scores = {
        name: [(np.abs(rows[:, columns]) / subject.spread).mean(1) for rows in own]
        for name, own in attributions.items()
    }
    return scores, ""


def _scores(
    model: Checkpoint,
    subject: Subject,
    name: str,
    gradients: dict[str, list[np.ndarray]],
    progress: Progress,
) -> dict[str, list[np.ndarray]]:
    """How important each step of a stream is, by every way to tell."""
    steps = Steps.of(subject.interviews, name)
    scores = {EFFECT: effect_scores(subject, steps, progress)}
    if name in (attention := step_weights(model, subject.interviews, of_answers=True)):
        scores[ATTENTION] = attention[name]
    if name in gradients:
        scores[GRADIENTS] = gradients[name]
    return scores


def _stream(
    subject: Subject,
    name: str,
    scores: dict[str, list[np.ndarray]],
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    steps = Steps.of(subject.interviews, name)
    orders = {**scores, **position_scores(steps)}
    curves = deletion_curves(subject, steps, orders, seed=seed, progress=progress)
    return {**curves, "agreement": rank_agreement(scores, subject.interviews.people)}


def _moments(model: Checkpoint, subject: Subject, progress: Progress) -> list[MomentEffects]:
    """Effects of the moments of every interview, as `analyze` measures them."""
    estimate = trait_and_sales_estimates(model, load_rule_base(DEFAULT_RULE_BASE))
    part, made = subject.interviews, []
    for row in range(len(part)):
        progress("moments", row, len(part))
        made.append(moment_effects(estimate, part, row, stretches_of(part, row), SCALE))
    progress("moments", len(part), len(part))
    return made


def _contributions(
    model: Checkpoint, subject: Subject, seed: int, progress: Progress
) -> list[Contributions]:
    """Contributions of every interview to the traits."""
    part, made = subject.interviews, []
    for row in range(len(part)):
        progress("contributions", row, len(part))
        made.append(contributions(subject.estimate, part, model.intake.senses, row, seed=seed))
    progress("contributions", len(part), len(part))
    return made
