"""First Impressions V2 as an interview set: clips are answers, source videos are people.

From the tables where the folder has them, else from the recordings. Visual rows are ImageNet
features of face crops with expression, shape and pose; no network that was tuned on these labels is
part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.recipe import Recipe
from extractors.toolbox import Toolbox
from extractors.voice.spectral import COLUMNS as SPECTRAL_COLUMNS
from extractors.words.transcript import Transcript, Word
from extractors.words.vectors import words_stream
from hirenet_sales.data.encoding import Encoding, encode, transcript_rows
from hirenet_sales.data.features import audio_inputs, embed_portraits, spoken, visual_inputs
from hirenet_sales.data.portrait_table import portrait_table
from hirenet_sales.data.records import AnswerRecord, Features, Reading
from hirenet_sales.data.sets.first_impressions import Clip, FirstImpressions
from hirenet_sales.errors import DatasetError


def clip_reading(data: FirstImpressions, targets: Sequence[str] | None = None) -> Reading:
    """The clips as answers; the interviews are the source videos, the questions are unknown."""
    card = data.card
    chosen = card.choose(targets)
    reading = Reading(card, chosen, problems=list(data.problems))
    wanted = {clip.name for clip in data.clips}
    reading.shortfalls += [one for one in data.shortfalls if one.file in wanted]
    traits = list(card.traits)
    for clip in data.clips:
        values = {**dict(zip(traits, clip.targets, strict=True)), **clip.scores}
        reading.records.append(
            AnswerRecord(
                f"clip {clip.name}",
                clip.source,
                clip.source,
                "",
                "",
                "",
                np.array([values[target.name] for target in chosen]),
                # the release names a recording for every clip, whether it was copied or not
                clip.media or (data.root / clip.name if data.released else None),
                _transcript(clip, card.clip_s),
                card.official.get(clip.split, ""),
            )
        )
    return reading


def clip_features(
    data: FirstImpressions,
    records: Sequence[AnswerRecord],
    streams: Sequence[str],
    encoding: Encoding,
    *,
    cache: Path,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> Features:
    """Streams of the clips, from the tables, or from the recordings of the official release.

    Raises
    ------
    DatasetError
        if the folder has neither, or a table is damaged.
    """
    if data.released:
        if not any(clip.media for clip in data.clips) and set(streams) - {"text"}:
            raise DatasetError(
                f"{data.root}: the release without its recordings; put the folders of .mp4 there, "
                "or read the stream text alone"
            )
        return encode(
            records, streams, encoding, store=cache / "media", jobs=jobs, progress=progress
        )
    recipe = encoding.recipe()
    made = Features()
    with Toolbox() as tools:
        if "visual" in streams:
            rows, columns, named = _visual(data, cache, tools, recipe, progress)
            made.streams["visual"], made.columns["visual"] = rows, columns
            made.named["visual"] = named
        if "text" in streams:
            made.named["text"] = [bool(clip.transcript) for clip in data.clips]
            made.streams["text"], made.columns["text"], words = _text(records, data, tools, recipe)
            made.words.extend(words)
    if "audio" in streams:
        rows = audio_inputs(data)
        made.streams["audio"], made.columns["audio"] = rows, SPECTRAL_COLUMNS
        made.named["audio"] = [clip.name in data.measured for clip in data.clips]
        nothing = np.full(len(SPECTRAL_COLUMNS), np.nan, np.float32)
        made.functionals["audio"] = [row[0] if len(row) else nothing for row in rows]
    return made


def _visual(
    data: FirstImpressions, cache: Path, tools: Toolbox, recipe: Recipe, progress: Progress
) -> tuple[list[np.ndarray], tuple[str, ...], list[bool]]:
    """Rows of every clip, their columns, and whether the folder holds portraits of it."""
    table = portrait_table(data, cache, progress=progress)
    if table is None:
        return [np.zeros((0, 0), np.float32)] * len(data.clips), (), [False] * len(data.clips)
    encoder = tools.cnn(recipe)
    embeddings = embed_portraits(table, encoder, cache, progress)
    names = tuple(f"cnn_{n}" for n in range(embeddings.shape[1]))
    columns = (*names, *table.columns)
    pictured = set(table.clips.tolist())
    return (
        visual_inputs(data.clips, table, embeddings),
        columns,
        [clip.name in pictured for clip in data.clips],
    )


def _text(
    records: Sequence[AnswerRecord], data: FirstImpressions, tools: Toolbox, recipe: Recipe
) -> tuple[list[np.ndarray], tuple[str, ...], list[tuple[str, ...]]]:
    encoder = tools.words(recipe)
    slices = recipe.slices(data.card.clip_s)
    columns = (*encoder.columns, "words_per_second")
    values: list[np.ndarray] = []
    words: list[tuple[str, ...]] = []
    for record in records:
        if not isinstance(record.transcript, Transcript):
            values.append(np.zeros((0, len(columns)), np.float32))
            words.append(())
            continue
        stream = words_stream(record.transcript, encoder)
        table, spoken_words = transcript_rows(record.transcript, stream, slices)
        values.append(table.values)
        words.append(spoken_words)
    return values, columns, words


def _transcript(clip: Clip, clip_s: float) -> Transcript | None:
    words = tuple(Word(text) for text in spoken(clip.transcript))
    return Transcript(words, "en", clip_s, "given", "none") if words else None
