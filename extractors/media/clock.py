"""Clock: the time stamps of packets, put right where they jump, wrap or lie far from all others.

A recorder that was paused, a clock that wrapped, two files joined: a jump of all tracks is cut down
to `LONGEST_GAP_S`, and a lone stamp far from its neighbours is taken to be damaged.
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
    """Where time stamps jumped.

    Attributes
    ----------
    at_s : seconds of the answer at which it was, before the gap that was left
    length_s : how far the stamps jumped; negative = back
    """

    at_s: float
    length_s: float


@dataclass(eq=False)
class Packets:
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


def put_right(collected: dict[int, Packets]) -> list[Jump]:
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


def _in_order(collected: dict[int, Packets]) -> Iterator[tuple[Packets, int]]:
    """Track and number of every packet, in the order of the file."""
    orders = [np.array(mine.order, dtype=int) for mine in collected.values()]
    owners = np.repeat(np.arange(len(orders)), [len(order) for order in orders])
    numbers = np.concatenate([np.arange(len(order)) for order in orders])
    tracks = list(collected.values())
    for k in np.argsort(np.concatenate(orders), kind="stable"):
        yield tracks[owners[k]], int(numbers[k])


def _is_lone(mine: Packets, number: int) -> bool:
    """Whether a jump is that of a few packets: the stamps of those behind it do not go on there."""
    stamp = mine.stamps[number]
    following = mine.stamps[number + 1 : number + STRAY_PACKETS]
    near = [s for s in following if -BACKWARDS_S <= s - stamp <= LONGEST_GAP_S]
    return number > 0 and len(near) < STRAY_PACKETS - 1


def _set(mine: Packets, number: int, shift: float | None) -> None:
    if not mine.shifts:
        mine.shifts.append((0, shift))
    elif mine.shifts[-1][1] != shift:
        mine.shifts.append((number, shift))


def moved_stamps(mine: Packets) -> np.ndarray:
    """Stamps of the packets that are shown, as moved, in the order of the file."""
    stamps = np.array(mine.stamps)
    for begin, end, shift in mine.runs():
        if shift:
            stamps[begin:end] += shift
    shown: np.ndarray = stamps[mine.shown]
    return shown
