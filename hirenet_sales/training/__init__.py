"""Learning a release: configuration, the CNN, the members of the ensemble, the checkpoint."""

from hirenet_sales.training.release import train

__all__ = ["train"]
