"""What is seen in one answer: face crops as vectors, expressions, and the face over time."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.cached import recall
from extractors.digest import sha256_of
from extractors.errors import BackendError, ExtractionError, MediaError
from extractors.face.alignment import CROP_SIZE_PX, CROP_VERSION
from extractors.face.cnn import CnnEncoder
from extractors.face.mediapipe_tracker import mediapipe_provenance
from extractors.face.observation import (
    HOP_S,
    TRACKING_RATE_HZ,
    WINDOW_S,
    FaceRow,
    expression_stream,
    face_stream,
    shape_stream,
    smooth,
)
from extractors.face.openface_table import VERSION as TABLE_VERSION
from extractors.face.openface_table import read_openface_csv
from extractors.face.visual import VisualExtractor
from extractors.face.watching import Watched, watch
from extractors.media.recording import MediaInfo
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Provenance, Stream
from extractors.stretch import Stretch
from extractors.toolbox import Toolbox

VERSION = "3"  # of how faces are described
ASKEW = "the face lies on its side or upside down for part of the time"
NAMELESS = "{table}"  # stands in the store for the path, which may be another one next time
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
    missing : stretches without a picture that moves, seconds
    """

    streams: dict[str, Stream]
    thumbnails: tuple[tuple[float, bytes], ...] = ()
    problems: tuple[str, ...] = ()
    partial: bool = False
    quality: dict[str, float] = field(default_factory=dict)
    missing: tuple[Stretch, ...] = ()


def see(
    info: MediaInfo,
    recipe: Recipe,
    *,
    tools: Toolbox,
    store: FeatureStore | None,
    openface: Stream | None = None,
) -> Seen:
    """Everything that is taken from the picture of an answer, in one pass over it.

    Crops and expressions are always MediaPipe's, as in training. The face over time is OpenFace's
    where a table is given or its program is installed, else MediaPipe's.

    Parameters
    ----------
    openface : the face over time, as `see_table` gives it

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

    def look() -> list[Stream | dict[str, Any]]:
        watched = watch(info, recipe.crop_times, tools.tracker, encoder=cnn, dense=dense)
        track = watched.track
        if not watched.upright:
            none = [Stream.empty((), p, ASKEW) for p in (visual, expression, shape, face)]
            return [*none[:3], _counts(watched, dense=dense), *(none[3:] if dense else [])]
        crops = VisualExtractor(cnn).embed(track)
        shown = expression_stream(track.crop_observations, tools.tracker)
        looked: list[Stream | dict[str, Any]] = [
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
    missing: tuple[Stretch, ...] = ()
    try:
        if not info.has_video:
            raise MediaError(f"{info.path}: no video track that can be decoded")
        found = recall(store, wanted, look)
        streams = {"visual": found[0], "expression": found[1], "shape": found[2]}
        thumbnails = tuple((t, base64.b64decode(jpeg)) for t, jpeg in found[3]["thumbnails"])
        problems += _doubts(info.path.name, **found[3]["frames"])
        problems += [f"{info.path.name}: {remark}" for remark in found[3]["remarks"]]
        partial, quality = found[3]["partial"], found[3]["quality"]
        missing = tuple((start, end) for start, end in found[3]["missing"])
        if dense:
            streams["face"] = found[4]
    except MediaError as error:
        problems.append(f"{error}; nothing can be said about the face")
        empty = [Stream.empty((), p, str(error)) for p in (visual, expression, shape, face)]
        streams = dict(zip(("visual", "expression", "shape", "face"), empty, strict=True))
        if not recipe.face:
            del streams["face"]
    if by_openface:
        if openface is None:
            openface, told = _by_program(info, tools, store)
            problems += [f"{info.path.name}: by OpenFace's program, {problem}" for problem in told]
        streams["face"] = openface
        if streams["face"].reason:
            problems.append(f"{info.path.name}: {streams['face'].reason}")
    return Seen(streams, thumbnails, tuple(problems), partial, quality, missing)


def see_table(
    table: Path,
    store: FeatureStore | None,
    source_sha256: str = "",
    *,
    duration_s: float | None = None,
    frame_rate_hz: float = 0.0,
) -> Seen:
    """The face over time as an OpenFace CSV tells it, smoothed; partial if it cannot be used.

    Parameters
    ----------
    source_sha256 : digest of the recording; by default that of the table
    duration_s, frame_rate_hz : of the recording; None and 0 without one
    """
    smoothed = {"window_s": WINDOW_S, "hop_s": HOP_S}
    unread = Provenance("face:openface-csv", TABLE_VERSION, smoothed)
    try:
        digest = sha256_of(table)
    except OSError as error:
        reason = f"{table}: cannot be read ({error.strerror}); give the path of OpenFace's CSV"
        return Seen({"face": Stream.empty((), unread, reason)}, problems=(reason,), partial=True)
    held = {"duration_s": duration_s, "frame_rate_hz": frame_rate_hz}
    settings = {**smoothed, **held, "table_sha256": digest}
    provenance = replace(unread, settings=settings, source_sha256=source_sha256 or digest)

    def read() -> list[Stream | dict[str, Any]]:
        try:
            made = read_openface_csv(table, duration_s=duration_s, frame_rate_hz=frame_rate_hz)
        except ExtractionError as error:
            told = str(error).replace(str(table), NAMELESS)
            return [Stream.empty((), provenance, told), {"problems": [], "reason": told}]
        stream = smooth(made.stream)
        reason = f"{NAMELESS}: {stream.reason}" if stream.reason else ""
        return [stream, {"problems": list(made.problems), "reason": reason}]

    stream, about = recall(store, [provenance, replace(provenance, extractor="face-remarks")], read)
    reason = about["reason"].replace(NAMELESS, str(table))
    problems = [f"{table}: {problem}" for problem in about["problems"]]
    if reason:
        stream, problems = replace(stream, reason=reason), [*problems, reason]
    return Seen({"face": stream}, problems=tuple(problems), partial=bool(reason))


def _by_program(
    info: MediaInfo, tools: Toolbox, store: FeatureStore | None
) -> tuple[Stream, list[str]]:
    program = tools.openface
    assert program is not None
    settings = {"window_s": WINDOW_S, "hop_s": HOP_S, **program.provenance.settings}
    provenance = Provenance("face:openface", TABLE_VERSION, settings, info.sha256)

    def run() -> list[Stream | dict[str, Any]]:
        made = program.run_program(info.path)
        return [smooth(made.stream), {"problems": list(made.problems)}]

    remarks = replace(provenance, extractor="face:openface-remarks")
    try:
        stream, about = recall(store, [provenance, remarks], run)
    except BackendError as error:  # it fails on this recording: the next may do
        return Stream.empty((), provenance, str(error)), []
    return stream, about["problems"]


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
        "missing": [list(stretch) for stretch in watched.coverage.missing],
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
