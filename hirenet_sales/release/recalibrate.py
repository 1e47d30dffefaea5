"""New intervals for a checkpoint that is trained already."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from extractors.callbacks import Progress, no_progress
from extractors.store import default_store_root
from hirenet_sales.errors import CheckpointError
from hirenet_sales.models.checkpoint import load_checkpoint
from hirenet_sales.models.checkpoint_folder import CALIBRATION, CARD, METRICS
from hirenet_sales.persist import write_json, write_whole
from hirenet_sales.release.calibration import calibrate_model, trait_columns
from hirenet_sales.release.measure import blind_baselines, measure
from hirenet_sales.release.model_card import number_sections, with_numbers
from hirenet_sales.yaml_model import read_values


def recalibrate(
    checkpoint: str | Path,
    dataset: str,
    root: str | Path,
    *,
    calibrate_on: str,
    measure_on: str,
    note: str = "",
    out: Path,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Calibrate the intervals of a checkpoint anew, and measure what they cover.

    The weights stay as they are: calibration.json, metrics.json and the numbers of the card are
    written anew.

    Parameters
    ----------
    checkpoint : name of a model that ships, or a folder that `train` has written
    dataset, root : labelled people that it was not trained on
    calibrate_on, measure_on : splits of the data set by name, see `evaluate`
    note : a sentence on the splits, for metrics and card
    out : folder of the result; that of the checkpoint itself is written over

    Raises
    ------
    DatasetError, CheckpointError
        if the data lack something that the model needs, which is named.
    """
    cache = cache or default_store_root().parent / "training"
    model = load_checkpoint(checkpoint, calibrated=False)
    folder = model.folder
    assert folder is not None
    parts = [
        model.intake.load(dataset, root, split=split, cache=cache, progress=progress)
        for split in (calibrate_on, measure_on)
    ]
    trait_columns(parts[0])
    calibration = calibrate_model(model.model, parts[0], model.intake.senses)
    model = replace(model, calibration=calibration)
    measured_on = f"Measured on {dataset}, {measure_on}; intervals calibrated on {calibrate_on}."
    notes = [measured_on, *([note] if note else [])]
    before = read_values(folder / METRICS, CheckpointError)
    metrics = {
        **before,
        "split": {**before["split"], "notes": notes, "measured_on": measure_on},
        **measure(model, parts[1], blind_baselines(model, parts[1], root)),
    }
    out.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and not (out / path.name).exists():
            shutil.copyfile(path, out / path.name)
    card = (folder / CARD).read_text(encoding="utf-8")
    calibration.write(out / CALIBRATION)
    write_json(out / METRICS, metrics)
    write_whole(out / CARD, with_numbers(card, number_sections(model, metrics, " ".join(notes))))
    return out
