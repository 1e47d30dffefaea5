"""Pickles of others, read without running anything that is in them.

A pickle is a program. This reader knows numbers, texts, lists, dictionaries, sets and numpy
numbers, and refuses every other name that a pickle asks for. numpy itself is never called with what
a pickle says: its scalars are rebuilt here from their type code and their bytes.
"""

from __future__ import annotations

import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.errors import DatasetError

MAX_BYTES = 256_000_000  # the largest file of the release has 2 MB
TYPES = (bool, complex, dict, float, frozenset, int, list, set, str, tuple)
BUILTINS = {**{kind.__name__: kind for kind in TYPES}, "long": int, "unicode": str}
BUILTIN_MODULES = ("builtins", "__builtin__")
NUMPY_SCALAR = {("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar")}
NUMBER_CODE = re.compile(r"[<>=|]?[biuf][1248]")
DAMAGE = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


def load_pickle(path: Path) -> Any:
    """What a pickle holds, texts of Python 2 read as Latin-1, as First Impressions V2 needs it.

    Raises
    ------
    DatasetError
        if the file cannot be read, is damaged, or asks for anything but builtins and numpy numbers;
        nothing in it was run.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DatasetError(f"{path}: {size} bytes, expected at most {MAX_BYTES}")
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        return _Unpickler(io.BytesIO(content), path).load()
    except DAMAGE as error:
        raise DatasetError(
            f"{path}: a damaged pickle, or none ({error}); copy it anew from its authors"
        ) from error


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, path: Path) -> None:
        super().__init__(file, encoding="latin1")
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        if module in BUILTIN_MODULES and name in BUILTINS:
            return BUILTINS[name]
        if (module, name) in NUMPY_SCALAR:
            return self._scalar
        if (module, name) == ("numpy", "dtype"):
            return self._type
        if (module, name) == ("_codecs", "encode"):
            return self._encode
        raise DatasetError(
            f"{self._path}: asks for '{module}.{name}'; only numbers, texts, lists, dictionaries "
            "and numpy numbers are read from a pickle. Nothing in it was run; do not open it with "
            "anything else, and get the file from its authors"
        )

    # Bound methods: unlike functions and classes, a pickle cannot change their attributes.
    def _type(self, code: str, *_: Any) -> _NumberType:
        return _NumberType(code)

    def _scalar(self, kind: _NumberType, content: bytes | str) -> Any:
        raw = content.encode("latin1") if isinstance(content, str) else content
        if not isinstance(kind, _NumberType):
            raise pickle.UnpicklingError("a numpy number without its type")
        return np.frombuffer(raw, kind.dtype, count=1)[0]

    def _encode(self, text: str, encoding: str) -> bytes:
        """How protocol 2 writes bytes: as text in Latin-1."""
        if encoding not in ("latin1", "latin-1"):
            raise pickle.UnpicklingError(f"bytes written as {encoding}, expected latin1")
        return text.encode("latin1")


class _NumberType:
    """Stands for numpy.dtype while a pickle is read."""

    def __init__(self, code: str) -> None:
        if not isinstance(code, str) or not NUMBER_CODE.fullmatch(code):
            raise pickle.UnpicklingError(f"a numpy type {code!r}, expected a number's")
        self._code = code.lstrip("<>=|")
        self._order = "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        if order not in ("<", ">", "=", "|"):
            raise pickle.UnpicklingError(f"byte order {order!r}")
        self._order = order

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self._order + self._code)
