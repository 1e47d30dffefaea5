"""What differs between two JSON contents, and which of their parts differ from run to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Dates, seconds, versions, and digests: of files that are made on the spot, of a checkpoint.
VOLATILE = frozenset(
    {
        "cell",  # the name of a folder, which ends with a digest
        "cell_seconds",
        "checkpoint_sha256",
        "created",
        "data_digest",
        "libraries",
        "seconds",
        "software",
        "sources",
        "thumbnail",  # a JPEG of a face
        "transcript_sha256",
    }
)
SCRATCH = "SCRATCH"
DIGITS = 8  # significant ones that are written
SHOWN = 80  # characters of a value in a line


def steady(content: Any, folder: Path) -> Any:
    """The content without the keys in VOLATILE, and with SCRATCH in place of the path `folder`."""
    if isinstance(content, dict):
        return {k: steady(v, folder) for k, v in content.items() if k not in VOLATILE}
    if isinstance(content, list):
        return [steady(value, folder) for value in content]
    if isinstance(content, str):
        return content.replace(str(folder), SCRATCH)
    return content


def rounded(content: Any) -> Any:
    """The content as it is written: numbers with a few digits more than are compared."""
    if isinstance(content, dict):
        return {key: rounded(value) for key, value in content.items()}
    if isinstance(content, list):
        return [rounded(value) for value in content]
    return float(f"{content:.{DIGITS}g}") if isinstance(content, float) else content


def differences(
    expected: Any, actual: Any, *, relative: float, absolute: float, at: str = ""
) -> list[str]:
    """One line for every difference of two JSON contents, with its path; none = they agree.

    Keys and lengths agree exactly, numbers to `absolute` plus `relative` times the expected one,
    whether whole or not; a number never becomes a text, a truth value or null.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        lines = [f"{at}.{key} is gone" for key in expected if key not in actual]
        lines += [f"{at}.{k} is new: {_short(v)}" for k, v in actual.items() if k not in expected]
        pairs = [(f"{at}.{k}", expected[k], actual[k]) for k in expected if k in actual]
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return [f"{at}: {len(expected)} entries became {len(actual)}"]
        lines = []
        pairs = [
            (f"{at}[{n}]", old, new)
            for n, (old, new) in enumerate(zip(expected, actual, strict=True))
        ]
    else:
        return _difference(expected, actual, relative, absolute, at)
    for path, old, new in pairs:
        lines += differences(old, new, relative=relative, absolute=absolute, at=path)
    return lines


def _difference(expected: Any, actual: Any, relative: float, absolute: float, at: str) -> list[str]:
    line = f"{at}: {_short(expected)} became {_short(actual)}"
    if not (_is_number(expected) and _is_number(actual)):
        alike = type(expected) is type(actual) and expected == actual
        return [] if alike else [line]
    if abs(actual - expected) <= absolute + relative * abs(expected):
        return []
    return [f"{line} ({actual - expected:+.2g})"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
