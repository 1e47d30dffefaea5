"""Every kind of experiment by name."""

from __future__ import annotations

from typing import Any

from hirenet_sales.experiment.kind import Kind

KINDS: dict[str, type[Kind[Any]]] = {kind.name: kind for kind in ()}
