"""Evaluation of estimates: measures, intervals, p values and trivial baselines."""
