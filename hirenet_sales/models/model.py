"""The interface of every model of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_type_hints, runtime_checkable

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.prediction import Prediction

if TYPE_CHECKING:
    import pandas as pd


class Model(Protocol):
    """A model of the catalogue, before and after it is fitted.

    Attributes
    ----------
    name : as in the catalogue, such as "hirenet" or "hn_satt"
    streams : names of the streams that it reads
    """

    name: str
    streams: tuple[str, ...]

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Learn from `train`, choose on `validation`; logs and checkpoints go to `folder`.

        A call after an interrupted one, with the same arguments, goes on and ends with the same
        numbers as an uninterrupted one.

        Raises
        ------
        DatasetError
            if streams or labels are missing, or what is in them cannot be read.
        ConfigError
            if the model cannot read its streams, or `folder` holds a fit of other arguments.
        WeightsError, CheckpointError
            if an encoder is not installed, or a fit to start from is not one of this network.
        """
        ...

    def predict(self, interviews: InterviewSet) -> Prediction:
        """Estimates; an interview that lacks every stream gets the training mean.

        Raises
        ------
        DatasetError
            if what is in the streams cannot be read, such as pictures of another size.
        ConfigError
            if the model is not fitted.
        """
        ...

    def parameters(self) -> int:
        """How many numbers were learnt; 0 before `fit` where that decides it."""
        ...


@runtime_checkable
class AttentionModel(Protocol):
    """A model whose attention can be read."""

    def attentions(self, interviews: InterviewSet) -> pd.DataFrame:
        """Attention, tidy: one row a step.

        Columns: interview, person, position, answer (index), question_id, question, stream, step,
        word ("" where there is none), alpha, beta, voi_step (alpha times the number of steps of the
        answer) and voi_question (beta times the number of answers with the stream); 1.0 = average.
        """
        ...

    def predict_with_attentions(self, interviews: InterviewSet) -> tuple[Prediction, pd.DataFrame]:
        """What `predict` and `attentions` give, of one reading."""
        ...


@dataclass(frozen=True, eq=False)
class ModelState:
    """What a fitted model is restored from, beside its name, streams and options.

    Attributes
    ----------
    metadata : JSON values
    arrays : by name; no two differ in case alone
    """

    metadata: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @classmethod
    def joined(cls, parts: Mapping[str, ModelState]) -> ModelState:
        """The states of several parts by name, without a dot, as one."""
        return cls(
            {name: part.metadata for name, part in parts.items()},
            {
                f"{name}.{key}": array
                for name, part in parts.items()
                for key, array in part.arrays.items()
            },
        )

    def of(self, name: str) -> ModelState:
        """One part of what `joined` made."""
        return ModelState(self.metadata[name], self.part(f"{name}."))

    def part(self, prefix: str) -> dict[str, np.ndarray]:
        """The arrays whose names begin so, without it."""
        return arrays_under(prefix, self.arrays)

    def targets_and_means(self) -> tuple[tuple[Target, ...], np.ndarray]:
        """Targets and their training means (K,): "targets" and "mean" of `metadata`, checked."""
        targets = checked_targets(self.metadata["targets"])
        mean = np.array(self.metadata["mean"])
        if mean.shape != (len(targets),) or mean.dtype.kind not in "fi":
            raise ValueError(f"a training mean {mean.tolist()!s:.80} of {len(targets)} targets")
        for target, value in zip(targets, mean, strict=True):
            length = target.high - target.low  # single labels may lie beyond the ends of a scale
            if not target.low - length <= value <= target.high + length:
                raise ValueError(
                    f"{target.name}: a training mean of {value}, expected about {target.low} to "
                    f"{target.high}"
                )
        return targets, mean.astype(float)


def arrays_under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays whose names begin with `prefix`, without it."""
    return {k.removeprefix(prefix): array for k, array in arrays.items() if k.startswith(prefix)}


def checked_targets(values: Sequence[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Targets as a checkpoint has them."""
    targets = tuple(Target(**value) for value in values)
    names = [target.name for target in targets]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"targets {names!s:.200}, expected some, each once")
    for target in targets:
        if target.kind not in get_args(get_type_hints(Target)["kind"]):
            raise ValueError(f"{target.name}: no kind of target {target.kind!r:.80}")
        if not float("-inf") < target.low < target.high < float("inf"):
            raise ValueError(f"{target.name}: a scale from {target.low} to {target.high}")
    return targets


@runtime_checkable
class SaveableModel(Model, Protocol):
    """A model that can be written to a checkpoint and read from one, without pickle."""

    def state(self) -> ModelState:
        """What `restore` needs.

        Raises
        ------
        ConfigError
            if the model is not fitted.
        """
        ...

    def restore(self, state: ModelState) -> None:
        """Make an unfitted model of the same name, streams and options the one that was saved.

        Raises
        ------
        KeyError, TypeError, ValueError, RuntimeError
            if the state is damaged or another model's.
        """
        ...


def require_saveable(model: Model) -> SaveableModel:
    """The model, if a checkpoint can hold it.

    Raises
    ------
    ConfigError
        if it cannot.
    """
    if not isinstance(model, SaveableModel):
        raise ConfigError(
            f"model '{model.name}' cannot be saved in a checkpoint: it reads nothing of an answer, "
            "so there is nothing to analyse with it; choose another of `hirenet-sales models`"
        )
    return model
