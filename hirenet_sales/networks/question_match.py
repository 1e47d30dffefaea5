"""The match of a question with an answer and with its sentences, as a term of attention scores.

A network that was trained without questions keeps its own scores s, and the match is added:

    e'      = e + V U e                            U, V of low rank, V = 0 at first
    a_i     = sum_k n_ik e'_ik / sum_k n_ik        sentences k of answer i, of n_ik words
    beta_i  ~ exp(s_i + g cos(q'_i, a_i))          answers
    alpha_t ~ exp(s_t + h cos(q'_i, e'_ik))        words t, of sentence k

so that it starts as the cosine of sentence vectors, which carries to questions never seen. Where
the question or the words are missing, nothing is added (see `matched`).
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from hirenet_sales.networks.batch import InterviewBatch
from hirenet_sales.networks.fusion import FusedReading
from hirenet_sales.networks.passages import PassageBatch


class QuestionMatch(nn.Module):
    """See the module.

    Parameters
    ----------
    width : E, of sentence vectors
    rank : of U and V
    """

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        self.down = nn.Linear(width, rank, bias=False)  # U
        self.up = nn.Linear(rank, width, bias=False)  # V
        self.gains = nn.Parameter(torch.zeros(2))  # g and h
        nn.init.zeros_(self.up.weight)

    def forward(self, passages: PassageBatch) -> tuple[Tensor, Tensor]:
        """What is added to the scores of answers (B, Q), and of words (B, Q, T); see `matched`."""
        question, answer, sentences = self.vectors(passages)
        some = passages.asked.unsqueeze(-1) & (passages.words > 0)  # (B, Q, S)
        of = passages.sentence_of.clamp_min(0)  # (B, Q, T)
        whole = self.gains[0] * cosine_similarity(question, answer, dim=-1)  # (B, Q)
        single = self.gains[1] * cosine_similarity(question.unsqueeze(-2), sentences, dim=-1)
        # NaN comes last: a product with it would have a gradient that is NaN, too.
        unmatched = ~some.gather(-1, of) | (passages.sentence_of < 0)  # (B, Q, T)
        return (
            whole.masked_fill(~some.any(-1), torch.nan),
            single.gather(-1, of).masked_fill(unmatched, torch.nan),
        )

    def vectors(self, passages: PassageBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Of questions and answers, (B, Q, E), and of sentences, (B, Q, S, E)."""
        question, sentences = self._turned(passages.question), self._turned(passages.sentences)
        share = passages.words / passages.words.sum(-1, keepdim=True).clamp_min(1.0)
        return question, (share.unsqueeze(-1) * sentences).sum(-2), sentences

    def _turned(self, vectors: Tensor) -> Tensor:
        turned: Tensor = vectors + self.up(self.down(vectors))
        return turned


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

    def train(self, mode: bool = True) -> QuestionMatched:
        """The match alone is trained: the reader stays as in use, without dropout."""
        super().train(mode)
        self.reader.eval()
        return self

    def forward(self, batch: InterviewBatch) -> FusedReading:
        if batch.passages is not None:
            answers, words = self.match(batch.passages)
            text = replace(batch.streams["text"], match=words)
            context = replace(batch.context, match=answers)
            batch = replace(batch, streams={**batch.streams, "text": text}, context=context)
        reading: FusedReading = self.reader(batch)
        return reading
