"""The fifty items: wording, keys, and the names that columns may have."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import field_validator

from hirenet_sales.errors import QuestionnaireError
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_model import StrictModel, read_model

ITEMS_PER_SCALE = 10
LOWEST, HIGHEST = 1, 5
LOWEST_SUM, HIGHEST_SUM = ITEMS_PER_SCALE * LOWEST, ITEMS_PER_SCALE * HIGHEST
# The number alone, or after these, counts the items in the order of the printed form.
FORM_PREFIXES = ("", "q", "i", "item", "ipip", "question")


class Item(StrictModel):
    """One statement. key "+": agreeing raises the trait."""

    id: str
    trait: Literal["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]
    key: Literal["+", "-"]
    text: str


class ItemScale(StrictModel):
    """The ten items of one trait: the IPIP's name of the scale and how columns begin."""

    letter: str
    ipip_name: str
    prefixes: list[str]


class Questionnaire(StrictModel):
    """The questionnaire, its items in the order of the printed form."""

    name: str
    source: str
    responses: dict[int, str]
    scales: dict[str, ItemScale]
    items: list[Item]

    @field_validator("items")
    @classmethod
    def _ten_each(cls, items: list[Item]) -> list[Item]:
        for trait in TRAITS:
            count = sum(item.trait == trait for item in items)
            if count != ITEMS_PER_SCALE:
                raise ValueError(f"{count} items of {trait}, expected {ITEMS_PER_SCALE}")
        return items

    @property
    def keys(self) -> np.ndarray:
        """+1 or -1 (50,) for each item."""
        return np.array([1 if item.key == "+" else -1 for item in self.items])

    def indices(self, trait: str) -> np.ndarray:
        """Indices (10,) of a trait's items in `items`."""
        return np.array([i for i, item in enumerate(self.items) if item.trait == trait])

    def index_of(self, column: str) -> int | None:
        """Index of a column's item, or None.

        Known are the number within the scale (`E1`, `EXT1`, `e_01`), the number on the form (`q1`,
        `item 1`, `1`), and the statement itself, with or without "I" before it, also in the square
        brackets that survey services put it in.
        """
        names = _names()
        bracketed = re.search(r"\[(.+)\]\s*$", column)
        for name in (column, bracketed[1] if bracketed else ""):
            compact = re.sub(r"[\s_.\-]", "", name.casefold())
            code = re.fullmatch(r"([a-z]*?)0*([1-9]\d?)", compact)
            index = names.get(f"{code[1]}{code[2]}" if code else _letters(name))
            if index is not None:
                return index
        return None


@lru_cache(maxsize=1)
def questionnaire() -> Questionnaire:
    """The IPIP-50 as shipped."""
    path = Path(str(files("hirenet_sales.questionnaire") / "ipip50" / "items.yaml"))
    return read_model(path, Questionnaire, QuestionnaireError)


@lru_cache(maxsize=1)
def _names() -> dict[str, int]:
    form = questionnaire()
    names: dict[str, int] = {}
    for index, item in enumerate(form.items):
        number = item.id.lstrip("EACNO")
        names |= {f"{prefix}{number}": index for prefix in form.scales[item.trait].prefixes}
        names |= {f"{prefix}{index + 1}": index for prefix in FORM_PREFIXES}
        names |= {_letters(item.text): index, "i" + _letters(item.text): index}
    return names


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())
