"""Question-aware, hierarchical analysis of asynchronous video interviews.

A finished model and one interview:

>>> from pathlib import Path
>>> from hirenet_sales import analyze_interview, load_interviews
>>> [interview] = load_interviews("my-interview")
>>> assessment = analyze_interview(interview, out_dir=Path("results"))

A model that is learnt from many:

>>> from hirenet_sales import build_model, evaluate_predictions, load_dataset, make_split
>>> interviews = load_dataset("recorded", "my-interviews")
>>> train, validation, test = make_split(interviews).apply(interviews)
>>> model = build_model("hirenet", ["text"])
>>> model.fit(train, validation, seed=0, folder=Path("runs/mine"))
>>> table = evaluate_predictions(model.predict(test), test, train)
>>> attentions = model.attentions(test)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hirenet_sales.analyze import analyze_interview
    from hirenet_sales.data.catalogue import load_dataset
    from hirenet_sales.data.splits import make_split
    from hirenet_sales.evaluation.measure_table import evaluate_predictions
    from hirenet_sales.interview import load_interviews
    from hirenet_sales.models.catalogue import build_model
    from hirenet_sales.models.checkpoint import load_checkpoint

__version__ = "0.1.0"
__all__ = [
    "analyze_interview",
    "build_model",
    "evaluate_predictions",
    "load_checkpoint",
    "load_dataset",
    "load_interviews",
    "make_split",
]

# Imported when they are first asked for: the command line shall not load torch to print its help.
_HOMES = {
    "analyze_interview": "hirenet_sales.analyze",
    "build_model": "hirenet_sales.models.catalogue",
    "evaluate_predictions": "hirenet_sales.evaluation.measure_table",
    "load_checkpoint": "hirenet_sales.models.checkpoint",
    "load_dataset": "hirenet_sales.data.catalogue",
    "load_interviews": "hirenet_sales.interview",
    "make_split": "hirenet_sales.data.splits",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(_HOMES[name]), name)
