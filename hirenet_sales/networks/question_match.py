"""The match of a question with an answer and with its sentences, as a term of attention scores.

A network that was trained without questions keeps its own scores s, and the match is added:

    e'      = e - c + V U (e - c)                  U, V of low rank, V = 0 at first
    a_i     = sum_k n_ik e'_ik / sum_k n_ik        sentences k of answer i, of n_ik words
    beta_i  ~ exp(s_i + g cos(q'_i, a_i))          answers
    alpha_t ~ exp(s_t + h cos(q'_i, e'_ik))        words t, of sentence k

so that it starts as the cosine of sentence vectors, which carries to questions never seen. g and h
are not below 0. Where the question or the words are missing, nothing is added (see `matched`).
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from hirenet_sales.networks.batch import InterviewBatch, Match, PassageBatch
from hirenet_sales.networks.fusion import FusedReading


class QuestionMatch(nn.Module):
    """See the module.

    Parameters
    ----------
    width : E, of sentence vectors
    rank : of U and V
    """

    centre: Tensor

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(width))
        self.down = nn.Linear(width, rank, bias=False)
        self.up = nn.Linear(rank, width, bias=False)
        self.gains = nn.Parameter(torch.zeros(2))
        nn.init.zeros_(self.up.weight)

    def forward(self, passages: PassageBatch) -> Match:
        """What is added to the scores of answers and of words."""
        answers, sentences = self.cosines(passages)
        gains = self.gains
        of = passages.sentence_of  # (B, Q, T)
        steps = sentences.gather(-1, of.clamp_min(0)).masked_fill(of < 0, torch.nan)
        return Match(gains[0] * answers, gains[1] * steps)

    def cosines(self, passages: PassageBatch) -> tuple[Tensor, Tensor]:
        """Of the question with the answer, (B, Q), and with its sentences, (B, Q, S); NaN = none."""
        p = passages
        question = self._turned(p.question)  # (B, Q, E)
        sentences = self._turned(p.sentences)  # (B, Q, S, E)
        some = p.words > 0  # (B, Q, S)
        asked = p.asked  # (B, Q)
        mean = (p.words.unsqueeze(-1) * sentences).sum(-2)
        mean = mean / p.words.sum(-1, keepdim=True).clamp_min(1.0)
        whole = cosine_similarity(question, mean, dim=-1)
        single = cosine_similarity(question.unsqueeze(-2), sentences, dim=-1)
        return (
            whole.masked_fill(~(asked & some.any(-1)), torch.nan),
            single.masked_fill(~(asked.unsqueeze(-1) & some), torch.nan),
        )

    def _turned(self, vectors: Tensor) -> Tensor:
        vectors = vectors - self.centre
        return vectors + self.up(self.down(vectors))


class QuestionMatched(nn.Module):
    """A network of interviews whose attention the match enters.

    Parameters
    ----------
    reader : gives a FusedReading of an InterviewBatch
    match : see QuestionMatch
    """

    def __init__(self, reader: nn.Module, match: QuestionMatch) -> None:
        super().__init__()
        self.reader, self.match = reader, match

    def forward(self, batch: InterviewBatch) -> FusedReading:
        if batch.passages is not None:
            batch = replace(batch, match=self.match(batch.passages))
        reading: FusedReading = self.reader(batch)
        return reading
