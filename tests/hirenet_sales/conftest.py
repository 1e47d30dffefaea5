"""What several test modules share; and the toy modules beside them, which importlib mode hides."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.base import clone

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module")
def few_trees() -> Iterator[None]:
    """Forests of 15 trees: the 200 of the catalogue take half a minute and tell no more here.

    The pins, which are tests of the numbers, keep the 200.
    """
    from hirenet_sales.models import classifiers

    with pytest.MonkeyPatch.context() as patch:
        for learners in (classifiers._ON_SCALES, classifiers._ON_CLASSES):
            forest, grid = learners["forest"]
            fewer = clone(forest).set_params(n_estimators=15)
            patch.setitem(learners, "forest", (fewer, grid))
        yield
