"""Every kind of experiment by name."""

from __future__ import annotations

from typing import Any

from hirenet_sales.experiment.cluster_table import Clusters
from hirenet_sales.experiment.cnn_lstm_table import CnnLstmTable
from hirenet_sales.experiment.crnet import Crnet
from hirenet_sales.experiment.finetune import Finetune
from hirenet_sales.experiment.kind import Kind
from hirenet_sales.experiment.model_table import ModelTable
from hirenet_sales.experiment.occlusion import Occlusion
from hirenet_sales.experiment.planted import Planted

KINDS: dict[str, type[Kind[Any]]] = {
    kind.name: kind
    for kind in (ModelTable, Planted, Crnet, Occlusion, CnnLstmTable, Finetune, Clusters)
}
