"""The `split:` of a YAML: which interviews are for training, choosing and testing."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from hirenet_sales.yaml_model import StrictModel


class SplitSection(StrictModel):
    """Which part is for training, choosing and testing.

    Attributes
    ----------
    kind : official; disjoint, no person or source video in two parts; stratified by label;
        questions, no person and no question in two parts
    seed : of the draw
    shares : of training, validation and test
    """

    kind: Literal["official", "disjoint", "stratified", "questions"] = "disjoint"
    seed: int = 0
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)

    @field_validator("shares")
    @classmethod
    def _whole(cls, shares: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
            raise ValueError(f"found {list(shares)}, expected three positive shares that sum to 1")
        return shares
