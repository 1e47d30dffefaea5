"""HireNet: hierarchical attention over answers, conditioned on question and job title.

Hemamou, Felhi, Vandenbussche, Martin, Clavel 2019, "HireNet: a Hierarchical Attention Model for the
Automatic Analysis of Asynchronous Video Job Interviews", section Formalization:

    h_t  = [GRU_fwd(x)_t ; GRU_bwd(x)_t]                         answer encoder
    q_i  = last state of a forward GRU over the question's words
    u_t  = tanh(W_A h_t + W_Q q_i + b_Q),  alpha = softmax_t(u_p . u_t),  a_i = sum_t alpha_t h_t
    v_i  = [q_i ; a_i],  g_i = BiGRU over v_1..v_n
    w_i  = tanh(W_P g_i + W_J j + b_J),  beta = softmax_i(u_J . w_i),  z = sum_i beta_i g_i
    y    = sigmoid(W_y z + b_y)

HN_SATT and HN_AVG, "to see the actual effect of the added context information (H4)" and of
attention (Baselines): the paper says what is put in place of the attention, and not whether q_i
stays in v_i, where it is an input of the second level that no weight depends on. Both readings are
here, `question_in_pair`: with it the hierarchy still reads the question, and only without it does a
comparison with HireNet say what the context is worth.

Deviations, all of them:
1. Targets in [0, 1] (five traits by default) are regressed; a binary target is the case of one
   column with a cross-entropy loss.
2. The visual answer encoder may be an LSTM over CNN features (Kassab et al. 2022), chosen by
   `cell`.
3. Inputs are standardised (data/stream_inputs.py) and pass a linear projection with tanh, after
   dropout, before the recurrent network. The paper gives no sizes, dropout, optimiser or rates.
4. The same head also reads g_i, which gives an estimate per answer where labels per answer exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hirenet_sales.networks.attention import (
    AdditiveAttention,
    MeanPooling,
    SequenceEncoder,
    scatter_valid,
)
from hirenet_sales.networks.batch import Context, StreamBatch


@dataclass(frozen=True)
class HireNetConfig:
    """Sizes and switches of one HireNet.

    Attributes
    ----------
    width : inputs of the answer stream
    word_width : columns of the word vectors of questions and job titles
    targets : number of outputs
    projection : size of the input projection
    answer_hidden, interview_hidden : one direction of the two bidirectional encoders
    context_hidden : size of the question and job encodings
    attention_hidden : size of u_t and w_i
    dropout_in, dropout : on the standardised input; on states and pooled vectors
    cell : "gru" (the paper) or "lstm" for the answer encoder
    pooling : "attention", or "mean" for HN_AVG
    context : True, or False for HN_SATT (W_Q and W_J removed)
    question_in_pair : whether v_i = [q_i ; a_i], or a_i alone, so that the question enters the
        attention at most
    """

    width: int
    word_width: int = 50
    targets: int = 5
    projection: int = 64
    answer_hidden: int = 32
    interview_hidden: int = 32
    context_hidden: int = 16
    attention_hidden: int = 32
    dropout_in: float = 0.1
    dropout: float = 0.3
    cell: str = "gru"
    pooling: str = "attention"
    context: bool = True
    question_in_pair: bool = True

    @property
    def attends_to_context(self) -> bool:
        """Whether question and job title decide what weighs."""
        return self.context and self.pooling == "attention"


@dataclass(frozen=True)
class StreamReading:
    """Output of a HireNet for a batch.

    Attributes
    ----------
    logits : (B, K); estimates are sigmoid(logits)
    answer_logits : (B, Q, K), the same head on g_i
    alpha : (B, Q, T), weights over the steps of each answer
    beta : (B, Q), weights over answers
    states : g, (B, Q, 2 * interview_hidden), zero where the answer lacks the stream
    valid : bool (B, Q), answers that have the stream
    """

    logits: Tensor
    answer_logits: Tensor
    alpha: Tensor
    beta: Tensor
    states: Tensor
    valid: Tensor


def pooling(config: HireNetConfig, width: int) -> nn.Module:
    """The pooling that `config` asks for, over states of size `width`."""
    if config.pooling == "mean":
        return MeanPooling()
    context_width = config.context_hidden if config.context else None
    return AdditiveAttention(width, context_width, config.attention_hidden)


def job_encoder(config: HireNetConfig) -> SequenceEncoder | None:
    """Encoder of the job title; None for HN_SATT and HN_AVG, which do not use it."""
    if not config.attends_to_context:
        return None
    return SequenceEncoder("gru", config.word_width, config.context_hidden, bidirectional=False)


class HireNet(nn.Module):
    """One stream's HireNet; with `pooling` and `context` also HN_AVG and HN_SATT."""

    def __init__(self, config: HireNetConfig) -> None:
        super().__init__()
        c = self.config = config
        self.project = nn.Sequential(
            nn.Dropout(c.dropout_in), nn.Linear(c.width, c.projection), nn.Tanh()
        )
        self.dropout = nn.Dropout(c.dropout)
        self.answer = SequenceEncoder(c.cell, c.projection, c.answer_hidden, bidirectional=True)
        self.question = None
        if c.question_in_pair or c.attends_to_context:
            self.question = SequenceEncoder(
                "gru", c.word_width, c.context_hidden, bidirectional=False
            )
        self.job = job_encoder(c)
        self.over_steps = pooling(c, 2 * c.answer_hidden)
        pair = 2 * c.answer_hidden + c.context_hidden * c.question_in_pair
        self.interview = SequenceEncoder("gru", pair, c.interview_hidden, bidirectional=True)
        self.over_answers = pooling(c, 2 * c.interview_hidden)
        self.head = nn.Linear(2 * c.interview_hidden, c.targets)

    def forward(self, stream: StreamBatch, context: Context) -> StreamReading:
        if stream.copies is None or self.training:
            return self.conclude(self.encode(stream), stream.valid, context, stream.match)
        _, rows = stream.copies.unique(return_inverse=True)  # (B, Q), numbers from 0 to U - 1
        flat = rows.flatten()
        first = flat.new_empty(int(flat.max()) + 1)  # (U,), where one of each stands; any will do
        first[flat] = torch.arange(len(flat), device=flat.device)
        once = StreamBatch(  # (U, 1, T, D)
            _at(stream.values, first),
            _at(stream.valid, first),
            None if stream.match is None else _at(stream.match, first),
        )
        asked = context._replace(
            questions=_at(context.questions, first),
            questions_valid=_at(context.questions_valid, first),
        )
        v, alpha = self._pairs(self.encode(once), once.valid, asked, once.match)
        return self._weigh(v[rows, 0], alpha[rows, 0], stream.valid.any(-1), context)

    def encode(self, stream: StreamBatch) -> Tensor:
        """The states h of every step, (B, Q, T, 2H), zero at invalid ones."""
        valid = stream.valid
        indices = valid.flatten().nonzero().squeeze(1)  # (S,): only valid steps are computed
        x = self.project(stream.values.flatten(0, 2).index_select(0, indices))  # (S, P)
        h = self.answer.run(x, valid.flatten(0, 1).sum(1))  # (S, 2H)
        return scatter_valid(self.dropout(h), indices, valid.shape)

    def conclude(
        self, h: Tensor, valid: Tensor, context: Context, match: Tensor | None = None
    ) -> StreamReading:
        """Attend to steps and answers.

        Parameters
        ----------
        h : (B, Q, T, 2H) as `encode` gives it
        valid : bool (B, Q, T)
        match : (B, Q, T), of the steps with their question, see `matched`
        """
        v, alpha = self._pairs(h, valid, context, match)
        return self._weigh(v, alpha, valid.any(-1), context)

    def _pairs(
        self, h: Tensor, valid: Tensor, context: Context, match: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Of every answer by itself v_i, (B, Q, C + 2H), and alpha, (B, Q, T)."""
        q = None
        if self.question is not None:
            words = context.questions.flatten(0, 1), context.questions_valid.flatten(0, 1)
            q = self.question.last(*words).unflatten(0, valid.shape[:2])  # (B, Q, C)
        a, alpha = self.over_steps(h, valid, q, match)  # (B, Q, 2H), (B, Q, T)
        return a if q is None or not self.config.question_in_pair else torch.cat([q, a], -1), alpha

    def _weigh(
        self, v: Tensor, alpha: Tensor, has_stream: Tensor, context: Context
    ) -> StreamReading:
        """Of all answers of an interview; has_stream: bool (B, Q)."""
        j = None if self.job is None else self.job.last(context.job, context.job_valid)  # (B, C)
        g = self.dropout(self.interview(v, has_stream))  # (B, Q, 2I)
        z, beta = self.over_answers(g, has_stream, j, context.match)  # (B, 2I), (B, Q)
        return StreamReading(self.head(z), self.head(g), alpha, beta, g, has_stream)


def _at(x: Tensor, rows: Tensor) -> Tensor:
    """Some answers (U,) of (B, Q, ...), each by itself: (U, 1, ...)."""
    return x.flatten(0, 1)[rows].unsqueeze(1)
