"""Text from outside: what of it can be written down, and how the rest is shown."""

from __future__ import annotations

import re

LONGEST_SHOWN = 120  # characters of one name or value in a message

# Control characters but for line feed and tab, lone surrogates, and what turns the direction of the
# text around it: all of them change what a terminal shows elsewhere.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")
_OF_A_BYTE = range(0xDC80, 0xDD00)  # how Python writes a byte of a file name that is not UTF-8


def printable(text: str) -> str:
    r"""Text without control characters: they are written out, an escape as `\x1b`.

    Line feeds and tabs stay, so a message may have several lines.

    >>> printable("\x1b[31mred")
    '\\x1b[31mred'
    """
    return _UNPRINTABLE.sub(_written_out, text)


def printable_name(name: str) -> str:
    r"""A file name that can be shown and stored, and from which the real one can be told.

    Most names stay as they are. In one with control characters or bytes that are not UTF-8 these
    are written out, a byte as `\xe9`, and a backslash of its own is doubled.
    """
    shown = re.sub(r"[\n\t]", _written_out, printable(name))
    if shown == name:
        return name
    return re.sub(r"[\n\t]", _written_out, printable(name.replace("\\", "\\\\")))


def in_message(text: str) -> str:
    """Text as part of a message: printable; of what is too long, its beginning and its length."""
    shown = printable_name(text)
    if len(shown) <= LONGEST_SHOWN:
        return shown
    return f"{shown[: LONGEST_SHOWN // 2]}… ({len(text)} characters)"


def why_unwritable(text: str) -> str:
    """Why text can be no part of a file's name or content, for a person; "" if it can."""
    found = _UNWRITABLE.search(text)
    if found is None:
        return ""
    if found[0] == "\0":
        return "it holds a null character"
    return f"it holds {_written_out(found)}, which is half a character and no valid Unicode"


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code in _OF_A_BYTE:
        code -= 0xDC00
    if found[0] in "\n\t":
        return {"\n": r"\n", "\t": r"\t"}[found[0]]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
