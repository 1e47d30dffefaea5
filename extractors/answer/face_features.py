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
from extractors.face.descriptors import (
    HOP_S,
    WINDOW_S,
    embedding_stream,
    expression_stream,
    face_stream,
    shape_stream,
    smooth,
)
from extractors.face.mediapipe_tracker import mediapipe_provenance
from extractors.face.observation import TRACKING_RATE_HZ, FaceRow
from extractors.face.openface import run_openface
from extractors.face.openface_table import VERSION as TABLE_VERSION
from extractors.face.openface_table import read_openface_csv
from extractors.face.recording_track import TrackedRecording, track_recording
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
    """Face features of one answer."""

    # "visual", "expression" and "shape" with the same rows, and "face" if requested
    streams: dict[str, Stream]
    # time in seconds and JPEG file of every crop that shows a face
    thumbnails: tuple[tuple[float, bytes], ...] = ()
    problems: tuple[str, ...] = ()  # whole sentences
    partial: bool = False  # whether part of the picture could not be read; see `problems`
    # the measures of `Quality` that concern the picture
    quality: dict[str, float] = field(default_factory=dict)
    missing: tuple[Stretch, ...] = ()  # stretches without a moving picture, seconds


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
    where a table is given (`openface`, as returned by `extract_openface`) or its program is
    installed, else MediaPipe's. Errors as `extract_answer`.
    """
    by_openface = recipe.face and (openface is not None or tools.openface is not None)
    dense = recipe.face and not by_openface
    cnn = tools.cnn(recipe)
    counted, provenances = _provenances(info, recipe, cnn, dense=dense)
    tracked = {name: p for name, p in provenances.items() if dense or name != "face"}

    def compute() -> list[Stream | dict[str, Any]]:
        recording = track_recording(
            info, recipe.crop_times, tools.tracker, encoder=cnn, dense=dense
        )
        track, summary = recording.track, _summary(recording, dense=dense)
        if not recording.upright:
            return [summary, *(Stream.empty((), p, NOT_UPRIGHT) for p in tracked.values())]
        crops = embedding_stream(track, cnn)
        return [
            summary,
            crops,
            replace(expression_stream(track.crop_observations), spans=crops.spans),
            replace(shape_stream(track.crop_observations), spans=crops.spans),
            *([smooth(face_stream(track.rows))] if dense else []),
        ]

    try:
        if not info.has_video:
            raise MediaError(f"{info.path}: no video track that can be decoded")
        summary, *results = cached(store, [counted, *tracked.values()], compute)
    except MediaError as error:
        streams = {name: Stream.empty((), p, str(error)) for name, p in provenances.items()}
        features = FaceFeatures(streams, problems=(f"{error}; nothing can be said about the face",))
    else:
        features = FaceFeatures(
            dict(zip(tracked, results, strict=True)),
            tuple((t, base64.b64decode(jpeg)) for t, jpeg in summary["thumbnails"]),
            (
                *_problems(info.path.name, **summary["frames"]),
                *(f"{info.path.name}: {remark}" for remark in summary["remarks"]),
            ),
            summary["partial"],
            summary["quality"],
            tuple((start, end) for start, end in summary["missing"]),
        )
    if not by_openface:
        return features
    problems = list(features.problems)
    if openface is None:
        openface, remarks = _run_openface(info, tools, store)
        problems += [f"{info.path.name}: by OpenFace's program, {remark}" for remark in remarks]
    if openface.reason:
        problems.append(f"{info.path.name}: {openface.reason}")
    streams = {**features.streams, "face": openface}
    return replace(features, streams=streams, problems=tuple(problems))


def extract_openface(
    table: Path, store: FeatureStore | None, info: MediaInfo | None = None
) -> FaceFeatures:
    """Smoothed face descriptors from an OpenFace CSV; partial if it cannot be used.

    It is checked against the recording, if there is one.
    """
    smoothed = {"window_s": WINDOW_S, "hop_s": HOP_S}
    unread = Provenance("face:openface-csv", TABLE_VERSION, smoothed)
    try:
        digest = sha256_of(table)
    except OSError as error:
        reason = f"{table}: cannot be read ({error.strerror}); give the path of OpenFace's CSV"
        unread_face = {"face": Stream.empty((), unread, reason)}
        return FaceFeatures(unread_face, problems=(reason,), partial=True)
    duration_s, frame_rate_hz = (info.duration_s, info.frame_rate_hz) if info else (None, 0.0)
    checked_against = {"duration_s": duration_s, "frame_rate_hz": frame_rate_hz}
    settings = {**smoothed, **checked_against, "table_sha256": digest}
    source_sha256 = info.sha256 if info else digest
    provenance = replace(unread, settings=settings, source_sha256=source_sha256)

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
    settings = {"window_s": WINDOW_S, "hop_s": HOP_S, "program_sha256": sha256_of(program)}
    provenance = Provenance("face:openface", TABLE_VERSION, settings, info.sha256)

    def run() -> list[Stream | dict[str, Any]]:
        openface = run_openface(program, info.path)
        return [smooth(openface.stream), {"problems": list(openface.problems)}]

    remarks_key = replace(provenance, extractor="face:openface-remarks")
    try:
        stream, remarks = cached(store, [provenance, remarks_key], run)
    except BackendError as error:  # it fails on this recording: the next may do
        return Stream.empty((), provenance, str(error)), []
    return stream, remarks["problems"]


def _provenances(
    info: MediaInfo, recipe: Recipe, cnn: CnnEncoder, *, dense: bool
) -> tuple[Provenance, dict[str, Provenance]]:
    """Provenance of the summary, and those of the streams by name."""
    tracker = mediapipe_provenance()
    tracked_by = {
        **tracker.settings,
        "tracker": tracker.extractor,
        "tracker_version": tracker.version,
    }
    taken = {**tracked_by, **recipe.sampling_settings, "tracking_hz": TRACKING_RATE_HZ * dense}
    cropped = {
        **taken,
        "crop_px": CROP_SIZE_PX,
        "crop_version": CROP_VERSION,
        "input_px": recipe.cnn_input_px,
    }
    smoothed = {**tracked_by, "rate_hz": TRACKING_RATE_HZ, "window_s": WINDOW_S, "hop_s": HOP_S}

    def of(extractor: str, settings: dict[str, Any]) -> Provenance:
        version = f"{tracker.version}.{VERSION}"
        return Provenance(extractor, version, settings, info.sha256, tracker.libraries)

    streams = {
        "visual": replace(of(f"visual:{cnn.name}", cropped), version=cnn.version),
        "expression": of(f"expression:{tracker.extractor}", taken),
        "shape": of(f"shape:{tracker.extractor}", taken),
    }
    if recipe.face:
        streams["face"] = of(f"face:{tracker.extractor}", smoothed)
    return of("faces-counted", taken), streams


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
