"""Damaged recordings are read as far as they can be, with a remark, and never worse than that.

`python -m tests.damage_report` prints the same as a table, and makes one file again from its name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading

import pytest

from extractors.digest import sha256_of
from tests.extractors.damage import damaged_file, damaged_files, pairs
from tests.extractors.damage_packets import packets_of, write_packets
from tests.extractors.damage_reading import read_recording
from tests.extractors.damage_sample import (
    ALL_CONTAINERS,
    CONTAINERS,
    LENGTH_S,
    SAMPLE,
    undamaged,
)
from tests.extractors.damage_trial import GOOD_VERDICTS, VERDICTS, Trial, trials
from tests.extractors.watchdog import Ended, guarded

SEED, COUNT = 9, 320  # every kind in every container at least once


@pytest.fixture(scope="module")
def tried(tmp_path_factory) -> list[Trial]:
    """Every damaged recording, read once for all tests."""
    folder = tmp_path_factory.mktemp("damaged")
    return list(trials(SAMPLE, folder, seed=SEED, count=COUNT))


@pytest.mark.parametrize("verdict", [name for name in VERDICTS if name not in GOOD_VERDICTS])
def test_no_damaged_recording_ends_in(tried: list[Trial], verdict: str) -> None:
    met = [str(trial) for trial in tried if trial.verdict == verdict]
    assert not met, f"{len(met)} of {len(tried)}:\n" + "\n".join(met)


def test_damage_is_of_every_kind_and_does_not_ruin_everything(tried: list[Trial]) -> None:
    assert {(t.damaged.kind, t.damaged.container) for t in tried} == set(pairs())
    verdicts = [trial.verdict for trial in tried]
    assert verdicts.count("refused") < COUNT / 5
    assert verdicts.count("in full") > COUNT / 20  # nearly all damage is told, if by a remark


@pytest.mark.parametrize("container", ALL_CONTAINERS)
def test_an_undamaged_recording_is_read_in_full_without_a_remark(tmp_path, container: str) -> None:
    reading = read_recording(undamaged(SAMPLE, tmp_path, container))
    assert not (reading.refused or reading.escaped or reading.unsound)
    assert reading.length_s == pytest.approx(LENGTH_S, abs=0.1)
    assert reading.sound_s == pytest.approx(LENGTH_S, abs=0.1)
    if container == "float-wav":
        assert reading.picture_s == 0 and all("no picture" in told for told in reading.remarks)
    else:
        assert reading.picture_s == pytest.approx(LENGTH_S) and not reading.remarks


@pytest.mark.parametrize("container", CONTAINERS)
def test_packets_that_are_written_anew_are_no_damage(tmp_path, container: str) -> None:
    whole = undamaged(SAMPLE, tmp_path, container)
    again = tmp_path / f"again{whole.suffix}"
    write_packets(whole, again, container, packets_of(whole))
    assert read_recording(again) == read_recording(whole)


def test_the_same_seed_makes_the_same_bytes_and_a_name_makes_them_again(tmp_path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    first = list(damaged_files(SAMPLE, folders[0], 3, 20))
    for whole in folders[0].glob("*-undamaged.*"):  # encoders of several threads may differ
        shutil.copy(whole, folders[1])
    second = list(damaged_files(SAMPLE, folders[1], 3, 20))
    contents = [sha256_of(damaged.path) for damaged in first]
    assert [damaged.parameters for damaged in second] == [d.parameters for d in first]
    assert [sha256_of(damaged.path) for damaged in second] == contents
    for damaged, content in zip(first, contents, strict=True):
        damaged.path.unlink()
        assert damaged_file(SAMPLE, folders[0], damaged.path.name) == damaged
        assert sha256_of(damaged.path) == content
    others = [sha256_of(damaged.path) for damaged in damaged_files(SAMPLE, folders[0], 4, 20)]
    assert set(others).isdisjoint(set(contents) - {hashlib.sha256(b"").hexdigest()})
    with pytest.raises(ValueError, match="this seed and number now make"):
        damaged_file(SAMPLE, folders[0], "mp4_no-such-kind_3_0.mp4")


def _bad(what: str) -> str:
    """A task that hangs or dies when it is told to."""
    if what == "hang":
        threading.Event().wait()
    if what == "death":
        os._exit(3)
    return what.upper()


def test_the_watchdog_names_what_hangs_or_dies_and_goes_on() -> None:
    items = ["one", "hang", "two", "death", "three"]
    outcomes = dict(guarded(_bad, items, limit_s=5.0))
    assert list(outcomes) == items
    assert [outcomes[name] for name in ("one", "two", "three")] == ["ONE", "TWO", "THREE"]
    assert outcomes["hang"] == Ended("hang", "over 5 s")
    assert outcomes["death"] == Ended("death", "exit code 3")
