"""Tidy tables of assessments: one a kind, one row an observation."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from hirenet_sales.assessment import AnswerAssessment, Assessment
from hirenet_sales.errors import ExportError
from hirenet_sales.export.descriptors import Descriptors
from hirenet_sales.export.rows import ROWS
from hirenet_sales.export.tier import Tier
from hirenet_sales.persist import whole_file

KEYS = ("interview", "answer", "question")


def kind_table(
    kind: str, assessment: Assessment, answer: AnswerAssessment, descriptors: Descriptors
) -> pd.DataFrame:
    """The rows of one kind: interview, answer, question, start, end (seconds) and its values.

    Of face and voice, one row a step and one column a descriptor; steps in which there was nothing
    to measure are left out.
    """
    if kind in ROWS:
        table = pd.DataFrame(list(ROWS[kind](assessment, answer)))
    else:
        table = next((descriptors.table(k) for k in descriptors.streams if k == kind), None)
        table = pd.DataFrame() if table is None else table
    return _keyed(table, assessment, answer)


def tier_table(
    assessment: Assessment, answer: AnswerAssessment, tiers: Iterable[Tier]
) -> pd.DataFrame:
    """All tiers below each other: interview, answer, question, tier, kind, start, end, text, value.

    The form in which annotation programs exchange tables.
    """
    rows = [
        {
            "tier": tier.name,
            "kind": tier.kind,
            "start": span.start,
            "end": span.end,
            "text": span.text,
            "value": span.value,
        }
        for tier in tiers
        for span in tier.spans
    ]
    return _keyed(pd.DataFrame(rows), assessment, answer)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV: UTF-8, comma, an empty cell for what is missing."""
    with whole_file(path) as part:
        table.to_csv(part, index=False, lineterminator="\n")


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet; ExportError where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise ExportError(
            "Parquet needs pyarrow, which is not installed; `pip install 'hirenet-sales[parquet]'` "
            "brings it, or export --to csv"
        )
    with whole_file(path) as part:
        table.to_parquet(part, index=False)


def _keyed(table: pd.DataFrame, assessment: Assessment, answer: AnswerAssessment) -> pd.DataFrame:
    for position, value in enumerate((assessment.id, answer.id, answer.question)):
        table.insert(position, KEYS[position], value)
    return table
