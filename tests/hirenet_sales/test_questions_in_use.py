"""What questions change in an assessment: weights and estimates, beside those without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from hirenet_sales.analyze import analyze_interview
from hirenet_sales.assessment import Assessment
from hirenet_sales.interview import load_interviews

MODEL = "fi-v3"
ASKED = {
    "What do you like about working with customers?": "I like talking to customers. Helping a "
    "customer to find what he needs makes my day, and many of them come back to our shop.",
    "Tell me about a mistake and what you learnt from it.": "Once I forgot to check an invoice. It "
    "was my mistake, and we lost money. I learnt to check everything twice since then.",
    "Where do you see yourself in five years?": "In five years I would like to lead a small team, "
    "and perhaps to have my own office in another town.",
}


@pytest.fixture
def analyzed(tmp_path) -> Callable[..., Assessment]:
    """Written answers under these questions, analysed."""

    def analyze(name: str, questions: list[str], language: str = "en") -> Assessment:
        folder = tmp_path / name
        folder.mkdir()
        answers = []
        for number, (question, words) in enumerate(zip(questions, ASKED.values(), strict=True)):
            (folder / f"{number}.txt").write_text(words, encoding="utf-8")
            answers.append({"question": question, "transcript": f"{number}.txt"})
        description = {"id": name, "language": language, "answers": answers}
        path: Path = folder / "interview.yaml"
        path.write_text(yaml.safe_dump(description), encoding="utf-8")
        return analyze_interview(
            load_interviews(path)[0],
            out_dir=folder / "out",
            checkpoint=MODEL,
            store=tmp_path / "store",
        )

    return analyze


def test_swapped_questions_move_weights_and_estimates(analyzed) -> None:
    right = list(ASKED)
    one, other = analyzed("right", right), analyzed("wrong", [*right[1:], right[0]])
    weights = [[answer.weight for answer in a.answers] for a in (one, other)]
    assert max(abs(a - b) for a, b in zip(*weights, strict=True)) > 0.02
    estimates = [a.traits["openness"].estimate for a in (one, other)]
    assert estimates[0] != estimates[1]
    # Without questions it is one and the same interview.
    assert one.traits_without_questions == other.traits_without_questions
    bare = [[answer.weight_without_questions for answer in a.answers] for a in (one, other)]
    assert bare[0] == bare[1] and sum(bare[0]) == pytest.approx(3, abs=1e-4)
    assert not any("has not learnt to use questions" in notice for notice in one.notices)


def test_a_language_that_cannot_be_compared_is_told(analyzed) -> None:
    assessment = analyzed("deutsch", list(ASKED), "de")
    assert assessment.traits_without_questions is None
    (notice,) = [n for n in assessment.notices if "not compared with the answer" in n]
    assert "'de'" in notice
