"""Fit, predict and attention, shared by all neural models of interviews."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pydantic import Field
from torch import nn

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import Inputs, from_unit, to_unit
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.network_model import (
    EDGE,
    PREFIX,
    NetworkModel,
    restore_weights,
    weights_of,
)
from hirenet_sales.networks.batch import Example, InterviewBatch, Shape
from hirenet_sales.networks.fusion import FusedReading
from hirenet_sales.persist import digest
from hirenet_sales.training.options import FittingOptions, Losses

# From the shape of batches and the number of targets to a network that gives a FusedReading.
BuildNet = Callable[[Shape, int], nn.Module]
Readings = Iterable[tuple[int, Example, FusedReading, int]]  # see NeuralModel._read


class NeuralOptions(FittingOptions):
    """Training, and the inputs beside the streams' rows."""

    words: str = Field("glove", description="vectors of question and job words")
    components: int = Field(96, ge=1, description="principal components of a CNN embedding")


class NeuralModel(NetworkModel[nn.Module]):
    """A network of whole interviews with its fixed inputs and its scale.

    Parameters
    ----------
    name, streams : see Model
    options : how it is trained
    net : makes the network
    losses : what counts; whether answers are counted follows from the data
    """

    prefix = PREFIX  # of the network's weights among the arrays of its state
    options: NeuralOptions

    def __init__(
        self,
        name: str,
        streams: tuple[str, ...],
        options: NeuralOptions,
        net: BuildNet,
        losses: Losses,
    ) -> None:
        super().__init__(streams, options)
        self.name, self._build, self._losses = name, net, losses
        self._inputs: Inputs | None = None
        self._answers_learnt = False

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        self._check(train, validation)
        inputs = Inputs.fit(
            train, self.streams, components=self.options.components, words=self.options.words
        )
        train = self._softened(train, inputs)
        self._inputs, self._targets = inputs, train.targets
        self._mean = np.nanmean(train.labels, axis=0)
        by_answer = train.answer_labels is not None
        self._answers_learnt = by_answer or self._losses.per_answer
        self._losses = replace(self._losses, by_answer=by_answer and train.level == "answer")
        arguments = self._arguments(
            train.targets,
            seed,
            train=data_digest(train, self.streams),
            validation=data_digest(validation, self.streams),
        )
        examples = inputs.examples(train), inputs.examples(validation)
        self._learnt = self._train(*examples, seed, folder, arguments).eval()

    def _softened(self, train: InterviewSet, inputs: Inputs) -> InterviewSet:
        """The training part with the labels that are learnt from."""
        return train

    def _train(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        seed: int,
        folder: Path,
        arguments: dict[str, Any],
    ) -> nn.Module:
        # A model in use does without all of these.
        from hirenet_sales.training.interviews import InterviewTask
        from hirenet_sales.training.loop import train_net
        from hirenet_sales.training.objective import Objective

        shape, options = self._shape, self.options
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = self._build(shape, len(self._targets))
            _start_at(net, to_unit(self._mean, self._targets))
            task = InterviewTask(
                train,
                validation,
                shape=shape,
                objective=Objective(self._targets, options.absolute_loss),
                options=options,
                losses=self._losses,
                seed=seed,
            )
            train_net(net, [task], options=options, seed=seed, folder=folder, arguments=arguments)
        return net

    def predict(self, interviews: InterviewSet) -> Prediction:
        """See Model. Answers are given where the network was trained on answers."""
        return self._prediction(interviews, self._read(interviews))

    def _prediction(self, interviews: InterviewSet, readings: Readings) -> Prediction:
        shape = len(interviews), len(self._targets)
        unit = np.full(shape, np.nan)
        answers = [np.full((len(q), shape[1]), np.nan) for q in interviews.questions]
        for i, _, reading, b in readings:
            valid = reading.valid[b, : len(answers[i])].numpy()
            if valid.any():
                unit[i] = reading.logits[b].sigmoid().double().numpy()
            by_answer = reading.answer_logits[b, : len(valid)].sigmoid().double().numpy()
            answers[i][valid] = by_answer[valid]
        estimates = from_unit(unit, self._targets)
        estimates = np.where(np.isnan(estimates), self._mean, estimates)
        scaled = [from_unit(a, self._targets) for a in answers]
        return Prediction(estimates, scaled if self._answers_learnt else None)

    def parameters(self) -> int:
        return 0 if self._learnt is None else sum(p.numel() for p in self._learnt.parameters())

    def state(self) -> ModelState:
        net, inputs = self._fitted(), self._inputs
        assert inputs is not None
        metadata = {
            **self._metadata(),
            "answers_learnt": self._answers_learnt,
            "word_width": inputs.word_width,
        }
        arrays = {f"inputs.{name}": value for name, value in inputs.arrays.items()}
        return ModelState(metadata, arrays | weights_of(net, self.prefix))

    def restore(self, state: ModelState) -> None:
        inputs = Inputs.of_arrays(state.part("inputs."), self.streams, self.options.words)
        targets, mean = state.targets_and_means()
        shape = Shape(inputs.widths, int(state.metadata["word_width"]))
        with torch.device("meta"):
            net = self._whole(shape, len(targets))
        restore_weights(net, state.part(self.prefix))
        self._learnt, self._inputs, self._targets = net, inputs, targets
        self._mean, self._answers_learnt = mean, bool(state.metadata["answers_learnt"])

    def size(self, shape: Shape, targets: int) -> int:
        """How many numbers a network for inputs of this shape has, fitted or not."""
        return sum(p.numel() for p in self._whole(shape, targets).parameters())

    def _whole(self, shape: Shape, targets: int) -> nn.Module:
        """The network that is used; an ensemble trains only a part of it at a time."""
        return self._build(shape, targets)

    @property
    def network(self) -> nn.Module:
        """The fitted network, which gives a FusedReading of a batch.

        Raises
        ------
        ConfigError
            if the model is not fitted.
        """
        return self._fitted()

    def batches(self, interviews: InterviewSet) -> Iterator[tuple[list[int], InterviewBatch]]:
        """Batches as the network reads them, each with the indices of its interviews."""
        return self._shape.batches(self._examples(interviews))

    @property
    def _shape(self) -> Shape:
        assert self._inputs is not None
        return Shape(self._inputs.widths, self._inputs.word_width)

    def _read(self, interviews: InterviewSet) -> Readings:
        """Every interview's index, example and reading, with its row in the reading's batch."""
        net, examples = self._fitted(), self._examples(interviews)
        for indices, batch in self._shape.batches(examples):
            with torch.inference_mode():
                reading: FusedReading = net(batch)
            for b, i in enumerate(indices):
                yield i, examples[i], reading, b

    def _examples(self, interviews: InterviewSet) -> list[Example]:
        """What the network reads of each interview."""
        assert self._inputs is not None
        return self._inputs.examples(interviews)

    def _check(self, train: InterviewSet, validation: InterviewSet) -> None:
        problems = [
            f"{train.dataset}: no stream {name}; there are {', '.join(train.streams) or 'none'}"
            for name in self.streams
            if name not in train.streams
        ]
        for part, interviews in (("training", train), ("validation", validation)):
            unlabelled = np.isnan(interviews.labels).all(0)
            if not len(interviews):
                problems.append(f"{train.dataset}: the {part} part holds no interview")
            elif unlabelled.any():
                names = ", ".join(train.targets[k].name for k in np.flatnonzero(unlabelled))
                problems.append(f"{train.dataset}: no {part} interview is labelled with {names}")
        if self.options.monitor == "f1" and all(t.kind != "binary" for t in train.targets):
            problems.append(
                f"model '{self.name}': monitor f1 needs a binary target; found "
                f"{', '.join(f'{t.name} ({t.kind})' for t in train.targets)}"
            )
        if problems:
            raise DatasetError("\n".join(problems))


