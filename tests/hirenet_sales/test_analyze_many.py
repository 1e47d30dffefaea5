"""Many interviews: a bad one is listed and never stops the rest, and the exit status says so."""

from __future__ import annotations

import contextlib
import errno
import re

import pytest
from click.testing import CliRunner
from toy_assessment import toy_assessment

from extractors.errors import MediaError, WeightsError
from hirenet_sales import analyze_many
from hirenet_sales.cli import main
from hirenet_sales.errors import AnalysisError, CheckpointError

TABLE = "interview,question,media\nann,Why?,a.mp4\nbob,Why?,b.mp4\ncid,Why?,c.mp4\n"


@pytest.fixture
def many(tmp_path):
    (tmp_path / "many.csv").write_text(TABLE, encoding="utf-8")
    for name in "abc":
        (tmp_path / f"{name}.mp4").write_bytes(b"")
    return tmp_path / "many.csv"


def install(monkeypatch, failing: dict[str, BaseException], status: str = "analysed") -> list:
    """Let interviews named in `failing` raise, and the others give the toy assessment."""
    calls = []

    def analyze_interview(interview, **options):
        calls.append((interview.id, options))
        if interview.id in failing:
            raise failing[interview.id].with_traceback(None)
        toy = toy_assessment()
        change = {"status": status} | ({"problems": []} if status == "analysed" else {})
        answers = [answer.model_copy(update=change) for answer in toy.answers]
        options["out_dir"].mkdir(parents=True, exist_ok=True)
        (options["out_dir"] / "report.html").write_text("a report", encoding="utf-8")
        return toy.model_copy(update={"id": interview.id, "answers": answers})

    monkeypatch.setattr(analyze_many, "analyze_interview", analyze_interview)
    return calls


def run(path, *options):
    with contextlib.chdir(path.parent):
        return CliRunner().invoke(main, ["analyze", str(path), "--out", "out", *options])


def test_all_good(monkeypatch, many) -> None:
    calls = install(monkeypatch, {})
    result = run(many, "--streams", "text,visual")
    assert result.exit_code == 0, result.output
    assert [name for name, _ in calls] == ["ann", "bob", "cid"]
    assert [str(options["out_dir"]) for _, options in calls] == ["out/ann", "out/bob", "out/cid"]
    assert calls[0][1]["streams"] == ("visual", "text")
    assert "out/cid/report.html" in result.stdout
    assert not result.stderr


@pytest.mark.parametrize("error", [AnalysisError("no answer could be read"), MediaError("empty")])
def test_a_failed_interview_is_listed_and_the_rest_goes_on(monkeypatch, many, error) -> None:
    install(monkeypatch, {"bob": error})
    result = run(many)
    assert result.exit_code == 1
    assert f"failed bob: {error}" in result.stderr
    assert "out/ann/report.html" in result.stdout and "out/cid/report.html" in result.stdout
    assert "out/bob" not in result.stdout


def test_an_unexpected_error_is_listed_and_the_rest_goes_on(monkeypatch, many) -> None:
    install(monkeypatch, {"bob": ZeroDivisionError("by zero")})
    result = run(many)
    assert result.exit_code == 1
    assert re.search(
        r"^failed bob: an unexpected error \(ZeroDivisionError in test_analyze_many\.py, "
        r"line \d+\): by zero; please report it; --debug shows the traceback\.$",
        result.stderr,
        re.MULTILINE,
    )
    assert "out/ann/report.html" in result.stdout and "out/cid/report.html" in result.stdout
    assert "Traceback" not in result.stderr
    assert "Traceback" in run(many, "--debug").stderr


def test_a_single_interview_that_ends_unexpectedly_was_not_analysed(monkeypatch, many) -> None:
    install(monkeypatch, {"a": ZeroDivisionError("by zero")})
    result = run(many.parent / "a.mp4")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: an unexpected error (ZeroDivisionError in ")


@pytest.mark.parametrize("error", [AnalysisError("no answer"), ZeroDivisionError("by zero")])
def test_where_every_interview_failed_nothing_was_analysed(monkeypatch, many, error) -> None:
    install(monkeypatch, dict.fromkeys(["ann", "bob", "cid"], error))
    result = run(many)
    assert result.exit_code == 2
    assert result.stderr.count("failed ") == 3


def test_a_full_disk_ends_the_run(monkeypatch, many) -> None:
    calls = install(monkeypatch, {"ann": OSError(errno.ENOSPC, "No space left on device", "x")})
    result = run(many)
    assert (result.exit_code, len(calls)) == (2, 1)
    assert "Error: the disk is full while writing x." in result.stderr


@pytest.mark.parametrize("error", [CheckpointError("no checkpoint x"), WeightsError("no Whisper")])
def test_a_fault_of_the_installation_stops_at_once(monkeypatch, many, error) -> None:
    calls = install(monkeypatch, dict.fromkeys(["ann", "bob", "cid"], error))
    result = run(many)
    assert result.exit_code == 2
    assert len(calls) == 1
    assert f"Error: {error}" in result.stderr


@pytest.mark.parametrize(("status", "expected"), [("analysed", 0), ("partial", 1), ("failed", 1)])
def test_failed_answers_show_in_the_exit_status(monkeypatch, many, status, expected) -> None:
    install(monkeypatch, {}, status)
    result = run(many)
    assert result.exit_code == expected
    assert (status in result.stderr) == (status != "analysed")


def test_one_interview_has_the_folder_to_itself(monkeypatch, many) -> None:
    calls = install(monkeypatch, {})
    assert run(many.parent / "a.mp4").exit_code == 0
    assert str(calls[0][1]["out_dir"]) == "out"


def test_an_interrupt_is_told(monkeypatch, many) -> None:
    install(monkeypatch, {"bob": KeyboardInterrupt()})
    result = run(many)
    assert result.exit_code == 130
    assert "Finished work is kept" in result.stderr
