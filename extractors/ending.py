"""Ending: whether a file ends where its last part ends, or was cut off within it.

What a browser records states no length, so an upload that broke off is told from a whole one by its
last bytes alone. Only sizes are read, never what they enclose.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

TS_PACKET = 188  # bytes, ISO 13818-1; with a time stamp before each, 192; with parity behind, 204
TS_SIZES = (188, 192, 204)
TAIL = 1 << 16  # bytes at the end of an MPEG program stream that are looked through
UNKNOWN = -1

# Matroska (RFC 9559): what may hold other elements of any number, and be of unknown size.
SEGMENT, CLUSTER, BLOCK_GROUP, SIMPLE_BLOCK = 0x18538067, 0x1F43B675, 0xA0, 0xA3


def is_cut_off(path: Path, format_name: str) -> bool:
    """Whether the last part of a recording reaches beyond the end of its file.

    Parameters
    ----------
    path : the recording
    format_name : FFmpeg's name of its container, such as "matroska,webm"

    Returns
    -------
    bool
        False for a container of which nothing is known here.
    """
    examine = next((f for name, f in FORMATS.items() if name in format_name.split(",")), None)
    if examine is None:
        return False
    with path.open("rb") as file:
        return examine(file, path.stat().st_size)


def _boxes(file: BinaryIO, size: int) -> bool:
    """MP4 and QuickTime: boxes of a stated length, one after the other (ISO 14496-12, 4.2)."""
    position = 0
    while position + 8 <= size:
        file.seek(position)
        head = file.read(16)
        length = int.from_bytes(head[:4])
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:16])
        if length == 0:  # to the end of the file
            return False
        if length < 8 or not head[4:8].isascii():  # garbage: told by what cannot be decoded
            return False
        position += length
    return position > size


def _elements(file: BinaryIO, size: int) -> bool:
    """Matroska and WebM: elements with a length, or without one around others (RFC 8794)."""
    position = 0
    while position < size:
        file.seek(position)
        head = file.read(12)
        identity, id_length = _number(head, keep_mark=True)
        length, length_length = _number(head[id_length:], keep_mark=False)
        if not id_length or id_length > 4:  # garbage, or cut within the first bytes
            return position > 0 and size - position < len(head)
        if not length_length:
            return True
        position += id_length + length_length
        if length == UNKNOWN:
            continue  # look inside
        if identity in (SEGMENT, CLUSTER) and position + length > size:
            return True
        if identity != SEGMENT:
            position += length
    return position > size


def _number(data: bytes, *, keep_mark: bool) -> tuple[int, int]:
    """A number of EBML and its length in bytes; 0 bytes if it is none or cut off."""
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


def _packets(file: BinaryIO, size: int) -> bool:
    """MPEG transport stream: packets of one size (ISO 13818-1, 2.4.3.2)."""
    for packet in TS_SIZES:
        lead = packet - TS_PACKET if packet == 192 else 0
        starts = []
        for number in range(4):
            file.seek(number * packet + lead)
            starts.append(file.read(1))
        if starts == [b"G"] * 4:
            return size % packet != 0
    return False


def _packs(file: BinaryIO, size: int) -> bool:
    """MPEG program stream: packs that hold packets of a stated length (ISO 13818-1, 2.5)."""
    begin = max(0, size - TAIL)
    file.seek(begin)
    tail = file.read()
    position = tail.find(b"\x00\x00\x01\xba")
    while 0 <= position < len(tail):
        code = tail[position : position + 4]
        if len(code) < 4:
            return True
        if code == b"\x00\x00\x01\xb9":
            return False
        if code == b"\x00\x00\x01\xba":
            position = tail.find(b"\x00\x00\x01", position + 4)
        elif code[:3] == b"\x00\x00\x01" and code[3] > 0xBA:
            length = tail[position + 4 : position + 6]
            position += 6 + int.from_bytes(length)
            if len(length) < 2 or position > len(tail):
                return True
        else:  # zeros for filling, or garbage
            position = tail.find(b"\x00\x00\x01\xba", position)
    return False


FORMATS: dict[str, Callable[[BinaryIO, int], bool]] = {
    "matroska": _elements,
    "mov": _boxes,
    "mpegts": _packets,
    "mpeg": _packs,
}
