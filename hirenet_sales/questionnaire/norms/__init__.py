"""Norm samples: traits of many people, to check rule bases against and to fit new ones."""

from hirenet_sales.questionnaire.norms.checking import RowCheck, RuleBaseCheck, check_rule_base
from hirenet_sales.questionnaire.norms.fitting import TraitFit, fit_rule_base, write_rule_base
from hirenet_sales.questionnaire.norms.norm_sample import NormSample, read_norm_sample

__all__ = [
    "NormSample",
    "RowCheck",
    "RuleBaseCheck",
    "TraitFit",
    "check_rule_base",
    "fit_rule_base",
    "read_norm_sample",
    "write_rule_base",
]
