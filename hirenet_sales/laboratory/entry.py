"""One line of the catalogue of models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from hirenet_sales.laboratory.model import Model


class Options(BaseModel):
    """Base of every model's options: unknown keys are refused, defaults are what we selected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Entry:
    """A model by name.

    Attributes
    ----------
    name : such as "hn_satt"
    paper : where it is from, author, year and section or table
    summary : one line for a person
    options : its options with their defaults
    build : from the streams it shall read and its options to an unfitted model
    fuses : whether it reads several streams at once
    """

    name: str
    paper: str
    summary: str
    options: type[Options]
    build: Callable[[tuple[str, ...], Options], Model]
    fuses: bool = False
