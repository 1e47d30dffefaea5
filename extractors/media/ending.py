"""Detect files that were cut off: whether the parts of a file line up to its end.

Browser recordings state no length, so only the last bytes distinguish an interrupted upload from a
complete one. Only the sizes of parts are read, never their content.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from mmap import ACCESS_READ, mmap
from pathlib import Path

TS_PACKET = 188  # bytes, ISO 13818-1; with a time stamp before each, 192; with parity behind, 204
TS_SIZES = (188, 192, 204)
UNKNOWN = -1

START, PACK, END = b"\x00\x00\x01", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb9"
SEGMENT, CLUSTER = 0x18538067, 0x1F43B675  # of Matroska (RFC 9559)


class Ending(Enum):
    """State of the end of a file."""

    WHOLE = "each begins where the one before ends, and the last ends with the file"
    CUT_OFF = "the last reaches beyond the end of the file"
    BROKEN = "what follows one of them is none"


def ending_of(path: Path, format_name: str) -> Ending:
    """Whether a recording of at least one byte is complete; WHOLE in an unknown container.

    `format_name` is FFmpeg's name of the container, such as "matroska,webm".
    """
    examine = next((f for name, f in FORMATS.items() if name in format_name.split(",")), None)
    if examine is None:
        return Ending.WHOLE
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return examine(content)


def _boxes(content: mmap) -> Ending:
    """MP4 and QuickTime: boxes of a stated length (ISO 14496-12, 4.2)."""
    position = 0
    while position + 8 <= len(content):
        head = content[position : position + 16]
        length = int.from_bytes(head[:4])
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:16])
        if length == 0:  # to the end of the file
            return Ending.WHOLE
        if length < 8 or not head[4:8].isascii():
            return Ending.BROKEN
        position += length
    return Ending.CUT_OFF if position != len(content) else Ending.WHOLE


def _elements(content: mmap) -> Ending:
    """Matroska and WebM: elements with a length, or without one around others (RFC 8794)."""
    position = 0
    while position < len(content):
        head = content[position : position + 12]
        identity, id_length = _number(head, keep_mark=True)
        length, length_length = _number(head[id_length:], keep_mark=False)
        if not id_length or id_length > 4:
            within = position > 0 and len(content) - position < 12
            return Ending.CUT_OFF if within else Ending.BROKEN
        if not length_length:
            return Ending.CUT_OFF
        position += id_length + length_length
        if length == UNKNOWN:
            continue  # look inside
        if identity in (SEGMENT, CLUSTER) and position + length > len(content):
            return Ending.CUT_OFF
        if identity != SEGMENT:
            position += length
    return Ending.CUT_OFF if position > len(content) else Ending.WHOLE


def _number(data: bytes, *, keep_mark: bool) -> tuple[int, int]:
    """An EBML number and its length in bytes; 0 bytes if it is invalid or cut off."""
    if not data or not data[0]:
        return 0, 0
    length = 9 - data[0].bit_length()
    if len(data) < length:
        return 0, 0
    number = int.from_bytes(data[:length])
    if keep_mark:
        return number, length
    number -= 1 << (7 * length)
    return (UNKNOWN if number == (1 << (7 * length)) - 1 else number), length


def _packets(content: mmap) -> Ending:
    """MPEG transport stream: packets of one size (ISO 13818-1, 2.4.3.2)."""
    for packet in TS_SIZES:
        lead = packet - TS_PACKET if packet == TS_SIZES[1] else 0
        marks = content[lead::packet]
        if marks[:4] == b"G" * 4:
            if marks.count(b"G") < len(marks):
                return Ending.BROKEN
            return Ending.CUT_OFF if len(content) % packet else Ending.WHOLE
    return Ending.WHOLE


def _packs(content: mmap) -> Ending:
    """MPEG program stream: packs that hold packets of a stated length (ISO 13818-1, 2.5)."""
    position = max(0, content.find(PACK))
    while position < len(content):
        code = content[position : position + 4]
        if code == END or not any(content[position : position + 2048]):  # filled up with zeros
            return Ending.WHOLE
        if len(code) < 4:
            return Ending.CUT_OFF
        if code == PACK:
            mpeg2 = content[position + 4 : position + 5] >= b"\x40"
            stuffing = content[position + 13 : position + 14]
            position += 14 + (stuffing[0] & 7 if stuffing else 0) if mpeg2 else 12
        elif code[:3] == START and code[3] > PACK[3]:
            length = content[position + 4 : position + 6]
            position += 6 + int.from_bytes(length)
            if len(length) < 2 or position > len(content):
                return Ending.CUT_OFF
        else:
            return Ending.BROKEN
    return Ending.CUT_OFF if position > len(content) else Ending.WHOLE


FORMATS: dict[str, Callable[[mmap], Ending]] = {
    "matroska": _elements,
    "mov": _boxes,
    "mpegts": _packets,
    "mpeg": _packs,
}
