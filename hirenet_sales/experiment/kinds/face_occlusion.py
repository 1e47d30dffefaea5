"""Which parts of a face a visual model reads, as Gucluturk et al. 2017 asked with masks.

Regions are masked on one picture of each of many clips that the model has not learnt from; their
effects are effect sizes. Drawn, and masked pixel by pixel, is the synthetic person of the sample
interview alone: pictures of real people are never written.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator

from extractors.callbacks import Progress
from extractors.face.alignment import CROP_SIZE_PX, CROP_VERSION, face_part
from extractors.face.cnn import TunedEncoder
from extractors.face.mediapipe_tracker import MediaPipeTracker, mediapipe_provenance
from extractors.face.observation import SHAPE_COLUMNS
from extractors.face.stills import describe_frames
from hirenet_sales.data.portrait_table import portrait_table
from hirenet_sales.data.sets.first_impressions import NAME, FirstImpressions
from hirenet_sales.errors import CheckpointError, ConfigError, DatasetError
from hirenet_sales.evaluation.measure_table import measure_table
from hirenet_sales.experiment.kind import Cell, Experiment, Kind, Result, RunPaths, Some
from hirenet_sales.experiment.kinds.occlusion_table import occlusion_tables
from hirenet_sales.experiment.loading import data_problems
from hirenet_sales.experiment.results_table import Table
from hirenet_sales.explain.effect_size import EffectSize, effect_sizes
from hirenet_sales.explain.face_regions import REGIONS, regions_of_crops
from hirenet_sales.explain.occlusion import (
    FILLS,
    MASK_PX,
    STEP_PX,
    VisualModel,
    occlude_pixels,
    occlude_regions,
)
from hirenet_sales.explain.occlusion_picture import pixel_picture, region_picture
from hirenet_sales.explain.region_contrast import region_contrasts
from hirenet_sales.models.checkpoint import checkpoint_names, load_checkpoint
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_file import Problem
from hirenet_sales.yaml_model import require_one

Split = Literal["source-validation", "source-calibration", "all"]
PICTURE_AT_S = 3.0  # of the sample's first answer: the face is at rest and looks ahead
PIXELS = "pixels"


class OcclusionConfig(Experiment):
    """A visual model under masks.

    Attributes
    ----------
    checkpoint : a shipped one with a CNN that was tuned on traits
    split : clips it is asked about; source-validation and source-calibration are unseen
    clips : how many of them, drawn by the first seed, one picture each
    fills : colours of the masks, see `explain.occlusion.masked_estimates`
    pixels : whether the synthetic face is masked pixel by pixel too
    mask_px, step_px : of these masks
    """

    checkpoint: str = "fi-v2"
    split: Split = "source-validation"
    clips: int = Field(default=300, ge=10)
    fills: Some[str] = ("mean",)
    pixels: bool = True
    mask_px: int = Field(default=MASK_PX, ge=1)
    step_px: int = Field(default=STEP_PX, ge=1)

    @field_validator("checkpoint")
    @classmethod
    def _ships(cls, name: str) -> str:
        return require_one("checkpoint", name, checkpoint_names())

    @field_validator("fills")
    @classmethod
    def _exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(require_one("fill", name, FILLS) for name in names)


class Occlusion(Kind[OcclusionConfig]):
    """`kind: occlusion`."""

    name = "occlusion"
    config = OcclusionConfig

    def problems(self, values: dict[str, Any], paths: RunPaths) -> list[Problem]:
        """Missing data."""
        return data_problems({"data": {"name": NAME}}, paths)

    def cells(self, config: OcclusionConfig, paths: RunPaths, progress: Progress) -> list[Cell]:
        """One a fill, and one for the pixels."""
        encoder, sha256 = _encoder(config.checkpoint)
        data = _unseen(config.split, paths)
        if portrait_table(data, paths.fit_cache, progress=progress) is None:
            raise DatasetError(f"{data.root}: no portraits of split {config.split}")
        common = {
            "checkpoint_sha256": sha256,
            "cnn": encoder.version,
            "tracker": mediapipe_provenance().version,
            "crops": CROP_VERSION,
        }
        settings = {
            **common,
            "split": config.split,
            "clips": config.clips,
            "seed": config.seeds[0],
            "names": sorted(clip.name for clip in data.clips),
        }
        model = config.checkpoint
        cells = [Cell({"model": model, "fill": fill}, settings) for fill in config.fills]
        if config.pixels:
            masks = {"mask_px": config.mask_px, "step_px": config.step_px, "at_s": PICTURE_AT_S}
            keys = {"model": model, "fill": config.fills[0], "what": PIXELS}
            cells.append(Cell(keys, {**common, **masks}))
        return cells

    def run(self, cell: Cell, paths: RunPaths, folder: Path) -> dict[str, Any]:
        """Mask regions of many clips, or the pixels of the synthetic face."""
        s, fill = cell.settings, cell.keys["fill"]
        model = visual_cnn(cell.keys["model"])
        if cell.keys.get("what") == PIXELS:
            image, _ = synthetic_face()
            pixels = occlude_pixels(
                model, image, mask_px=s["mask_px"], step_px=s["step_px"], fill=fill
            )
            pixel_picture(image, pixels, TRAITS).save(folder / "pixels.png")
            return {"largest": np.abs(pixels.change).max((0, 1)).tolist()}
        data = _unseen(s["split"], paths)
        faces, shapes, sources, labels = _drawn(data, paths, s["clips"], s["seed"])
        masked = occlude_regions(model, faces, regions_of_crops(shapes, faces.shape[1]), fill=fill)
        training_mean = np.asarray(load_checkpoint(cell.keys["model"]).training_mean)
        return {
            "effects": [asdict(e) for e in effect_sizes(masked, TRAITS, sources)],
            "contrasts": [asdict(c) for c in region_contrasts(masked, sources)],
            "estimates": measure_table(labels, masked.before, training_mean, sources)["mean"],
            "clips": len(faces),
            "people": len(set(sources.tolist())),
        }

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """One a region and trait."""
        keys = {**result.cell.keys, "seconds": round(result.seconds, 1)}
        return [{**keys, **effect} for effect in result.values.get("effects", [keys])]

    def tables(
        self, config: OcclusionConfig, results: Sequence[Result], paths: RunPaths
    ) -> list[Table]:
        """Effect sizes, regions against the background, and the worth of the estimates."""
        return occlusion_tables(config.title, config.published, results)

    def figures(
        self, config: OcclusionConfig, results: list[Result], tables: list[Table], folder: Path
    ) -> list[Path]:
        """The effects, and the map of pixels, over the synthetic face."""
        image, regions = synthetic_face()
        files = []
        for result in results:
            if result.cell.keys.get("what") == PIXELS:
                path = Path(shutil.copy(result.folder / "pixels.png", folder))
            else:
                path = folder / f"regions-{result.cell.keys['fill']}.png"
                effects = [EffectSize(**effect) for effect in result.values["effects"]]
                region_picture(image, regions, effects, REGIONS).save(path)
            files.append(path)
        return files


def visual_cnn(checkpoint: str) -> VisualModel:
    """The tuned CNN of a checkpoint, from the face part of aligned crops to its five outputs.

    Raises
    ------
    CheckpointError
        if it has none.
    """
    encoder, _ = _encoder(checkpoint)

    def estimates(faces: np.ndarray) -> np.ndarray:
        crops = np.zeros((len(faces), CROP_SIZE_PX, CROP_SIZE_PX, 3), np.uint8)
        face_part(crops)[:] = faces  # a view; the CNN reads nothing of a crop but this part
        return encoder.outputs(crops)

    return estimates


@lru_cache(maxsize=1)
def synthetic_face() -> tuple[np.ndarray, np.ndarray]:
    """The face part of the sample interview's aligned crop, (S, S, 3), and its regions, (S, S).

    Raises
    ------
    DatasetError
        if no face is detected in it.
    """
    video = Path(str(files("hirenet_sales") / "sample" / "q1.mp4"))
    with MediaPipeTracker() as tracker:
        seen = describe_frames(video, [PICTURE_AT_S], tracker)
    if not len(seen.shape) or not seen.shape.valid[0]:
        raise DatasetError(f"{video}: no face {PICTURE_AT_S} s after its start")
    face = face_part(seen.crops[0])
    shape = seen.shape.values[:1, [seen.shape.columns.index(c) for c in SHAPE_COLUMNS]]
    return face, regions_of_crops(shape, face.shape[0])[0]


@lru_cache(maxsize=1)
def _encoder(checkpoint: str) -> tuple[TunedEncoder, str]:
    model = load_checkpoint(checkpoint)
    if model.recipe.cnn != TunedEncoder.name or model.recipe.cnn_weights is None:
        raise CheckpointError(f"checkpoint '{checkpoint}' has no CNN that was tuned on traits")
    return TunedEncoder(model.recipe.cnn_weights, model.recipe.cnn_input_px), model.sha256


def _unseen(split: str, paths: RunPaths) -> FirstImpressions:
    if paths.root is None:
        raise ConfigError(f"data set {NAME} needs its folder: --root DIR")
    return FirstImpressions(paths.root, split)


def _drawn(
    data: FirstImpressions, paths: RunPaths, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Faces, their shapes, source videos and labels of some clips, one picture each."""
    table = portrait_table(data, paths.fit_cache)
    if table is None:
        raise DatasetError(f"{data.root}: no portraits")
    rows_of = table.rows_by_clip()
    clips = [clip for clip in data.clips if clip.name in rows_of]
    random = np.random.default_rng(seed)
    chosen = [clips[k] for k in sorted(random.permutation(len(clips))[:count])]
    rows = [rows_of[clip.name][len(rows_of[clip.name]) // 2] for clip in chosen]
    columns = [table.columns.index(name) for name in SHAPE_COLUMNS]
    return (
        face_part(np.asarray(table.crops[rows])),
        table.descriptors[rows][:, columns],
        np.array([clip.source for clip in chosen]),
        np.stack([clip.targets for clip in chosen]),
    )
