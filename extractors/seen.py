"""What is seen in one answer: face crops as vectors, expressions, and the face over time."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.alignment import CROP_SIZE_PX, CROP_VERSION
from extractors.cnn import CnnEncoder
from extractors.errors import BackendError, ExtractionError, MediaError
from extractors.face import (
    HOP_S,
    TRACKING_RATE_HZ,
    WINDOW_S,
    FaceRow,
    expression_stream,
    face_stream,
    shape_stream,
    smooth,
)
from extractors.media import MediaInfo, sha256_of
from extractors.mediapipe_tracker import mediapipe_provenance
from extractors.openface import read_openface_csv
from extractors.recall import recall
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Provenance, Stream
from extractors.toolbox import Toolbox
from extractors.visual import VisualExtractor
from extractors.watching import Watched, watch

VERSION = "2"  # of how faces are described
ASKEW = "the face lies on its side or upside down for part of the time"
FACE_SHARE = 0.9  # a face seen in less of the frames is reported
SEVERAL_SHARE = 0.05  # so are several faces in at least so many


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen in one answer.

    Attributes
    ----------
    streams : "visual", "expression" and "shape" with the same rows, and "face" where it is wanted
    thumbnails : time in seconds and JPEG file of every crop that shows a face
    problems : whole sentences
    partial : whether part of it could not be read, as `problems` tell
    quality : of `Quality`, the figures of the picture
    """

    streams: dict[str, Stream]
    thumbnails: tuple[tuple[float, bytes], ...] = ()
    problems: tuple[str, ...] = ()
    partial: bool = False
    quality: dict[str, float] = field(default_factory=dict)


def see(
    info: MediaInfo,
    recipe: Recipe,
    *,
    tools: Toolbox,
    store: FeatureStore | None,
    openface: Path | None = None,
) -> Seen:
    """Everything that is taken from the picture of an answer, in one pass over it.

    Crops and expressions are always MediaPipe's, as in training. The face over time is OpenFace's
    where a table is given or its program is installed, else MediaPipe's.

    Parameters
    ----------
    openface : a CSV that OpenFace wrote about the recording

    Raises
    ------
    WeightsError, BackendError
        if something that every answer needs is missing.
    ExtractionError
        if a result cannot be stored.
    """
    by_openface = recipe.face and (openface is not None or tools.openface is not None)
    dense = recipe.face and not by_openface
    cnn = tools.cnn(recipe)
    visual, expression, shape, face, counts = _provenances(info, recipe, cnn, dense=dense)
    wanted = [visual, expression, shape, counts, *([face] if dense else [])]

    def look() -> list[Stream | dict]:
        watched = watch(info, recipe, tools.tracker, encoder=cnn, dense=dense)
        track = watched.track
        if not watched.upright:
            none = [Stream.empty((), p, ASKEW) for p in (visual, expression, shape, face)]
            return [*none[:3], _counts(watched, dense=dense), *(none[3:] if dense else [])]
        crops = VisualExtractor(cnn).embed(track)
        shown = expression_stream(track.crop_observations, tools.tracker)
        looked: list[Stream | dict] = [
            crops,
            replace(shown, spans=crops.spans),
            replace(shape_stream(track.crop_observations, tools.tracker), spans=crops.spans),
            _counts(watched, dense=dense),
        ]
        if dense:
            looked.append(smooth(face_stream(track.rows, tools.tracker)))
        return looked

    streams: dict[str, Stream] = {}
    thumbnails: tuple[tuple[float, bytes], ...] = ()
    problems: list[str] = []
    partial = False
    quality: dict[str, float] = {}
    try:
        if not info.has_video:
            raise MediaError(f"{info.path}: no video track that can be decoded")
        found = recall(store, wanted, look)
        streams = {"visual": found[0], "expression": found[1], "shape": found[2]}
        thumbnails = tuple((t, base64.b64decode(jpeg)) for t, jpeg in found[3]["thumbnails"])
        problems += _doubts(info.path.name, **found[3]["frames"])
        problems += [f"{info.path.name}: {remark}" for remark in found[3]["remarks"]]
        partial, quality = found[3]["partial"], found[3]["quality"]
        if dense:
            streams["face"] = found[4]
    except MediaError as error:
        problems.append(f"{error}; nothing can be said about the face")
        empty = [Stream.empty((), p, str(error)) for p in (visual, expression, shape, face)]
        streams = dict(zip(("visual", "expression", "shape", "face"), empty, strict=True))
        if not recipe.face:
            del streams["face"]
    if by_openface:
        streams["face"] = (
            see_table(openface, store, info.sha256)
            if openface is not None
            else _by_program(info, tools, store)
        )
        if streams["face"].reason:
            problems.append(f"{info.path.name}: {streams['face'].reason}")
    return Seen(streams, thumbnails, tuple(problems), partial, quality)


