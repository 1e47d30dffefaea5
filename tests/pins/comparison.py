"""What differs between two JSON contents, and which of their parts differ from run to run."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
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
DEPTH = 2  # below it, and in lists and longer tables, more values than these are summarised
VALUES, KEYS = 24, 20
SAMPLES = 6


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


def thinned(content: Any, depth: int = 0) -> Any:
    """The content with a summary in place of every part that has many values.

    Thinning twice is thinning once.
    """
    values = list(_values(content))
    if len(values) <= VALUES:
        return content
    if depth < DEPTH and isinstance(content, dict) and len(content) <= KEYS:
        return {key: thinned(value, depth + 1) for key, value in content.items()}
    return summary(values)


def summary(values: list[tuple[str, Any]]) -> dict[str, Any]:
    """What many values, each with its path, are compared by.

    Numbers by means of log(1 + |x|), in which small and large ones count alike, and by a few of
    them; everything else, and where the numbers stand, by a digest. Where every number moves by a
    share of itself, no mean moves by more, so that the tolerance of a number is that of a mean.
    """
    numbers = [value for _, value in values if _is_number(value)]
    sizes = [math.log1p(abs(number)) for number in numbers]
    count = max(len(numbers), 1)
    others = [(path, 0 if _is_number(value) else value) for path, value in values]
    return {
        "numbers": len(numbers),
        "above zero": sum(s for s, x in zip(sizes, numbers, strict=True) if x > 0) / count,
        "below zero": sum(s for s, x in zip(sizes, numbers, strict=True) if x < 0) / count,
        "later ones weighing more": sum(n * size for n, size in enumerate(sizes)) / count**2,
        "samples": numbers[:: math.ceil(count / SAMPLES)],
        "others": hashlib.sha256(json.dumps(others).encode()).hexdigest()[:12],
    }


def _values(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _values(value, f"{path}.{key}")
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _values(value, f"{path}[{number}]")
    else:
        yield path, content


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
