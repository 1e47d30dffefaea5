"""Correction of packet time stamps that jump, wrap or lie far from all others.

A recorder that was paused, a clock that wrapped, two files joined: a jump of all tracks is cut down
to `LONGEST_GAP_S`, and a lone stamp far from its neighbours is treated as damaged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from extractors.media.orientation import UPRIGHT, Orientation

LONGEST_GAP_S = 10.0  # of time in which no track has anything; a longer one is cut down to this
BACKWARDS_S = 1.0  # stamps run back by less where pictures are stored out of order
STRAY_PACKETS = 5  # fewer packets than these, far from the others, have damaged stamps


@dataclass(frozen=True)
class Jump:
    """A jump of the time stamps."""

    at_s: float  # its time in the answer, seconds, before the remaining gap
    length_s: float  # how far the stamps jumped; negative = back


@dataclass(eq=False)
class Packets:
    """Packets of one track in reading order, seconds; `order` counts over all tracks."""

    index: int
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
        """Packets that are shown or played and have a valid stamp, bool (N,)."""
        shown = np.array(self.is_shown, dtype=bool)
        for begin, end, shift in self.runs():
            if shift is None:
                shown[begin:end] = False
        return shown

    @property
    def steady(self) -> bool:
        """Whether no stamp is far from the one before: the usual case, without corrections."""
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


def correct_stamps(collected: dict[int, Packets]) -> list[Jump]:
    """Set the correction of every stamp in `shifts`; returns the jumps, at corrected times."""
    if all(packets.steady for packets in collected.values()):
        for packets in collected.values():
            _set(packets, 0, 0.0)
        return []
    jumps: list[Jump] = []
    offsets = [0.0]
    front: float | None = None  # the latest end so far of any track, as moved
    due: dict[int, float] = {}
    current: dict[int, float] = {}
    for packets, number in _in_order(collected):
        stamp = packets.stamps[number]
        key = packets.index
        if np.isnan(stamp):
            _set(packets, number, current.get(key, 0.0))
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
            elif _is_lone(packets, number):
                _set(packets, number, None)
                due[key] = reference + packets.interval_s()
                continue
            else:
                offset = (front if ahead_s < 0 else front + LONGEST_GAP_S) - stamp
                offsets.append(offset)
                jumps.append(Jump(front, ahead_s))
        current[key] = offset
        _set(packets, number, offset)
        due[key] = stamp + offset + min(packets.lengths[number], LONGEST_GAP_S)
        front = due[key] if front is None else max(front, due[key])
    return jumps


def _in_order(collected: dict[int, Packets]) -> Iterator[tuple[Packets, int]]:
    """Track and index of every packet, in the order of the file."""
    orders = [np.array(packets.order, dtype=int) for packets in collected.values()]
    owners = np.repeat(np.arange(len(orders)), [len(order) for order in orders])
    numbers = np.concatenate([np.arange(len(order)) for order in orders])
    tracks = list(collected.values())
    for k in np.argsort(np.concatenate(orders), kind="stable"):
        yield tracks[owners[k]], int(numbers[k])


def _is_lone(packets: Packets, number: int) -> bool:
    """Whether only a few packets jump: the stamps that follow do not continue from there."""
    stamp = packets.stamps[number]
    following = packets.stamps[number + 1 : number + STRAY_PACKETS]
    near = [s for s in following if -BACKWARDS_S <= s - stamp <= LONGEST_GAP_S]
    return number > 0 and len(near) < STRAY_PACKETS - 1


def _set(packets: Packets, number: int, shift: float | None) -> None:
    if not packets.shifts:
        packets.shifts.append((0, shift))
    elif packets.shifts[-1][1] != shift:
        packets.shifts.append((number, shift))


def corrected_stamps(packets: Packets) -> np.ndarray:
    """Corrected stamps of the packets that are shown, in the order of the file."""
    stamps = np.array(packets.stamps)
    for begin, end, shift in packets.runs():
        if shift:
            stamps[begin:end] += shift
    shown: np.ndarray = stamps[packets.shown]
    return shown
