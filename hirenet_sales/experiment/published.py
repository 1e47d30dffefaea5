"""Numbers that others printed, from experiments/published, beside which ours are shown."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from hirenet_sales.errors import ConfigError
from hirenet_sales.shipped import read_shipped, shipped_folder, shipped_names
from hirenet_sales.yaml_model import StrictModel

PUBLISHED = shipped_folder("experiments") / "published"


class PublishedRow(StrictModel):
    """One printed row.

    Attributes
    ----------
    match : keys of our rows that it stands beside, such as model: hirenet, streams: text
    values : measure to the printed number, on the scale of our tables
    source : table or page
    """

    match: dict[str, Any]
    values: dict[str, float]
    source: str

    def belongs_to(self, keys: dict[str, Any]) -> bool:
        """Whether a row of ours with these keys is of the same."""
        return all(keys.get(key) == value for key, value in self.match.items())


class Published(StrictModel):
    """The printed numbers of one paper.

    Attributes
    ----------
    title, source : the paper, and how to find it
    dataset : the data card whose rows may be held against it; None = data that nobody else has
    note : what a reader has to know, such as that a table is missing in our copy
    rows : may be empty
    """

    title: str
    source: str
    dataset: str | None
    note: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    rows: list[PublishedRow] = Field(default_factory=list)

    def beside(self, dataset: str, keys: dict[str, Any]) -> dict[str, float]:
        """The printed numbers that belong beside a row of ours; or {}."""
        if dataset != self.dataset:
            return {}
        rows = [row.values for row in self.rows if row.belongs_to(keys)]
        return {measure: value for values in rows for measure, value in values.items()}


def published_names() -> list[str]:
    """Names of the papers whose numbers ship."""
    return shipped_names(PUBLISHED)


def read_published(name: str) -> Published:
    """Read the printed numbers of a paper.

    Raises
    ------
    ConfigError
        with every problem of the file.
    """
    return read_shipped(name, PUBLISHED, Published, ConfigError, "published numbers")
