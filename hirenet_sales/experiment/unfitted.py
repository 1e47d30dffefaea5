"""The model of a cell, before it is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hirenet_sales.models.catalogue import ENTRIES, build_model
from hirenet_sales.models.model import Model


def unfitted(name: str, streams: Sequence[str], options: Mapping[str, Any]) -> Model:
    """A model of the catalogue that draws no bar of its own: cells run side by side."""
    quiet = {"progress": False} if "progress" in ENTRIES[name].options.model_fields else {}
    return build_model(name, streams, **{**options, **quiet})
