"""Kinds of experiments: what each adds to the runner."""
