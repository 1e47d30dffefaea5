"""Layout: which tracks a recording has and when, told by its packets.

Headers are not to be trusted: browsers record WebM without a duration, a truncated file still
states the whole one, and one damaged time stamp may lie days ahead. So every packet is looked at,
without decoding. Time 0 of an answer is the earliest start of its tracks. Time stamps that jump (a
recorder that was paused, a clock that wrapped, two files joined) are put right here, for every
reader alike: a jump is cut down to `LONGEST_GAP_S`, and a lone stamp far from its neighbours is
taken to be damaged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from extractors.container import (
    audio_tracks,
    codec_of,
    frames_of,
    open_recording,
    packets_of,
    pixel_aspect,
    video_tracks,
)
from extractors.ending import Ending, ending_of
from extractors.errors import MediaError
from extractors.orientation import UPRIGHT, Orientation

LONGEST_GAP_S = 10.0  # of time in which no track has anything; a longer one is cut down to this
BACKWARDS_S = 1.0  # stamps run back by less where pictures are stored out of order
ORDER_TOLERANCE_S = 0.1  # stamps for decoding ascend, but for rounding
STRAY_PACKETS = 5  # fewer packets than these, far from the others, have damaged stamps
STATED_WITHIN_S = 1.0  # a header that agrees so well with the packets repeats their stamps
RUN_IN_S = 0.2  # a track may begin so much before 0: the encoder's run-in, which is cut


@dataclass(frozen=True)
class Jump:
    """Where time stamps jumped.

    Attributes
    ----------
    at_s : seconds of the answer at which it was, before the gap that was left
    length_s : how far the stamps jumped; negative = back
    """

    at_s: float
    length_s: float


@dataclass(frozen=True, eq=False)
class Track:
    """One track that can be decoded.

    Attributes
    ----------
    index : its number in the file
    kind : "video" or "audio"
    codec : FFmpeg's name
    start_s, end_s : of its packets, seconds of the answer
    times_s : float64 (N,), ascending, start of every packet that is shown or heard
    interval_s : usual distance of two packets; 0 with one packet
    width, height : of the stored picture with square pixels; 0 of sound
    orientation : how the first picture is turned to be shown
    decodes : whether at least one picture was decoded; True of sound, which is not tried here
    shifts : number of the packet from which on time stamps are moved, and by how many seconds;
        None = take no stamp from these packets, count on from the one before
    """

    index: int
    kind: str
    codec: str
    start_s: float
    end_s: float
    times_s: np.ndarray
    interval_s: float
    width: int = 0
    height: int = 0
    orientation: Orientation = UPRIGHT
    decodes: bool = True
    shifts: tuple[tuple[int, float | None], ...] = ((0, 0.0),)


@dataclass(frozen=True, eq=False)
class Layout:
    """The tracks of a recording and their common clock.

    Attributes
    ----------
    path : as given
    origin_s : time stamp of time 0, after shifting
    zero_based : whether time stamps of this container begin at 0 if nothing is lost
    stated_s : length that the file states, seconds; 0 where it states none, estimates it, or owes
        it to a time stamp that jumped
    video, audio : tracks with packets that can be decoded; the largest picture, the first sound
        come first
    unknown : kinds ("video", "audio") of tracks whose codec is not known here
    jumps : where time stamps jumped
    damaged : packets that the file itself marks as damaged or incomplete
    disordered : whether packets are to be decoded in another order than they stand in
    ending : whether the parts of the file follow each other up to its end
    """

    path: Path
    origin_s: float
    zero_based: bool
    stated_s: float
    video: tuple[Track, ...]
    audio: tuple[Track, ...]
    unknown: tuple[str, ...] = ()
    jumps: tuple[Jump, ...] = ()
    damaged: int = 0
    disordered: bool = False
    ending: Ending = Ending.WHOLE

    @property
    def duration_s(self) -> float:
        """End of the last packet, seconds of the answer."""
        return max((track.end_s for track in (*self.video, *self.audio)), default=0.0)


ZERO_BASED = {"matroska,webm", "avi"}
# Formats whose stated length FFmpeg estimates from the size and the first bit rate.
ESTIMATED = {"aac", "ac3", "amr", "dv", "mp3", "mpeg", "mpegts"}


def layout_of(path: str | Path) -> Layout:
    """The layout of a recording; what was looked through before is not read again.

    Raises
    ------
    MediaError
        missing, zero bytes, damaged, not a recording, or no track of a known codec.
    """
    path = Path(path)
    try:
        state = path.stat()
    except (OSError, ValueError):
        return _read(path, 0, 0)  # says what is wrong
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
        jumps = _shift(collected)
        moved = any(shift != 0.0 for c in collected.values() for _, shift in c.shifts)
        present = [c for c in collected.values() if c.shown.any()]
        origin_s = _origin(present, starts)
        made = {c.index: _track(c, origin_s) for c in present}
        return Layout(
            path=path,
            origin_s=origin_s,
            zero_based=container.format.name in ZERO_BASED,
            stated_s=stated_s,
            video=tuple(made[s.index] for s in video if s.index in made),
            audio=tuple(made[s.index] for s in audio if s.index in made),
            unknown=unknown,
            jumps=tuple(Jump(j.at_s - origin_s, j.length_s) for j in jumps),
            damaged=sum(c.damaged for c in collected.values()),
            disordered=any(c.disordered for c in collected.values()) and not moved,
            ending=ending_of(path, container.format.name),
        )


def shifted(packets: Iterator[av.Packet], track: Track) -> Iterator[av.Packet]:
    """The packets of one track, in the order of the file, with their stamps put right."""
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


@dataclass(eq=False)
class _Packets:
    """The packets of one track as they are read, seconds; `order` counts over all tracks."""

    index: int
    kind: str
    codec: str
    width: int
    height: int
    orientation: Orientation = UPRIGHT
    decodes: bool = True
    order: list[int] = field(default_factory=list)
    stamps: list[float] = field(default_factory=list)  # pts, else dts; NaN = none to be believed
    lengths: list[float] = field(default_factory=list)
    is_shown: list[bool] = field(default_factory=list)
    damaged: int = 0
    disordered: bool = False
    decoded_at: float = -math.inf
    shifts: list[tuple[int, float | None]] = field(default_factory=list)

    def append(self, order: int, stamp: float, length: float, *, shown: bool) -> None:
        self.order.append(order)
        self.stamps.append(stamp)
        self.lengths.append(length)
        self.is_shown.append(shown)

    @property
    def shown(self) -> np.ndarray:
        """Packets that carry something to see or hear and a stamp to be believed, bool (N,)."""
        shown = np.array(self.is_shown, dtype=bool)
        for begin, end, shift in self.runs():
            if shift is None:
                shown[begin:end] = False
        return shown

    @property
    def steady(self) -> bool:
        """Whether no stamp is far from the one before: the usual case, in which nothing moves."""
        stamps = np.array(self.stamps)
        steps = np.diff(stamps[~np.isnan(stamps)])
        return bool(((steps >= -BACKWARDS_S) & (steps <= LONGEST_GAP_S)).all())

    def runs(self) -> list[tuple[int, int, float | None]]:
        ends = [*(number for number, _ in self.shifts[1:]), len(self.order)]
        return [(b, e, s) for (b, s), e in zip(self.shifts, ends, strict=True)]

    def raw_end_s(self) -> float | None:
        """The latest end of a packet by its own stamp; None without stamps."""
        ends = np.array(self.stamps) + np.array(self.lengths)
        return None if np.isnan(ends).all() else float(np.nanmax(ends))

    def interval_s(self) -> float:
        steps = np.diff(np.sort(np.array(self.stamps)))
        steps = steps[(steps > 0) & (steps < LONGEST_GAP_S)]
        return float(np.median(steps)) if len(steps) else 0.0


def _collect(container: InputContainer, tracks: Sequence[Any]) -> dict[int, _Packets]:
    collected = {}
    for stream in tracks:
        width, height = 0, 0
        if stream.type == "video":
            width, height = round(stream.width * float(pixel_aspect(stream))), stream.height
        collected[stream.index] = _Packets(
            stream.index, stream.type, stream.codec_context.name, width, height
        )
    unseen = {s.index for s in tracks if s.type == "video"}
    for order, packet in enumerate(packets_of(container, *tracks)):
        mine = collected[packet.stream.index]
        if mine.index in unseen:
            # The first picture alone knows how it is turned.
            picture = next(iter(frames_of(packet) or ()), None)
            if picture is not None:
                mine.orientation = Orientation.of(picture)
                unseen.discard(mine.index)
        pts = packet.dts if packet.pts is None else packet.pts  # AVI has no pts
        if pts is None:
            if packet.size:
                mine.append(order, np.nan, 0.0, shown=False)
            continue  # without a size, the end of the track
        tick_s = float(packet.time_base or 0)
        stamped = not packet.is_corrupt
        mine.damaged += packet.is_corrupt
        if packet.dts is not None and stamped:
            decoded_at = packet.dts * tick_s
            mine.disordered |= decoded_at < mine.decoded_at - ORDER_TOLERANCE_S
            mine.decoded_at = decoded_at
        mine.append(
            order,
            pts * tick_s if stamped else np.nan,
            max(0.0, float(packet.duration or 0) * tick_s),
            shown=stamped and not packet.is_discard,
        )
    for index in unseen:
        collected[index].decodes = False
    return collected


def _shift(collected: dict[int, _Packets]) -> list[Jump]:
    """Decide for every packet by how much its stamp is moved; the jumps, at stamps as moved."""
    if all(mine.steady for mine in collected.values()):
        for mine in collected.values():
            _set(mine, 0, 0.0)
        return []
    jumps: list[Jump] = []
    offsets = [0.0]
    front: float | None = None  # the latest end so far of any track, as moved
    due: dict[int, float] = {}
    current: dict[int, float] = {}
    for mine, number in _in_order(collected):
        stamp = mine.stamps[number]
        key = mine.index
        if np.isnan(stamp):
            _set(mine, number, current.get(key, 0.0))
            continue
        offset = current.get(key, 0.0)
        expected = due.get(key)
        if expected is None:
            jumped = front is not None and stamp + offset > front + LONGEST_GAP_S
        else:
            jumped = not -BACKWARDS_S <= stamp + offset - expected <= LONGEST_GAP_S
        if jumped:
            reference = front if expected is None else expected
            assert reference is not None and front is not None
            nearest = min(offsets, key=lambda o: abs(stamp + o - reference))
            ahead_s = stamp + offset - reference
            if -BACKWARDS_S <= stamp + nearest - reference <= LONGEST_GAP_S + BACKWARDS_S:
                offset = nearest
            elif ahead_s > 0 and stamp + offset <= front + LONGEST_GAP_S:
                pass  # this track paused while another one went on
            elif _is_lone(mine, number):
                _set(mine, number, None)
                due[key] = reference + mine.interval_s()
                continue
            else:
                offset = (front if ahead_s < 0 else front + LONGEST_GAP_S) - stamp
                offsets.append(offset)
                jumps.append(Jump(front, ahead_s))
        current[key] = offset
        _set(mine, number, offset)
        due[key] = stamp + offset + min(mine.lengths[number], LONGEST_GAP_S)
        front = due[key] if front is None else max(front, due[key])
    return jumps


def _in_order(collected: dict[int, _Packets]) -> Iterator[tuple[_Packets, int]]:
    """Track and number of every packet, in the order of the file."""
    orders = [np.array(mine.order, dtype=int) for mine in collected.values()]
    owners = np.repeat(np.arange(len(orders)), [len(order) for order in orders])
    numbers = np.concatenate([np.arange(len(order)) for order in orders])
    tracks = list(collected.values())
    for k in np.argsort(np.concatenate(orders), kind="stable"):
        yield tracks[owners[k]], int(numbers[k])


def _is_lone(mine: _Packets, number: int) -> bool:
    """Whether a jump is that of a few packets: the stamps of those behind it do not go on there."""
    stamp = mine.stamps[number]
    following = mine.stamps[number + 1 : number + STRAY_PACKETS]
    near = [s for s in following if -BACKWARDS_S <= s - stamp <= LONGEST_GAP_S]
    return number > 0 and len(near) < STRAY_PACKETS - 1


def _set(mine: _Packets, number: int, shift: float | None) -> None:
    if not mine.shifts:
        mine.shifts.append((0, shift))
    elif mine.shifts[-1][1] != shift:
        mine.shifts.append((number, shift))


def _origin(present: Sequence[_Packets], starts: dict[int, float]) -> float:
    """Stamp of time 0; the header's word counts where the packets agree with it."""
    first = []
    for mine in present:
        measured = float(_stamps(mine).min())
        stated = starts.get(mine.index, measured)
        first.append(stated if abs(stated - measured) < STATED_WITHIN_S else measured)
    earliest = min(first, default=0.0)
    return 0.0 if -RUN_IN_S <= earliest < 0 else earliest


def _stamps(mine: _Packets) -> np.ndarray:
    """Stamps of the packets that are shown, as moved, in the order of the file."""
    stamps = np.array(mine.stamps)
    for begin, end, shift in mine.runs():
        if shift:
            stamps[begin:end] += shift
    return stamps[mine.shown]


def _track(mine: _Packets, origin_s: float) -> Track:
    times = _stamps(mine) - origin_s
    lengths = np.minimum(np.array(mine.lengths)[mine.shown], LONGEST_GAP_S)
    interval_s = mine.interval_s()
    last = int(np.argmax(times))
    end_s = float(max((times + lengths).max(), times[last] + (lengths[last] or interval_s)))
    if mine.shifts[0][1] is None:
        mine.shifts[0] = (0, 0.0)
    return Track(
        index=mine.index,
        kind=mine.kind,
        codec=mine.codec,
        start_s=max(0.0, float(times.min())),
        end_s=max(0.0, end_s),
        times_s=np.sort(times),
        interval_s=interval_s,
        width=mine.height if mine.orientation.transposed else mine.width,
        height=mine.width if mine.orientation.transposed else mine.height,
        orientation=mine.orientation,
        decodes=mine.decodes,
        shifts=tuple(mine.shifts),
    )
