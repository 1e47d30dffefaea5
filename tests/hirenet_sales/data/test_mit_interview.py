"""MIT Interview: turns to answers, two rounds of one person, ratings, prosody."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from toy_tables import MIT_SCALES, PROSODY, write_mit

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.completeness import StreamCount
from hirenet_sales.data.sets.mit_interview import answers_of, turns
from hirenet_sales.errors import DatasetError


def load(root: Path, **options):
    return load_dataset("mit-interview", root, cache=root / "cache", **options)


def change(path: Path, edit) -> None:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    edit(rows)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def test_the_whole_set(tmp_path: Path) -> None:
    found = load(write_mit(tmp_path, people=3, questions=4))
    assert found.ids == ("p1", "pp1", "p2", "pp2", "p3", "pp3")
    assert found.people.tolist() == ["p1", "p1", "p2", "p2", "p3", "p3"]
    assert len(found.targets) == len(MIT_SCALES) == 18
    assert ((found.labels >= 1) & (found.labels <= 7)).all()
    first, second = set(found.question_ids[0]), set(found.question_ids[1])
    assert len(first) == len(second) == 4
    assert not first & second
    assert found.questions[1][2] == "Round pp question 3?"
    assert found.columns["audio"] == PROSODY
    assert set(found.streams) == {"text", "audio"}
    assert "has no stream visual" in found.problems[0]
    for interview in found.streams["audio"]:
        assert [rows.shape for rows in interview] == [(1, 3)] * 4
    np.testing.assert_array_equal(found.functionals["audio"][0][1], found.streams["audio"][0][1][0])


def test_the_authors_aggregate_is_the_label_else_the_mean(tmp_path: Path) -> None:
    write_mit(tmp_path)
    path = tmp_path / "Labels" / "turker_scores_full_interview.csv"

    def edit(rows):
        for row in rows[1:5]:
            row[2:] = ["2"] * 18 if row[1] == "AGGR" else ["6"] * 18
        rows[4][1] = "w2"  # interview pp1 has two workers and no aggregate

    change(path, edit)
    found = load(tmp_path, streams=())
    np.testing.assert_allclose(found.labels[0], 2)
    np.testing.assert_allclose(found.labels[1], 4)


def test_turns_and_speakers() -> None:
    text = (
        "Interviewer: Tell me. | INTERVIEWEE : I sold | cars. | Interviewer: More? |interviewee:No."
    )
    assert turns(text) == [
        (False, "Tell me."),
        (True, "I sold cars."),
        (False, "More?"),
        (True, "No."),
    ]
    assert turns("nobody says who speaks") == []


@pytest.mark.parametrize("questions", range(1, 5))
def test_no_word_is_lost_whatever_counts_as_a_question(questions: int) -> None:
    answers = ["hi", "one two three four five", "a b c", "yes", "x y z w"]
    text = " | ".join(
        f"Interviewer: Q{k} | Interviewee: {answer}" for k, answer in enumerate(answers)
    )
    found = answers_of(text, questions)
    assert len(found) == questions
    spoken = " ".join(exchange.answer for exchange in found).split()
    assert sorted(spoken) == sorted(" ".join(answers).split())


def test_small_talk_belongs_to_the_answer_before_it() -> None:
    text = (
        "Interviewer: Hi | Interviewee: hello | Interviewer: Who are you? | "
        "Interviewee: a student of engineering | Interviewer: Really? | Interviewee: yes | "
        "Interviewer: Your weakness? | Interviewee: I plan too much"
    )
    found = answers_of(text, 2)
    assert [e.question for e in found] == ["Who are you?", "Your weakness?"]
    assert [e.answer for e in found] == [
        "hello a student of engineering yes",
        "I plan too much",
    ]
    assert len(answers_of(text, 0)) == 4


def test_prosody_that_is_no_number_is_missing_and_told(tmp_path: Path) -> None:
    write_mit(tmp_path)
    change(tmp_path / "Prosody" / "prosodic_features.csv", lambda rows: rows[1].__setitem__(2, "?"))
    found = load(tmp_path)
    assert found.streams["audio"][0][0].shape == (0, 3)
    assert np.isnan(found.functionals["audio"][0][0]).all()
    assert any(
        "P1Q1 has no finite number in mean_pitch; its audio is left out" in problem
        for problem in found.problems
    ), found.problems
    assert found.completeness.streams["audio"] == StreamCount(named=36, read=35)


def test_an_empty_transcript_is_told(tmp_path: Path) -> None:
    write_mit(tmp_path)
    path = tmp_path / "Labels" / "interview_transcripts_by_turkers.csv"
    change(path, lambda rows: rows[0].__setitem__(1, ""))
    found = load(tmp_path)
    assert "p1" not in found.ids
    assert any("p1 has an empty transcript" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        ("turker_scores*", lambda r: r[1].__setitem__(4, "8"), "line 2: Colleague is '8'"),
        ("turker_scores*", lambda r: r[1].__setitem__(4, "x"), "line 2: Colleague is 'x'"),
        ("turker_scores*", lambda r: r[0].__setitem__(4, "Coworker"), "no column Colleague"),
        ("turker_scores*", lambda r: r[1].__setitem__(0, "seven"), "expected such as p7 or pp7"),
        ("prosodic*", lambda r: r[1].__setitem__(0, "P1"), "expected such as P7Q2"),
        ("prosodic*", lambda r: r[0].__setitem__(0, "key"), "no column participant&question"),
        ("prosodic*", lambda r: r.append(r[1]), "P1Q1 is there twice"),
        ("interview_tr*", lambda r: r.append(r[1]), "pp1 is there twice"),
    ],
)
def test_wrong_tables(tmp_path: Path, file: str, edit, message: str) -> None:
    change(next(write_mit(tmp_path).rglob(file)), edit)
    with pytest.raises(DatasetError, match=message):
        load(tmp_path)


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no turker_scores_full_interview\.csv"):
        load(tmp_path)


def test_visual_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="mit-interview has text, audio, not visual"):
        load(write_mit(tmp_path), streams=("visual",))


def test_nobody_rates_an_interview_twice(tmp_path: Path) -> None:
    write_mit(tmp_path)
    ratings = tmp_path / "Labels" / "turker_scores_full_interview.csv"
    change(ratings, lambda rows: rows.append(list(rows[2])))
    with pytest.raises(DatasetError, match=r"line 26: 'AGGR' rated p1 in .*, line 3 too\."):
        load(tmp_path)


@pytest.mark.parametrize("cell", ["nan", "inf", "9", "good"])
def test_a_rating_is_a_number_of_its_scale(tmp_path: Path, cell: str) -> None:
    write_mit(tmp_path)
    ratings = tmp_path / "Labels" / "turker_scores_full_interview.csv"
    change(ratings, lambda rows: rows[1].__setitem__(2, cell))
    with pytest.raises(DatasetError, match=f"line 2: Overall is '{cell}', expected a number from"):
        load(tmp_path)
