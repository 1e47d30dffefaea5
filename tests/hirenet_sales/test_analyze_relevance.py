"""Relevance from written answers to report.html, by the command."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from extractors.words import contextual_words
from hirenet_sales.assessment import json_schema
from hirenet_sales.cli import main

pytestmark = pytest.mark.skipif(
    find_spec(contextual_words.PACKAGE) is None,
    reason=f"{contextual_words.DISTRIBUTION} is not installed",
)
CONFLICT = "Tell me of a conflict with a colleague and how you solved it."
SKILLS = "How do you keep your skills up to date?"
ANSWERS = {
    CONFLICT: "A colleague and I argued about who leads the project. In the end we talked it over "
    "and found a compromise, and the conflict was solved.",
    SKILLS: "I take a course every year to learn new skills. Each morning I read what is new in my "
    "field, so that my knowledge stays current.",
}


@pytest.fixture
def analyse(tmp_path):
    def run(answers: dict[str, str], **more: str) -> tuple[list[dict], str]:
        rows = []
        for number, (question, text) in enumerate(answers.items(), 1):
            (tmp_path / f"q{number}.txt").write_text(text)
            rows.append({"question": question, "transcript": f"q{number}.txt"})
        path = tmp_path / "interview.yaml"
        path.write_text(yaml.safe_dump({"id": "case", "answers": rows, **more}))
        return analyze(path)

    def analyze(path: Path) -> tuple[list[dict], str]:
        out, store = tmp_path / "out", tmp_path / "store"
        arguments = [path, "--out", out, "--store", store, "--streams", "text", "--overwrite"]
        done = CliRunner().invoke(main, ["analyze", *map(str, arguments)])
        assert (out / "assessment.json").is_file(), done.output
        assessment = json.loads((out / "assessment.json").read_text())
        jsonschema.validate(assessment, json.loads(json_schema()))
        relevance = [answer["relevance"] for answer in assessment["answers"]]
        return relevance, (out / "report.html").read_text()

    run.analyze = analyze
    return run


def test_a_swapped_question_lowers_the_relevance_of_its_answer(analyse):
    own, page = analyse(ANSWERS)
    swapped, _ = analyse({CONFLICT: ANSWERS[SKILLS], SKILLS: ANSWERS[CONFLICT]})
    for right, wrong in zip(own, reversed(swapped), strict=True):  # the same words
        assert right["available"] and wrong["available"]
        assert right["value"] > wrong["value"] + 0.2
        assert right["percentile"] > wrong["percentile"]
        assert "on the question" in [s["topic"] for s in right["sentences"]]
        assert "on the question" not in [s["topic"] for s in wrong["sentences"]]
    assert page.count("Relevance to the question</h3>") == 2 and "nor the person" in page


def test_other_languages_and_assumed_questions_have_a_reason_in_place_of_figures(analyse, tmp_path):
    german, page = analyse(ANSWERS, language="de")
    assert "the transcript is in &#39;de&#39;" in page
    assert not any(relevance["available"] for relevance in german)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "q1.txt").write_text(ANSWERS[CONFLICT])
    assumed, page = analyse.analyze(folder)
    assert not assumed[0]["available"] and "wording of the question was not given" in page
