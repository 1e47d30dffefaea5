"""Checking folders: problems, the direction of traits, leakage, exit statuses."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from toy_dataset import rows, write_audio, write_table
from toy_tables import (
    TRAITS,
    recorded_rows,
    recruitview_rows,
    traits,
    write_csv,
    write_hirability,
    write_jsonl,
    write_mit,
    write_release,
)

from hirenet_sales.cli import main
from hirenet_sales.data.dataset_check import check_dataset
from hirenet_sales.data.sets.first_impressions import FirstImpressions

NAME = "first-impressions-v2"
PER_SPLIT = {"source-train": 6, "source-validation": 4, "source-calibration": 4}


def run(*arguments: str):
    return CliRunner().invoke(main, ["data", *arguments])


def check(name: str, root: Path, out: Path):
    result = run("check", name, "--root", str(root), "--json", str(out))
    return result, json.loads(out.read_text(encoding="utf-8"))


@pytest.fixture
def table() -> list[dict[str, str]]:
    """Labels as the real ones: the stability column goes with the other four."""
    rng = np.random.default_rng(0)
    found = rows(PER_SPLIT, clips=3)
    for row in found:
        values = traits(rng)
        row |= {trait: str(values[trait]) for trait in TRAITS[:4]}
        row["neuroticism_column"] = str(round(1 - values["neuroticism"], 4))
    return found


def write(folder: Path, table) -> Path:
    write_table(folder, table)
    write_audio(folder, table)
    write_pictures(folder, table)
    return folder


def write_pictures(folder: Path, table) -> None:
    """A tar with one picture a clip; what it shows is looked at by others."""
    with tarfile.open(folder / "faces-train.tar", "w") as tar:
        for row in table:
            member = tarfile.TarInfo(f"{row['clip']}-1.jpg")
            member.size = 1000
            tar.addfile(member, io.BytesIO(b"\xff\xd8\xff" + b"x" * 997))


def test_nothing_to_complain(tmp_path: Path, table) -> None:
    result, found = check(NAME, write(tmp_path / "data", table), tmp_path / "check.json")
    assert result.exit_code == 0, result.output
    assert found["problems"] == []
    assert found["counts"] == {"answers": 42, "interviews": 14, "people": 14}
    assert "No problem." in result.output


def test_polarity_as_the_card_says(tmp_path: Path, table) -> None:
    found = check_dataset(NAME, write(tmp_path, table))["polarity"]
    assert list(found) == list(TRAITS)
    assert all(trait["agrees"] for trait in found.values())
    stability = found["neuroticism"]
    assert stability["declared"] == "reversed"
    assert stability["before"] > 0.9
    assert stability["after"] == pytest.approx(-stability["before"])
    assert found["openness"]["before"] == found["openness"]["after"] > 0.9


@pytest.mark.parametrize("trait", [*TRAITS[:4], "neuroticism_column"])
def test_a_column_that_means_the_opposite_is_a_problem(tmp_path: Path, table, trait: str) -> None:
    for row in table:
        row[trait] = str(1 - float(row[trait]))
    found = check_dataset(NAME, write(tmp_path, table))
    name = trait.removesuffix("_column")
    assert not found["polarity"][name]["agrees"]
    assert f"The polarity of {name} disagrees with the data card" in " ".join(found["problems"])
    assert [t for t, p in found["polarity"].items() if not p["agrees"]] == [name]


def test_unrelated_labels_are_no_disagreement(tmp_path: Path, table) -> None:
    rng = np.random.default_rng(1)
    for row in table:
        row |= {trait: f"{rng.random():.3f}" for trait in (*TRAITS[:4], "neuroticism_column")}
    found = check_dataset(NAME, write(tmp_path, table))["polarity"]
    assert sum(not trait["agrees"] for trait in found.values()) <= 1


def test_leakage_of_the_official_split_and_none_of_the_disjoint(tmp_path: Path, table) -> None:
    write(tmp_path, table)
    found = check_dataset(NAME, tmp_path)["leakage"]
    clips = FirstImpressions(tmp_path).clips
    known = {clip.source for clip in clips if clip.split == "train"}
    held_out = [clip for clip in clips if clip.split == "validation"]
    leaking = [clip.source in known for clip in held_out]
    official = found["official"]["validation"]
    assert official["n"] == len(held_out)
    assert official["share"] == pytest.approx(np.mean(leaking))
    mean = np.mean([c.targets for c in clips if c.split == "train"], axis=0)
    guesses = [
        np.mean([c.targets for c in clips if c.split == "train" and c.source == clip.source], 0)
        if clip.source in known
        else mean
        for clip in held_out
    ]
    labels = np.stack([clip.targets for clip in held_out])
    assert official["look_up"] == pytest.approx(1 - np.abs(labels - np.stack(guesses)).mean())
    assert official["mean"] == pytest.approx(1 - np.abs(labels - mean).mean())
    assert set(found["disjoint"]) == {"source-validation", "source-calibration"}
    for part in found["disjoint"].values():
        assert part["share"] == 0
        assert part["look_up"] == part["mean"]


def problem_of(folder: Path, *texts: str) -> None:
    found = check_dataset(NAME, folder)
    for text in texts:
        assert any(text in problem for problem in found["problems"]), found["problems"]


def test_bad_rows_are_listed_with_their_lines(tmp_path: Path, table) -> None:
    table[0]["openness"] = "1.5"
    table[1]["agreeableness"] = ""
    table.append(dict(table[2]))
    table[4]["split"] = "holdout"
    write(tmp_path, table)
    problem_of(
        tmp_path,
        "clips.csv, line 2: openness is '1.5'",
        "clips.csv, line 3: agreeableness is ''",
        f"clips.csv, line 44: clip '{table[2]['clip']}' is there twice.",
        "Splits holdout are none of train, validation, test",
    )


def test_what_clips_lack_is_counted(tmp_path: Path, table) -> None:
    table[0]["transcription"] = ""
    table[1]["transcription"] = "[laughs 00:00:04]"
    write_table(tmp_path, table)
    write_audio(tmp_path, table[3:])
    write_pictures(tmp_path, table[5:])
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "stranger.mp4").write_bytes(b"x")
    problem_of(
        tmp_path,
        f"1 clip has an empty transcript: {table[0]['clip']}.",
        f"1 clip has a transcript without a spoken word: {table[1]['clip']}.",
        "3 clips have no statistics",
        "5 clips have no portrait",
        "1 recording has no row in the table: stranger.mp4.",
    )


def test_missing_tables_are_missing_streams(tmp_path: Path, table) -> None:
    write_table(tmp_path, table)
    problem_of(
        tmp_path,
        "no audio_spectral26.csv, so the stream audio is missing",
        "no faces-*.tar, so the stream visual is missing",
    )


def test_damaged_tars_and_portraits(tmp_path: Path, table) -> None:
    write(tmp_path, table)
    with tarfile.open(tmp_path / "faces-validation.tar", "w") as tar:
        for name in (f"{table[0]['clip']}-81.jpg", "stranger.001.mp4-1.jpg"):
            member = tarfile.TarInfo(name)
            member.size = 3000
            tar.addfile(member, io.BytesIO(b"x" * 3000))
    (tmp_path / "faces-zzz.tar").write_bytes(b"no tar")
    problem_of(
        tmp_path,
        "2 portraits are no JPEG picture: faces-validation.tar/",
        "1 clip has portraits but no row in the table: stranger.001.mp4.",
        "faces-zzz.tar is a damaged tar file",
    )


def test_damaged_statistics(tmp_path: Path, table) -> None:
    write(tmp_path, table)
    path = tmp_path / "audio_spectral26.csv"
    path.write_text(path.read_text().replace("chroma_stft", "chroma", 1))
    problem_of(tmp_path, "audio_spectral26.csv: columns chroma,")
    path.write_text("clip,a\nx,loud\n")
    problem_of(tmp_path, "audio_spectral26.csv, line 2: a is 'loud', expected a number")


@pytest.mark.parametrize(
    ("content", "message"),
    [("split,clip\ntrain,a\n", "no column youtube_id, openness"), (None, "no clips.csv")],
)
def test_unusable_folders(tmp_path: Path, content: str | None, message: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    if content is not None:
        (folder / "clips.csv").write_text(content)
    result, found = check(NAME, folder, tmp_path / "check.json")
    assert result.exit_code == 2
    assert found["usable"] is False
    assert message in found["problems"][0]
    assert found["polarity"] == found["leakage"] == {}


def test_a_hostile_pickle_is_named(tmp_path: Path, table) -> None:
    write_release(tmp_path, table)
    path = next(tmp_path.rglob("annotation_training.pkl"))
    path.write_bytes(b"cposix\nsystem\n(S'touch " + str(tmp_path / "x").encode() + b"'\ntR.")
    found = check_dataset(NAME, tmp_path)
    assert not found["usable"]
    assert "asks for 'posix.system'" in found["problems"][0]
    assert not (tmp_path / "x").exists()


def test_the_release_without_recordings(tmp_path: Path, table) -> None:
    write_release(tmp_path, table)
    problem_of(tmp_path, "42 times: no such file; copy it into the folder, or take it out of the")


def test_a_problem_is_exit_status_1(tmp_path: Path, table) -> None:
    table[0]["openness"] = "1.5"
    result, found = check(NAME, write(tmp_path / "data", table), tmp_path / "check.json")
    assert result.exit_code == 1
    assert len(found["problems"]) == 1
    assert "openness is '1.5'" in result.output


def test_the_other_data_sets(tmp_path: Path) -> None:
    write_csv(tmp_path / "recorded" / "answers.csv", recorded_rows())
    write_jsonl(tmp_path / "recruitview" / "metadata.jsonl", recruitview_rows())
    write_mit(tmp_path / "mit-interview", people=12)
    write_hirability(tmp_path / "hirability", candidates=30)
    for name in ("recorded", "recruitview", "mit-interview", "hirability"):
        found = check_dataset(name, tmp_path / name)
        assert found["usable"], found["problems"]
        assert found["leakage"]["disjoint"]["test"]["share"] == 0
        assert bool(found["polarity"]) == (name in ("recorded", "recruitview"))
        assert all(trait["agrees"] for trait in found["polarity"].values())
    assert check_dataset("recruitview", tmp_path / "recruitview")["problems"] == [
        "36 times: no such file; copy it into the folder, or take it out of the table: "
        "vid_0000.mp4 (metadata.jsonl, line 1), vid_0001.mp4 (metadata.jsonl, line 2), "
        "vid_0002.mp4 (metadata.jsonl, line 3) and 33 more."
    ]


def test_a_set_that_is_too_small_to_split_says_so(tmp_path: Path) -> None:
    write_csv(tmp_path / "answers.csv", recorded_rows(interviews=2))
    found = check_dataset("recorded", tmp_path)["leakage"]
    assert "cannot be split" in found["disjoint"]["note"]


def test_unknown_sets_and_folders(tmp_path: Path) -> None:
    result = run("check", "nowhere", "--root", str(tmp_path))
    assert result.exit_code == 2
    assert "no data card 'nowhere'" in result.output
    assert run("check", NAME, "--root", str(tmp_path / "none")).exit_code == 2
    assert check_dataset("planted", tmp_path)["usable"] is False


def test_list_and_show() -> None:
    listed = run("list")
    assert listed.exit_code == 0
    for name in (NAME, "recorded", "recruitview", "mit-interview", "hirability", "planted"):
        assert name in listed.output
        shown = run("show", name)
        assert shown.exit_code == 0
        assert "not for" in shown.output
        assert "---" not in shown.output  # the front matter is read, not printed
    assert "turned round" in run("show", NAME).output
    assert run("show", "nowhere").exit_code == 2


@pytest.mark.slow  # all 7,490 clips
def test_the_real_data(first_impressions: Path, tmp_path: Path) -> None:
    found = check_dataset(NAME, first_impressions)
    assert found["counts"]["answers"] == 7490
    assert found["polarity"]["neuroticism"]["before"] > 0.8
    assert all(trait["agrees"] for trait in found["polarity"].values())
    assert found["leakage"]["official"]["validation"]["share"] > 0.8
    assert found["leakage"]["official"]["validation"]["look_up"] > 0.90
    assert found["leakage"]["disjoint"]["source-validation"]["share"] == 0
    assert not [problem for problem in found["problems"] if "line" in problem]
