"""Testing explanations: whether what they point at is what a model's estimates rest on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.store import default_store_root
from extractors.threads import single_torch_thread
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError
from hirenet_sales.explain.integrated_gradients import integrated_gradients, without_gradients
from hirenet_sales.faithfulness.agreement import rank_agreement
from hirenet_sales.faithfulness.deletion import deletion_curves
from hirenet_sales.faithfulness.held_out import held_out
from hirenet_sales.faithfulness.question_swap import question_swap
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
        estimates = model.traits(model.model.predict(part).interviews)
        spread = estimates.std(0)
        if not (spread > 0).all():
            constant = ", ".join(np.array(TRAITS)[spread == 0])
            raise DatasetError(
                f"{dataset}, {drawn.split}: {model.name} estimates the same {constant} of all "
                f"{len(part)} interviews; changes are counted in standard deviations of the "
                "estimates, so give more interviews"
            )
        gradients, reason = _gradients(model, part, spread, progress)
        streams = {
            name: _stream(model, part, name, gradients, estimates, spread, seed, progress)
            for name in model.intake.streams
        }
        swap, no_swap = question_swap(model, part, estimates, spread, seed=seed)
    return {
        "checkpoint": model.name,
        "dataset": dataset,
        "split": drawn.split,
        "n": len(part),
        "available": drawn.available,
        "people": len(set(part.people.tolist())),
        "seed": seed,
        "streams": streams,
        "question_swap": swap,
        "question_swap_reason": no_swap,
        "gradients_reason": reason,
        "remarks": drawn.remarks,
    }


def _gradients(
    model: Checkpoint, part: InterviewSet, spread: np.ndarray, progress: Progress
) -> tuple[dict[str, list[np.ndarray]], str]:
    """Scores of steps by integrated gradients, and why there are none."""
    reason = without_gradients(model.model)
    if reason:
        return {}, reason
    progress("gradients", 0, 1)
    columns = [[target.name for target in model.targets].index(trait) for trait in TRAITS]
    attributions = integrated_gradients(model.model, part)
    progress("gradients", 1, 1)
    scores = {
        name: [(np.abs(rows[:, columns]) / spread).mean(1) for rows in own]
        for name, own in attributions.items()
    }
    return scores, ""


def _stream(
    model: Checkpoint,
    part: InterviewSet,
    name: str,
    gradients: dict[str, list[np.ndarray]],
    estimates: np.ndarray,
    spread: np.ndarray,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    steps = Steps.of(part, name)
    effects = effect_scores(model, part, steps, estimates, spread, progress)
    scores = {EFFECT: effects}
    if name in (attention := step_weights(model, part, of_answers=True)):
        scores[ATTENTION] = attention[name]
    if name in gradients:
        scores[GRADIENTS] = gradients[name]
    agreement = rank_agreement(scores, part.people)
    orders = {**scores, **position_scores(steps)}
    curves = deletion_curves(
        model, part, steps, orders, estimates, spread, seed=seed, progress=progress
    )
    return {**curves, "agreement": agreement}
