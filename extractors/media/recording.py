"""Metadata of recordings.

Time 0 is the start of the answer: the earliest start of its tracks. Decoding always runs from the
start without seeking, so memory does not grow with the length of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.digest import sha256_of
from extractors.errors import MediaError
from extractors.media.clock import LONGEST_GAP_S
from extractors.media.coverage import REPORTED_S
from extractors.media.ending import Ending
from extractors.media.layout import Layout, Track, layout_of

# Tracks may end this much before the stated length, and at most this share of it.
BREAK_TOLERANCE_S, BREAK_SHARE = 0.5, 0.05
STEADY_STEP_S = 1.0  # pictures further apart are a gap and do not count for the frame rate


@dataclass(frozen=True)
class MediaInfo:
    """Metadata of a recording.

    Attributes
    ----------
    path : as given
    sha256 : digest of the file, hexadecimal
    duration_s : seconds that can really be read, regardless of the header
    has_video, has_audio : whether a track exists that can be decoded
    width, height : pixels as shown: upright and with square pixels; 0 without video
    frame_rate_hz : mean rate, measured on the timestamps; 0 without video
    problem : one sentence if part of the file cannot be read, else ""
    remarks : sentences on anything unusual that was handled
    """

    path: Path
    sha256: str
    duration_s: float
    has_video: bool
    has_audio: bool
    width: int
    height: int
    frame_rate_hz: float
    problem: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "remarks", tuple(self.remarks))


def probe(path: str | Path) -> MediaInfo:
    """Read the metadata of a recording, decoding only its first picture.

    Raises
    ------
    MediaError
        missing, zero bytes, damaged, not a recording, or no track of a known codec.
    """
    path = Path(path)
    layout = layout_of(path)
    if layout.duration_s <= 0:
        raise MediaError(
            f"{path}: there is a header, but no picture and no sound follows it; "
            "the recording was cut off, record or copy it again"
        )
    video = next(iter(layout.video), None)
    return MediaInfo(
        path=path,
        sha256=sha256_of(path),
        duration_s=layout.duration_s,
        has_video=video is not None,
        has_audio=bool(layout.audio),
        width=video.width if video else 0,
        height=video.height if video else 0,
        frame_rate_hz=_rate(video) if video else 0.0,
        problem=_problem(layout),
        remarks=_remarks(layout),
    )


def _rate(track: Track) -> float:
    times = track.times_s
    steps = np.diff(times)
    gaps = steps > STEADY_STEP_S
    length_s, count = times[-1] - times[0] - steps[gaps].sum(), len(steps) - gaps.sum()
    if length_s <= 0:  # a picture now and then
        length_s, count = times[-1] - times[0], len(steps)
    return float(count / length_s) if length_s > 0 else 0.0


def _problem(layout: Layout) -> str:
    for kind, present in (("video", layout.video), ("audio", layout.audio)):
        if kind in layout.unknown and not present:
            return f"the {kind} track has a codec that is not supported"
    if layout.stated_s - layout.duration_s > min(BREAK_TOLERANCE_S, BREAK_SHARE * layout.stated_s):
        return f"the file breaks off after {layout.duration_s:.1f} s of {layout.stated_s:.1f} s"
    if layout.ending is Ending.CUT_OFF:
        return (
            f"the file is cut off within its last part, after {layout.duration_s:.1f} s; what came "
            "after that is lost"
        )
    return ""


def _remarks(layout: Layout) -> tuple[str, ...]:
    remarks = []
    for jump in layout.jumps:
        if jump.length_s > 0:
            remarks.append(
                f"its time stamps jump ahead by {jump.length_s:.0f} s at {jump.at_s:.1f} s; "
                f"{LONGEST_GAP_S:.0f} s of that are counted, as time in which nothing was recorded"
            )
        else:
            remarks.append(
                f"its time stamps jump back by {-jump.length_s:.0f} s at {jump.at_s:.1f} s; what "
                "follows is read as the continuation"
            )
    strays = sum(shift is None for t in (*layout.video, *layout.audio) for _, shift in t.shifts)
    if strays:
        remarks.append("some of its time stamps are far from all others and are ignored")
    if layout.zero_based and layout.origin_s > REPORTED_S:
        remarks.append(
            f"its time stamps begin at {layout.origin_s:.1f} s; what was before that, if anything, "
            "is lost"
        )
    if layout.disordered:
        remarks.append("its time stamps run back now and then; pictures and sound may not fit")
    if layout.ending is Ending.BROKEN and not layout.damaged:
        remarks.append("the file is damaged inside: its parts do not follow each other")
    if layout.damaged:
        packets = "1 packet is" if layout.damaged == 1 else f"{layout.damaged} packets are"
        remarks.append(f"{packets} damaged or incomplete")
    if any(track.orientation.oblique for track in layout.video[:1]):
        remarks.append(
            "it asks to be turned by an angle that is not a quarter turn; the nearest one is "
            "applied"
        )
    return tuple(remarks)
