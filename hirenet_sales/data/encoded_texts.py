"""Sentences of many answers encoded at once: four times as fast as answer by answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from extractors.stream import Provenance
from extractors.words.sentences import TextEncoder, sentences_of
from extractors.words.transcript import Transcript
from hirenet_sales.persist import cached_arrays, digest


class EncodedTexts:
    """An encoder of texts that has encoded the sentences of given transcripts already.

    Parameters
    ----------
    encoder : of whole texts
    transcripts : whose sentences will be asked for; others are encoded when they are
    store : folder that keeps the vectors; None keeps nothing
    """

    def __init__(
        self, encoder: TextEncoder, transcripts: Sequence[Transcript], store: Path | None
    ) -> None:
        self._encoder = encoder
        texts = dict.fromkeys(s.text for given in transcripts for s in sentences_of(given))
        self._rows = {text: row for row, text in enumerate(texts)}
        self._vectors = self._encoded(list(texts), store)

    def _encoded(self, texts: list[str], store: Path | None) -> np.ndarray:
        if not texts:
            return np.zeros((0, len(self.columns)), np.float32)
        if store is None:
            return self._encoder.encode_texts(texts)
        base = self.provenance
        address = digest(base.extractor, base.version, dict(base.settings), texts)[:16]
        folder = store.parent / "sentences" / address
        arrays = cached_arrays(folder, lambda: {"vectors": self._encoder.encode_texts(texts)})
        return np.asarray(arrays["vectors"])

    @property
    def columns(self) -> tuple[str, ...]:
        """D names, one a dimension."""
        return self._encoder.columns

    @property
    def provenance(self) -> Provenance:
        """Identity of the encoder, without a source."""
        return self._encoder.provenance

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text, float32 (N, D), of length 1."""
        if not all(text in self._rows for text in texts):
            return self._encoder.encode_texts(texts)
        return self._vectors[[self._rows[text] for text in texts]]
