"""The CNN tuned on the training clips, and outputs for them that no clip's own CNN made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from safetensors.torch import load_file, save_file
from torch import Tensor

from extractors.callbacks import Progress
from extractors.face.alignment import CROP_VERSION, face_part
from extractors.face.cnn import LiteEncoder, TunedEncoder
from extractors.threads import single_torch_thread
from hirenet_sales.data.encoding import Encoding
from hirenet_sales.data.features import embed_portraits
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.portrait_table import PortraitTable, portrait_table
from hirenet_sales.data.sets.first_impressions import NAME, Clip, FirstImpressions
from hirenet_sales.data.stream_inputs import EMBEDDING_PREFIX
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.checkpoint_folder import CNN
from hirenet_sales.persist import cached_arrays, digest, whole_file
from hirenet_sales.training.finetuning import finetune, source_folds
from hirenet_sales.training.options import FinetuningConfig
from hirenet_sales.traits import TRAITS


def with_tuned_cnn(
    interviews: InterviewSet,
    train: InterviewSet,
    encoding: Encoding,
    section: FinetuningConfig,
    root: Path,
    *,
    out: Path,
    cache: Path,
    seed: int,
    progress: Progress,
) -> tuple[InterviewSet, Encoding]:
    """The set with the outputs of a CNN that was tuned on its training part, and their encoding.

    The weights are written to the folder `out`.

    Raises
    ------
    DatasetError
        if the data set is read from no portraits, which alone a CNN is tuned on.
    """
    data = FirstImpressions(root) if interviews.dataset == NAME else None
    portraits = (
        portrait_table(data, cache, progress=progress) if data and not data.released else None
    )
    if data is None or portraits is None or encoding.visual != "cnn":
        raise DatasetError(
            f"{interviews.dataset}: option cnn tunes a network on the portraits of {NAME}, as "
            "visual cnn; none are read here; leave the option out"
        )
    embeddings = embed_portraits(portraits, LiteEncoder(encoding.recipe().cnn), cache, progress)
    clips = [clip for clip in data.clips if clip.source in set(train.people.tolist())]
    state, outputs = tuned_outputs(clips, section, portraits, embeddings, cache, seed, progress)
    with whole_file(out / CNN) as whole:
        save_file(dict(state), whole)
    rows = rows_by_clip(portraits)
    columns = interviews.columns["visual"]
    width = sum(name.startswith(EMBEDDING_PREFIX) for name in columns)
    visual = [
        [
            np.concatenate([x[:, :width], outputs[rows[clip.name]], x[:, width:]], axis=1)
            if len(x)
            else x
            for x, clip in zip(answers, own, strict=True)
        ]
        for answers, own in zip(interviews.streams["visual"], data.interviews(), strict=True)
    ]
    names = tuple(f"tuned_{k}" for k in range(outputs.shape[1]))
    tuned = replace(
        interviews,
        streams={**interviews.streams, "visual": visual},
        columns={**interviews.columns, "visual": (*columns[:width], *names, *columns[width:])},
    )
    weights = str(out / CNN)
    return tuned, replace(encoding, cnn_weights=weights, cnn_input_px=section.input_px)


def tuned_outputs(
    clips: list[Clip],
    section: FinetuningConfig,
    portraits: PortraitTable,
    embeddings: np.ndarray,
    cache: Path,
    seed: int,
    progress: Progress,
) -> tuple[dict[str, Tensor], np.ndarray]:
    """The CNN tuned on all training clips, and outputs (N, 5) that no clip's own CNN made."""
    rows = rows_by_clip(portraits)
    chosen = [clip for clip in clips if clip.name in rows]
    fold = source_folds([clip.source for clip in chosen], section.folds)
    jobs = [(chosen, "all")] + [
        ([c for c, f in zip(chosen, fold, strict=True) if f != k], f"fold{k}")
        for k in range(section.folds)
    ]

    progress("tuned CNNs", 0, len(jobs))
    states = []
    for state in Parallel(n_jobs=2, return_as="generator")(
        delayed(_tuned)(seed, section, portraits, embeddings, some, rows, part, cache)
        for some, part in jobs
    ):
        states.append(state)
        progress("tuned CNNs", len(states), len(jobs))
    encoders = [TunedEncoder(state, section.input_px) for state in states]
    fold_of = {c.name: int(k) for c, k in zip(chosen, fold, strict=True)}
    reader = np.array([fold_of.get(str(name), -1) + 1 for name in portraits.clips])

    def read() -> dict[str, np.ndarray]:
        outputs = np.zeros((len(reader), len(TRAITS)), dtype=np.float32)
        for number, encoder in enumerate(encoders):
            mine = np.flatnonzero(portraits.valid & (reader == number))
            outputs[mine] = encoder.outputs(np.asarray(portraits.crops[mine]))
            progress("tuned CNN outputs", number + 1, len(encoders))
        return {"outputs": outputs}

    address = digest(CROP_VERSION, [encoder.version for encoder in encoders], reader)[:16]
    return dict(states[0]), cached_arrays(cache / "cnn" / f"outputs-{address}", read)["outputs"]


def rows_by_clip(portraits: PortraitTable) -> dict[str, list[int]]:
    """The rows of the portraits with a face, by the name of their clip."""
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(portraits.valid):
        rows.setdefault(str(portraits.clips[row]), []).append(int(row))
    return rows


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
    names = sorted(clip.name for clip in clips)
    address = digest(seed, section.model_dump(), part, CROP_VERSION, names)[:16]
    path = cache / "cnn" / f"{LiteEncoder().version}-{address}.safetensors"
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
