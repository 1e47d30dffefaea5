"""Salience: the questions, moments and words with the highest attention in trained models."""

from hirenet_sales.salience.study import Study, study_salience

__all__ = ["Study", "study_salience"]
