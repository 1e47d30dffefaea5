"""Every model of the laboratory by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hirenet_sales.errors import ConfigError
from hirenet_sales.models import (
    bags,
    cnn_lstm,
    crnet,
    deep_impression,
    early_fusion,
    hirenet_family,
    joint_fusion,
    late_fusion,
    non_sequential,
    votes,
)
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model
from hirenet_sales.yaml_model import did_you_mean

# The ENTRIES of every module of models.
MODULES: tuple[tuple[Entry, ...], ...] = (
    hirenet_family.ENTRIES,
    joint_fusion.ENTRIES,
    non_sequential.ENTRIES,
    bags.ENTRIES,
    votes.ENTRIES,
    early_fusion.ENTRIES,
    late_fusion.ENTRIES,
    cnn_lstm.ENTRIES,
    crnet.ENTRIES,
    deep_impression.ENTRIES,
)
ENTRIES: dict[str, Entry] = {entry.name: entry for entries in MODULES for entry in entries}


def build_model(name: str, streams: Sequence[str], **options: Any) -> Model:
    """An unfitted model.

    Parameters
    ----------
    name : one of the catalogue
    streams : names of the streams it shall read
    options : see the entry's options

    Raises
    ------
    ConfigError
        with every problem: an unknown model or option, a value out of range, several streams for a
        model that reads one.
    """
    if name not in ENTRIES:
        raise ConfigError(f"no model '{name}'{did_you_mean(name, list(ENTRIES))}")
    return ENTRIES[name].make(streams, options)
