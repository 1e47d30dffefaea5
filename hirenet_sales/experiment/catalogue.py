"""Every kind of experiment by name."""

from __future__ import annotations

from typing import Any

from hirenet_sales.experiment.crnet import Crnet
from hirenet_sales.experiment.kind import Kind
from hirenet_sales.experiment.model_table import ModelTable
from hirenet_sales.experiment.occlusion import Occlusion
from hirenet_sales.experiment.planted import Planted

KINDS: dict[str, type[Kind[Any]]] = {
    kind.name: kind for kind in (ModelTable, Planted, Crnet, Occlusion)
}
