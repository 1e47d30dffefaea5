"""From Streams to what a model reads: columns joined, standardised, embeddings reduced."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from extractors.face.alignment import align_landmarks
from extractors.face.observation import LANDMARK_COLUMNS, SHAPE_COLUMNS
from extractors.stream import Stream

CLIP = 6.0  # standard deviations: a broken measurement must not outweigh everything else
EMBEDDING_PREFIX = "cnn_"
DESCRIPTOR = re.compile(r"pose_[TR][xyz]|gaze_.*|AU\d\d_[rc]")  # of a face, in OpenFace's names
INPUT_PARTS = ("mean", "scale", "rotation", "spread")


@dataclass(frozen=True, eq=False)
class StreamTable:
    """The rows of one stream of one answer that were really observed.

    Attributes
    ----------
    values : float32 (T, D)
    spans : float64 (T, 2), seconds from the start of the answer
    rows : (T,), the row of the first Stream that each came from
    columns : D names
    """

    values: np.ndarray
    spans: np.ndarray
    rows: np.ndarray
    columns: tuple[str, ...]


def visual_table(streams: Mapping[str, Stream]) -> StreamTable:
    """CNN embedding, expression and shape of every crop that shows a face."""
    parts = [streams["visual"], streams["expression"], streams["shape"]]
    columns = tuple(c for part in parts for c in part.columns)
    if not all(len(part) for part in parts):
        return _nothing(columns)
    rows = np.flatnonzero(np.all([part.valid for part in parts], axis=0))
    values = np.concatenate([part.values[rows] for part in parts], axis=1)
    return StreamTable(values, parts[0].spans[rows], rows, columns)


def face_table(face: Stream, *, shape: bool = False) -> StreamTable:
    """Pose, gaze and action units of every window with a face (Hemamou et al. 2019, Features).

    Landmarks in pixels are left out: they grow with the resolution of the recording.

    Parameters
    ----------
    face : OpenFace-style descriptors, of any tracker
    shape : whether the 68 landmarks follow after alignment, which takes size and tilt away; they
        do where the tracker gives landmarks
    """
    rows = np.flatnonzero(face.valid)
    wanted = [k for k, name in enumerate(face.columns) if DESCRIPTOR.fullmatch(name)]
    columns = tuple(face.columns[k] for k in wanted)
    values = face.values[rows][:, wanted]
    if shape and set(LANDMARK_COLUMNS) <= set(face.columns):
        at = [face.columns.index(name) for name in LANDMARK_COLUMNS]
        points = face.values[rows][:, at].reshape(-1, 2, 68).transpose(0, 2, 1)  # (T, 68, 2)
        aligned = [align_landmarks(own.astype(np.float64)).T.ravel() for own in points]
        values = np.concatenate([values, np.reshape(aligned, (-1, len(at)))], axis=1)
        columns = (*columns, *SHAPE_COLUMNS)
    return StreamTable(values.astype(np.float32), face.spans[rows], rows, columns)


def observed_rows(stream: Stream) -> StreamTable:
    """The rows of one Stream that were really observed."""
    rows = np.flatnonzero(stream.valid)
    return StreamTable(stream.values[rows], stream.spans[rows], rows, stream.columns)


def text_table(words: Stream, slices: np.ndarray) -> StreamTable:
    """The vector of every word that has one, and how fast its slice was spoken.

    Parameters
    ----------
    words : word vectors
    slices : (N, 2), the slices of the answer, seconds
    """
    columns = (*words.columns, "words_per_second")
    if not len(words):
        return _nothing(columns)
    middle = words.spans.mean(axis=1)
    slice_of = np.clip(np.searchsorted(slices[:, 0], middle, side="right") - 1, 0, len(slices) - 1)
    counts = np.bincount(slice_of, minlength=len(slices))
    rate = counts / np.maximum(slices[:, 1] - slices[:, 0], 1.0)
    rows = np.flatnonzero(words.valid)
    values = np.concatenate([words.values[rows], rate[slice_of[rows], None]], axis=1)
    return StreamTable(values.astype(np.float32), words.spans[rows], rows, columns)


def _nothing(columns: tuple[str, ...]) -> StreamTable:
    return StreamTable(
        np.zeros((0, len(columns)), np.float32), np.zeros((0, 2)), np.zeros(0, int), columns
    )


def differing_columns(stream: str, tables: Sequence[tuple[str, tuple[str, ...]]]) -> str | None:
    """Why answers cannot be one stream, a sentence that names two of them; None if they can.

    Parameters
    ----------
    tables : of the answers that have rows, how the answer is called and its columns
    """
    if not tables:
        return None
    first, columns = tables[0]
    other = next((item for item in tables if item[1] != columns), None)
    if other is None:
        return None
    remedy = "extract both in the same way"
    if any(DESCRIPTOR.fullmatch(column) for column in columns):
        remedy = (
            "their faces were not described by the same program: give an OpenFace table of the "
            "same version for every answer, or for none"
        )
    return (
        f"{other[0]} has {len(other[1])} columns of the stream {stream}, {first} has "
        f"{len(columns)}; {remedy}"
    )


@dataclass(frozen=True, eq=False)
class StreamInput:
    """A fixed map from a stream's columns to a model's inputs: standardise, rotate, cut.

    Attributes
    ----------
    mean, scale : (D,) of the training rows
    rotation : (D, R); principal components for embeddings, the identity for other columns
    spread : (R,), standard deviation of each result on the training rows

    Raises
    ------
    ValueError
        if the shapes do not fit together, a number is not finite, or a scale or spread not above 0.
    """

    mean: np.ndarray
    scale: np.ndarray
    rotation: np.ndarray
    spread: np.ndarray

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in INPUT_PARTS}
        wide, narrow = np.shape(self.rotation) if np.ndim(self.rotation) == 2 else (-1, -1)
        expected = {"mean": (wide,), "scale": (wide,), "spread": (narrow,)}
        if any(shapes[name] != shape for name, shape in expected.items()):
            given = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise ValueError(f"inputs of shapes {given}; expected (D,), (D,), (D, R) and (R,)")
        for name in INPUT_PARTS:
            values = getattr(self, name)
            if values.dtype.kind != "f" or not np.isfinite(values).all():
                raise ValueError(f"{name} of the inputs holds values that are no finite numbers")
            if name in ("scale", "spread") and not (values > 0).all():
                raise ValueError(f"{name} of the inputs is {values.min():g}, expected above 0")

    @classmethod
    def fit(cls, values: np.ndarray, columns: Sequence[str], components: int) -> StreamInput:
        """From training rows (N, D); `components` is the number of those of CNN embeddings.

        There are at most N components. A column that is the same in every row never gives more
        than CLIP: another value later must not outweigh everything else.
        """
        components = min(components, len(values))
        mean, scale = values.mean(0), np.maximum(values.std(0), 1e-6)
        embedding = np.array([c.startswith(EMBEDDING_PREFIX) for c in columns])
        z = (values - mean) / scale
        if embedding.any() and components < embedding.sum():
            pca = PCA(components, random_state=0, svd_solver="randomized").fit(z[:, embedding])
            rotation = np.zeros((len(columns), components + int((~embedding).sum())))
            rotation[embedding, :components] = pca.components_.T
            rotation[np.flatnonzero(~embedding), np.arange(components, rotation.shape[1])] = 1.0
        else:
            rotation = np.eye(len(columns))
        spread = (z @ rotation).std(0)
        # Principal components keep their proportions: the first is scaled to 1, the rest below.
        spread[:components] = max(spread[:components].max(), 1e-6) if embedding.any() else 1.0
        spread = np.where(spread > 1e-6, spread, 1.0)
        rotation = rotation.astype(np.float16)  # as a checkpoint stores it
        return cls(*(a.astype(np.float32) for a in (mean, scale, rotation, spread)))

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Rows (T, D) to model inputs (T, R), float32."""
        z = np.clip((values - self.mean) / self.scale, -CLIP, CLIP)
        inputs: np.ndarray = (z @ self.rotation / self.spread).astype(np.float32)
        return inputs

    def columns(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Names of the R model inputs, from those of the D columns: components come first."""
        others = [c for c in columns if not c.startswith(EMBEDDING_PREFIX)]
        if self.width == len(columns):
            return tuple(columns)
        components = self.width - len(others)
        return (*(f"{EMBEDDING_PREFIX}{k}" for k in range(components)), *others)

    @property
    def width(self) -> int:
        """R, the number of model inputs."""
        count: int = self.rotation.shape[1]
        return count
