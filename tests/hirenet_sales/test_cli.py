"""The command line: what it prints, where, and the exit status it leaves."""

from __future__ import annotations

import errno
import json
import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner, Result

import hirenet_sales.interview
from extractors.errors import MediaError
from hirenet_sales.cli import main
from hirenet_sales.cli.output import escape, new_console
from hirenet_sales.errors import AnalysisError, InterviewError
from hirenet_sales.interview import load_interviews
from hirenet_sales.printable import printable, printable_name


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "command", ["", "analyze", "init", "doctor", "schema", "train", "evaluate"]
)
def test_help(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


def test_help_is_quick() -> None:
    """No model library is imported before there is work for one."""
    code = (
        "import sys; from click.testing import CliRunner; from hirenet_sales.cli import main;"
        "CliRunner().invoke(main, ['analyze', '--help']);"
        "print(sorted({'torch', 'mediapipe', 'cv2', 'av', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_init_writes_once(tmp_path) -> None:
    first, second = run("init", tmp_path / "new"), run("init", tmp_path / "new")
    assert first.exit_code == 0 and "interview.yaml" in first.stdout
    assert second.exit_code == 2 and "exists already" in second.stderr
    assert not second.stdout


def test_schema_is_json() -> None:
    result = run("schema")
    assert result.exit_code == 0
    assert "traits" in json.loads(result.stdout)["properties"]


def test_doctor_prints_json() -> None:
    result = run("doctor", "--json")
    findings = json.loads(result.stdout)
    broken = any(finding["needed"] and not finding["present"] for finding in findings)
    assert result.exit_code == int(broken)


def test_doctor_prints_every_finding() -> None:
    names = [finding["name"] for finding in json.loads(run("doctor", "--json").stdout)]
    shown = run("doctor").stdout.replace("│", " ")
    assert all(name.split()[0][:12] in shown for name in names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["analyze", "nowhere.yaml", "--out", "out"], "no such file or folder"),
        (["analyze", ".", "--out", "out"], "holds neither interview.yaml nor files q1.*"),
        (["analyze", "x.mp4", "--out", "o", "--streams", "visual,smell"], "found smell, expected"),
        (["analyze", "x.mp4"], "Missing option '--out'"),
        (["evaluate", "--checkpoint", "c", "--dataset", "fi", "--root", "."], "first-impressions"),
        (["analize"], "No such command 'analize'"),
    ],
)
def test_unusable_input(tmp_path, monkeypatch, arguments: list[str], message: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (AnalysisError("nothing could be analysed"), 2, "Error: nothing could be analysed"),
        (MediaError("q1.mp4: zero bytes"), 2, "Error: q1.mp4: zero bytes"),
        (KeyboardInterrupt(), 130, "Finished work is kept"),
        (
            OSError(errno.ENOSPC, "No space left", "out/a.json"),
            2,
            "disk is full while writing out/",
        ),
    ],
)
def test_errors_become_one_message(monkeypatch, error, status: int, message: str) -> None:
    @click.command()
    def fail() -> None:
        raise error

    monkeypatch.setitem(main.commands, "fail", fail)
    result = run("fail")
    assert result.exit_code == status
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("debug", [False, True])
def test_an_unexpected_error_is_one_sentence(monkeypatch, debug: bool) -> None:
    @click.command()
    def fail() -> None:
        raise ZeroDivisionError("by \x1b[31mzero\n at all")

    monkeypatch.setitem(main.commands, "fail", fail)
    result = run(*["--debug"] * debug, "fail")
    assert result.exit_code == 2 and not result.stdout
    assert re.search(
        r"^Error: an unexpected error \(ZeroDivisionError in test_cli\.py, line \d+\): by "
        r"\\x1b\[31mzero at all; please report it; --debug shows the traceback\.\n$",
        result.stderr,
        re.MULTILINE,
    )
    assert ("Traceback" in result.stderr) is debug
    assert "\x1b" not in result.stderr


def test_debug_may_stand_after_analyze_too(tmp_path, monkeypatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(hirenet_sales.interview, "load_interviews", fail)
    arguments = ("analyze", tmp_path, "--out", tmp_path / "out")
    quiet, loud, first = run(*arguments), run(*arguments, "--debug"), run("--debug", *arguments)
    assert [result.exit_code for result in (quiet, loud, first)] == [2, 2, 2]
    assert ["Traceback" in result.stderr for result in (quiet, loud, first)] == [False, True, True]


def test_what_a_usage_error_repeats_is_printable() -> None:
    result = run("analyze", "x.mp4", "--out", "o", "--streams", "\x1b[31mred")
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr and r"found \x1b[31mred, expected some of" in result.stderr
    assert "Usage: " in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31m\x9b\x7f\r", r"\x1b[31m\x9b\x7f\x0d"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud83d", r"\ud83d"),
        ("caf\u00e9 \u202f \u200d \u0645 \U0001f600", "caf\u00e9 \u202f \u200d \u0645 \U0001f600"),
    ],
)
def test_what_is_printed_cannot_change_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
    console = new_console()
    with console.capture() as capture:
        console.print(escape(text), soft_wrap=True)
    assert capture.get().expandtabs() == f"{shown}\n".expandtabs()


def test_markup_in_a_title_is_printed_as_it_is() -> None:
    console = new_console()
    with console.capture() as capture:
        console.print(escape(r"[bold]Clerk[/bold] :smile: \[red]"))
    assert capture.get() == "[bold]Clerk[/bold] :smile: \\[red]\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a.mp4", "a.mp4"), ("a\\b", "a\\b"), ("a\\\udce9", r"a\\\xe9"), ("a\nb\t", r"a\nb\t")],
)
def test_two_names_of_files_are_never_shown_alike(name: str, shown: str) -> None:
    assert printable_name(name) == shown


def test_init_leads_to_an_interview(tmp_path) -> None:
    run("init", tmp_path)
    (tmp_path / "q3.mp4").write_bytes(b"")
    template = tmp_path / "interview.yaml"
    with pytest.raises(InterviewError, match="consent: given: found nothing"):
        load_interviews(tmp_path)
    without = re.sub(r"^consent:\n(?:[ #].*\n)+", "", template.read_text("utf-8"), flags=re.M)
    template.write_text(without, "utf-8")
    [interview] = load_interviews(tmp_path)
    assert [answer.usable for answer in interview.answers] == [False, False, True, False, False]
