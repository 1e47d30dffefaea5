"""Fit, predict and attention, shared by all neural models of interviews."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.network_inputs import Inputs, from_unit, to_unit
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.model import ModelState, fit_arguments
from hirenet_sales.models.weights import PREFIX, take_weights, weights_of
from hirenet_sales.networks.batch import Example, Shape
from hirenet_sales.networks.fusion import FusedReading
from hirenet_sales.persist import digest
from hirenet_sales.training.options import FittingOptions, Losses

VERSION = 1  # of the way of training: a finished fit of another version is not taken for this one
EDGE = 0.02  # a first guess stays this far from the ends, where the sigmoid is flat

# From the shape of batches and the number of targets to a network that gives a FusedReading.
BuildNet = Callable[[Shape, int], nn.Module]
Readings = Iterable[tuple[int, Example, FusedReading, int]]  # see NeuralModel._read


class NeuralModel:
    """A network with its fixed inputs and its scale.

    Parameters
    ----------
    name, streams : see Model
    options : how it is trained
    net : makes the network
    components, words : see Inputs
    losses : what counts; whether answers are counted is seen from the data
    """

    prefix = PREFIX  # of the network's weights among the arrays of its state

    def __init__(
        self,
        name: str,
        streams: tuple[str, ...],
        options: FittingOptions,
        net: BuildNet,
        *,
        components: int,
        words: str,
        losses: Losses,
    ) -> None:
        self.name, self.streams, self.options = name, streams, options
        self._build, self._components, self._words = net, components, words
        self._losses = losses
        self._net: nn.Module | None = None
        self._inputs: Inputs | None = None
        self._targets: tuple[Target, ...] = ()
        self._mean = np.zeros(0)
        self._answers_learnt = False

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model.

        Raises
        ------
        DatasetError
            if a stream or the labels are missing.
        ConfigError
            if `folder` holds a fit of other arguments.
        """
        self._check(train, validation)
        inputs = Inputs.fit(train, self.streams, components=self._components, words=self._words)
        train = self._softened(train, inputs)
        self._inputs, self._targets = inputs, train.targets
        self._mean = np.nanmean(train.labels, axis=0)
        by_answer = train.answer_labels is not None
        self._answers_learnt = by_answer or self._losses.per_answer
        self._losses = replace(self._losses, by_answer=by_answer and train.level == "answer")
        arguments = self._arguments(train, validation, seed)
        examples = inputs.examples(train), inputs.examples(validation)
        self._net = self._learn(*examples, seed=seed, folder=folder, arguments=arguments).eval()

    def _softened(self, train: InterviewSet, inputs: Inputs) -> InterviewSet:
        """The training part with the labels that are learnt from."""
        return train

    def _learn(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        seed: int,
        folder: Path,
        arguments: dict[str, Any],
    ) -> nn.Module:
        # Lightning, which a model in use does without.
        from hirenet_sales.training.loop import fit_net
        from hirenet_sales.training.objective import Objective

        assert self._inputs is not None
        shape = Shape(self._inputs.widths, self._inputs.word_width)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = self._build(shape, len(self._targets))
            _start_at(net, to_unit(self._mean, self._targets))
            fit_net(
                net,
                train,
                validation,
                shape=shape,
                objective=Objective(self._targets, self.options.absolute_loss),
                options=self.options,
                losses=self._losses,
                seed=seed,
                folder=folder,
                arguments=arguments,
            )
        return net

    def predict(self, interviews: InterviewSet) -> Prediction:
        """See Model. Answers are given where the network was trained on answers."""
        return self._prediction(interviews, self._read(interviews))

    def _prediction(self, interviews: InterviewSet, readings: Readings) -> Prediction:
        shape = len(interviews), len(self._targets)
        unit = np.full(shape, np.nan)
        answers = [np.full((len(q), shape[1]), np.nan) for q in interviews.questions]
        for i, _, reading, b in readings:
            there = reading.valid[b, : len(answers[i])].numpy()
            if there.any():
                unit[i] = reading.logits[b].sigmoid().double().numpy()
            known = reading.answer_logits[b, : len(there)].sigmoid().double().numpy()
            answers[i][there] = known[there]
        estimates = from_unit(unit, self._targets)
        estimates = np.where(np.isnan(estimates), self._mean, estimates)
        by_answer = [from_unit(a, self._targets) for a in answers]
        return Prediction(estimates, by_answer if self._answers_learnt else None)

    def parameters(self) -> int:
        """See Model."""
        if self._net is None:
            return 0
        return sum(p.numel() for p in self._net.parameters())

    def state(self) -> ModelState:
        """See SaveableModel."""
        if self._net is None or self._inputs is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        said = {
            "targets": [asdict(target) for target in self._targets],
            "mean": self._mean.tolist(),
            "answers_learnt": self._answers_learnt,
            "word_width": self._inputs.word_width,
        }
        arrays = {f"inputs.{name}": value for name, value in self._inputs.arrays.items()}
        return ModelState(said, arrays | weights_of(self._net, self.prefix))

    def restore(self, state: ModelState) -> None:
        """See SaveableModel."""
        said = state.metadata
        inputs = Inputs.of_arrays(state.part("inputs."), self.streams, self._words)
        targets, mean = state.learnt()
        with torch.device("meta"):
            net = self._whole(Shape(inputs.widths, int(said["word_width"])), len(targets))
        take_weights(net, state.part(self.prefix))
        self._net, self._inputs, self._targets = net, inputs, targets
        self._mean, self._answers_learnt = mean, bool(said["answers_learnt"])

    def size(self, shape: Shape, targets: int) -> int:
        """How many numbers a network for inputs of this shape has, fitted or not."""
        return sum(p.numel() for p in self._whole(shape, targets).parameters())

    def _whole(self, shape: Shape, targets: int) -> nn.Module:
        """The network that is used; an ensemble trains only a part of it at a time."""
        return self._build(shape, targets)

    def _read(self, interviews: InterviewSet) -> Readings:
        """Every interview's place, example and reading, with its row in the reading's batch."""
        if self._net is None or self._inputs is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        examples = self._inputs.examples(interviews)
        shape = Shape(self._inputs.widths, self._inputs.word_width)
        for places, batch in shape.batches(examples):
            with torch.inference_mode():
                reading: FusedReading = self._net(batch)
            for b, i in enumerate(places):
                yield i, examples[i], reading, b

    def _check(self, train: InterviewSet, validation: InterviewSet) -> None:
        problems = [
            f"{train.dataset}: no stream {name}; there are {', '.join(train.streams) or 'none'}"
            for name in self.streams
            if name not in train.streams
        ]
        for part, found in (("training", train), ("validation", validation)):
            if not len(found):
                problems.append(f"{train.dataset}: the {part} part holds no interview")
            elif np.isnan(found.labels).all(0).any():
                unknown = np.flatnonzero(np.isnan(found.labels).all(0))
                names = ", ".join(found.targets[k].name for k in unknown)
                problems.append(f"{train.dataset}: no {part} interview is labelled with {names}")
        if self.options.monitor == "f1" and all(t.kind != "binary" for t in train.targets):
            problems.append(
                f"model '{self.name}': monitor f1 needs a binary target; found "
                f"{', '.join(f'{t.name} ({t.kind})' for t in train.targets)}"
            )
        if problems:
            raise DatasetError("\n".join(problems))

    def _arguments(
        self, train: InterviewSet, validation: InterviewSet, seed: int
    ) -> dict[str, Any]:
        parts = {"train": train, "validation": validation}
        digests = {name: _digest(part, self.streams) for name, part in parts.items()}
        further = {"version": VERSION, "seed": seed, **digests}
        return fit_arguments(self.name, self.streams, self.options, train.targets, **further)


