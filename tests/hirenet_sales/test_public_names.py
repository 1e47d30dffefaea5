"""What `from hirenet_sales import ...` offers, and that offering it costs nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import hirenet_sales

DEFINED_IN = {
    "analyze_interview": "hirenet_sales.analyze",
    "build_model": "hirenet_sales.models.catalogue",
    "evaluate_predictions": "hirenet_sales.evaluation.measure_table",
    "load_checkpoint": "hirenet_sales.models.checkpoint",
    "load_dataset": "hirenet_sales.data.catalogue",
    "load_interviews": "hirenet_sales.interview.load",
    "make_split": "hirenet_sales.data.splits",
}


def test_what_the_readme_uses_is_offered() -> None:
    assert hirenet_sales.__all__ == sorted(DEFINED_IN)


@pytest.mark.parametrize(("name", "module"), DEFINED_IN.items())
def test_a_name_is_that_of_its_module(name: str, module: str) -> None:
    assert getattr(hirenet_sales, name) is getattr(import_module(module), name)


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"^module hirenet_sales has no attribute analyse$"):
        _ = hirenet_sales.analyse


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys; before = set(sys.modules); import hirenet_sales; "
        "print(*sorted({n.split('.')[0] for n in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "hirenet_sales" in imported
    assert not imported & {"extractors", "torch", "numpy", "pydantic", "yaml"}
