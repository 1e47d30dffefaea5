"""Output of `data list`, `data show` and `data check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from hirenet_sales.cli.output import escape, new_console

if TYPE_CHECKING:
    from hirenet_sales.data.card import DataCard

WIDTH = 100


def print_cards(cards: Mapping[str, DataCard]) -> None:
    """Print a list of data sets, by name."""
    table = Table()
    table.add_column("name", no_wrap=True)
    for column in ("title", "labelled", "streams", "licence"):
        table.add_column(column)
    for name, card in cards.items():
        table.add_row(
            escape(name),
            escape(card.title),
            f"{card.level}s, {card.label_kind}",
            ", ".join(card.streams),
            card.licence,
        )
    new_console(width=WIDTH).print(table)


def print_card(card: DataCard) -> None:
    """Print the card of a data set."""
    console = new_console(width=WIDTH)
    console.print(f"[bold]{escape(card.title)}[/bold] ({escape(card.name)})")
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    rows = {
        "access": card.access,
        "licence": card.licence,
        "consent": card.consent,
        "labelled": f"{card.level}s, {card.label_kind}",
        "streams": ", ".join(card.streams),
        "files": ", ".join(name for name in card.files.values() if name),
        "official parts": ", ".join(card.official) or "none",
        "fixed disjoint parts": ", ".join(f"{p} = {n}" for p, n in card.disjoint.items()) or "none",
        "known leakage": card.leakage,
    }
    for label, text in rows.items():
        facts.add_row(label, escape(" ".join(text.split())))
    for use in card.forbidden_uses:
        facts.add_row("not for", escape(use))
    console.print(facts)
    targets = Table("label", "column", "kind", "scale", "polarity")
    for name, column in card.targets.items():
        low, high = column.range
        targets.add_row(
            name,
            escape(column.column),
            column.kind,
            f"{low:g} to {high:g}",
            "turned round" if column.polarity == "reversed" else "as it is",
        )
    console.print(targets)
    for question_id, question in card.questions.items():
        console.print(f"[bold]{escape(question_id)}[/bold] {escape(question)}")
    console.print(Markdown(card.body))


def print_check(result: Mapping[str, Any]) -> None:
    """Print the result of `data.dataset_check.check_dataset`."""
    from hirenet_sales.data.completeness import Completeness

    console = new_console(width=WIDTH)
    if result["counts"]:
        counts = ", ".join(f"{n} {what}" for what, n in result["counts"].items())
        console.print(f"{escape(result['dataset'])}: {counts}")
        completeness = Completeness.from_dict(result["data"])
        console.print(escape(completeness.counted(result["dataset"])), soft_wrap=True)
    if result["polarity"]:
        table = Table("trait", "card", "r as distributed", "r after reversal", "agrees")
        for trait, row in result["polarity"].items():
            agrees = "yes" if row["agrees"] else "[red]no[/red]"
            numbers = (f"{row['before']:+.2f}", f"{row['after']:+.2f}")
            table.add_row(trait, row["declared"], *numbers, agrees)
        table.caption = "r with the mean of the other traits, neuroticism never among them"
        console.print(table)
    _print_leakage(console, result["leakage"])
    for problem in result["problems"]:
        console.print(f"[yellow]problem[/yellow] {escape(problem)}", soft_wrap=True)
    for remark in result["remarks"]:
        console.print(f"remark {escape(remark)}", soft_wrap=True)
    if not result["problems"]:
        console.print("No problem.")


def _print_leakage(console: Console, leakage: Mapping[str, Any]) -> None:
    if not leakage:
        return
    table = Table("split", "part", "n", "person also in training", "look-up 1-MAE", "mean 1-MAE")
    for kind, parts in leakage.items():
        if "note" in parts:
            table.add_row(kind, escape(parts["note"]), "", "", "", "")
            continue
        for part, row in parts.items():
            scores = ["" if row[k] is None else f"{row[k]:.4f}" for k in ("look_up", "mean")]
            table.add_row(kind, part, str(row["n"]), f"{row['share']:.1%}", *scores)
    console.print(table)
