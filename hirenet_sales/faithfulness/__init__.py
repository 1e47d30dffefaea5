"""Faithfulness: whether what an explanation points at is what the model's estimates rest on."""
