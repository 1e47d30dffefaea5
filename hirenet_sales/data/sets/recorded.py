"""A user's own interviews: a table of answers beside the recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hirenet_sales.data.answer_table import read_answers
from hirenet_sales.data.card import load_card, read_card
from hirenet_sales.data.records import Reading

NAME = "recorded"
OWN_CARD = "data_card.md"


def read_recorded(root: Path, targets: Sequence[str] | None = None) -> Reading:
    """Read a folder with answers.csv or answers.jsonl.

    Columns are those of the card `recorded`. A file data_card.md in the folder replaces that card:
    it may call the columns otherwise and declares further scores.

    Raises
    ------
    DatasetError
        if the table is missing or has other columns, or the folder's own card is not valid.
    """
    own = root / OWN_CARD
    card = read_card(own) if own.is_file() else load_card(NAME)
    return read_answers(root, card, targets, own=True)
