"""`show`: results in the terminal."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.option("--question", metavar="ID", help="One answer in detail: its id, or its number.")
def show(path: Path, question: str | None) -> None:
    """Print the results that `analyze` wrote to DIR.

    DIR is the folder of one interview, its assessment.json, or the folder of many, which is printed
    as a list without a ranking.
    """
    from hirenet_sales.cli.assessment_tables import print_answer, print_assessment, print_list
    from hirenet_sales.report.results import read_results
    from hirenet_sales.yaml_model import did_you_mean

    assessments = read_results(path)
    if len(assessments) > 1:
        if question is not None:
            raise click.UsageError(
                f"{path} holds {len(assessments)} interviews; --question needs the folder of one"
            )
        print_list(assessments)
        return
    if question is None:
        print_assessment(assessments[0], full=True)
        return
    numbers = {answer.id: n for n, answer in enumerate(assessments[0].answers, 1)}
    number = numbers.get(question)
    if number is None and question.isdecimal() and 1 <= int(question) <= len(numbers):
        number = int(question)
    if number is None:
        raise click.BadParameter(
            f"no answer has the id '{question}'{did_you_mean(question, numbers)}",
            param_hint="--question",
        )
    print_answer(assessments[0], number)


COMMANDS = (show,)
