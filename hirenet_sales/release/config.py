"""The configuration of a training: a YAML with `kind: model`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hirenet_sales.data.encoding import SENTENCES
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.sets.planted import NAME as PLANTED
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.yaml_model import did_you_mean


class ModelConfig(BaseModel):
    """A model of the catalogue that is to become a checkpoint.

    Attributes
    ----------
    name : of the checkpoint
    model : a name of `hirenet-sales models`
    options : of the model
    data : a set of people; the model reads all its streams
    split : the training part is learnt from, the validation part decides when to stop, and the
        test part calibrates the intervals and gives the numbers of the card
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["model"]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_\-]*$")
    model: str
    options: dict[str, Any] = Field(default_factory=dict)
    data: DataSection
    split: SplitSection = SplitSection()
    seed: int = Field(0, ge=0)

    @field_validator("model")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ENTRIES:
            raise ValueError(f"no model '{name}'{did_you_mean(name, list(ENTRIES))}")
        return name

    @field_validator("data")
    @classmethod
    def _of_people(cls, data: DataSection) -> DataSection:
        if data.name == PLANTED:
            raise ValueError(
                f"'{PLANTED}' is generated; a model for use needs recordings of people"
            )
        if data.text == SENTENCES:
            raise ValueError(
                f"text: {SENTENCES} is for experiments; a report looks for moments among words, so "
                "a model for use reads glove, minilm or a file of word vectors"
            )
        return data
