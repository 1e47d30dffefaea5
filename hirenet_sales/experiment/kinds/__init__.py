"""Kinds of experiments: what each adds to the runner."""

from __future__ import annotations

from typing import Any

from hirenet_sales.experiment.kind import Kind
from hirenet_sales.experiment.kinds.cluster_table import Clusters
from hirenet_sales.experiment.kinds.cross_validation import CrossValidation
from hirenet_sales.experiment.kinds.face_occlusion import Occlusion
from hirenet_sales.experiment.kinds.finetune import Finetune
from hirenet_sales.experiment.kinds.model_table import ModelTable
from hirenet_sales.experiment.kinds.planted_attention import Planted

KINDS: dict[str, type[Kind[Any]]] = {
    kind.name: kind
    for kind in (ModelTable, Planted, Occlusion, Finetune, Clusters, CrossValidation)
}
