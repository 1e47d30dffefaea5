"""Digests that are the same everywhere, and arrays that are made once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hirenet_sales.persist import cached_arrays, digest, text_digest, whole_file, write_json


@dataclass(frozen=True)
class Size:
    width: int
    height: int


ARRAY = np.arange(12.0).reshape(3, 4)


def _mapped(folder: Path) -> np.ndarray:
    np.save(folder / "a.npy", ARRAY)
    return np.load(folder / "a.npy", mmap_mode="r")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, "a"], (1, "a")),
        ({"a": 1, "b": 2}, OrderedDict([("b", 2), ("a", 1)])),
        (Size(1, 2), {"height": 2, "width": 1}),
        (ARRAY, np.asfortranarray(ARRAY)),
        (ARRAY[:, :2], ARRAY[:, :2].copy()),
        (np.float64(0.5), 0.5),
    ],
)
def test_the_same_values_have_the_same_digest(one: Any, other: Any) -> None:
    assert digest(one) == digest(other)


def test_a_memory_map_has_the_digest_of_its_array(tmp_path: Path) -> None:
    assert digest(_mapped(tmp_path)) == digest(ARRAY)


def test_equal_lists_and_one_list_twice_have_the_same_digest() -> None:
    part = [1, 2]
    assert digest([part, part]) == digest([part, list(part)])  # joblib.hash tells them apart


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        ([["a"], "b"], [["a", "b"]]),
        ("1", 1),
        ("a", b"a"),
        (None, "None"),
        ([], {}),
        (ARRAY, ARRAY.reshape(4, 3)),
        (ARRAY, ARRAY.astype(np.float32)),
        (np.zeros((0, 3)), np.zeros((0, 4))),
    ],
)
def test_other_values_have_another_digest(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_a_digest_is_the_same_in_every_process_and_version() -> None:
    """It addresses what lies on people's disks: another one would have all of it made anew."""
    expected = "a6c902f4"
    code = (
        "import numpy as np; from hirenet_sales.persist import digest; "
        "print(digest({'b': [1, 2.5, None, True], 'a': 'é'}, np.arange(3, dtype='<i4'))[:8])"
    )
    for seed in ("1", "2"):  # of the hashes of text
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected


def test_what_has_no_value_has_no_digest() -> None:
    with pytest.raises(TypeError, match="a set has no digest"):
        digest({1, 2})


def test_a_text_has_the_digest_of_its_bytes() -> None:
    assert text_digest("é") == text_digest("é".encode())


def test_arrays_are_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "address"
    made = cached_arrays(folder, lambda: {"a": ARRAY, "none": np.zeros((0, 1))})
    again = cached_arrays(folder, lambda: pytest.fail("made anew"))
    for arrays in (made, again):
        np.testing.assert_array_equal(arrays["a"], ARRAY)
        assert arrays["none"].shape == (0, 1) and arrays.keys() == {"a", "none"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_arrays_that_could_not_be_made_leave_nothing(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def make() -> dict[str, np.ndarray]:
        raise error

    with pytest.raises(error):
        cached_arrays(tmp_path / "address", make)
    assert list(tmp_path.iterdir()) == []


def test_of_two_that_make_the_same_arrays_the_first_stays(tmp_path: Path) -> None:
    folder = tmp_path / "address"

    def make() -> dict[str, np.ndarray]:
        cached_arrays(folder, lambda: {"a": ARRAY})  # another process meanwhile
        return {"a": ARRAY + 1}

    np.testing.assert_array_equal(cached_arrays(folder, make)["a"], ARRAY)
    assert list(tmp_path.iterdir()) == [folder]


def test_json_has_no_word_for_what_is_not_finite(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "of" / "a.txt", tmp_path / "link.txt"
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to(target)
    with whole_file(link) as part:
        part.write_text("new")
    assert link.is_symlink() and target.read_text() == "new"


def test_a_device_is_written_itself() -> None:
    null = Path(os.devnull)
    with whole_file(null) as part:
        assert part == null
    assert not null.is_file()
