"""Model inputs of First Impressions V2, from its tables: portraits, statistics, transcripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.face.cnn import CnnEncoder
from extractors.voice.spectral import COLUMNS as SPECTRAL_COLUMNS
from hirenet_sales.data.portrait_table import PortraitTable
from hirenet_sales.data.sets.first_impressions import Clip, FirstImpressions
from hirenet_sales.errors import DatasetError
from hirenet_sales.persist import cached_arrays, digest

ENCODE_ROWS = 512


def embed_portraits(
    table: PortraitTable, encoder: CnnEncoder, cache: Path, progress: Progress = no_progress
) -> np.ndarray:
    """Vectors (N, D) of all portraits with a face, zero without; saved under `cache`.

    Addressed by the encoder's version and by what the tracker saw in the crops, so that other
    weights or other crops are other vectors.
    """
    read = [encoder.name, encoder.version, table.crops.shape, table.clips[:1], table.descriptors]
    folder = cache / "embeddings" / digest(read)[:16]
    if table.partial and not folder.is_dir():  # those of all portraits would serve as well
        folder = folder.with_name(digest(read, table.valid)[:16])

    def embed() -> dict[str, np.ndarray]:
        values = np.zeros((len(table.crops), len(encoder.columns)), dtype=np.float32)
        rows = np.flatnonzero(table.valid)
        for begin in range(0, len(rows), ENCODE_ROWS):
            some = rows[begin : begin + ENCODE_ROWS]
            values[some] = encoder.encode(np.asarray(table.crops[some]))
            progress("face vectors", begin + len(some), len(rows))
        return {"vectors": values}

    return cached_arrays(folder, embed)["vectors"]


def visual_inputs(
    clips: Sequence[Clip], table: PortraitTable, embeddings: np.ndarray
) -> list[np.ndarray]:
    """(T, D) of each clip: embedding, expression, shape and pose of the portraits with a face."""
    rows = table.rows_by_clip()
    values = np.concatenate([embeddings, table.descriptors], axis=1)
    return [values[rows.get(clip.name, [])] for clip in clips]


def audio_inputs(data: FirstImpressions) -> list[np.ndarray]:
    """(1, 26) of each clip, (0, 26) where the table has none.

    Raises
    ------
    DatasetError
        if the table's columns are not those of the extractor.
    """
    columns = data.spectral_columns
    if columns and columns != SPECTRAL_COLUMNS:
        raise DatasetError(
            f"{data.root / data.card.files['statistics']}: columns {', '.join(columns)}; expected "
            f"{', '.join(SPECTRAL_COLUMNS)}"
        )
    nothing = np.zeros((0, len(SPECTRAL_COLUMNS)), np.float32)
    return [nothing if clip.spectral is None else clip.spectral[None] for clip in data.clips]


def spoken(transcript: str) -> list[str]:
    """Words that were spoken: notes of the transcriber such as [laughs 00:00:04] are left out."""
    words, depth = [], 0
    for word in transcript.split():
        opened = word.count("[") + word.count("(")
        closed = word.count("]") + word.count(")")
        if depth == 0 and opened == 0:
            words.append(word)
        depth = max(0, depth + opened - closed)
    return words
