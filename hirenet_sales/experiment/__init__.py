"""Experiments: a YAML a table or figure, run cell by cell, resumable, compared and written down."""
