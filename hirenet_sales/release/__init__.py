"""Making a checkpoint: a model is trained, calibrated, measured and described by a card."""

from hirenet_sales.release.train import train

__all__ = ["train"]
