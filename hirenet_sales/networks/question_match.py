"""The match of a question with an answer and with its sentences, as a term of attention scores.

A network that was trained without questions keeps its own scores s, and the match is added:

    a_i     = sum_k n_ik e_ik                      sentences k of answer i, of n_ik words
    beta_i  ~ exp(s_i + g cos(q_i, a_i))           answers
    alpha_t ~ exp(s_t + h cos(q_i, e_ik))          words t, of sentence k

with q and e of a sentence encoder that stays as it is, which is why this carries to questions never
seen. Only g and h are learnt: a projection of the vectors, learnt beside them, gained nothing.
Where the question or the words are missing, nothing is added (see `matched`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from hirenet_sales.networks.batch import InterviewBatch
from hirenet_sales.networks.fusion import FusedReading
from hirenet_sales.networks.passages import PassageBatch


class QuestionMatch(nn.Module):
    """See the module; its gains g and h are 0 at first."""

    def __init__(self) -> None:
        super().__init__()
        self.gains = nn.Parameter(torch.zeros(2))

    def forward(self, passages: PassageBatch) -> tuple[Tensor, Tensor]:
        """What is added to the scores of answers (B, Q), and of words (B, Q, T); see `matched`."""
        p = passages
        some = p.asked.unsqueeze(-1) & (p.words > 0)  # (B, Q, S)
        of = p.sentence_of.clamp_min(0)  # (B, Q, T)
        answer = (p.words.unsqueeze(-1) * p.sentences).sum(-2)  # (B, Q, E)
        whole = self.gains[0] * cosine_similarity(p.question, answer, dim=-1)  # (B, Q)
        single = self.gains[1] * cosine_similarity(p.question.unsqueeze(-2), p.sentences, dim=-1)
        unmatched = ~some.gather(-1, of) | (p.sentence_of < 0)  # (B, Q, T)
        # NaN comes last: a product with it would have a gradient that is NaN, too.
        return (
            whole.masked_fill(~some.any(-1), torch.nan),
            single.gather(-1, of).masked_fill(unmatched, torch.nan),
        )


class QuestionMatched(nn.Module):
    """A network of interviews whose attention the match enters.

    Parameters
    ----------
    reader : gives a FusedReading of an InterviewBatch, and stays as it is
    """

    def __init__(self, reader: nn.Module) -> None:
        super().__init__()
        self.reader, self.match = reader, QuestionMatch()
        reader.requires_grad_(False)

    def train(self, mode: bool = True) -> QuestionMatched:
        """The match alone is trained: the reader reads as in use, without dropout."""
        super().train(mode)
        self.reader.eval()
        return self

    def forward(self, batch: InterviewBatch) -> FusedReading:
        if batch.passages is not None:
            answers, words = self.match(batch.passages)
            text = batch.streams["text"]._replace(match=words)
            streams = {**batch.streams, "text": text}
            context = batch.context._replace(match=answers)
            batch = batch._replace(streams=streams, context=context)
        reading: FusedReading = self.reader(batch)
        return reading
