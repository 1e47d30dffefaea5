"""An ensemble whose attention reads the questions: by their match with what is answered.

The networks are those of a fused ensemble, learnt without questions, and stay as they are. What is
added, and learnt, is the match of networks/question_match.py: so where there is no question, or no
word of an answer, it is that ensemble exactly. It is learnt from interviews in which other people
answer in between (training/strangers.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from pydantic import Field
from torch import nn

from extractors.errors import WeightsError
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.passages import PassageReader
from hirenet_sales.models.ensemble import EnsembleOptions, FusedEnsemble
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.joint_fusion import fusion
from hirenet_sales.networks.batch import Example, Passage, Shape
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.networks.question_match import QuestionMatch, QuestionMatched

NAME = "question_ensemble"
WIDTH = 384  # of all-MiniLM-L6-v2
