"""Integrated gradients of the estimates by the steps of the streams (Sundararajan et al. 2017).

By captum. The baseline is zero in every standardised input, the mean step of the training data; the
attribution of a step is the sum over its inputs. For tests of explanations: what a report shows is
measured by masking, which any model can be asked about.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError
from hirenet_sales.models.model import Model
from hirenet_sales.models.neural import NeuralModel
from hirenet_sales.networks.batch import InterviewBatch
from hirenet_sales.networks.fusion import FusedReading

PACKAGE = "captum"
INTEGRATION_STEPS = 8
BATCH = 8  # interviews at a time; each is read INTEGRATION_STEPS times, with gradients


def without_gradients(model: Model) -> str:
    """Why a model's gradients cannot be integrated, a sentence; "" if they can."""
    if not isinstance(model, NeuralModel):
        return f"model {model.name} is no network of interviews, so it has no gradients"
    if find_spec(PACKAGE) is None:
        return f"{PACKAGE} is not installed: pip install {PACKAGE}"
    return ""


def integrated_gradients(model: Model, interviews: InterviewSet) -> dict[str, list[np.ndarray]]:
    """Attributions of the steps of every stream, one array (S, K) an interview, answer by answer.

    Their sum over all streams and steps is the estimate minus that of the baseline, on [0, 1], up
    to the error of the integration. About a second an interview for an ensemble of five networks.

    Raises
    ------
    ConfigError
        if the model has no gradients, or captum is not installed.
    """
    reason = without_gradients(model)
    if reason or not isinstance(model, NeuralModel):
        raise ConfigError(reason)
    result: dict[str, list[np.ndarray]] = {
        name: [np.zeros((0, len(interviews.targets)))] * len(interviews) for name in model.streams
    }
    for begin in range(0, len(interviews), BATCH):
        part = interviews.take(range(begin, min(begin + BATCH, len(interviews))))
        for indices, batch in model.batches(part):
            for name, values in _attributions(model, batch, len(part.targets)).items():
                valid = batch.streams[name].valid.numpy()  # (B, Q, T)
                for b, i in enumerate(indices):
                    result[name][begin + i] = values[b][valid[b]]
    return result


def _attributions(model: NeuralModel, batch: InterviewBatch, targets: int) -> dict[str, np.ndarray]:
    """Of every stream that any interview has, (B, Q, T, K)."""
    from captum.attr import IntegratedGradients

    names = [name for name, stream in batch.streams.items() if stream.valid.any()]
    if not names:
        return {}
    network, size = model.network, len(batch.answers_valid)

    def estimates(*values: Tensor) -> Tensor:
        tiled: InterviewBatch = _tiled(batch, len(values[0]) // size)
        given = {
            name: tiled.streams[name]._replace(values=own)
            for name, own in zip(names, values, strict=True)
        }
        streams = {**tiled.streams, **given}
        reading: FusedReading = network(tiled._replace(streams=streams))
        return reading.logits.sigmoid()

    method = IntegratedGradients(estimates)
    inputs = tuple(batch.streams[name].values for name in names)
    by_target = [
        method.attribute(inputs, target=k, n_steps=INTEGRATION_STEPS) for k in range(targets)
    ]
    return {
        name: torch.stack([own[s].sum(-1) for own in by_target], dim=-1).detach().double().numpy()
        for s, name in enumerate(names)
    }


def _tiled(part: Any, times: int) -> Any:
    """A batch, or a part of one, `times` over along its first axis, as captum stacks its inputs."""
    if isinstance(part, Tensor):
        return part.repeat(times, *[1] * (part.dim() - 1))
    if isinstance(part, dict):
        return {name: _tiled(own, times) for name, own in part.items()}
    if isinstance(part, tuple) and hasattr(part, "_fields"):
        return type(part)(*(_tiled(own, times) for own in part))
    return part
