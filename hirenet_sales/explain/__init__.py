"""Explanations of a conclusion by questions, moments and words."""
