"""Untrusted text: escapes for what cannot be displayed or stored."""

from __future__ import annotations

import re

LONGEST_SHOWN = 120  # characters of one name or value in a message

# Control characters but for line feed and tab, lone surrogates, and what turns the direction of the
# text around it: all of them change what a terminal shows elsewhere.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")
_SURROGATE_BYTES = range(0xDC80, 0xDD00)  # Python's escapes of bytes that are not UTF-8


def printable(text: str) -> str:
    r"""Text with control characters escaped, ESC as `\x1b`.

    Line feeds and tabs stay, so a message may have several lines.

    >>> printable("\x1b[31mred")
    '\\x1b[31mred'
    """
    return _UNPRINTABLE.sub(_escaped, text)


def printable_name(name: str) -> str:
    r"""A file name that can be displayed and stored, escaped reversibly.

    Most names are unchanged. Control characters and bytes that are not UTF-8 are escaped, a byte as
    `\xe9`; in such names backslashes are doubled.
    """
    shown = re.sub(r"[\n\t]", _escaped, printable(name))
    if shown == name:
        return name
    return re.sub(r"[\n\t]", _escaped, printable(name.replace("\\", "\\\\")))


def in_message(text: str) -> str:
    """Text for use in a message: printable; long text is cut, with its length."""
    shown = printable_name(text)
    if len(shown) <= LONGEST_SHOWN:
        return shown
    return f"{shown[: LONGEST_SHOWN // 2]}… ({len(text)} characters)"


def why_unwritable(text: str) -> str:
    """Why text cannot be written to a file or its name, in words; "" if it can."""
    match = _UNWRITABLE.search(text)
    if match is None:
        return ""
    if match[0] == "\0":
        return "it holds a null character"
    return f"it holds {_escaped(match)}, which is half a character and no valid Unicode"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in _SURROGATE_BYTES:
        code -= 0xDC00
    if match[0] in "\n\t":
        return {"\n": r"\n", "\t": r"\t"}[match[0]]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