class AttentionNeuralModel(NeuralModel):
    """A network whose attention can be read, and its last layer, for early fusion."""

    def last_layer(self, interviews: InterviewSet) -> tuple[np.ndarray, list[np.ndarray]]:
        """What the head of a model of one stream reads.

        Returns
        -------
        z (N, H) of the interviews, and g (Q, H) of the answers of each; NaN where the stream lacks.
        """
        whole: dict[int, np.ndarray] = {}
        answers: dict[int, np.ndarray] = {}
        for i, example, fused, b in self._read(interviews):
            (reading,) = fused.streams.values()
            states = reading.states[b, : len(example.questions)].double().numpy()  # (Q, H)
            beta = reading.beta[b, : len(states)].double().numpy()
            there = reading.valid[b, : len(states)].numpy()
            whole[i] = beta @ states if there.any() else np.full(states.shape[1], np.nan)
            answers[i] = np.where(there[:, None], states, np.nan)
        order = range(len(interviews))
        return np.stack([whole[i] for i in order]), [answers[i] for i in order]

    @property
    def last_width(self) -> int:
        """H, values of what `last_layer` gives; of a fitted model."""
        assert self._net is not None, "fit comes first"
        heads = (getattr(module, "head", None) for module in self._net.modules())
        return next(head.in_features for head in heads if isinstance(head, nn.Linear))

    def attentions(self, interviews: InterviewSet) -> pd.DataFrame:
        """See AttentionModel; one more column, beta_stream.

        beta is the weight of an answer in the estimate. beta_stream is the weight that the stream
        by itself gives to the answer: the same for a model of one stream, another in a fusion.
        """
        return self._attentions(interviews, self._read(interviews))

    def predict_with_attentions(self, interviews: InterviewSet) -> tuple[Prediction, pd.DataFrame]:
        """See AttentionModel."""
        readings = list(self._read(interviews))
        return self._prediction(interviews, readings), self._attentions(interviews, readings)

    def _attentions(self, interviews: InterviewSet, readings: Readings) -> pd.DataFrame:
        found = []
        for i, example, reading, b in readings:
            for place, name in enumerate(self.streams):
                stream = reading.streams[name]
                for q, rows in enumerate(example.streams.get(name, [])):
                    if len(rows):
                        alpha = stream.alpha[b, q, : len(rows)].double().numpy()
                        weights = float(reading.beta[b, q]), float(stream.beta[b, q])
                        found.append((i, place, q, alpha, int(reading.valid[b].sum()), *weights))
        found.sort(key=lambda row: row[:3])
        return _frame(interviews, self.streams, found)


def _frame(
    interviews: InterviewSet, streams: tuple[str, ...], found: list[tuple[Any, ...]]
) -> pd.DataFrame:
    counts = [len(row[3]) for row in found]
    steps = np.repeat(counts, counts)
    words: list[str] = []
    for i, place, q, alpha, *_ in found:
        known = interviews.words and streams[place] == "text"
        words += interviews.words[i][q] if known else [""] * len(alpha)

    def each(of: Callable[..., Any]) -> np.ndarray:
        return np.repeat(np.array([of(*row[:3]) for row in found]), counts)

    def number(column: int) -> np.ndarray:
        return np.repeat(np.array([row[column] for row in found], dtype=float), counts)

    alpha = np.concatenate([row[3] for row in found]) if found else np.zeros(0)
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


def _digest(interviews: InterviewSet, streams: tuple[str, ...]) -> str:
    """Digest of the model's inputs and labels."""
    labels = interviews.labels, interviews.answer_labels
    arrays = [interviews.streams[name] for name in streams]
    return digest(interviews.ids, interviews.questions, interviews.positions, labels, arrays)
