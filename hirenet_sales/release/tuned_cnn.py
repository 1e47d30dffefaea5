"""The CNN tuned on the training clips, and outputs for them that no clip's own CNN made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from safetensors.torch import load_file, save_file
from torch import Tensor

from extractors.face.alignment import CROP_VERSION, face_part
from extractors.face.cnn import LiteEncoder, TunedEncoder
from extractors.threads import single_torch_thread
from hirenet_sales.data.portraits import PortraitTable
from hirenet_sales.data.sets.first_impressions import Clip, FirstImpressions
from hirenet_sales.persist import cached_arrays, digest, text_digest, whole_file
from hirenet_sales.release.config import TrainingConfig
from hirenet_sales.training.finetuning import (
    FinetuningConfig,
    finetune,
    source_folds,
)
from hirenet_sales.traits import TRAITS

Progress = Callable[[str, float, float], None]


def tuned_outputs(
    config: TrainingConfig,
    section: FinetuningConfig,
    data: FirstImpressions,
    portraits: PortraitTable,
    embeddings: np.ndarray,
    cache: Path,
    tell: Progress,
) -> tuple[dict[str, Tensor], np.ndarray]:
    """The CNN tuned on all training clips, and outputs (N, 5) that no clip's own CNN made."""
    clip_of = {c.name: c for c in data.clips}
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(portraits.valid):
        rows.setdefault(str(portraits.clips[row]), []).append(int(row))
    chosen = [clip_of[name] for name in rows if clip_of[name].source_split == config.train]
    fold = source_folds([c.source for c in chosen], section.folds)
    jobs = [(chosen, "all")] + [
        ([c for c, f in zip(chosen, fold, strict=True) if f != k], f"fold{k}")
        for k in range(section.folds)
    ]

    tell("tuned CNNs", 0, len(jobs))
    states = []
    for state in Parallel(n_jobs=2, return_as="generator")(
        delayed(_tuned)(config.seed, section, portraits, embeddings, clips, rows, part, cache)
        for clips, part in jobs
    ):
        states.append(state)
        tell("tuned CNNs", len(states), len(jobs))
    encoders = [TunedEncoder(state, section.input_px) for state in states]
    fold_of = {c.name: int(k) for c, k in zip(chosen, fold, strict=True)}
    reader = np.array([fold_of.get(str(name), -1) + 1 for name in portraits.clips])

    def read() -> dict[str, np.ndarray]:
        outputs = np.zeros((len(reader), len(TRAITS)), dtype=np.float32)
        for number, encoder in enumerate(encoders):
            mine = np.flatnonzero(portraits.valid & (reader == number))
            outputs[mine] = encoder.outputs(np.asarray(portraits.crops[mine]))
            tell("tuned CNN outputs", number + 1, len(encoders))
        return {"outputs": outputs}

    address = digest(CROP_VERSION, [encoder.version for encoder in encoders], reader)[:16]
    return dict(states[0]), cached_arrays(cache / "cnn" / f"outputs-{address}", read)["outputs"]


def _tuned(
    seed: int,
    section: FinetuningConfig,
    portraits: PortraitTable,
    embeddings: np.ndarray,
    clips: list[Clip],
    rows: dict[str, list[int]],
    part: str,
    cache: Path,
) -> dict[str, Tensor]:
    # Text: where an earlier version left weights that take hours, they are read from there.
    made_by = f"{seed}|{section}|{part}|{CROP_VERSION}|{sorted(c.name for c in clips)}"
    path = cache / "cnn" / f"{LiteEncoder().version}-{text_digest(made_by)[:16]}.safetensors"
    if not path.is_file():
        with single_torch_thread():  # several of these run side by side
            state = finetune(
                face_part(portraits.crops),
                [np.array(rows[c.name]) for c in clips],
                np.stack([c.targets for c in clips]),
                embeddings,
                section,
                seed=seed,
                folder=path.with_suffix(""),
            )
        # Half precision is what ships, so it is what everything after this is trained on.
        half = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
        with whole_file(path) as whole:
            save_file({k: v.contiguous() for k, v in half.items()}, whole)
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
    return load_file(path)
