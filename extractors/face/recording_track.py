"""Track the face through a recording: choose the video track, turn it upright, find its gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from extractors.face.cnn import CnnEncoder
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.observation import TRACKING_RATE_HZ
from extractors.face.roll import is_unusual, quarter_turns, turn_needed
from extractors.face.tracking import TRACKING_SIDE_PX, VideoTrack, track_video
from extractors.media.coverage import Coverage, damaged_packets
from extractors.media.layout import Track, layout_of
from extractors.media.orientation import Orientation
from extractors.media.recording import MediaInfo
from extractors.media.video import PICTURE_REACH_S, PictureLog, decode_frames
from extractors.stretch import merged

SKIPPED_SHARE = 0.08  # of the answer; more single pictures missing are reported
TRIED_PICTURES = 5  # a track, to find out whether it shows a face
TURNED_PICTURES = 9  # to find out how the face is oriented


@dataclass(frozen=True, eq=False)
class TrackedRecording:
    """The face track of one recording."""

    track: VideoTrack  # the face and its crops
    coverage: Coverage  # when there were moving pictures
    # whether the face is upright throughout, if need be after turning the picture; otherwise it
    # must not be described
    upright: bool
    remarks: tuple[str, ...]  # sentences without the name of the file and the full stop


def track_recording(
    info: MediaInfo,
    crop_times: Callable[[float, float], np.ndarray],
    tracker: MediaPipeTracker,
    *,
    encoder: CnnEncoder | None,
    dense: bool,
) -> TrackedRecording:
    """Track the face through a recording, and over time as well if `dense`.

    `crop_times` gives the times of the crops for a duration in seconds and a frame rate, as
    `Recipe.crop_times` does. MediaError if not one picture can be decoded.
    """
    source, remarks = _track_with_face(info, tracker)
    start_s, end_s = 0.0, info.duration_s
    times = crop_times(info.duration_s, info.frame_rate_hz)
    span = Coverage(info.duration_s, source.start_s, source.end_s)
    if span.late or span.early:
        start_s, end_s = source.start_s, source.end_s
        times = start_s + crop_times(end_s - start_s, info.frame_rate_hz)

    def follow(degrees: int) -> VideoTrack:
        return track_video(
            info.path,
            tracker,
            times.tolist(),
            TRACKING_RATE_HZ if dense else 1 / info.duration_s,
            start_s=start_s,
            duration_s=end_s,
            track=source.index,
            turn=Orientation.turned(degrees),
            encoder=encoder,
        )

    track, steady = follow(0), True
    if is_unusual(track.rolls[track.pictured].tolist(), track.turned_rolls):
        degrees, steady = turn_needed(_rolls(info, source, tracker))
        if degrees:
            track = follow(degrees)
            remarks.append(
                f"the face was turned by {360 - degrees} degrees clockwise, without a rotation "
                "tag; the picture was put upright"
            )
    if not steady:
        remarks.append(
            "the face lies on its side or upside down for part of the time; nothing is read from it"
        )
    if source.orientation.reflects:
        remarks.append("the picture is shown mirrored, as the file asks for")
    if track.frozen:
        still_s = sum(end - start for start, end in track.frozen)
        first, last = track.frozen[0]
        remarks.append(
            f"the picture does not move for {still_s:.1f} s, first from {first:.1f} to "
            f"{last:.1f} s; nothing is read from it then"
        )
    decoded = picture_coverage(source, track.log, info.duration_s)
    remarks += picture_remarks(source, decoded, track.log)
    moving = Coverage(
        info.duration_s,
        decoded.start_s,
        decoded.end_s,
        merged([*decoded.gaps, *track.frozen]),
    )
    return TrackedRecording(track, moving, steady, tuple(remarks))


def _track_with_face(info: MediaInfo, tracker: MediaPipeTracker) -> tuple[Track, list[str]]:
    """The video track that shows a face most often; the largest if there is only one."""
    all_tracks = layout_of(info.path).video
    tracks = [track for track in all_tracks if track.decodes] or list(all_tracks)
    if len(tracks) < 2:
        return tracks[0], []
    counts = []
    for track in tracks:
        rolls = [tracker.roll(image) for image in _pictures(info, track, TRIED_PICTURES)]
        counts.append(int((~np.isnan(rolls)).sum()))
    best = int(np.argmax(counts))
    number = sorted(track.index for track in tracks).index(tracks[best].index) + 1
    why = "it shows a face" if counts[best] else "it is the largest; none of them shows a face"
    return tracks[best], [
        f"it has {len(tracks)} video tracks; number {number} is read, since {why}"
    ]


def _rolls(info: MediaInfo, source: Track, tracker: MediaPipeTracker) -> list[list[float]]:
    """Rolls of the face in some pictures, each after 0 to 3 quarter turns clockwise."""
    return [
        quarter_turns(image, tracker.roll) for image in _pictures(info, source, TURNED_PICTURES)
    ]


def _pictures(info: MediaInfo, track: Track, count: int) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) spread evenly over a track."""
    times = np.linspace(track.start_s, track.end_s, count + 2)[1:-1].tolist()
    for frame in decode_frames(info.path, times_s=times, track=track.index):
        yield frame.image(TRACKING_SIDE_PX)


def picture_coverage(source: Track, log: PictureLog, duration_s: float) -> Coverage:
    """When pictures could be decoded; each covers at most half a second on either side.

    The log is that of a pass that decoded at least one picture.
    """
    times_s = np.array(log.times_s)
    interval_s = source.interval_s or 1 / 25
    gaps = [
        (before + PICTURE_REACH_S, after - PICTURE_REACH_S)
        for before, after in pairwise(times_s.tolist())
        if after - before > 2 * PICTURE_REACH_S
    ]
    # Pictures that were sent and could not be decoded.
    nearest = np.searchsorted(times_s, source.times_s)
    left = np.abs(source.times_s - times_s[np.clip(nearest - 1, 0, len(times_s) - 1)])
    right = np.abs(source.times_s - times_s[np.clip(nearest, 0, len(times_s) - 1)])
    lost = source.times_s[np.minimum(left, right) > max(1.5 * interval_s, 0.05)]
    inside = lost[(lost > times_s[0]) & (lost < times_s[-1])]
    gaps += [(time_s, time_s + interval_s) for time_s in inside]
    last_s = float(times_s[-1])
    end_s = min(last_s + max(interval_s, min(source.end_s - last_s, PICTURE_REACH_S)), duration_s)
    return Coverage(duration_s, float(times_s[0]), end_s, merged(gaps, interval_s))


def picture_remarks(source: Track, coverage: Coverage, log: PictureLog) -> list[str]:
    """Remarks on missing or damaged pictures: sentences without the full stop."""
    steps = np.diff(log.times_s)
    wide = np.minimum(steps[steps > 1.5 * source.interval_s], 2 * PICTURE_REACH_S)
    skipped_s = float((wide - source.interval_s).sum()) if source.interval_s else 0.0
    missing = coverage.remarks("the picture")
    if not missing and skipped_s > SKIPPED_SHARE * coverage.duration_s:
        missing.append(
            f"pictures are left out here and there: for {skipped_s:.1f} s of "
            f"{coverage.duration_s:.1f} s there is none at the usual distance"
        )
    if log.damaged and not missing:
        missing = [damaged_packets(log.damaged, "pictures")]
    return missing
