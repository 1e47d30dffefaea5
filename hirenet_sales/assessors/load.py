"""An assessor by the name or the folder of its checkpoint."""

from __future__ import annotations

from pathlib import Path

from hirenet_sales.assessors.assessor import Assessor
from hirenet_sales.assessors.release import Release
from hirenet_sales.models.checkpoint import load_checkpoint
from hirenet_sales.models.checkpoint_folder import is_model_checkpoint


def load_assessor(name_or_path: str | Path) -> Assessor:
    """A release that ships, by name, or whatever `hirenet-sales train` left in a folder.

    Raises
    ------
    CheckpointError
        if there is none such, or it is incomplete or damaged.
    """
    folder = Path(name_or_path)
    if is_model_checkpoint(folder):
        # The laboratory brings what it trains with, 190 MB that a release does not need.
        from hirenet_sales.assessors.laboratory import LaboratoryModel
        from hirenet_sales.models.model_checkpoint import load_model_checkpoint

        return LaboratoryModel(load_model_checkpoint(folder))
    return Release(load_checkpoint(name_or_path))
