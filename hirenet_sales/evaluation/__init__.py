"""Evaluation of estimates: measures, intervals, p values and trivial baselines."""

from hirenet_sales.evaluation.baselines import baselines_left_out, trivial_baselines
from hirenet_sales.evaluation.comparison import holm, two_sided_p
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.evaluation.table import evaluate_predictions, table

__all__ = [
    "Prediction",
    "baselines_left_out",
    "evaluate_predictions",
    "holm",
    "table",
    "trivial_baselines",
    "two_sided_p",
]
