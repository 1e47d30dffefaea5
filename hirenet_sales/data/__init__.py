"""Labelled interviews: sets, cards, splits, intake, and what is checked of them."""