def see_table(table: Path, store: FeatureStore | None, source_sha256: str = "") -> Stream:
    """The face over time as an OpenFace CSV tells it, smoothed; empty if it cannot be read.

    Parameters
    ----------
    source_sha256 : digest of the recording; by default that of the table
    """
    smoothed = {"window_s": WINDOW_S, "hop_s": HOP_S}
    if not table.is_file():
        return Stream.empty(
            (), Provenance("face:openface-csv", VERSION, smoothed), f"{table}: no such file"
        )
    digest = sha256_of(table)
    settings = {**smoothed, "table_sha256": digest}
    provenance = Provenance("face:openface-csv", VERSION, settings, source_sha256 or digest)

    def read() -> list[Stream]:
        try:
            return [smooth(read_openface_csv(table))]
        except ExtractionError as error:
            return [Stream.empty((), provenance, str(error))]

    found: Stream = recall(store, [provenance], read)[0]
    return found


def _by_program(info: MediaInfo, tools: Toolbox, store: FeatureStore | None) -> Stream:
    program = tools.openface
    assert program is not None
    settings = {"window_s": WINDOW_S, "hop_s": HOP_S, **program.provenance.settings}
    provenance = Provenance("face:openface", VERSION, settings, info.sha256)
    try:
        found: Stream = recall(
            store, [provenance], lambda: [smooth(program.run_program(info.path))]
        )[0]
    except BackendError as error:  # it fails on this recording: the next may do
        return Stream.empty((), provenance, str(error))
    return found


def _provenances(
    info: MediaInfo, recipe: Recipe, cnn: CnnEncoder, *, dense: bool
) -> tuple[Provenance, Provenance, Provenance, Provenance, Provenance]:
    """Of crops, expressions, shape, the face over time, and what was counted."""
    tracker = mediapipe_provenance()
    seen_by = {**tracker.settings, "tracker": tracker.extractor, "tracker_version": tracker.version}
    taken = {**seen_by, **recipe.sampling_settings, "tracking_hz": TRACKING_RATE_HZ * dense}
    smoothed = {**seen_by, "rate_hz": TRACKING_RATE_HZ, "window_s": WINDOW_S, "hop_s": HOP_S}
    version, libraries = f"{tracker.version}.{VERSION}", tracker.libraries
    cropped = {
        **taken,
        "crop_px": CROP_SIZE_PX,
        "crop_version": CROP_VERSION,
        "input_px": recipe.cnn_input_px,
    }
    return (
        Provenance(f"visual:{cnn.name}", cnn.version, cropped, info.sha256, libraries),
        Provenance(f"expression:{tracker.extractor}", version, taken, info.sha256, libraries),
        Provenance(f"shape:{tracker.extractor}", version, taken, info.sha256, libraries),
        Provenance(f"face:{tracker.extractor}", version, smoothed, info.sha256, libraries),
        Provenance("faces-counted", version, taken, info.sha256, libraries),
    )


def _counts(watched: Watched, *, dense: bool) -> dict[str, Any]:
    """Frames with a face and with several, what is unusual, and the thumbnails: JSON."""
    track = watched.track
    looked = (
        [row for row, shown in zip(track.rows, track.pictured, strict=True) if shown]
        if dense
        else [FaceRow.of(seen) for seen in track.crop_observations]
    )
    quality = {"picture_share": watched.coverage.share}
    if looked:
        quality["face_share"] = sum(row.values is not None for row in looked) / len(looked)
    if track.crop_valid.any():
        quality["brightness"] = float(np.nanmean(track.brightness))
        quality["sharpness"] = float(np.nanmean(track.sharpness))
    return {
        "remarks": list(watched.remarks),
        "partial": watched.coverage.partial or not watched.upright,
        "quality": quality,
        "frames": {
            "frames": len(looked),
            "with_face": sum(row.values is not None for row in looked),
            "several": sum(row.n_faces > 1 for row in looked),
        },
        "thumbnails": [
            (float(time_s), base64.b64encode(jpeg).decode())
            for time_s, jpeg in zip(track.crop_times_s, track.thumbnails, strict=True)
            if jpeg
        ],
    }


def _doubts(name: str, frames: int, with_face: int, several: int) -> list[str]:
    if not frames or not with_face:
        return [
            f"{name}: no face was found in {frames} frames; keep the whole face in the picture, "
            "lit from the front, and record again"
        ]
    doubts = []
    if with_face < FACE_SHARE * frames:
        doubts.append(
            f"{name}: the face was found in only {with_face / frames:.0%} of {frames} frames; "
            "moments without it count for nothing, so keep the face in the picture"
        )
    if several >= SEVERAL_SHARE * frames:
        doubts.append(
            f"{name}: more than one face was seen in {several / frames:.0%} of {frames} frames; "
            "the largest steady one was followed, check that it is the speaker's"
        )
    return doubts
