"""Vectors of a frozen CNN for the pictures of a set, computed once instead of in every epoch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.frame_interviews import STREAM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.models.cnn_lstm import FROZEN_STREAM, CnnLstmOptions, load_network
from hirenet_sales.networks.cnn_lstm import CnnLstm, on_unit_range
from hirenet_sales.persist import cached_arrays, digest

CHUNK = 64  # pictures at once


def frozen_features(
    interviews: InterviewSet,
    options: CnnLstmOptions,
    cache: Path,
    progress: Progress = no_progress,
) -> InterviewSet:
    """The same set with the CNN's vectors, stream "frame_features", in place of pictures.

    They are cached under `cache`, addressed by the pictures and by the CNN.

    Parameters
    ----------
    interviews : of `frame_interviews`
    options : of the network; with `start`, that fit's CNN is read

    Returns
    -------
    the set with float32 (T, D) in place of uint8 (T, S, S, 3).
    """
    net = (
        CnnLstm(options.network(len(interviews.targets)))
        if options.start is None
        else load_network(Path(options.start), options, len(interviews.targets))
    ).eval()
    pictures = [steps for answers in interviews.streams[STREAM] for steps in answers]
    counts = [len(steps) for steps in pictures]
    folder = cache / "frame-features" / _digest(net, options, pictures)
    cached = cached_arrays(folder, lambda: {"vectors": _vectors(net, pictures, progress)})
    values = cached["vectors"]
    parts = iter(np.split(values, np.cumsum(counts)[:-1]))
    rows = [[next(parts) for _ in answers] for answers in interviews.streams[STREAM]]
    columns = {FROZEN_STREAM: tuple(f"cnn_{n}" for n in range(values.shape[1]))}
    return replace(interviews, streams={FROZEN_STREAM: rows}, columns=columns)


def _digest(net: CnnLstm, options: CnnLstmOptions, pictures: list[np.ndarray]) -> str:
    weights = [value.numpy() for value in net.cnn.state_dict().values()]
    return digest(options.backbone, options.inputs, options.pool, weights, pictures)[:16]


def _vectors(net: CnnLstm, pictures: list[np.ndarray], progress: Progress) -> np.ndarray:
    row_of = [(n, t) for n, steps in enumerate(pictures) for t in range(len(steps))]
    values = np.zeros((len(row_of), net.cnn.width), np.float32)
    for begin in range(0, len(row_of), CHUNK):
        some = np.stack([pictures[n][t] for n, t in row_of[begin : begin + CHUNK]])
        with torch.inference_mode():
            vectors = net.cnn(on_unit_range(torch.from_numpy(some)))  # (N, D)
        values[begin : begin + len(some)] = vectors.numpy()
        progress("frozen CNN", begin + len(some), len(row_of))
    return values
