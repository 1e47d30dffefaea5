"""What estimates are worth: measures, intervals, p values and the trivial baselines."""

from hirenet_sales.evaluation.baselines import baselines_left_out, trivial_baselines
from hirenet_sales.evaluation.comparison import holm, two_sided_p
from hirenet_sales.evaluation.estimates import Estimates, calibrate, estimate
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.evaluation.release import compare, evaluate_release, source_look_up
from hirenet_sales.evaluation.table import evaluate_predictions, table

__all__ = [
    "Estimates",
    "Prediction",
    "baselines_left_out",
    "calibrate",
    "compare",
    "estimate",
    "evaluate_predictions",
    "evaluate_release",
    "holm",
    "source_look_up",
    "table",
    "trivial_baselines",
    "two_sided_p",
]
