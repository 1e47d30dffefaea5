"""Salience: which questions, moments and words the attention of finished models weighed most."""

from hirenet_sales.salience.study import Study, study_salience

__all__ = ["Study", "study_salience"]
