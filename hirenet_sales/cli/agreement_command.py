"""`agreement`: readers' ratings beside each other and beside the estimates."""

from __future__ import annotations

from pathlib import Path

import click

from hirenet_sales.cli.shared_options import TABLE


@click.command()
@click.argument("path", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.argument("ratings", metavar="RATINGS...", nargs=-1, required=True, type=TABLE)
def agreement(path: Path, ratings: tuple[Path, ...]) -> None:
    """Compare RATINGS that readers saved from the report in DIR.

    Every answer with each reader's mean score and with what it moved the sales score; agreement is
    Spearman's rank correlation, from four answers on. People may well be right and the model wrong.
    """
    from hirenet_sales.agreement import agreement as compare
    from hirenet_sales.cli.agreement_table import print_agreement
    from hirenet_sales.rating import Rating
    from hirenet_sales.report.results import read_results

    assessments = read_results(path)
    if len(assessments) > 1:
        raise click.UsageError(
            f"{path} holds {len(assessments)} interviews; ratings are of one, so give its folder"
        )
    print_agreement(compare(assessments[0], [Rating.read(file) for file in ratings]))


COMMANDS = (agreement,)
