"""Face features of one answer: CNN embeddings of crops, expressions, and face descriptors."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.cached import cached
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
from extractors.face.recording_track import TrackedRecording, track_recording
from extractors.face.visual import VisualExtractor
from extractors.media.recording import MediaInfo
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Provenance, Stream
from extractors.stretch import Stretch
from extractors.toolbox import Toolbox

VERSION = "3"  # of the face description
NOT_UPRIGHT = "the face lies on its side or upside down for part of the time"
PATH_PLACEHOLDER = "{table}"  # stored in place of the path, which may differ the next time
FACE_SHARE = 0.9  # a face detected in fewer of the frames is reported
SEVERAL_SHARE = 0.05  # several faces in at least this share of the frames are reported


@dataclass(frozen=True, eq=False)
class FaceFeatures:
    """Face features of one answer.

    Attributes
    ----------
    streams : "visual", "expression" and "shape" with the same rows, and "face" if requested
    thumbnails : time in seconds and JPEG file of every crop that shows a face
    problems : whole sentences
    partial : whether part of the picture could not be read; see `problems`
    quality : the measures of `Quality` that concern the picture
    missing : stretches without a moving picture, seconds
    """

    streams: dict[str, Stream]
    thumbnails: tuple[tuple[float, bytes], ...] = ()
    problems: tuple[str, ...] = ()
    partial: bool = False
    quality: dict[str, float] = field(default_factory=dict)
    missing: tuple[Stretch, ...] = ()


def extract_face(
    info: MediaInfo,
    recipe: Recipe,
    *,
    tools: Toolbox,
    store: FeatureStore | None,
    openface: Stream | None = None,
) -> FaceFeatures:
    """Extract all visual features of an answer in one pass over its pictures.

    Crops and expressions are always MediaPipe's, as in training. The face over time is OpenFace's
    where a table is given or its program is installed, else MediaPipe's.

    Parameters
    ----------
    openface : face descriptors, as returned by `extract_openface`

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

    def compute() -> list[Stream | dict[str, Any]]:
        recording = track_recording(
            info, recipe.crop_times, tools.tracker, encoder=cnn, dense=dense
        )
        track = recording.track
        if not recording.upright:
            none = [Stream.empty((), p, NOT_UPRIGHT) for p in (visual, expression, shape, face)]
            return [*none[:3], _summary(recording, dense=dense), *(none[3:] if dense else [])]
        crops = VisualExtractor(cnn).embed(track)
        expressions = expression_stream(track.crop_observations, tools.tracker)
        results: list[Stream | dict[str, Any]] = [
            crops,
            replace(expressions, spans=crops.spans),
            replace(shape_stream(track.crop_observations, tools.tracker), spans=crops.spans),
            _summary(recording, dense=dense),
        ]
        if dense:
            results.append(smooth(face_stream(track.rows, tools.tracker)))
        return results

    streams: dict[str, Stream] = {}
    thumbnails: tuple[tuple[float, bytes], ...] = ()
    problems: list[str] = []
    partial = False
    quality: dict[str, float] = {}
    missing: tuple[Stretch, ...] = ()
    try:
        if not info.has_video:
            raise MediaError(f"{info.path}: no video track that can be decoded")
        stored = cached(store, wanted, compute)
        streams = {"visual": stored[0], "expression": stored[1], "shape": stored[2]}
        thumbnails = tuple((t, base64.b64decode(jpeg)) for t, jpeg in stored[3]["thumbnails"])
        problems += _problems(info.path.name, **stored[3]["frames"])
        problems += [f"{info.path.name}: {remark}" for remark in stored[3]["remarks"]]
        partial, quality = stored[3]["partial"], stored[3]["quality"]
        missing = tuple((start, end) for start, end in stored[3]["missing"])
        if dense:
            streams["face"] = stored[4]
    except MediaError as error:
        problems.append(f"{error}; nothing can be said about the face")
        empty = [Stream.empty((), p, str(error)) for p in (visual, expression, shape, face)]
        streams = dict(zip(("visual", "expression", "shape", "face"), empty, strict=True))
        if not recipe.face:
            del streams["face"]
    if by_openface:
        if openface is None:
            openface, remarks = _run_openface(info, tools, store)
            problems += [
                f"{info.path.name}: by OpenFace's program, {problem}" for problem in remarks
            ]
        streams["face"] = openface
        if streams["face"].reason:
            problems.append(f"{info.path.name}: {streams['face'].reason}")
    return FaceFeatures(streams, thumbnails, tuple(problems), partial, quality, missing)


