"""IPIP-50: fifty public-domain items, their scoring, reliability, norms and 0..1 traits."""

from hirenet_sales.questionnaire.ipip50.items import Questionnaire, questionnaire
from hirenet_sales.questionnaire.ipip50.norm_tables import (
    DEFAULT_NORMS,
    Norms,
    load_norms,
    make_norms,
    write_norms,
)
from hirenet_sales.questionnaire.ipip50.results import person_rows, summarise
from hirenet_sales.questionnaire.ipip50.scoring import ScaleScores, score_sheets
from hirenet_sales.questionnaire.ipip50.sheets import AnswerSheets, item_columns, read_sheets

__all__ = [
    "DEFAULT_NORMS",
    "AnswerSheets",
    "Norms",
    "Questionnaire",
    "ScaleScores",
    "item_columns",
    "load_norms",
    "make_norms",
    "person_rows",
    "questionnaire",
    "read_sheets",
    "score_sheets",
    "summarise",
    "write_norms",
]
