"""Layouts of trait tables: the columns of a data set with a card, or one column a trait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hirenet_sales.data.card import DataCard, TargetColumn, card_names, load_card
from hirenet_sales.delimited import DelimitedTable
from hirenet_sales.errors import NormSampleError
from hirenet_sales.traits import LETTERS, TRAITS
from hirenet_sales.yaml_model import did_you_mean

Polarity = Literal["auto", "neuroticism", "stability"]
STABILITY_COLUMNS = ("emotional_stability", "emotional stability", "stability")


@dataclass(frozen=True)
class TraitTable:
    """Layout of the traits in a table."""

    targets: list[TargetColumn]  # the five columns in the order of the house
    card: DataCard | None  # the data card that describes them, or None
    kind: str  # what the table was taken for, in words
    polarity: str  # in words, how the neuroticism column is read and why


def trait_table(table: DelimitedTable, polarity: Polarity) -> TraitTable:
    """Find the five traits by the header alone; NormSampleError if a trait has no column."""
    card = _card_of(table.header)
    if card is not None:
        targets = list(card.traits.values())
        kind, authority = f"columns of {card.title}", f"the data card {card.name} says"
    else:
        names = _trait_columns(table)
        targets = [TargetColumn(column=name) for name in names]
        if names[-1].casefold() in STABILITY_COLUMNS:
            targets[-1] = TargetColumn(column=names[-1], polarity="reversed")
        kind, authority = "one column a trait on 0 to 1", "its name says"
    reason = authority
    if polarity != "auto":
        given: Literal["same", "reversed"] = "reversed" if polarity == "stability" else "same"
        reason = f"--polarity {polarity} was given"
        if given != targets[-1].polarity:
            reason += f", although {authority} otherwise"
            targets[-1] = targets[-1].model_copy(update={"polarity": given})
    low, high = targets[-1].range
    turned = targets[-1].polarity == "reversed"
    meaning = "neuroticism"
    if turned:
        meaning = f"emotional stability, so {meaning} = {low + high:g} - column"
    return TraitTable(targets, card, kind, f"column '{targets[-1].column}' is {meaning}: {reason}")


def _card_of(header: list[str]) -> DataCard | None:
    """The data card whose columns these are.

    Five trait columns of a data set's own naming are enough to know it by. Where they are merely
    called as everywhere, all its other columns must be there too: a table of one's own with an
    `id` must not be taken for a data set with another scale.
    """
    for card in map(load_card, card_names()):
        traits = {target.column for target in card.traits.values()}
        every = {t.column for t in card.targets.values()} | set(card.columns.values())
        needed = every if traits <= {*TRAITS, *STABILITY_COLUMNS} else traits
        if traits and needed <= set(header):
            return card
    return None


def _trait_columns(table: DelimitedTable) -> list[str]:
    """The names of the five columns as written in the header."""
    by_name = {name.casefold(): name for name in table.header}
    names, missing = [], []
    for trait, letter in zip(TRAITS, LETTERS, strict=True):
        choices = [trait, letter.lower()]
        if trait == "neuroticism":
            choices[1:1] = STABILITY_COLUMNS
        column = next((by_name[choice] for choice in choices if choice in by_name), None)
        if column is None:
            missing.append(trait)
        else:
            names.append(column)
    if missing:
        hint = did_you_mean(missing[0], by_name)
        raise NormSampleError(
            f"{table.path}: no column for {', '.join(missing)}; expected one column a trait "
            f"({', '.join(TRAITS)}), the fifty items of the IPIP-50, or the columns of a data card"
            f"{hint}"
        )
    return names
