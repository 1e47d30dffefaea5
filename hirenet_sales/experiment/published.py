"""Numbers that others printed, from experiments/published, beside which ours are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hirenet_sales.errors import ConfigError
from hirenet_sales.shipped import shipped_folder
from hirenet_sales.yaml_model import read_model


class PublishedRow(BaseModel):
    """One printed row.

    Attributes
    ----------
    match : keys of our rows that it stands beside, such as model: hirenet, streams: text
    values : measure to the printed number, on the scale of our tables
    source : table or page
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: dict[str, Any]
    values: dict[str, float]
    source: str

    def belongs_to(self, keys: dict[str, Any]) -> bool:
        """Whether a row of ours with these keys is of the same."""
        return all(keys.get(key) == value for key, value in self.match.items())


class Published(BaseModel):
    """The printed numbers of one paper.

    Attributes
    ----------
    title, source : the paper, and how to find it
    dataset : the data card whose rows may be held against it; None = data that nobody else has
    note : what a reader has to know, such as that a table is missing in our copy
    rows : may be empty
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    source: str
    dataset: str | None
    note: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    rows: list[PublishedRow] = Field(default_factory=list)

    def beside(self, dataset: str, keys: dict[str, Any]) -> dict[str, float]:
        """The printed numbers that belong beside a row of ours; {} if there are none."""
        if dataset != self.dataset:
            return {}
        found: dict[str, float] = {}
        for row in self.rows:
            if row.belongs_to(keys):
                found.update(row.values)
        return found


def published_folder() -> Path:
    """experiments/published, in a checkout or an installed wheel."""
    return shipped_folder("experiments") / "published"


def published_names() -> list[str]:
    """Names of the files there."""
    return sorted(path.stem for path in published_folder().glob("*.yaml"))


def read_published(name: str) -> Published:
    """Read one of them.

    Raises
    ------
    ConfigError
        with every problem of the file.
    """
    return read_model(published_folder() / f"{name}.yaml", Published, ConfigError)
