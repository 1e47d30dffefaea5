"""The written interviews of SIOP: the copy that ships, and the folders of a user."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hirenet_sales.cli import main
from hirenet_sales.data.card import load_card
from hirenet_sales.data.catalogue import load_dataset, shipped_copy
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import can_shuffle, with_questions
from hirenet_sales.data.splits import leak, make_split, part_of
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS

SHARES = (0.6, 0.15, 0.25)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> InterviewSet:
    """The copy of siop-2024 that ships."""
    return load_dataset("siop-2024", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder laid out as siop-2019, of twenty people who do not exist."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "person": f"x{n}",
            "part": "train" if n < 14 else "dev",
            **{f"answer_{k}": f"I would say {n} and {k}." for k in range(1, 6)},
            **{trait: f"{rng.uniform(1, 5):.2f}" for trait in TRAITS},
        }
        for n in range(20)
    ]
    return write(tmp_path / "people.csv", rows).parent


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_copy_that_ships_is_read_without_a_folder(small: InterviewSet) -> None:
    copy = shipped_copy("siop-2024")
    assert copy is not None
    assert "Isaac Thompson" in (copy / "LICENSE").read_text(encoding="utf-8")
    answers, people = read(copy / "answers.csv"), read(copy / "people.csv")
    assert small.ids == tuple(small.people) == tuple(dict.fromkeys(r["person"] for r in answers))
    asked = [question for questions in small.questions for question in questions]
    assert asked == [row["question"] for row in answers]
    assert small.question_ids == small.questions
    said = [" ".join(words) for one in small.words for words in one]
    assert sum(map(len, said)) > 0.9 * sum(len(row["answer"]) for row in answers)
    labels = [[float(row[trait]) for trait in TRAITS] for row in people]
    np.testing.assert_allclose(small.labels, labels)
    assert small.level == "interview"


def test_its_traits_are_self_reports(small: InterviewSet) -> None:
    assert {(t.label_kind, t.low, t.high) for t in small.targets} == {("self-report", 1.0, 7.0)}
    apparent = load_card("first-impressions-v2").choose(None)
    assert not {*apparent} & {*small.targets}  # of the same names, and never the same target


def test_its_official_parts_keep_people_apart_and_so_does_validation(small: InterviewSet) -> None:
    assert [len(part_of(small, name)) for name in ("train", "validation")] == [19, 63]
    split = make_split(small, "official", seed=3)
    parts = split.apply(small)
    assert len(parts[2]) == 63
    assert not {*parts[0].people} & {*parts[1].people}
    assert "of the people of training" in split.notes[0]
    assert leak(small, split, "test") == 0


@pytest.mark.parametrize("seed", range(3))
def test_questions_are_held_out(small: InterviewSet, seed: int) -> None:
    split = make_split(small, "questions", seed=seed, shares=SHARES)
    parts = split.apply(small)
    assert all(len(part) > 5 for part in parts)
    for of in ("people", "questions"):
        held = [
            {q for row in part.questions for q in row} if of == "questions" else {*part.people}
            for part in parts
        ]
        assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    used = sum(len(row) for part in parts for row in part.questions)
    assert f"{328 - used} of 328 answers" in split.notes[0]
    assert split == make_split(small, "questions", seed=seed, shares=SHARES)


def test_no_answer_keeps_its_question_in_a_shuffle(small: InterviewSet) -> None:
    shuffled = with_questions(small, "shuffled", seed=0)
    assert can_shuffle(small)
    same = replace(small, questions=tuple(("Why?",) * len(q) for q in small.questions))
    same = replace(same, question_ids=same.questions)
    assert not can_shuffle(same)
    with pytest.raises(DatasetError, match="328 of 328 answers have the question 'Why"):
        with_questions(same, "shuffled", seed=0)
    pairs = zip(small.questions, shuffled.questions, strict=True)
    assert not any(a == b for rows in pairs for a, b in zip(*rows, strict=True))


def test_a_folder_of_siop_2019(folder: Path) -> None:
    found = load_dataset("siop-2019", folder, cache=folder / "cache")
    card = load_card("siop-2019")
    assert len(found) == 20
    assert set(found.question_ids) == {tuple(card.questions)}
    assert set(found.questions) == {tuple(card.questions.values())}
    assert {(t.label_kind, t.low, t.high) for t in found.targets} == {("self-report", 1.0, 5.0)}
    rows = read(folder / "people.csv")
    np.testing.assert_allclose(found.labels, [[float(row[t]) for t in TRAITS] for row in rows])
    assert [" ".join(words) for words in found.words[3]][4] == "I would say 3 and 5."
    assert [len(part_of(found, name)) for name in ("train", "validation")] == [14, 6]
    split = make_split(found, "questions", shares=(0.4, 0.2, 0.4))
    assert len({*split.answers["x0"]}) <= 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [{k: v for k, v in r.items() if k != "answer_3"} for r in rows], "answer_3"),
        (lambda rows: [*rows, rows[0]], "'x0' in people.csv, line 2 and in people.csv, line 22"),
        (lambda rows: [rows[0] | {"openness": "5.5"}, *rows[1:]], "expected a number from 1 to 5"),
        (lambda rows: [{k: v for k, v in r.items() if k != "openness"} for r in rows], "openness"),
    ],
)
def test_a_wrong_table_of_siop_2019(folder: Path, change, message: str) -> None:
    write(folder / "people.csv", change(read(folder / "people.csv")))
    with pytest.raises(DatasetError) as error:
        load_dataset("siop-2019", folder, streams=())
    assert message in str(error.value)


def test_an_answer_of_nobody(tmp_path: Path) -> None:
    copy = shutil.copytree(shipped_copy("siop-2024"), tmp_path / "copy")
    write(copy / "people.csv", read(copy / "people.csv")[1:])
    with pytest.raises(DatasetError, match="line 2: person is 'i003', who has no row in people"):
        load_dataset("siop-2024", copy, streams=())


def test_a_person_without_an_answer_is_spoken_of(tmp_path: Path) -> None:
    copy = shutil.copytree(shipped_copy("siop-2024"), tmp_path / "copy")
    write(copy / "answers.csv", read(copy / "answers.csv")[4:])
    found = load_dataset("siop-2024", copy, streams=())
    assert len(found) == 81
    assert any("i003 has no row in answers.csv" in problem for problem in found.problems)


def test_no_folder_of_siop_2019() -> None:
    with pytest.raises(DatasetError, match="siop-2019: give its folder with --root"):
        load_dataset("siop-2019")


def test_commands_for_data() -> None:
    shown = CliRunner().invoke(main, ["data", "show", "siop-2019"])
    assert shown.exit_code == 0, shown.output
    assert "self-report" in shown.output
    assert "2019_SIOP_Machine_Learning_Winners" in shown.output
    checked = CliRunner().invoke(main, ["data", "check", "siop-2024"])
    assert checked.exit_code == 0, checked.output
    assert "82 people" in checked.output
    lacking = CliRunner().invoke(main, ["data", "check", "siop-2019"])
    assert lacking.exit_code == 2
    assert "give its folder with --root" in lacking.output


def test_the_real_folders(data: Path, tmp_path: Path) -> None:
    if not (data / "siop-2019").is_dir():
        pytest.skip("needs siop-2019 beside the other real data")
    found = load_dataset("siop-2019", data / "siop-2019", streams=())
    assert (len(found), len(part_of(found, "train"))) == (1388, 1088)
    assert np.isfinite(found.labels).all()
    assert not found.problems
    for name in ("siop-2019", "siop-2024"):
        checked = CliRunner().invoke(main, ["data", "check", name, "--root", str(data / name)])
        assert checked.exit_code == 0, checked.output
    copy = shipped_copy("siop-2024")
    for name in ("answers.csv", "people.csv"):
        assert (copy / name).read_bytes() == (data / "siop-2024" / name).read_bytes()
