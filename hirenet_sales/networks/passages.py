"""Questions and answers as a sentence encoder reads them, of one answer and padded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Passage:
    """The question and the sentences of one answer, as a sentence encoder reads them.

    Attributes
    ----------
    question : (E,), or (0,) where it is unknown
    sentences : (S, E)
    sentence_of : whole numbers (T,), the sentence of each row of the words; -1 = of none
    """

    question: np.ndarray
    sentences: np.ndarray
    sentence_of: np.ndarray


class PassageBatch(NamedTuple):
    """Passages of a batch.

    question (B, Q, E), asked bool (B, Q), sentences (B, Q, S, E), words (B, Q, S), how many rows of
    the answer's words each sentence has, sentence_of (B, Q, T), -1 = of none.
    """

    question: Tensor
    asked: Tensor
    sentences: Tensor
    words: Tensor
    sentence_of: Tensor

    @classmethod
    def of(
        cls, interviews: Sequence[Sequence[Passage]], answers: int, steps: int
    ) -> PassageBatch | None:
        """Padded to `answers` and to `steps` of the words; None if nothing has a passage."""
        width = max((p.sentences.shape[-1] for row in interviews for p in row), default=0)
        if not width:
            return None
        shape = len(interviews), answers
        most = max(max(len(p.sentences) for row in interviews for p in row), 1)
        question, asked = np.zeros((*shape, width), np.float32), np.zeros(shape, bool)
        sentences = np.zeros((*shape, most, width), np.float32)
        words = np.zeros((*shape, most), np.float32)
        sentence_of = np.full((*shape, steps), -1)
        for b, row in enumerate(interviews):
            for q, p in enumerate(row):
                sentences[b, q, : len(p.sentences)] = p.sentences
                sentence_of[b, q, : len(p.sentence_of)] = p.sentence_of
                words[b, q] = np.bincount(p.sentence_of[p.sentence_of >= 0], minlength=most)
                if len(p.question):
                    question[b, q], asked[b, q] = p.question, True
        parts = (question, asked, sentences, words, sentence_of)
        return cls(*(torch.from_numpy(part) for part in parts))