class AttentionNeuralModel(NeuralModel):
    """A network whose attention can be read, and its last layer, for early fusion."""

    def last_layer(self, interviews: InterviewSet) -> tuple[np.ndarray, list[np.ndarray]]:
        """Input of the head of a model of one stream.

        Returns
        -------
        z (N, H) of the interviews, and g (Q, H) of the answers of each; NaN where the stream is
        missing.
        """
        whole: dict[int, np.ndarray] = {}
        answers: dict[int, np.ndarray] = {}
        for i, example, fused, b in self._read(interviews):
            (reading,) = fused.streams.values()
            states = reading.states[b, : len(example.questions)].double().numpy()  # (Q, H)
            beta = reading.beta[b, : len(states)].double().numpy()
            valid = reading.valid[b, : len(states)].numpy()
            whole[i] = beta @ states if valid.any() else np.full(states.shape[1], np.nan)
            answers[i] = np.where(valid[:, None], states, np.nan)
        order = range(len(interviews))
        return np.stack([whole[i] for i in order]), [answers[i] for i in order]

    @property
    def last_width(self) -> int:
        """H, values of what `last_layer` gives; of a fitted model."""
        heads = (getattr(module, "head", None) for module in self._fitted().modules())
        return next(head.in_features for head in heads if isinstance(head, nn.Linear))

    def attentions(self, interviews: InterviewSet) -> pd.DataFrame:
        """See AttentionModel; one more column, beta_stream.

        beta is the weight of an answer in the estimate. beta_stream is the weight that the stream
        by itself gives to the answer: the same for a model of one stream, another in a fusion.
        """
        return self._attentions(interviews, self._read(interviews))

    def predict_with_attentions(self, interviews: InterviewSet) -> tuple[Prediction, pd.DataFrame]:
        readings = list(self._read(interviews))
        return self._prediction(interviews, readings), self._attentions(interviews, readings)

    def _attentions(self, interviews: InterviewSet, readings: Readings) -> pd.DataFrame:
        rows = []
        for i, example, reading, b in readings:
            for s, name in enumerate(self.streams):
                stream = reading.streams[name]
                for q, steps in enumerate(example.streams.get(name, [])):
                    if len(steps):
                        alpha = stream.alpha[b, q, : len(steps)].double().numpy()
                        weights = float(reading.beta[b, q]), float(stream.beta[b, q])
                        rows.append((i, s, q, alpha, int(reading.valid[b].sum()), *weights))
        rows.sort(key=lambda row: row[:3])
        return _frame(interviews, self.streams, rows)


