"""Pickles of others: data come through, everything else is refused by name and never run."""

from __future__ import annotations

import collections
import contextlib
import datetime
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hirenet_sales.data.safe_pickle import load_pickle
from hirenet_sales.errors import DatasetError

DATA = {"extraversion": {"a.000.mp4": 0.5, "b.001.mp4": np.float64(0.25)}, "n": [1, True, None]}


class Call:
    """Pickles as a call of something, which a trusting reader would run."""

    def __init__(self, function, *arguments) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def write(path: Path, value, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_data_come_through(tmp_path: Path, protocol: int) -> None:
    assert load_pickle(write(tmp_path / "a.pkl", DATA, protocol)) == DATA


@pytest.mark.parametrize("kind", [">f4", "<f8", "<i8", "|u1", "|b1", "<f2"])
def test_numpy_numbers_of_every_kind(tmp_path: Path, kind: str) -> None:
    value = np.ones(1, dtype=kind)[0]
    found = load_pickle(write(tmp_path / "a.pkl", [value]))[0]
    assert found == value
    assert found.dtype.kind == value.dtype.kind


def test_names_as_python_2_wrote_them(tmp_path: Path) -> None:
    python2 = (
        b"(dp0\nS'openness'\np1\n(dp2\nS'clip\\xe9.000.mp4'\np3\n"
        b"cnumpy.core.multiarray\nscalar\np4\n(cnumpy\ndtype\np5\n(S'f8'\np6\nI0\nI1\ntp7\n"
        b"Rp8\n(I3\nS'<'\np9\nNNNI-1\nI-1\nI0\ntp10\nbS'\\x00\\x00\\x00\\x00\\x00\\x00\\xe0?'\n"
        b"p11\ntp12\nRp13\nss."
    )
    path = tmp_path / "annotation_training.pkl"
    path.write_bytes(python2)
    assert load_pickle(path) == {"openness": {"clipé.000.mp4": 0.5}}


@pytest.mark.parametrize(
    ("hostile", "named"),
    [
        (Call(os.system, "touch {}"), "posix.system"),
        (Call(subprocess.Popen, ["touch", "{}"]), "Popen"),
        (Call(eval, "open('{}', 'w')"), "__builtin__.eval"),
        (Call(getattr, {}, "clear"), "__builtin__.getattr"),
        (Call(bytearray, 10**15), "__builtin__.bytearray"),
        (collections.OrderedDict(a=1), "collections.OrderedDict"),
        (datetime.date(2026, 1, 1), "datetime.date"),
        (np.zeros(3), "_reconstruct"),
        (np.random.default_rng, "numpy.random"),
    ],
)
def test_anything_else_is_refused_by_name_and_not_run(tmp_path: Path, hostile, named: str) -> None:
    victim = tmp_path / "victim"
    if isinstance(hostile, Call) and isinstance(hostile.arguments[0], str):
        hostile = Call(hostile.function, hostile.arguments[0].format(victim))
    elif isinstance(hostile, Call) and isinstance(hostile.arguments[0], list):
        hostile = Call(hostile.function, [a.format(victim) for a in hostile.arguments[0]])
    path = write(tmp_path / "a.pkl", {"openness": {"a": hostile}})
    with pytest.raises(DatasetError) as error:
        load_pickle(path)
    assert named in str(error.value)
    assert "Nothing in it was run" in str(error.value)
    assert str(path) in str(error.value)
    assert not victim.exists()


def scalar(code: bytes, content: bytes, order: bytes = b"<") -> bytes:
    """A numpy number of protocol 0 with any type code, byte order and content."""
    return (
        b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S'" + code + b"'\nI0\nI1\ntR"
        b"(I3\nS'" + order + b"'\nNNNI-1\nI-1\nI0\ntbS'" + content + b"'\ntR."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80",
        b"not a pickle at all",
        pickle.dumps(DATA)[:-20],
        scalar(b"O8", b"12345678"),  # an object: numpy would take the bytes for a pointer
        scalar(b"f8,f8", b"1234567812345678"),
        scalar(b"f8", b"123"),  # fewer bytes than the number has
        scalar(b"f8", b"12345678", order=b"X"),
        b"I" + b"9" * 10000 + b"\n.",
        b"h\x05.",  # a memo that was never put
        b"(" * 10 + b".",
        b"c__builtin__\nint\n(S'x'\ntR.",
        b"c__builtin__\ndict\n(I1\ntR.",
        b"c__builtin__\ndict\n}S'keys'\nI1\nsb.",  # changing a class
        b"Pperson\n.",
    ],
)
def test_damage_is_an_error_of_the_house(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"a\.pkl: a damaged pickle, or none"):
        load_pickle(path)


def test_one_pickle_cannot_change_how_the_next_is_read(tmp_path: Path) -> None:
    patch = b"cnumpy\ndtype\n}S'__self__'\nI1\nsb."
    path = tmp_path / "a.pkl"
    path.write_bytes(patch)
    with contextlib.suppress(DatasetError):
        load_pickle(path)
    assert load_pickle(write(tmp_path / "b.pkl", DATA)) == DATA


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        load_pickle(tmp_path / "none.pkl")
