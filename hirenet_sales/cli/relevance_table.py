"""The table that `relevance` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from hirenet_sales.cli.output import escape, new_console

ROWS = {
    "among_own": "best among the person's own",
    "of_all": "best of all questions",
    "pairs": "better than another of the person's",
    "splice_auc": "sentences of two joined answers, AUC",
    "weight_drop": "less weight under a wrong question",
}
WIDTH = 110  # columns: intervals that are broken over lines cannot be read


def print_relevance(result: Mapping[str, Any]) -> None:
    """Print the figures with their intervals and chance, and those of unseen questions beside them.

    Parameters
    ----------
    result : as `evaluate_relevance` gives it
    """
    console = new_console()
    console.width = max(console.width, WIDTH)
    unseen = result["unseen_questions"] or {}
    table = Table(
        title=f"{escape(result['dataset'])}, {escape(result['split'])}: {result['n']} answers of "
        f"{result['people']} people to {result['questions']} questions",
        title_justify="left",
    )
    table.add_column("the right question is")
    for heading in ("all", f"unseen, n = {unseen.get('n', 0)}", "plain cosine", "chance"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, label in ROWS.items():
        columns = [_cell(part, name) for part in (result, unseen, result["plain_cosine"])]
        table.add_row(label, *columns, f"{result['chance'][name]:.3f}")
    console.print(table)
    shares = result["sentences"]
    for topic in ("on", "off"):
        console.print(
            f"sentences {topic} the question: {_percent(shares[f'{topic}_own'])} of the answer's "
            f"own, {_percent(shares[f'{topic}_other'])} of the same person's other answers"
        )
    if result["weight_drop"] is None:
        console.print(f"weights under a wrong question: {escape(result['weight_drop_reason'])}")
    console.print(
        "unseen: questions that the reference was not made from; plain cosine: of the mean vector, "
        "nothing taken off; 95 % intervals by bootstrap over people",
        soft_wrap=True,
    )


def _cell(part: Mapping[str, Any], name: str) -> str:
    if part.get(name) is None:
        return "–"
    low, high = part["intervals"][name]
    return f"{part[name]:.3f} [{low:.3f}, {high:.3f}]"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