def extract_openface(
    table: Path,
    store: FeatureStore | None,
    source_sha256: str = "",
    *,
    duration_s: float | None = None,
    frame_rate_hz: float = 0.0,
) -> FaceFeatures:
    """Smoothed face descriptors from an OpenFace CSV; partial if it cannot be used.

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
        unread_face = {"face": Stream.empty((), unread, reason)}
        return FaceFeatures(unread_face, problems=(reason,), partial=True)
    checked_against = {"duration_s": duration_s, "frame_rate_hz": frame_rate_hz}
    settings = {**smoothed, **checked_against, "table_sha256": digest}
    provenance = replace(unread, settings=settings, source_sha256=source_sha256 or digest)

    def read() -> list[Stream | dict[str, Any]]:
        try:
            openface = read_openface_csv(table, duration_s=duration_s, frame_rate_hz=frame_rate_hz)
        except ExtractionError as error:
            reason = str(error).replace(str(table), PATH_PLACEHOLDER)
            return [Stream.empty((), provenance, reason), {"problems": [], "reason": reason}]
        stream = smooth(openface.stream)
        reason = f"{PATH_PLACEHOLDER}: {stream.reason}" if stream.reason else ""
        return [stream, {"problems": list(openface.problems), "reason": reason}]

    stream, remarks = cached(
        store, [provenance, replace(provenance, extractor="face-remarks")], read
    )
    reason = remarks["reason"].replace(PATH_PLACEHOLDER, str(table))
    problems = [f"{table}: {problem}" for problem in remarks["problems"]]
    if reason:
        stream, problems = replace(stream, reason=reason), [*problems, reason]
    return FaceFeatures({"face": stream}, problems=tuple(problems), partial=bool(reason))


def _run_openface(
    info: MediaInfo, tools: Toolbox, store: FeatureStore | None
) -> tuple[Stream, list[str]]:
    program = tools.openface
    assert program is not None
    settings = {"window_s": WINDOW_S, "hop_s": HOP_S, **program.provenance.settings}
    provenance = Provenance("face:openface", TABLE_VERSION, settings, info.sha256)

    def run() -> list[Stream | dict[str, Any]]:
        openface = program.run_program(info.path)
        return [smooth(openface.stream), {"problems": list(openface.problems)}]

    remarks_key = replace(provenance, extractor="face:openface-remarks")
    try:
        stream, remarks = cached(store, [provenance, remarks_key], run)
    except BackendError as error:  # it fails on this recording: the next may do
        return Stream.empty((), provenance, str(error)), []
    return stream, remarks["problems"]


def _provenances(
    info: MediaInfo, recipe: Recipe, cnn: CnnEncoder, *, dense: bool
) -> tuple[Provenance, Provenance, Provenance, Provenance, Provenance]:
    """Provenances of crops, expressions, shape, face descriptors and the summary."""
    tracker = mediapipe_provenance()
    tracked_by = {
        **tracker.settings,
        "tracker": tracker.extractor,
        "tracker_version": tracker.version,
    }
    taken = {**tracked_by, **recipe.sampling_settings, "tracking_hz": TRACKING_RATE_HZ * dense}
    smoothed = {**tracked_by, "rate_hz": TRACKING_RATE_HZ, "window_s": WINDOW_S, "hop_s": HOP_S}
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


def _summary(recording: TrackedRecording, *, dense: bool) -> dict[str, Any]:
    """Counts of frames and faces, quality, remarks and thumbnails, ready for JSON."""
    track = recording.track
    rows = (
        [row for row, shown in zip(track.rows, track.pictured, strict=True) if shown]
        if dense
        else [FaceRow.of(observation) for observation in track.crop_observations]
    )
    quality = {"picture_share": recording.coverage.share}
    if rows:
        quality["face_share"] = sum(row.values is not None for row in rows) / len(rows)
    if track.crop_valid.any():
        quality["brightness"] = float(np.nanmean(track.brightness))
        quality["sharpness"] = float(np.nanmean(track.sharpness))
    return {
        "remarks": list(recording.remarks),
        "partial": recording.coverage.partial or not recording.upright,
        "quality": quality,
        "missing": [list(stretch) for stretch in recording.coverage.missing],
        "frames": {
            "frames": len(rows),
            "with_face": sum(row.values is not None for row in rows),
            "several": sum(row.n_faces > 1 for row in rows),
        },
        "thumbnails": [
            (float(time_s), base64.b64encode(jpeg).decode())
            for time_s, jpeg in zip(track.crop_times_s, track.thumbnails, strict=True)
            if jpeg
        ],
    }


def _problems(name: str, frames: int, with_face: int, several: int) -> list[str]:
    if not frames or not with_face:
        return [
            f"{name}: no face was found in {frames} frames; keep the whole face in the picture, "
            "lit from the front, and record again"
        ]
    problems = []
    if with_face < FACE_SHARE * frames:
        problems.append(
            f"{name}: the face was found in only {with_face / frames:.0%} of {frames} frames; "
            "moments without it count for nothing, so keep the face in the picture"
        )
    if several >= SEVERAL_SHARE * frames:
        problems.append(
            f"{name}: more than one face was seen in {several / frames:.0%} of {frames} frames; "
            "the largest steady one was followed, check that it is the speaker's"
        )
    return problems
