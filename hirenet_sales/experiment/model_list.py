"""The list of models with their sizes: catalogue and shipped checkpoints."""

from __future__ import annotations

from importlib.resources import files
from math import prod
from pathlib import Path
from typing import Any

from safetensors import safe_open

from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.models.checkpoint import checkpoint_names
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.neural import NeuralModel
from hirenet_sales.networks.batch import Shape
from hirenet_sales.traits import TRAITS

# Columns of GloVe vectors, of eGeMAPS low-level descriptors, and components of a CNN embedding.
USUAL_WIDTHS = {"text": 50, "audio": 25, "visual": 96}
WORD_WIDTH = 50
BY_DATA = "set by the data"


def model_table() -> Table:
    """Every model: name, what it reads, its number of parameters, its paper and what it is.

    A model whose size follows from the data (a codebook, support vectors) has no number of its own.
    """
    rows = [
        {
            "name": f"{entry.name} {variant}".rstrip(),
            "reads": entry.reads or ("several streams" if entry.fuses else "one stream"),
            "parameters": _parameters(entry, options) or BY_DATA,
            "paper": entry.paper,
            "summary": entry.summary,
        }
        for entry in ENTRIES.values()
        for variant, options in (entry.variants or {"": {}}).items()
    ]
    rows += [
        {
            "name": name,
            "reads": "several streams",
            "parameters": _stored(name),
            "paper": "Hemamou et al. 2019, members of an ensemble",
            "summary": "shipped checkpoint: analyze and evaluate --checkpoint",
        }
        for name in checkpoint_names()
    ]
    columns = (
        Column("name", "model"),
        Column("reads", "reads"),
        Column("parameters", "parameters"),
        Column("paper", "paper"),
        Column("summary", "what it is"),
    )
    note = (
        f"Parameters of networks: for {USUAL_WIDTHS['text']} columns of text, "
        f"{USUAL_WIDTHS['audio']} of audio, {USUAL_WIDTHS['visual']} of visual and five traits, "
        "with the default options; those of one stream read text."
    )
    return Table("models", "Models", columns, rows, (note,))


def _stored(checkpoint: str) -> int:
    """How many numbers a shipped checkpoint holds; only the head of its file is read."""
    path = Path(str(files("hirenet_sales") / "checkpoints" / checkpoint / "model.safetensors"))
    with safe_open(path, "np") as file:
        return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118


def _parameters(entry: Entry, options: dict[str, Any]) -> int:
    streams = tuple(USUAL_WIDTHS) if entry.fuses else ("text",)
    model = entry.make(streams, options)
    if isinstance(model, NeuralModel):
        widths = {name: USUAL_WIDTHS[name] for name in streams}
        return model.size(Shape(widths, WORD_WIDTH), len(TRAITS))
    return model.parameters()
