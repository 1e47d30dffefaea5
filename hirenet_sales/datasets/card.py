"""Data cards: what the loaders must know about a data set, and people too."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS


class TraitColumn(BaseModel):
    """Where a trait stands and whether the column means the opposite."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    polarity: Literal["same", "reversed"]


class DataCard(BaseModel):
    """The front matter of a data card; the Markdown below it is for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    table: str
    clip_column: str
    source_column: str
    split_column: str
    transcript_column: str
    traits: dict[str, TraitColumn]
    range: tuple[float, float]
    audio_table: str
    portraits: str
    media_folder: str
    clip_s: float
    licence: str
    consent: str
    leakage: str
    forbidden_uses: list[str]
    source_splits: dict[str, int | tuple[int, int]]

    @property
    def split_names(self) -> list[str]:
        """Names of the source-disjoint splits."""
        return [name for name in self.source_splits if name != "modulus"]

    def source_split(self, source: str) -> str:
        """The source-disjoint split of a source video, by a hash of its id."""
        modulus = self.source_splits["modulus"]
        assert isinstance(modulus, int)
        place = int(hashlib.sha256(source.encode()).hexdigest(), 16) % modulus
        for name in self.split_names:
            low, high = self.source_splits[name]  # type: ignore[misc]
            if low <= place < high:
                return name
        raise DatasetError(f"data card {self.name}: source_splits leave out {place} of {modulus}")


def load_card(name: str) -> DataCard:
    """Read a shipped data card.

    Raises
    ------
    DatasetError
        if there is none of that name, or it is not valid.
    """
    path = Path(str(files("data_cards") / f"{name}.md"))
    if not path.is_file():
        known = sorted(p.stem for p in path.parent.glob("*.md"))
        raise DatasetError(f"no data card '{name}'; there are {', '.join(known)}")
    _, front, _ = path.read_text(encoding="utf-8").split("---\n", 2)
    try:
        card = DataCard.model_validate(yaml.safe_load(front))
    except ValidationError as error:
        raise DatasetError(f"{path}: {error}") from error
    if tuple(card.traits) != TRAITS:
        raise DatasetError(f"{path}: traits {list(card.traits)}, expected {list(TRAITS)}")
    return card
