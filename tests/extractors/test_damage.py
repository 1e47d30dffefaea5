"""Damaged recordings are read as far as they can be, with a remark, and never worse than that.

`python -m tests.damage_report` prints the same as a table, and makes one file again from its name.
"""

from __future__ import annotations

import hashlib
import shutil

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

SEED, FEW, COUNT = 9, 24, 320  # COUNT has every kind in every container at least once


@pytest.fixture(scope="module", params=[FEW, pytest.param(COUNT, marks=pytest.mark.slow)])
def tried(tmp_path_factory, request) -> list[Trial]:
    """Damaged recordings, each read once for all tests."""
    folder = tmp_path_factory.mktemp("damaged")
    return list(trials(SAMPLE, folder, seed=SEED, count=request.param))


@pytest.mark.parametrize("verdict", [name for name in VERDICTS if name not in GOOD_VERDICTS])
def test_no_damaged_recording_ends_in(tried: list[Trial], verdict: str) -> None:
    met = [str(trial) for trial in tried if trial.verdict == verdict]
    assert not met, f"{len(met)} of {len(tried)}:\n" + "\n".join(met)


def test_damage_is_of_every_kind_and_does_not_ruin_everything(tried: list[Trial]) -> None:
    tried_pairs = {(t.damaged.kind, t.damaged.container) for t in tried}
    assert tried_pairs == set(pairs()) if len(tried) == COUNT else tried_pairs < set(pairs())
    verdicts = [trial.verdict for trial in tried]
    assert verdicts.count("refused") < len(tried) / 5
    assert verdicts.count("in full") > len(tried) / 20  # nearly all damage is told by a remark


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
