"""Interviews: questions, recordings and consent.

Read from interview.yaml or .json, a CSV of many, a folder q1.* to qN.*, or one recording.
"""

from hirenet_sales.interview.load import load_interviews
from hirenet_sales.interview.questions import QUESTION_SETS, load_questions
from hirenet_sales.interview.record import Answer, Consent, Interview
from hirenet_sales.interview.template import write_template

__all__ = [
    "QUESTION_SETS",
    "Answer",
    "Consent",
    "Interview",
    "load_interviews",
    "load_questions",
    "write_template",
]
