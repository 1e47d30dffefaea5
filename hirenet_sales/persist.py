"""What lies on a disk: files written whole, arrays made once, and digests that address them."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.digest import sha256_of
from extractors.whole_file import PART, whole_file

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "cached_arrays",
    "clear_leftovers",
    "digest",
    "disk_is_full",
    "sha256_of",
    "text_digest",
    "whole_file",
    "write_json",
    "write_whole",
]

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def write_whole(path: Path, text: str) -> Path:
    """Write UTF-8 text, whole or not at all; see `whole_file`.

    Returns
    -------
    Path
        `path`.
    """
    with whole_file(path) as part:
        part.write_bytes(text.encode("utf-8", "replace"))  # a lone surrogate must not stop a page
    return path


def write_json(path: Path, content: Any, *, indent: int | None = 2) -> Path:
    """Write a JSON document, whole or not at all.

    Raises
    ------
    ValueError
        if a number is not finite, for which JSON has no word.
    """
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    return write_whole(path, text + "\n")


def cached_arrays(
    folder: Path, make: Callable[[], Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Arrays of a folder, by name, memory-mapped; made and written the first time.

    The folder appears with all of them at once. Should two processes make the same one, the first
    one's stays.

    Parameters
    ----------
    folder : its name identifies what the arrays were made from and how; see `digest`
    """
    import numpy as np  # commands that only print need none

    if not folder.is_dir():
        part = folder.with_name(f".{folder.name}.{os.getpid()}.{threading.get_native_id()}{PART}")
        try:
            for name, values in make().items():
                with whole_file(part / f"{name}.npy") as path, path.open("wb") as file:
                    np.save(file, values, allow_pickle=False)
            part.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was first
                raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}


def clear_leftovers(path: Path) -> None:
    """Remove temporary files that `whole_file(path)` left when its process was killed."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*part"):
        process = part.name.removeprefix(f".{path.name}.").partition(".")[0]
        if not (process.isdigit() and _runs(int(process))):
            with contextlib.suppress(OSError):
                part.unlink()


def disk_is_full(error: BaseException) -> bool:
    """Whether an error means that the disk or quota is full."""
    return isinstance(error, OSError) and error.errno in NO_ROOM


def text_digest(text: str | bytes) -> str:
    """SHA-256 of a text, of its UTF-8 bytes, hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def digest(*values: Any) -> str:
    """SHA-256 of values, hexadecimal: the same for the same values, in every process.

    Not joblib.hash, which goes by pickles: a list that holds one list twice differs there from one
    that holds two equal ones, an array from its memory map and from its copy in another order, and
    everything with the name of the module that a class lies in.

    Parameters
    ----------
    values : text, bytes, numbers, None, arrays, and dataclasses, mappings and sequences of these;
        a list is the same as a tuple, a dataclass as the mapping of its fields

    Raises
    ------
    TypeError
        for any other type.
    """
    state = hashlib.sha256()
    for piece in _pieces(values):
        state.update(piece)
    return state.hexdigest()


def _pieces(value: Any) -> Iterator[bytes | memoryview]:
    """A value as bytes: each begins with its kind and size, so that no two run into each other."""
    import numpy as np

    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        yield f"array {value.dtype.str} {value.shape};".encode()
        yield np.ascontiguousarray(value).reshape(-1).view(np.uint8).data
    elif value is None or isinstance(value, bool | int | float):
        yield f"{value!r};".encode()
    elif isinstance(value, str | bytes):
        content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        yield f"{type(value).__name__} {len(content)};".encode()
        yield content
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _pieces({field.name: getattr(value, field.name) for field in fields(value)})
    elif isinstance(value, Mapping):
        yield f"mapping {len(value)};".encode()
        for pair in sorted(value.items(), key=lambda pair: str(pair[0])):
            yield from _pieces(pair)
    elif isinstance(value, Sequence):
        yield f"sequence {len(value)};".encode()
        for part in value:
            yield from _pieces(part)
    else:
        raise TypeError(f"a {type(value).__name__} has no digest; give its parts")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of somebody else; or no number of a process
        return True
    return True
