"""Experiment configurations, one YAML a table or figure; a package so that a wheel carries them."""
