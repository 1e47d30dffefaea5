"""What is lost of a data set is counted, printed, logged and kept, by every command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner, Result
from clips import grey_steps, tone, truncate, write_clip
from toy_tables import traits, write_csv

from extractors.raw_media import Framing
from hirenet_sales.cli import main
from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.completeness import (
    Completeness,
    Shortfall,
    StreamCount,
    read_completeness,
    summarised,
    write_completeness,
)
from hirenet_sales.data.intake import Intake
from hirenet_sales.experiment import loading

ANSWERS = 24
GONE, EMPTY = "q03.mp4", "q09.mp4"
LOSSES = [
    "answers.csv, line 5: q03.mp4: no such file; copy it into the folder, or take it out of the "
    "table.",
    "answers.csv, line 11: q09.mp4: the file has zero bytes; record or copy it again.",
]
COUNTED = "recorded: 24 answers. Read, of those that name it: audio 22 of 24."
SMALL = {
    "epochs": 1,
    "projection": 4,
    "answer_hidden": 4,
    "interview_hidden": 4,
    "context_hidden": 4,
    "attention_hidden": 4,
    "loggers": [],
}
SPLIT = {"kind": "disjoint", "shares": [0.75, 0.1, 0.15]}


def table(names: list[str]) -> list[dict[str, object]]:
    """One interview of one answer for each recording."""
    rng = np.random.default_rng(0)
    common = {"question": "Why?"}
    return [
        {"interview": f"i{n:02d}", "media": name, **common, **traits(rng)}
        for n, name in enumerate(names)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """24 recordings that can be read, each of its own tone."""
    root = tmp_path_factory.mktemp("whole")
    torch.set_num_threads(1)
    names = [f"q{n:02d}.mp4" for n in range(ANSWERS)]
    for n, name in enumerate(names):
        write_clip(root / name, grey_steps(5), tone(1.0, hz=200 + 20 * n))
    write_csv(root / "answers.csv", table(names))
    return root


@pytest.fixture(scope="module")
def damaged(whole: Path, tmp_path_factory) -> Path:
    """The same, one deleted and one of zero bytes."""
    root = tmp_path_factory.mktemp("damaged") / "data"
    shutil.copytree(whole, root)
    (root / GONE).unlink()
    (root / EMPTY).write_bytes(b"")
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


def invoke(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def train(root: Path, out: Path, cache: Path) -> Result:
    config = out.with_suffix(".yaml")
    content = {"kind": "model", "name": "toy", "model": "hirenet", "options": SMALL}
    content |= {"data": {"name": "recorded", "streams": ["audio"]}, "split": SPLIT}
    config.write_text(yaml.safe_dump(content))
    return invoke("train", config, "--root", root, "--out", out, "--cache", cache)


def experiment(root: Path, out: Path, cache: Path) -> Result:
    config = out.with_suffix(".yaml")
    content = {"name": "toys", "kind": "table", "title": "Toys", "splits": [SPLIT]}
    content |= {"data": {"name": "recorded", "streams": ["audio"]}}
    content |= {"rows": [{"model": "non_sequential", "options": {"classifier": "ridge"}}]}
    config.write_text(yaml.safe_dump(content))
    arguments = ["--root", root, "--out", out, "--cache", cache, "--jobs", 1]
    return invoke("experiment", "run", config, *arguments)


def lines_of(result: Result, start: str) -> list[str]:
    return [
        line.removeprefix(start) for line in result.output.splitlines() if line.startswith(start)
    ]


def test_check_opens_every_recording(damaged: Path, whole: Path, tmp_path: Path) -> None:
    result = invoke(
        "data", "check", "recorded", "--root", damaged, "--json", tmp_path / "check.json"
    )
    assert result.exit_code == 1
    assert (
        "recorded: 24 answers. Read, of those that name it: text 22 of 24, audio 22 of 24, "
        "visual 22 of 24." in result.output.splitlines()
    )
    assert lines_of(result, "problem ") == LOSSES
    found = json.loads((tmp_path / "check.json").read_text())
    assert [loss["file"] for loss in found["data"]["losses"]] == [GONE, EMPTY]
    assert found["data"]["streams"]["audio"] == {"named": 24, "read": 22}
    result = invoke("data", "check", "recorded", "--root", whole)
    assert result.exit_code == 0, result.output
    assert "No problem." in result.output


def test_training_tells_what_it_lost(damaged: Path, cache: Path, tmp_path: Path) -> None:
    result = train(damaged, tmp_path / "run", cache)
    assert result.exit_code == 1
    assert lines_of(result, "recorded: ") == [COUNTED.removeprefix("recorded: ")]
    assert lines_of(result, "lost: ") == LOSSES
    assert f"Checkpoint: {tmp_path / 'run'}" in result.output  # the work went on with the rest
    card = (tmp_path / "run" / "card.md").read_text()
    for told in (COUNTED, *(f"- {loss}" for loss in LOSSES)):
        assert told in card.splitlines()
    assert "| audio | 16 of 18 | 2 of 2 | 4 of 4 |" in card
    assert "test part: 4 answers; 16 of 18 answers to learn from, 2 answers to choose by" in card
    log = (tmp_path / "run" / "log.txt").read_text()
    assert f"INFO {COUNTED}\n" in log
    assert all(f"WARNING {loss}\n" in log for loss in LOSSES)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["answers"]["train"] == {"named": 18, "read": 16, "streams": {"audio": 16}}
    assert metrics["data"]["streams"] == {"audio": {"named": 24, "read": 22}}


def test_an_experiment_tells_what_it_lost(damaged: Path, cache: Path, tmp_path: Path) -> None:
    result = experiment(damaged, tmp_path / "run", cache)
    assert result.exit_code == 1
    assert COUNTED in result.output.splitlines()
    assert lines_of(result, "lost: ") == LOSSES
    shown = (tmp_path / "run" / "table.md").read_text().splitlines()
    assert f"Data, {COUNTED}" in shown
    assert all(f"Lost: {loss}" in shown for loss in LOSSES)
    log = (tmp_path / "run" / "log.txt").read_text()
    assert all(f"WARNING {loss}\n" in log for loss in LOSSES)
    rows = (tmp_path / "run" / "cells.csv").read_text().splitlines()
    column = rows[0].split(",").index("trained_on")
    assert {row.split(",")[column] for row in rows[1:]} - {""} == {"16"}
    again = invoke("experiment", "show", tmp_path / "run")  # from the run folder alone
    assert again.exit_code == 1
    assert lines_of(again, "lost: ") == LOSSES


def test_of_a_whole_data_set_nothing_is_lost(whole: Path, cache: Path, tmp_path: Path) -> None:
    told = COUNTED.replace("22 of 24", "24 of 24")
    for command, out in ((train, tmp_path / "model"), (experiment, tmp_path / "table")):
        result = command(whole, out, cache)
        assert result.exit_code == 0, result.output
        assert told in result.output.splitlines()
        assert not lines_of(result, "lost: ")
        assert read_completeness(out)["recorded"].streams == {"audio": StreamCount(24, 24)}
    assert (
        "test part: 4 answers; 18 answers to learn from"
        in (tmp_path / "model" / "card.md").read_text()
    )


def test_a_run_forgets_what_an_earlier_one_lost(damaged: Path, cache, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(damaged, root)
    assert experiment(root, tmp_path / "run", cache).exit_code == 1
    for name in (GONE, EMPTY):
        shutil.copy(root / "q00.mp4", root / name)
    loading._load.cache_clear()  # another start is another process
    result = experiment(root, tmp_path / "run", cache)
    assert result.exit_code == 0, result.output


def test_where_everything_is_lost_the_error_says_why(damaged: Path, cache, tmp_path: Path) -> None:
    root = tmp_path / "data"
    root.mkdir()
    shutil.copy(damaged / "answers.csv", root)
    result = train(root, tmp_path / "run", cache)
    assert result.exit_code == 2
    assert result.output.splitlines()[-2:] == [
        "Error: recorded: no training interview has a row of audio; there are audio",
        "24 times: no such file; copy it into the folder, or take it out of the table: q00.mp4 "
        "(answers.csv, line 2), q01.mp4 (answers.csv, line 3), q02.mp4 (answers.csv, line 4) and "
        "21 more.",
    ]


@pytest.fixture(scope="module")
def mixed(whole: Path, tmp_path_factory) -> Path:
    """An answer of every kind."""
    root = tmp_path_factory.mktemp("mixed")
    shutil.copy(whole / "q00.mp4", root / "good.mp4")
    (root / "text.mp4").write_text("no recording at all")
    write_clip(root / "heard.mp4", sound=tone(1.0))
    write_clip(root / "seen.mp4", grey_steps(5))
    (root / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,900\nI sold cars\n")
    (root / "broken.srt").write_text("no times")
    rows = table(["good.mp4", "text.mp4", "heard.mp4", "seen.mp4", "", "absent.mp4"])
    transcripts = ["words.srt", "words.srt", "", "", "broken.srt", "absent.srt"]
    write_csv(
        root / "answers.csv",
        [{**row, "transcript": name} for row, name in zip(rows, transcripts, strict=True)],
    )
    return root


def files_of(shortfalls: tuple[Shortfall, ...]) -> list[tuple[str, str]]:
    return [(one.source.removeprefix("answers.csv, line "), one.file) for one in shortfalls]


def test_every_stream_is_counted_by_what_it_is_named_by(mixed: Path, cache: Path) -> None:
    found = load_dataset("recorded", mixed, streams=("audio",), cache=cache).completeness
    assert found.answers == 6
    assert found.streams == {"audio": StreamCount(named=5, read=2)}
    assert files_of(found.losses) == [("3", "text.mp4"), ("7", "absent.mp4")]
    assert ("5", "seen.mp4") in files_of(found.remarks)  # it never had a sound: that is no loss


def test_pictures_and_sound_are_counted_too(mixed: Path, cache: Path) -> None:
    intake = Intake(("audio", "scenes", "waveform"), framing=Framing(size_px=48, per_answer=2))
    found = intake.load("recorded", mixed, cache=cache).completeness
    assert found.streams == {
        "audio": StreamCount(5, 2),
        "scenes": StreamCount(5, 2),
        "waveform": StreamCount(5, 2),
    }
    lost = [file for _, file in files_of(found.losses)]
    assert sorted(set(lost)) == ["absent.mp4", "heard.mp4", "text.mp4"]
    assert lost.count("text.mp4") == 1  # not once a stream


def test_a_recording_that_is_not_needed_is_no_loss(mixed: Path, cache: Path) -> None:
    rows = [{**row, "text": "I sold cars"} for row in table(["good.mp4", "absent.mp4"])]
    (mixed / "said").mkdir()
    write_csv(mixed / "said" / "answers.csv", rows)
    found = load_dataset("recorded", mixed / "said", streams=("text",), cache=cache).completeness
    assert found.streams == {"text": StreamCount(2, 2)}
    assert not found.losses
    assert [one.reason for one in found.remarks] == [
        "no such file; text can be read without it"
    ] * 2


def test_transcripts_are_opened_by_the_check(mixed: Path) -> None:
    result = invoke("data", "check", "recorded", "--root", mixed)
    assert result.exit_code == 1
    told = lines_of(result, "problem ")
    assert any(line.startswith("answers.csv, line 6: broken.srt: line 1: ") for line in told), told
    assert any("text.mp4: not a recording that can be read" in line for line in told)
    remarks = lines_of(result, "remark ")
    assert "answers.csv, line 5: seen.mp4: no sound, so no stream audio." in remarks
    [absent] = [line for line in told if "absent" in line]
    assert absent == (
        "2 times: no such file; copy it into the folder, or take it out of the table: absent.mp4 "
        "(answers.csv, line 7), absent.srt (answers.csv, line 7)."
    )


def test_a_recording_that_breaks_off_is_lost_in_part(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.webm", grey_steps(60), codec="libvpx")
    cut = truncate(whole, 0.5).rename(tmp_path / "cut.webm")
    write_csv(tmp_path / "answers.csv", table([cut.name]))
    result = invoke("data", "check", "recorded", "--root", tmp_path)
    assert result.exit_code == 1
    [told] = [line for line in lines_of(result, "problem ") if "breaks off" in line]
    assert told.startswith("answers.csv, line 2: cut.webm: the file breaks off after ")


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([], []),
        (["gone"], ["t, line 0: f0: gone."]),
        (["gone"] * 2, ["2 times: gone: f0 (t, line 0), f1 (t, line 1)."]),
        (
            ["gone"] * 5,
            ["5 times: gone: f0 (t, line 0), f1 (t, line 1), f2 (t, line 2) and 2 more."],
        ),
        (
            ["off after 1.5 s", "gone", "off after 2 s"],
            [
                "2 times, the first: off after 1.5 s: f0 (t, line 0), f2 (t, line 2).",
                "t, line 1: f1: gone.",
            ],
        ),
    ],
)
def test_many_of_a_kind_are_one_sentence(reasons: list[str], expected: list[str]) -> None:
    shortfalls = [Shortfall(f"t, line {n}", r, f"f{n}", True) for n, r in enumerate(reasons)]
    assert summarised(shortfalls) == expected


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    shortfalls = (Shortfall("t, line 2", "gone", "a.mp4", lost=True), Shortfall("", "odd"))
    found = Completeness(3, {"audio": StreamCount(3, 2)}, shortfalls)
    assert Completeness.from_dict(found.to_dict()) == found
    write_completeness(tmp_path, "one", found)
    write_completeness(tmp_path, "other", Completeness())
    assert read_completeness(tmp_path) == {"one": found, "other": Completeness()}
    (tmp_path / "data.json").write_text("[]")
    assert read_completeness(tmp_path) == {}
