"""The folder of the results: tried before an analysis, and nobody else's results are lost in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from toy_assessment import toy_assessment

from extractors.digest import sha256_of
from hirenet_sales import analyze
from hirenet_sales.assessment import Assessment
from hirenet_sales.cli import main
from hirenet_sales.errors import OutputError
from hirenet_sales.persist import write_whole
from hirenet_sales.report import ResultFolder, check_writable
from hirenet_sales.report.result_folder import PREVIOUS


@pytest.fixture
def recording(tmp_path) -> Path:
    path = tmp_path / "q1.webm"
    path.write_bytes(b"a recording")
    return path


def made_from(recording: Path, interview_id: str = "a") -> Assessment:
    toy = toy_assessment()
    sources = {"q1": sha256_of(recording), "q2": "0" * 64}
    provenance = toy.provenance.model_copy(update={"sources": sources})
    return toy.model_copy(update={"id": interview_id, "provenance": provenance})


def in_its_path(folder: Path) -> Path:
    (folder / "file").write_bytes(b"")
    return folder / "file" / "out"


def a_report_that_is_a_folder(folder: Path) -> Path:
    (folder / "out" / "report.html").mkdir(parents=True)
    return folder / "out"


def a_previous_one_that_is_a_folder(folder: Path) -> Path:
    (folder / "out" / "assessment.previous.json").mkdir(parents=True)
    return folder / "out"


def not_of_this_world(_: Path) -> Path:
    return Path("/proc/out")


def too_long(folder: Path) -> Path:
    return folder / ("a" * 300)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (in_its_path, "the results cannot be written there (Not a directory); nothing was"),
        (a_report_that_is_a_folder, "report.html: is not an ordinary file, and results are to be"),
        (a_previous_one_that_is_a_folder, "assessment.previous.json: is not an ordinary file, and"),
        (not_of_this_world, "/proc/out: the results cannot be written there ("),
        (too_long, "the results cannot be written there (File name too long)"),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_where_nothing_can_be_written_nothing_is_analysed(
    tmp_path, recording, monkeypatch, make, message: str, many: bool
) -> None:
    def extract(*_: object, **__: object) -> None:
        raise AssertionError("something was analysed")

    monkeypatch.setattr(analyze, "extract_answer", extract)
    path, out = recording, make(tmp_path)
    if many:
        path = tmp_path / "many.csv"
        path.write_text("interview,question,media\nout,a,q1.webm\nb,a,q1.webm\n")
        out = out.parent if "ordinary" in message else out
        if "ordinary" in message:
            shutil.copytree(out / "out", out / "b")
    result = CliRunner().invoke(main, ["analyze", str(path), "--out", str(out)])
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output and "unexpected" not in result.output


def test_a_full_device_is_seen_before_an_analysis(tmp_path, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"written there \(the disk is full\); nothing was"):
        check_writable(tmp_path / "new" / "out")
    assert not list(tmp_path.iterdir())


def test_trying_a_folder_leaves_it_as_it_was(tmp_path) -> None:
    check_writable(tmp_path / "new" / "out")
    assert not list(tmp_path.iterdir())
    (tmp_path / "a.txt").write_text("mine")
    check_writable(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def a_page_of_ones_own(out: Path, _: Path) -> None:
    (out / "report.html").write_text("mine")


def other_data(out: Path, _: Path) -> None:
    (out / "assessment.json").write_text('{"id": "a"}')


def deep_data(out: Path, _: Path) -> None:
    (out / "assessment.json").write_text("[" * 100_000)


def another_interview(out: Path, recording: Path) -> None:
    ResultFolder(out).write(made_from(recording, "b"), {})


def the_same_name(out: Path, recording: Path) -> None:
    ResultFolder(out).write(made_from(recording), {})
    recording.write_bytes(b"another person")


def set_aside_by_another(out: Path, recording: Path) -> None:
    another_interview(out, recording)
    ResultFolder(out).set_aside()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (a_page_of_ones_own, "holds a report.html without its assessment.json"),
        (other_data, "holds an assessment.json that this program did not write"),
        (deep_data, "holds an assessment.json that this program did not write"),
        (another_interview, "holds the results of another interview, 'b', of DATE"),
        (the_same_name, "holds results of an interview 'a' of DATE, made from other recordings"),
        (set_aside_by_another, "holds the results of another interview, 'b', of DATE"),
    ],
)
def test_what_is_not_of_this_interview_is_not_replaced(
    tmp_path, recording, make, message: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    make(out, recording)
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    with pytest.raises(OutputError) as refused:
        ResultFolder(out).check("a", [recording], overwrite=False)
    messages = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "DATE", str(refused.value))
    ending = "give another folder with --out, or replace it with --overwrite"
    assert messages == f"{out}: {message}; {ending}"
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before
    ResultFolder(out).check("a", [recording], overwrite=True)


def test_results_of_the_same_interview_are_replaced(tmp_path, recording) -> None:
    results = ResultFolder(tmp_path / "out")
    results.check("a", [recording], overwrite=False)
    results.write(made_from(recording), {})
    moved = tmp_path / "elsewhere.webm"
    recording.rename(moved)
    results.check("a", [tmp_path / "gone.webm", moved], overwrite=False)
    results.set_aside()
    assert {path.name for path in results.path.iterdir() if path.is_file()} == set(
        PREVIOUS.values()
    )
    results.check("a", [moved], overwrite=False)
    results.write(made_from(moved), {})
    assert {path.name for path in results.path.iterdir() if path.is_file()} == set(PREVIOUS)


def test_a_report_that_fails_leaves_the_previous_results_alone(
    tmp_path, recording, monkeypatch
) -> None:
    results = ResultFolder(tmp_path / "out")
    results.write(made_from(recording), {})
    results.set_aside()
    replace = Path.replace

    def full(part: Path, goal: Path) -> Path:
        if goal.name == "report.html":
            raise OSError(28, "No space left on device")
        return replace(part, goal)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"), results.earlier_named():
        results.write(made_from(recording), {})
    assert {path.name for path in results.path.iterdir() if path.is_file()} == set(
        PREVIOUS.values()
    )


def test_leftovers_of_a_killed_run_are_removed(tmp_path, recording) -> None:
    code = (
        "import os, pathlib, signal, sys; from hirenet_sales.persist import write_whole\n"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_whole(pathlib.Path(sys.argv[1]), 'half')"
    )
    goal = tmp_path / "report.html"
    killed = subprocess.run([sys.executable, "-c", code, goal], check=False)
    assert killed.returncode == -9
    (tmp_path / ".report.html.part").write_text("of an earlier version")
    running = tmp_path / f".report.html.{os.getpid()}.part"
    running.write_text("of a run that goes on")
    foreign = tmp_path / ".download.part"
    foreign.write_text("of somebody else")
    assert len(list(tmp_path.glob(".report.html*part"))) == 3
    ResultFolder(tmp_path).check("a", [recording], overwrite=False)
    assert set(tmp_path.glob(".*")) == {running, foreign}


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, OSError])
def test_an_interrupt_leaves_the_old_file_and_no_part(
    tmp_path, monkeypatch, step: str, interrupt: type[BaseException]
) -> None:
    def stop(*_: object) -> None:
        raise interrupt

    path = write_whole(tmp_path / "a.json", "old")
    monkeypatch.setattr(*((os, step) if step == "fsync" else (Path, step)), stop)
    with pytest.raises(interrupt):
        write_whole(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
