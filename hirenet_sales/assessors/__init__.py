"""Finished models, as an analysis uses them."""

from hirenet_sales.assessors.assessor import Assessor, Reading, load_assessor

__all__ = ["Assessor", "Reading", "load_assessor"]
