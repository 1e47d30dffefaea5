"""Fitted models, each saved once: cells and experiments that ask for the same fit share it.

A fit is cached under the digest of everything that determines it: the model, its streams and
options, the training and validation part as they are read, the seed, and the code that trains. So a
changed option, split or line of code is another fit, and none is ever out of date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from filelock import FileLock

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.experiment.kind import RunPaths
from hirenet_sales.experiment.loading import digest as digest_of_data
from hirenet_sales.models.catalogue import ENTRIES, build_model
from hirenet_sales.models.model import Model
from hirenet_sales.persist import digest, sha256_of

CODE = ("data", "networks", "training", "models")  # packages that decide what comes of a fit
NEUTRAL = ("progress", "loggers")  # options that change no number


def fit_once(
    name: str,
    streams: Sequence[str],
    options: Mapping[str, Any],
    train: InterviewSet,
    validation: InterviewSet,
    *,
    seed: int,
    paths: RunPaths,
) -> tuple[Model, Path]:
    """A fitted model of the catalogue, and the folder of its fit.

    It is fitted unless that has been done. While another process fits the same, this one waits for
    it; an interrupted fit is resumed.
    """
    identity = {key: value for key, value in options.items() if key not in NEUTRAL}
    if identity.get("start") is not None:  # a folder, wherever it lies: its content counts
        weights = sorted(Path(identity["start"]).glob("*.safetensors"))
        identity["start"] = [sha256_of(path) for path in weights]
    parts = [digest_of_data(part, streams) for part in (train, validation)]
    address = digest(_code(), name, streams, identity, parts, seed)[:16]
    folder = paths.fit_cache / "fits" / f"{name}-{address}"
    folder.mkdir(parents=True, exist_ok=True)
    if "progress" in ENTRIES[name].options.model_fields:  # cells run side by side: no bar each
        options = {"loggers": ("csv",), **options, "progress": False}
    model = build_model(name, streams, **options)
    with FileLock(folder.with_suffix(".lock")):
        model.fit(train, validation, seed=seed, folder=folder)
    return model, folder


@cache
def _code() -> str:
    folders = [Path(str(files(f"hirenet_sales.{package}"))) for package in CODE]
    return digest([sha256_of(path) for folder in folders for path in sorted(folder.rglob("*.py"))])
