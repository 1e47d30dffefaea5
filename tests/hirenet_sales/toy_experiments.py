"""YAML files of small experiments with the toy models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TABLE: dict[str, Any] = {
    "name": "toys",
    "kind": "table",
    "title": "Toys",
    "seeds": [0, 1],
    "reference": "toy",
    "data": {"name": "planted", "streams": ["text", "audio"], "options": {"interviews": 60}},
    "rows": [
        {"model": "toy", "streams": "together"},
        {"model": "toy", "label": "stiff", "options": {"penalty": 1000.0}},
    ],
    "quick": {"seeds": [7], "data": {"options": {"interviews": 40}}},
}
PLANTED: dict[str, Any] = {
    "name": "looks",
    "kind": "planted",
    "title": "Toys look",
    "models": [{"model": "toy_attention"}, {"model": "toy"}],
    "streams": ["text"],
    "interviews": 60,
    "steps": [8],
}


def write_yaml(folder: Path, content: dict[str, Any], **changes: Any) -> Path:
    """The experiment as a file, with some top-level keys replaced; None leaves a key out."""
    path = folder / "experiment.yaml"
    remaining = {key: value for key, value in {**content, **changes}.items() if value is not None}
    path.write_text(yaml.safe_dump(remaining, sort_keys=False), encoding="utf-8")
    return path
