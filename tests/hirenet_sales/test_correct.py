"""A corrected transcript: read in place of the recognised words, marked, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from toy_assessment import toy_assessment
from toy_recording import write_answer, write_interview

from hirenet_sales.assessment import Assessment
from hirenet_sales.captions import webvtt
from hirenet_sales.cli import main
from hirenet_sales.report import ResultFolder
from hirenet_sales.report.transcript_folder import TRANSCRIPTS, TranscriptFolder


def run(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def analysed(tmp_path_factory) -> tuple[Path, Path, Path]:
    """Folder of the results, the interview, and the store."""
    folder = tmp_path_factory.mktemp("correct")
    good = write_answer(folder / "good.mp4")
    path = write_interview(folder, good, 2, job_title="Seller")
    out, store = folder / "out", folder / "store"
    done = run("analyze", path, "--out", out, "--store", store, "--streams", "text")
    assert done.exit_code == 0, done.output
    assert "report.html (" in done.output and " MB)" in done.output
    return out, path, store


def test_a_correction_is_analysed_and_the_earlier_result_stays(analysed) -> None:
    out, interview, store = analysed
    unchanged = run("correct", out, interview, "--store", store)
    assert unchanged.exit_code == 2 and "no transcript differs from what was read" in (
        unchanged.stderr
    )
    before = Assessment.read(out / "assessment.json")
    file = out / TRANSCRIPTS / "q1.vtt"
    edited = file.read_text(encoding="utf-8").replace("people", "customers")
    file.write_text(edited, encoding="utf-8")
    done = run("correct", out, interview, "--store", store)
    assert done.exit_code == 0, done.output
    first, second = Assessment.read(out / "assessment.json").answers
    assert "customers" in [word.text for word in first.transcript]
    assert (first.transcript_source, second.transcript_source) == ("corrected", "given")
    assert "Corrected by hand" in (out / "report.html").read_text(encoding="utf-8")
    assert Assessment.read(out / "assessment.previous.json") == before
    assert file.read_text(encoding="utf-8") == edited
    again = run("correct", out, interview, "--store", store)
    assert again.exit_code == 2 and "no transcript differs" in again.stderr


def test_results_of_another_interview_are_not_corrected(tmp_path, analysed) -> None:
    ResultFolder(tmp_path).write(toy_assessment(), {})
    file = tmp_path / TRANSCRIPTS / "q1.vtt"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    done = run("correct", tmp_path, analysed[1])
    assert done.exit_code == 2 and "'sample-0042', but the description has case" in done.stderr


def test_a_folder_without_results_is_refused(tmp_path, analysed) -> None:
    done = run("correct", tmp_path, analysed[1])
    assert done.exit_code == 2 and "give the folder of an analysis" in done.stderr


def test_an_edit_survives_another_analysis(tmp_path) -> None:
    transcripts = TranscriptFolder(tmp_path / TRANSCRIPTS)
    toy = toy_assessment()
    transcripts.write(toy)
    assert transcripts.corrected(toy) == {} and transcripts.new(toy) == []
    written = {path.stem for path in transcripts.path.iterdir()}
    assert written == {answer.id for answer in toy.answers if webvtt(answer)}
    file = transcripts.file_of(toy.answers[0])
    file.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nmine\n", encoding="utf-8")
    assert transcripts.new(toy) == ["q1"]
    transcripts.write(toy)
    assert "mine" in file.with_suffix(".previous.vtt").read_text(encoding="utf-8")
    assert transcripts.corrected(toy) == {}


def test_a_transcript_of_another_interview_is_no_correction(tmp_path) -> None:
    transcripts = TranscriptFolder(tmp_path / TRANSCRIPTS)
    toy = toy_assessment()
    failed = toy.answers[4]
    transcripts.path.mkdir()
    transcripts.file_of(failed).write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nold\n")
    transcripts.write(toy)
    assert transcripts.corrected(toy) == {}
