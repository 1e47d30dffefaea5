"""Agreement: of a reading with itself 1, with its reverse -1, and told of enough answers alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from toy_assessment import earlier_assessment, toy_assessment

from hirenet_sales.agreement import CONTRIBUTIONS, Agreement, agreement, rank_correlation
from hirenet_sales.assessment import Assessment
from hirenet_sales.cli import main
from hirenet_sales.effect import SALES
from hirenet_sales.errors import AssessmentError
from hirenet_sales.rating import AnswerRating, Rating

QUESTIONS = ("q1", "q2", "q3", "q4")


def rating(rater: str, scores: tuple[int, ...], **change: object) -> Rating:
    answers = [
        AnswerRating(question=question, scores={"Listens": score})
        for question, score in zip(QUESTIONS, scores, strict=False)
    ]
    made = Rating(
        interview="sample-0042",
        rater=rater,
        created="2026-11-28T12:00:00Z",
        criteria=["Listens"],
        answers=answers,
    )
    return made.model_copy(update=change)


def as_moved(assessment: Assessment) -> tuple[int, ...]:
    """Scores in the order of what the answers moved."""
    moved = dict.fromkeys(QUESTIONS, 0.0)
    for part in assessment.contributions:
        if part.trait == SALES:
            moved[part.question] += part.effect
    order = sorted(moved, key=moved.__getitem__)
    return tuple(1 + order.index(q) for q in QUESTIONS)


def pairs(result: Agreement) -> dict[tuple[str, str], float | None]:
    return {(p.one, p.other): p.rank_correlation for p in result.pairs}


def test_readers_are_compared_with_each_other_and_with_the_contributions() -> None:
    toy = toy_assessment()
    same = as_moved(toy)
    result = agreement(
        toy, [rating("A", same), rating("B", tuple(5 - s for s in same)), rating("C", (3,) * 4)]
    )
    ranks = pairs(result)
    assert ranks["A", CONTRIBUTIONS] == 1 and ranks["B", CONTRIBUTIONS] == -1
    assert ranks["A", "B"] == -1 and ranks["A", "C"] is None
    differences = {(p.one, p.other): p.difference for p in result.pairs}
    assert differences["A", "C"] == pytest.approx(1.0)  # 1, 2, 3, 4 against 3
    assert differences["A", CONTRIBUTIONS] is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], None),
        ([1, 2, 3, 4], [5, 5, 5, 5], None),
        ([1, 2, 3, 4], [2, 4, 8, 16], 1.0),
        ([1, 1, 2, 2], [1, 2, 3, 4], 0.894427191),
    ],
)
def test_rank_correlation(one: list[float], other: list[float], expected: float | None) -> None:
    assert rank_correlation(one, other) == (expected and pytest.approx(expected))


def test_few_answers_are_shown_and_not_correlated() -> None:
    result = agreement(toy_assessment(), [rating("A", (1, 2)), rating("B", (2, 4, 4))])
    assert pairs(result)["A", "B"] is None
    assert [p.answers for p in result.pairs if (p.one, p.other) == ("A", "B")] == [2]
    assert result.readings["A"] == {"q1": 1, "q2": 2}


def test_without_contributions_readers_stand_alone() -> None:
    assert CONTRIBUTIONS not in agreement(earlier_assessment(), [rating("A", (1,))]).readings


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ([rating("A", (1,), interview="other")], "are of interview 'other'"),
        ([rating("A", (1,)), rating("A", (2,))], "two ratings by 'A'"),
        ([rating("A", (), answers=[AnswerRating(question="q9")])], "of an answer 'q9'"),
    ],
)
def test_what_cannot_be_compared_is_named(ratings: list[Rating], message: str) -> None:
    with pytest.raises(AssessmentError, match=message):
        agreement(toy_assessment(), ratings)


def test_the_command_prints_readings_and_agreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    toy = toy_assessment()
    toy.write(tmp_path / "assessment.json")
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, one in zip(files, (rating("A", as_moved(toy)), rating("B", (2, 2))), strict=True):
        file.write_text(one.model_dump_json(), encoding="utf-8")
    result = CliRunner().invoke(main, ["agreement", str(tmp_path), *map(str, files)])
    assert result.exit_code == 0, result.output
    rows = [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]
    assert f"A, {CONTRIBUTIONS} 4 1.00" in rows
    assert f"B, {CONTRIBUTIONS} 2 needs 4" in rows
