"""Learning a checkpoint: an ensemble for release, or a model of the laboratory."""

from hirenet_sales.training.train import train

__all__ = ["train"]