def _frame(
    interviews: InterviewSet, streams: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> pd.DataFrame:
    counts = [len(row[3]) for row in rows]
    steps = np.repeat(counts, counts)
    words: list[str] = []
    for i, s, q, alpha, *_ in rows:
        spoken = interviews.words and streams[s] == "text"
        words += interviews.words[i][q] if spoken else [""] * len(alpha)

    def each(of: Callable[..., Any]) -> np.ndarray:
        return np.repeat(np.array([of(*row[:3]) for row in rows]), counts)

    def number(column: int) -> np.ndarray:
        return np.repeat(np.array([row[column] for row in rows], dtype=float), counts)

    alpha = np.concatenate([row[3] for row in rows]) if rows else np.zeros(0)
    return pd.DataFrame(
        {
            "interview": each(lambda i, s, q: interviews.ids[i]),
            "person": each(lambda i, s, q: interviews.people[i]),
            "position": each(lambda i, s, q: interviews.positions[i]),
            "answer": each(lambda i, s, q: q),
            "question_id": each(lambda i, s, q: interviews.question_ids[i][q]),
            "question": each(lambda i, s, q: interviews.questions[i][q]),
            "stream": each(lambda i, s, q: streams[s]),
            "step": np.concatenate([np.arange(n) for n in counts]) if counts else np.zeros(0, int),
            "word": words,
            "alpha": alpha,
            "beta": number(5),
            "beta_stream": number(6),
            "voi_step": alpha * steps,
            "voi_question": number(5) * number(4),
        }
    )


def _start_at(net: nn.Module, mean: np.ndarray) -> None:
    """Every head begins with the training mean."""
    start = torch.logit(torch.from_numpy(np.clip(mean, EDGE, 1 - EDGE)).float())
    for module in net.modules():
        head = getattr(module, "head", None)
        if isinstance(head, nn.Linear):
            head.bias.data.copy_(start)


def data_digest(interviews: InterviewSet, streams: Sequence[str]) -> str:
    """Digest of the model's inputs and labels."""
    labels = interviews.labels, interviews.answer_labels
    arrays = [interviews.streams[name] for name in streams]
    return digest(interviews.ids, interviews.questions, interviews.positions, labels, arrays)
