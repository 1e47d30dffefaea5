"""Whoever can supply the trait estimates of an assessment: a release, or a laboratory model."""

from hirenet_sales.assessors.assessor import Assessor, Reading
from hirenet_sales.assessors.load import load_assessor

__all__ = ["Assessor", "Reading", "load_assessor"]
