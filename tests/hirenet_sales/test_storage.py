"""`store` on the command line: what is deleted when a person asks for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from extractors.digest import sha256_of
from extractors.store import FeatureKey, FeatureStore
from hirenet_sales.cli import main


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    store, result = FeatureStore(tmp_path / "store"), []
    for number in (1, 2, 3):
        path = tmp_path / f"q{number}.mp4"
        path.write_bytes(bytes([number]))
        for extractor in ("media", "speech"):
            store.put(FeatureKey(sha256_of(path), extractor, "1"), {"n": number})
        result.append(path)
    return result


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["store", *map(str, arguments)])
    return done.exit_code, done.output


def test_one_recording_is_forgotten_and_the_others_stay(recordings: list[Path]) -> None:
    folder = recordings[0].parent / "store"
    assert "transcripts: 3" in run("show", "--store", folder)[1]
    status, output = run("forget", recordings[0], "--store", folder)
    assert (status, output) == (0, f"{recordings[0]}: 2 results deleted\n")
    assert "transcripts: 2" in run("show", "--store", folder)[1]
    assert "nothing was stored" in run("forget", recordings[0], "--store", folder)[1]


def test_an_assessment_names_all_that_it_was_made_from(recordings: list[Path]) -> None:
    folder, assessment = recordings[0].parent / "store", recordings[0].parent / "assessment.json"
    sources = {f"q{n}": sha256_of(path) for n, path in enumerate(recordings[:2], start=1)}
    assessment.write_text(json.dumps({"provenance": {"sources": sources}}))
    for path in recordings:
        path.unlink()
    status, output = run("forget", assessment, "--store", folder)
    assert status == 0
    assert output.count("2 results deleted") == 2
    assert "transcripts: 1" in run("show", "--store", folder)[1]


def test_a_store_is_cut_to_a_size(recordings: list[Path]) -> None:
    folder = recordings[0].parent / "store"
    assert run("prune", "--keep", "1", "--store", folder)[1].endswith("0.0 MB left\n")
    assert "transcripts: 3" in run("show", "--store", folder)[1]
    run("prune", "--keep", "0", "--store", folder)
    assert "transcripts: 0" in run("show", "--store", folder)[1]


def test_what_cannot_be_forgotten_is_said(recordings: list[Path]) -> None:
    folder = recordings[0].parent / "store"
    status, output = run("forget", folder.parent / "gone.mp4", "--store", folder)
    assert status == 2
    assert "gone.mp4: no such file; give a recording" in output
    broken = folder.parent / "assessment.json"
    broken.write_text(json.dumps({"provenance": {"sources": {"q1": "x"}}}))
    status, output = run("forget", broken, "--store", folder)
    assert status == 2
    assert "64 hexadecimal digits" in output


@pytest.mark.parametrize("sources", [[], {}, None, "q1", ["a"]])
def test_an_assessment_that_names_nothing_is_told(recordings: list[Path], sources: object) -> None:
    broken = recordings[0].parent / "assessment.json"
    broken.write_text(json.dumps({"provenance": {"sources": sources}}))
    status, output = run("forget", broken, "--store", broken.parent / "store")
    assert status == 2
    assert "names nothing that it was made from; give the recording instead" in " ".join(
        output.split()
    )


def test_a_deeply_nested_file_is_a_transcript_like_any_other(recordings: list[Path]) -> None:
    deep = recordings[0].parent / "deep.json"
    deep.write_text("[" * 100_000)
    status, output = run("forget", deep, "--store", deep.parent / "store")
    assert (status, output) == (0, f"{deep}: nothing was stored\n")


def test_a_folder_in_the_store_is_no_result(recordings: list[Path]) -> None:
    folder = recordings[0].parent / "store"
    stored = next(folder.rglob("media-*.json"))
    stored.with_name("media-1-2.json").mkdir()
    assert "transcripts: 3" in run("show", "--store", folder)[1]
    assert run("prune", "--keep", "0", "--store", folder)[0] == 0
    assert "transcripts: 0" in run("show", "--store", folder)[1]
    assert run("forget", recordings[0], "--store", folder)[0] == 0
