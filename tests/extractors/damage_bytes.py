"""Damage to the bytes of a file, whatever they mean: what copying, disks and lines do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Generator = np.random.Generator
Damage = Callable[[bytes, str, Generator], tuple[bytes, str]]

HEADER_BYTES, TAIL_BYTES = 512, 512
MOST_FLIPS, LONGEST_RUN = 300, 16384
MEDIA = {"early": (0.15, 0.4), "middle": (0.4, 0.65), "late": (0.65, 0.9)}  # shares of a file
TS_PACKET = 188
EBML = (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b")
CLUSTER, CUES = b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b"
BOXES = (
    b"ftyp moov mvhd trak tkhd mdia mdhd hdlr minf stbl stsd stts stsc stsz stco mdat avc1 mp4a "
    b"avcC esds moof traf trun tfhd vide soun"
).split()
CHUNKS = b"RIFF LIST hdrl avih strl strh strf movi idx1 00dc 01wb vids auds FMP4".split()
START_CODES = tuple(b"\0\0\1" + bytes([code]) for code in (0xBA, 0xBB, 0xE0, 0xC0, 0xB3, 0xB8, 0))
ELEMENTS = (*EBML, CLUSTER, CUES, b"A_OPUS", b"V_VP8", b"V_MPEG4/ISO/AVC", b"OpusHead")
NAMES: dict[str, tuple[bytes, ...]] = {
    "mp4": tuple(BOXES),
    "mov": tuple(BOXES),
    "avi": tuple(CHUNKS),
    "mkv": ELEMENTS,
    "webm": ELEMENTS,
    "mpg": START_CODES,
    "ts": START_CODES[2:4],
}
INDEX: dict[str, tuple[tuple[bytes, int], ...]] = {  # a marker, and bytes of index after it
    "mp4": ((b"moov", 1500), (b"moof", 300)),
    "mov": ((b"moov", 1500),),
    "avi": ((b"idx1", 2000), (b"hdrl", 300)),
    "mkv": ((EBML[3], 300), (CUES, 60), (CLUSTER, 12)),
    "webm": ((EBML[3], 300), (CLUSTER, 12)),
    "mpg": ((START_CODES[0], 14),),
}


def _flipped(content: bytes, first: int, last: int, rng: Generator) -> tuple[bytes, str]:
    count = round(float(np.exp(rng.uniform(0, np.log(MOST_FLIPS)))))
    data = np.frombuffer(content, np.uint8).copy()
    data[rng.integers(first, max(first + 1, last), size=count)] ^= rng.integers(
        1, 256, size=count, dtype=np.uint8
    )
    return data.tobytes(), f"{count} bytes between {first} and {last}"


def _header_flipped(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    return _flipped(content, 0, HEADER_BYTES, rng)


def _tail_flipped(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    return _flipped(content, len(content) - TAIL_BYTES, len(content), rng)


def _media_flipped(region: str) -> Damage:
    def flip(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
        first, last = (round(share * len(content)) for share in MEDIA[region])
        return _flipped(content, first, last, rng)

    return flip


def _index_flipped(content: bytes, suffix: str, rng: Generator) -> tuple[bytes, str]:
    if suffix == "ts":  # it has no index; each packet has a head of four bytes
        first = int(rng.integers(len(content) // TS_PACKET)) * TS_PACKET
        return _flipped(content, first, first + 4, rng)
    present = [(at, span) for name, span in INDEX[suffix] for at in _occurrences(content, name)]
    first, span = present[int(rng.integers(len(present)))]
    return _flipped(content, first, min(first + span, len(content)), rng)


def _occurrences(content: bytes, name: bytes) -> list[int]:
    positions, at = [], content.find(name)
    while at >= 0:
        positions.append(at)
        at = content.find(name, at + 1)
    return positions


def _renamed(content: bytes, suffix: str, rng: Generator) -> tuple[bytes, str]:
    """A name becomes another or none: one occurrence, or all."""
    present = [name for name in NAMES[suffix] if name in content]
    old = present[int(rng.integers(len(present)))]
    others = [name for name in NAMES[suffix] if len(name) == len(old) and name != old]
    new = rng.bytes(len(old))
    if others and rng.random() < 0.7:
        new = others[int(rng.integers(len(others)))]
    if rng.random() < 0.3:
        return content.replace(old, new), f"every {old!r} to {new!r}"
    positions = _occurrences(content, old)
    at = positions[int(rng.integers(len(positions)))]
    return content[:at] + new + content[at + len(old) :], f"{old!r} to {new!r} at {at}"


def _run(content: bytes, rng: Generator) -> tuple[int, int]:
    """Start and length of a run, of any size up to the longest."""
    length = round(float(np.exp(rng.uniform(np.log(16), np.log(LONGEST_RUN)))))
    return int(rng.integers(len(content))), length


def _zeros(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    start, length = _run(content, rng)
    data = content[:start] + bytes(length) + content[start + length :]
    return data[: len(content)], f"{length} bytes at {start}"


def _garbage(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    start, length = _run(content, rng)
    data = content[:start] + rng.bytes(length) + content[start + length :]
    return data[: len(content)], f"{length} bytes at {start}"


def _removed(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    start, length = _run(content, rng)
    return content[:start] + content[start + length :], f"{length} bytes at {start}"


def _duplicated(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    start, length = _run(content, rng)
    return content[: start + length] + content[start:], f"{length} bytes at {start}"


def _reordered(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    """Two neighbouring chunks change positions."""
    start, length = _run(content, rng)
    middle, end = start + length, start + 2 * length
    data = content[:start] + content[middle:end] + content[start:middle] + content[end:]
    return data, f"{length} bytes at {start} with those after them"


def _truncated(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    length = int(rng.integers(1, len(content)))
    return content[:length], f"{length} of {len(content)} bytes"


def _appended(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    length = int(rng.integers(1, 65536))
    return content + rng.bytes(length), f"{length} bytes"


def _joined(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    """Two files in one; of the first the end may be missing."""
    share = float(rng.choice([1.0, 1.0, rng.uniform(0.2, 1.0)]))
    return content[: round(share * len(content))] + content, f"{share:.2f} of the file, and it"


def _random(content: bytes, _: str, rng: Generator) -> tuple[bytes, str]:
    """Pure noise, or noise after a good beginning."""
    good = int(rng.choice([0, 0, 16, 64, 1024]))
    return content[:good] + rng.bytes(int(rng.integers(1, len(content)))), f"after {good} bytes"


def _zero_bytes(_: bytes, __: str, ___: Generator) -> tuple[bytes, str]:
    return b"", ""


BYTE_DAMAGE: dict[str, Damage] = {
    "truncated": _truncated,
    "header-flipped": _header_flipped,
    "index-flipped": _index_flipped,
    **{f"{region}-flipped": _media_flipped(region) for region in MEDIA},
    "tail-flipped": _tail_flipped,
    "zeros": _zeros,
    "garbage": _garbage,
    "renamed": _renamed,
    "removed": _removed,
    "duplicated": _duplicated,
    "reordered": _reordered,
    "appended": _appended,
    "joined": _joined,
    "random": _random,
    "zero-bytes": _zero_bytes,
}
