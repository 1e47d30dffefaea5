"""Damage to the packets of a recording in a container that is sound: what recorders and lines do.

The packets are read, some are left out, moved in time or changed, and the container is written
anew, so that nothing but the packets themselves tells of the damage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.extractors.damage_sample import ALL_CONTAINERS, BITEXACT, LENGTH_S

Generator = np.random.Generator
Damage = Callable[[Path, Path, str, Generator], tuple[str, float]]
Edit = Callable[["list[Packet]", Generator], "tuple[list[Packet], str]"]
TRACKS = ("video", "audio")
MARGIN_S = 0.2  # what is lost at the very ends would be a shorter recording that is whole


@dataclass(frozen=True)
class Packet:
    """One packet, apart from its file; times in seconds."""

    track: str
    pts_s: float
    dts_s: float
    duration_s: float
    keyframe: bool
    content: bytes

    def later(self, by_s: float) -> Packet:
        """The same packet at another time."""
        return replace(self, pts_s=self.pts_s + by_s, dts_s=self.dts_s + by_s)


def packets_of(source: Path) -> list[Packet]:
    """Every packet of an undamaged recording, in the order of the file."""
    packets, end_s = [], dict.fromkeys(TRACKS, 0.0)
    with av.open(str(source)) as container:
        for packet in container.demux():
            if not packet.size:
                continue
            track, base = packet.stream.type, float(packet.time_base)
            duration_s = float((packet.duration or 0) * base)
            dts_s = end_s[track] if packet.dts is None else float(packet.dts * base)
            pts_s = dts_s if packet.pts is None else float(packet.pts * base)  # AVI has no pts
            end_s[track] = dts_s + duration_s
            packets.append(
                Packet(track, pts_s, dts_s, duration_s, packet.is_keyframe, bytes(packet))
            )
    return packets


def write_packets(source: Path, target: Path, container: str, packets: list[Packet]) -> None:
    """Write packets with the tracks of the recording that they come from."""
    options = BITEXACT | dict(ALL_CONTAINERS[container].muxing)
    ticks = Fraction(1, 90000)
    with av.open(str(source)) as before, av.open(str(target), "w", options=options) as after:
        tracks = {s.type: after.add_stream_from_template(s) for s in before.streams}
        for own in sorted(packets, key=lambda packet: packet.dts_s):
            packet = av.Packet(own.content)
            packet.time_base = ticks
            packet.pts, packet.dts = round(own.pts_s / ticks), round(own.dts_s / ticks)
            packet.duration = round(own.duration_s / ticks)
            packet.is_keyframe = own.keyframe
            packet.stream = tracks[own.track]
            after.mux(packet)
        after.start_encoding()  # the header of a file that is left without a packet


def _edited(edit: Edit) -> Damage:
    def damage(source: Path, target: Path, container: str, rng: Generator) -> tuple[str, float]:
        packets, parameters = edit(packets_of(source), rng)
        write_packets(source, target, container, packets)
        return parameters, LENGTH_S

    return damage


def _lost(*tracks: str) -> Damage:
    """Packets are missing: here and there, or in a row."""

    def edit(packets: list[Packet], rng: Generator) -> tuple[list[Packet], str]:
        share = float(rng.uniform(0.05, 0.6))
        if rng.random() < 0.5:
            lost, how = rng.random(len(packets)) < share, "here and there"
        else:
            start_s = float(rng.uniform(MARGIN_S, (1 - share) * LENGTH_S - MARGIN_S))
            end_s = start_s + share * LENGTH_S
            lost = np.array([start_s <= packet.dts_s < end_s for packet in packets])
            how = f"from {start_s:.2f} to {end_s:.2f} s"
        lost &= np.array([packet.track in tracks for packet in packets])
        remaining = [packet for packet, gone in zip(packets, lost, strict=True) if not gone]
        return remaining, f"{share:.0%} of {' and '.join(tracks)} {how}"

    return _edited(edit)


def _changed(*tracks: str) -> Damage:
    """Some bytes of some packets are others."""

    def edit(packets: list[Packet], rng: Generator) -> tuple[list[Packet], str]:
        share, most = float(rng.uniform(0.02, 0.6)), int(rng.choice([1, 3, 10, 100]))
        changed = []
        for packet in packets:
            if packet.track in tracks and rng.random() < share:
                data = np.frombuffer(packet.content, np.uint8).copy()
                positions = rng.integers(len(data), size=int(rng.integers(1, most + 1)))
                data[positions] = rng.integers(256, size=len(positions))
                packet = replace(packet, content=data.tobytes())
            changed.append(packet)
        of = f"{share:.0%} of the packets of {' and '.join(tracks)}"
        return changed, f"up to {most} bytes in {of}"

    return _edited(edit)


def _gap(packets: list[Packet], rng: Generator) -> tuple[list[Packet], str]:
    """Both tracks stand still for a while, or one of them."""
    start_s, by_s = float(rng.uniform(0.3, 2.7)), float(rng.uniform(0.5, 5.0))
    tracks = ((*TRACKS,), ("video",), ("audio",))[int(rng.integers(3))]
    moved = [p.later(by_s) if p.track in tracks and p.dts_s >= start_s else p for p in packets]
    return moved, f"{by_s:.2f} s at {start_s:.2f} s of {' and '.join(tracks)}"


def _jump(packets: list[Packet], rng: Generator) -> tuple[list[Packet], str]:
    """Everything from a time on, or the last packet of a track, comes absurdly late."""
    by_s = float(rng.choice([300.0, 3500.0, 200000.0]))
    track = str(rng.choice(TRACKS))
    if rng.random() < 0.5:
        start_s, how = float(rng.uniform(0.5, 2.5)), "both tracks"
        return [p.later(by_s) if p.dts_s >= start_s else p for p in packets], (
            f"{by_s:.0f} s at {start_s:.2f} s of {how}"
        )
    last = max((p for p in packets if p.track == track), key=lambda packet: packet.dts_s)
    return [p.later(by_s) if p is last else p for p in packets], f"{by_s:.0f} s, the last {track}"


def _short(packets: list[Packet], rng: Generator) -> tuple[list[Packet], str]:
    """A track ends early; in one of five cases it has no packet at all."""
    track = str(rng.choice(TRACKS))
    end_s = float(rng.choice([0.0, *rng.uniform(0.3, 2.6, size=4)]))
    remaining = [p for p in packets if p.track != track or p.dts_s < end_s - 0.1]
    return remaining, f"{track} ends at {end_s:.2f} s"


def _late(packets: list[Packet], rng: Generator) -> tuple[list[Packet], str]:
    """A track starts late: picture at its next keyframe."""
    track, start_s = str(rng.choice(TRACKS)), float(rng.uniform(0.5, 2.5))
    return [p for p in packets if p.track != track or _after(p, start_s, packets)], (
        f"{track} starts at {start_s:.2f} s"
    )


def _copied_part(source: Path, target: Path, container: str, rng: Generator) -> tuple[str, float]:
    """A part that was cut out without encoding: picture from its next keyframe on, or none."""
    start_s, packets = float(rng.uniform(0.5, 2.7)), packets_of(source)
    part = [p.later(-start_s) for p in packets if _after(p, start_s, packets)]
    write_packets(source, target, container, part)
    return f"from {start_s:.2f} s", LENGTH_S - start_s


def _after(packet: Packet, start_s: float, packets: list[Packet]) -> bool:
    keys = [p.dts_s for p in packets if p.track == packet.track and p.keyframe]
    return packet.dts_s >= min((k for k in keys if k >= start_s), default=float("inf"))


PACKET_DAMAGE: dict[str, Damage] = {
    "lost-video": _lost("video"),
    "lost-audio": _lost("audio"),
    "lost-both": _lost(*TRACKS),
    "changed-video": _changed("video"),
    "changed-audio": _changed("audio"),
    "gap": _edited(_gap),
    "jump": _edited(_jump),
    "short-track": _edited(_short),
    "late-track": _edited(_late),
    "copied-part": _copied_part,
}
# AVI knows no times: the muxer would fill a jump with millions of empty pictures.
WITHOUT_GAPS = {"gap": ("avi",), "jump": ("avi",)}
