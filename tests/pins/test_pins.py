"""What must not change while the code is moved: see catalogue.py; `python -m tests.pins --write`.

A pin that fails on purpose is written anew with that command, and the change log says why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pins import catalogue
from tests.pins.catalogue import EXPECTED, PINS, changes
from tests.pins.comparison import differences, rounded, steady, thinned
from tests.pins.workshop import Absent, Workshop

SHOWN = 40


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("pins"))


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * pin.slow) for name, pin in PINS.items()],
)
def test_pin(workshop: Workshop, name: str) -> None:
    try:
        content = PINS[name].make(workshop)
    except Absent as reason:
        pytest.skip(str(reason))
    lines = changes(name, content)
    if lines:
        more = f"\n  and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
        told = "\n  ".join(lines[:SHOWN])
        pytest.fail(
            f"{name} has changed:\n  {told}{more}\n"
            f"If it is meant to: python -m tests.pins --write {name}",
            pytrace=False,
        )


def test_elsewhere_what_is_trained_is_compared_loosely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "alike", lambda: False)
    assert PINS["train_fused"].tolerance() == {"relative": 0.05, "absolute": 0.05}
    assert PINS["sample"].tolerance() == {"relative": 0.0, "absolute": 1e-5}
    monkeypatch.setattr(catalogue, "alike", lambda: True)
    assert PINS["train_fused"].tolerance() == {"relative": 1e-5, "absolute": 1e-6}


def test_every_expected_file_is_that_of_a_pin() -> None:
    assert {path.stem for path in EXPECTED.glob("*.json")} == set(PINS)


@pytest.mark.parametrize(
    ("expected", "actual", "lines"),
    [
        ({"a": [1.0, "x", None, True]}, {"a": [1.000001, "x", None, True]}, []),
        ({"a": 1.0}, {"a": 1.001}, [".a: 1.0 became 1.001 (+0.001)"]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": "0.50"}, {"a": 0.5}, [".a: '0.50' became 0.5"]),
        ({"a": 1}, {"a": True}, [".a: 1 became True"]),
        ({"a": 0.0}, {"a": None}, [".a: 0.0 became None"]),
        ({"a": 1}, {"b": 1}, [".a is gone", ".b is new: 1"]),
        ([1, 2], [1], [": 2 entries became 1"]),
        ([[{"a": "x"}]], [[{"a": "y"}]], ["[0][0].a: 'x' became 'y'"]),
        ([], {}, [": [] became {}"]),
    ],
)
def test_differences(expected: object, actual: object, lines: list[str]) -> None:
    assert differences(expected, actual, relative=1e-5, absolute=1e-6) == lines


def test_many_values_are_summarised() -> None:
    rows = [{"x": n - 50.0, "name": "abc"[n % 3], "y": None} for n in range(100)]
    content = {"few": [1.0, "a"], "many": {"rows": rows, "n": 100}}
    thin = thinned(content)
    assert thinned(thin) == thin
    assert thin["few"] == content["few"]
    assert thin["many"]["n"] == 100
    assert thin["many"]["rows"]["numbers"] == 100
    for change in ({"x": 51.0}, {"x": None}, {"name": "z"}, {"y": 0.0}, {"z": 1}):
        other = {**content, "many": {"rows": [*rows[:-1], {**rows[-1], **change}], "n": 100}}
        assert differences(thin, thinned(other), relative=1e-5, absolute=1e-6), change
    shuffled = {**content, "many": {"rows": rows[::-1], "n": 100}}
    assert differences(thin, thinned(shuffled), relative=1e-5, absolute=1e-6)


@pytest.mark.parametrize("share", [1e-5, 0.05])
def test_a_summary_moves_no_more_than_its_numbers(share: float) -> None:
    numbers = [(-1) ** n * 10.0 ** (n % 7 - 3) for n in range(200)]
    moved = [x * (1 + (-1) ** (n // 3) * share) for n, x in enumerate(numbers)]
    old, new = thinned({"rows": numbers}), thinned({"rows": moved})
    assert not differences(old, new, relative=share * (1 + 1e-9), absolute=1e-12)
    assert differences(old, new, relative=share / 10, absolute=0)


def test_what_is_volatile_is_left_out() -> None:
    content = {"created": "now", "a": [{"seconds": 1.0, "b": "/tmp/x/file"}], "c": 0.1234567891}
    assert steady(content, Path("/tmp/x")) == {"a": [{"b": "SCRATCH/file"}], "c": 0.1234567891}
    assert rounded(content)["c"] == 0.12345679
