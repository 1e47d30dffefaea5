"""Layout: the tracks of a recording and their times, from its packets.

Headers cannot be trusted: browsers record WebM without a duration, a truncated file still states
the full one, and one damaged time stamp may lie days ahead. So every packet is read, without
decoding. Time 0 of an answer is the earliest start of its tracks. Time stamps that jump are
corrected once (`clock`), for all readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from extractors.errors import MediaError
from extractors.media.clock import LONGEST_GAP_S, Jump, Packets, correct_stamps, corrected_stamps
from extractors.media.container import (
    audio_tracks,
    codec_of,
    frames_of,
    open_recording,
    packets_of,
    pixel_aspect,
    video_tracks,
)
from extractors.media.ending import Ending, ending_of
from extractors.media.orientation import UPRIGHT, Orientation

ORDER_TOLERANCE_S = 0.1  # stamps for decoding ascend, but for rounding
STATED_WITHIN_S = 1.0  # a header that agrees this closely repeats the packets' stamps
RUN_IN_S = 0.2  # a track may begin this much before 0: the encoder's priming, which is cut


@dataclass(frozen=True, eq=False)
class Track:
    """One track that can be decoded."""

    index: int  # its number in the file
    # start_s, end_s: of its packets, seconds of the answer
    start_s: float
    end_s: float
    times_s: np.ndarray  # float64 (N,), ascending, start of every packet that is presented
    interval_s: float  # usual distance of two packets; 0 with one packet
    # width, height: of the stored picture with square pixels; 0 of sound
    width: int = 0
    height: int = 0
    orientation: Orientation = UPRIGHT  # how the first picture is turned to be shown
    # whether at least one picture was decoded; True for sound, which is not tested here
    decodes: bool = True
    # index of the packet from which on time stamps are shifted, and by how many seconds; None =
    # ignore the stamps of these packets and continue from the one before
    shifts: tuple[tuple[int, float | None], ...] = ((0, 0.0),)


@dataclass(frozen=True, eq=False)
class Layout:
    """The tracks of a recording and their common clock."""

    path: Path  # as given
    origin_s: float  # time stamp of time 0, after shifting
    zero_based: bool  # whether time stamps of this container begin at 0 if nothing is lost
    # length stated in the file, seconds; 0 where it states none, estimates it, or derives it from a
    # time stamp that jumped
    stated_s: float
    # video, audio: tracks with packets that can be decoded; the largest picture, the first sound
    # come first
    video: tuple[Track, ...]
    audio: tuple[Track, ...]
    unknown: tuple[str, ...] = ()  # kinds ("video", "audio") of tracks whose codec is not supported
    jumps: tuple[Jump, ...] = ()  # where time stamps jumped
    damaged: int = 0  # packets that the file itself marks as damaged or incomplete
    disordered: bool = False  # whether packets are stored out of decoding order
    ending: Ending = Ending.WHOLE  # whether the file is complete

    @property
    def duration_s(self) -> float:
        """End of the last packet, seconds of the answer."""
        return max((track.end_s for track in (*self.video, *self.audio)), default=0.0)


ZERO_BASED = {"matroska,webm", "avi"}
# Formats whose stated length FFmpeg estimates from the size and the first bit rate.
ESTIMATED = {"aac", "ac3", "amr", "dv", "mp3", "mpeg", "mpegts"}


def layout_of(path: str | Path) -> Layout:
    """Read the layout of a recording; cached until the file changes.

    MediaError if it is missing, empty, damaged, no recording, or has no track of a known codec.
    """
    path = Path(path)
    try:
        state = path.stat()
    except (OSError, ValueError):
        return _read(path, 0, 0)  # raises the error
    return _read(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, size: int, changed_ns: int) -> Layout:
    with open_recording(path) as container:
        video, audio = video_tracks(container), audio_tracks(container)
        tracks = [*video, *audio]
        unknown = tuple(
            s.type for s in container.streams if s.type in ("video", "audio") and not codec_of(s)
        )
        if not tracks:
            reason = "none of its tracks has a known codec" if unknown else "no picture, no sound"
            raise MediaError(f"{path}: {reason}; convert it to MP4 (H.264 and AAC)")
        stated_s = (container.duration or 0) / av.time_base
        collected = _collect(container, tracks)
        ends = [end for c in collected.values() if (end := c.raw_end_s()) is not None]
        jumped = not all(c.steady for c in collected.values())
        if container.format.name in ESTIMATED or (
            jumped and abs(stated_s - max(ends, default=0.0)) < STATED_WITHIN_S
        ):
            stated_s = 0.0
        starts = {
            s.index: float(s.start_time * s.time_base)
            for s in tracks
            if s.start_time is not None and s.time_base is not None
        }
        jumps = correct_stamps(collected)
        moved = any(shift != 0.0 for c in collected.values() for _, shift in c.shifts)
        present = [c for c in collected.values() if c.shown.any()]
        origin_s = _origin(present, starts)
        tracks_by_index = {c.index: _track(c, origin_s) for c in present}
        return Layout(
            path=path,
            origin_s=origin_s,
            zero_based=container.format.name in ZERO_BASED,
            stated_s=stated_s,
            video=tuple(tracks_by_index[s.index] for s in video if s.index in tracks_by_index),
            audio=tuple(tracks_by_index[s.index] for s in audio if s.index in tracks_by_index),
            unknown=unknown,
            jumps=tuple(Jump(j.at_s - origin_s, j.length_s) for j in jumps),
            damaged=sum(c.damaged for c in collected.values()),
            disordered=any(c.disordered for c in collected.values()) and not moved,
            ending=ending_of(path, container.format.name),
        )


def shifted(packets: Iterator[av.Packet[Any]], track: Track) -> Iterator[av.Packet[Any]]:
    """Packets of one track, in the order of the file, with corrected stamps."""
    if track.shifts == ((0, 0.0),):
        yield from packets
        return
    bounds = [number for number, _ in track.shifts]
    following_s = 0.0
    for number, packet in enumerate(packets):
        _, shift_s = track.shifts[int(np.searchsorted(bounds, number, side="right")) - 1]
        tick_s = float(packet.time_base or 1)
        stamp = packet.dts if packet.pts is None else packet.pts
        if shift_s is None:
            packet.pts = packet.dts = round(following_s / tick_s)
            following_s += track.interval_s
        elif stamp is not None:
            ticks = round(shift_s / tick_s)
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks
            following_s = (stamp + ticks) * tick_s + track.interval_s
        yield packet


def _collect(container: InputContainer, tracks: Sequence[Any]) -> dict[int, Packets]:
    collected = {}
    for stream in tracks:
        width, height = 0, 0
        if stream.type == "video":
            width, height = round(stream.width * float(pixel_aspect(stream))), stream.height
        collected[stream.index] = Packets(stream.index, width, height)
    undecoded = {s.index for s in tracks if s.type == "video"}
    for order, packet in enumerate(packets_of(container, *tracks)):
        packets = collected[packet.stream.index]
        if packets.index in undecoded:
            # Only the first picture carries the orientation.
            picture = next(iter(frames_of(packet) or ()), None)
            if picture is not None:
                packets.orientation = Orientation.of(picture)
                undecoded.discard(packets.index)
        pts = packet.dts if packet.pts is None else packet.pts  # AVI has no pts
        if pts is None:
            if packet.size:
                packets.append(order, np.nan, 0.0, shown=False)
            continue  # without a size, the end of the track
        tick_s = float(packet.time_base or 0)
        stamped = not packet.is_corrupt
        packets.damaged += packet.is_corrupt
        if packet.dts is not None and stamped:
            decoded_at = packet.dts * tick_s
            packets.disordered |= decoded_at < packets.decoded_at - ORDER_TOLERANCE_S
            packets.decoded_at = decoded_at
        packets.append(
            order,
            pts * tick_s if stamped else np.nan,
            max(0.0, float(packet.duration or 0) * tick_s),
            shown=stamped and not packet.is_discard,
        )
    for index in undecoded:
        collected[index].decodes = False
    return collected


def _origin(present: Sequence[Packets], starts: dict[int, float]) -> float:
    """Stamp of time 0: as stated in the header where the packets agree with it."""
    first = []
    for packets in present:
        measured = float(corrected_stamps(packets).min())
        stated = starts.get(packets.index, measured)
        first.append(stated if abs(stated - measured) < STATED_WITHIN_S else measured)
    earliest = min(first, default=0.0)
    return 0.0 if -RUN_IN_S <= earliest < 0 else earliest


def _track(packets: Packets, origin_s: float) -> Track:
    times = corrected_stamps(packets) - origin_s
    lengths = np.minimum(np.array(packets.lengths)[packets.shown], LONGEST_GAP_S)
    interval_s = packets.interval_s()
    last = int(np.argmax(times))
    end_s = float(max((times + lengths).max(), times[last] + (lengths[last] or interval_s)))
    if packets.shifts[0][1] is None:
        packets.shifts[0] = (0, 0.0)
    return Track(
        index=packets.index,
        start_s=max(0.0, float(times.min())),
        end_s=max(0.0, end_s),
        times_s=np.sort(times),
        interval_s=interval_s,
        width=packets.height if packets.orientation.transposed else packets.width,
        height=packets.width if packets.orientation.transposed else packets.height,
        orientation=packets.orientation,
        decodes=packets.decodes,
        shifts=tuple(packets.shifts),
    )
