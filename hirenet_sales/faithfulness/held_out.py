"""The interviews of a data set that a checkpoint's explanations are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress
from hirenet_sales.data.card import PARTS, load_card
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.sets.planted import NAME as PLANTED
from hirenet_sales.data.splits import Split
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluate import seen_before, shown
from hirenet_sales.models.checkpoint import SPLIT, Checkpoint
from hirenet_sales.models.checkpoint_folder import read_config


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Interviews as the model is shown them in use.

    Attributes
    ----------
    interviews : those that are drawn
    split : the name of the part that they are drawn from
    available : interviews of that part
    remarks : whole sentences, such as that the model has learnt from them
    """

    interviews: InterviewSet
    split: str
    available: int
    remarks: list[str]


def held_out(
    checkpoint: Checkpoint,
    dataset: str,
    root: str | Path | None,
    *,
    split: str | None,
    limit: int | None,
    seed: int,
    cache: Path,
    progress: Progress,
) -> HeldOut:
    """Draw interviews that the model has not learnt from.

    Parameters
    ----------
    split : see `part_of`, or train, validation or test of the checkpoint's own split; None = the
        test part of that, where the checkpoint was trained here on this data set; else the part
        that the data card holds out, else the official validation part, else all
    limit : interviews at most, drawn by `seed`; None = all

    Raises
    ------
    DatasetError
        if the data set, or the part, cannot be loaded.
    """
    card = load_card(dataset)
    assert checkpoint.folder is not None
    path = checkpoint.folder / SPLIT
    own = Split.load(path) if path.is_file() else None
    if own is not None and own.dataset == dataset and (split is None or split in PARTS):
        name = split or "test"
        if dataset == PLANTED:
            whole = _planted(checkpoint)
        else:
            whole = checkpoint.intake.load(dataset, root, cache=cache, progress=progress)
        part = dict(zip(PARTS, own.apply(whole), strict=True))[name]
    elif dataset == PLANTED:
        raise DatasetError(
            f"checkpoint {checkpoint.name} was not trained on {PLANTED} interviews, so it cannot "
            f"read them; train one by experiments/train_planted.yaml. Its parts are "
            f"{', '.join(PARTS)}"
        )
    else:
        official = "validation" if "validation" in card.official.values() else "all"
        name = split or card.disjoint.get("test") or official
        part = checkpoint.intake.load(dataset, root, split=name, cache=cache, progress=progress)
    remarks = seen_before(checkpoint, part) if own is not None else []
    available = len(part)
    if limit is not None and limit < available:
        rows = np.random.default_rng(seed).permutation(available)[:limit]
        part = part.take(np.sort(rows))
    part, unread = shown(checkpoint, part, "real")
    return HeldOut(part, name, available, [*unread, *remarks])


def _planted(checkpoint: Checkpoint) -> InterviewSet:
    """The interviews that the checkpoint was trained on and those of its other parts, anew."""
    assert checkpoint.folder is not None
    training = read_config(checkpoint.folder)["training"]
    return DataSection.model_validate(training["data"]).load(None)
