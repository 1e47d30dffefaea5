"""Options: what a configuration may say of a model or of its training."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Base of every model's options: unknown keys are refused, defaults are what we selected."""

    model_config = ConfigDict(extra="forbid", frozen=True)
