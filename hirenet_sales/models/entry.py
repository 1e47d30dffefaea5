"""One line of the catalogue of models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from hirenet_sales.errors import ConfigError
from hirenet_sales.models.model import Model
from hirenet_sales.training.options import Options
from hirenet_sales.yaml_model import did_you_mean


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
    variants : options by a name, which are listed as models of their own; {} = the defaults alone
    reads : its inputs, where they are no streams of vectors or words
    """

    name: str
    paper: str
    summary: str
    options: type[Options]
    build: Callable[[tuple[str, ...], Any], Model]
    fuses: bool = False
    variants: dict[str, dict[str, Any]] = field(default_factory=dict)
    reads: str = ""

    def make(self, streams: Sequence[str], options: dict[str, Any]) -> Model:
        """An unfitted model.

        Raises
        ------
        ConfigError
            with every problem: an unknown option, a value out of range, several streams for a model
            that reads one.
        """
        problems = []
        if len(streams) != 1 and not self.fuses:
            given = ", ".join(streams) or "none"
            problems.append(f"model '{self.name}' reads one stream, found {given}")
        fields = list(self.options.model_fields)
        problems += [
            f"model '{self.name}': unknown option '{key}'{did_you_mean(key, fields)}"
            for key in options
            if key not in fields
        ]
        try:
            values = self.options.model_validate({k: v for k, v in options.items() if k in fields})
        except ValidationError as error:
            problems += [
                f"model '{self.name}': {'.'.join(map(str, e['loc']))}: {e['msg']}"
                for e in error.errors()
            ]
        if problems:
            raise ConfigError("\n".join(problems))
        return self.build(tuple(streams), values)
