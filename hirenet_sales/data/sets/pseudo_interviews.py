"""Pseudo-interviews: the clips of one source video, in order, are the answers of one interview.

The question is unknown there, so it is always dropped. Neighbouring clips are sometimes joined to
one longer answer, so that a model meets answers of several slices, as in a real interview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extractors.recipe import Recipe
from extractors.toolbox import Toolbox
from extractors.voice.spectral import COLUMNS as SPECTRAL_COLUMNS
from hirenet_sales.data.features import audio_inputs, text_inputs, visual_inputs
from hirenet_sales.data.portraits import PortraitTable
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.data.stream_inputs import StreamInput
from hirenet_sales.networks.batch import Example

SINGLE_SHARE = 0.5  # of the pseudo-interviews, in training, keep a random part of their clips
JOIN_SHARE = 0.3  # of the borders between clips, in training, disappear
EMBEDDING_WIDTH = 1280


@dataclass(frozen=True, eq=False)
class ClipInputs:
    """Rows of every clip by stream, and its labels.

    Attributes
    ----------
    streams : stream name to one (T, D) array a clip; T = 0 where the clip lacks the stream
    columns : stream name to D names
    targets : (clips, 5)
    sources : (clips,), ids of the source videos
    groups : clips of each source, in order
    word_width : of the question and job vectors
    """

    streams: dict[str, list[np.ndarray]]
    columns: dict[str, tuple[str, ...]]
    targets: np.ndarray
    sources: np.ndarray
    groups: list[list[int]]
    word_width: int

    def prepared(self, fitted: Mapping[str, StreamInput]) -> ClipInputs:
        """The same clips as a model reads them."""
        streams = {
            name: [fit.apply(rows) for rows in self.streams[name]] for name, fit in fitted.items()
        }
        columns = {name: fit.columns(self.columns[name]) for name, fit in fitted.items()}
        return replace(self, streams=streams, columns=columns)


def clip_inputs(
    data: FirstImpressions,
    recipe: Recipe,
    portraits: PortraitTable | None,
    embeddings: np.ndarray | None,
    outputs: Sequence[str] = (),
) -> ClipInputs:
    """Everything that the tables of a folder say about its clips.

    Parameters
    ----------
    portraits, embeddings : None where the folder has no portraits
    outputs : names of the columns after the embedding's, when there are no portraits to tell
    """
    with Toolbox() as tools:
        encoder = tools.words(recipe)
    extra = embeddings.shape[1] - EMBEDDING_WIDTH if embeddings is not None else len(outputs)
    names = tuple(f"cnn_{n}" for n in range(EMBEDDING_WIDTH))
    names += tuple(f"tuned_{n}" for n in range(extra))
    described = portraits.columns if portraits is not None else ()
    visual = (*names, *described)
    streams = {
        "visual": visual_inputs(data.clips, portraits, embeddings, len(visual)),
        "audio": audio_inputs(data),
        "text": text_inputs(data.clips, encoder, recipe, data.card.clip_s),
    }
    columns = {
        "visual": visual,
        "audio": SPECTRAL_COLUMNS,
        "text": (*encoder.columns, "words_per_second"),
    }
    index = {clip.name: i for i, clip in enumerate(data.clips)}
    groups = [[index[clip.name] for clip in group] for group in data.interviews()]
    return ClipInputs(
        streams,
        columns,
        np.stack([clip.targets for clip in data.clips]),
        np.array([clip.source for clip in data.clips]),
        groups,
        len(encoder.columns),
    )


def example(inputs: ClipInputs, answers: Sequence[Sequence[int]]) -> Example:
    """One pseudo-interview; each answer is one clip, or several joined."""
    unknown = np.zeros((0, inputs.word_width), np.float32)
    streams = {
        name: [np.concatenate([rows[i] for i in answer]) for answer in answers]
        for name, rows in inputs.streams.items()
    }
    targets = np.stack([inputs.targets[list(answer)].mean(0) for answer in answers])
    clips = [i for answer in answers for i in answer]
    return Example(
        streams, [unknown] * len(answers), unknown, inputs.targets[clips].mean(0), targets
    )


def vary(answers: Sequence[Sequence[int]], rng: np.random.Generator) -> list[list[int]]:
    """A random part of the clips, in order, with some neighbours joined to one answer."""
    clips = [i for answer in answers for i in answer]
    if len(clips) > 1 and rng.random() < SINGLE_SHARE:
        keep = rng.choice(len(clips), rng.integers(1, len(clips) + 1), replace=False)
        clips = [clips[k] for k in sorted(keep)]
    joined: list[list[int]] = [[clips[0]]]
    for clip in clips[1:]:
        if rng.random() < JOIN_SHARE:
            joined[-1].append(clip)
        else:
            joined.append([clip])
    return joined
