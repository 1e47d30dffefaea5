"""`show`: what an assessment says stands in the terminal, in short, in full and for one answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from toy_assessment import HOSTILE, earlier_assessment, toy_assessment, withheld_assessment

from hirenet_sales.assessment import Assessment
from hirenet_sales.cli import main
from hirenet_sales.cli.assessment_tables import NOT_ENOUGH, NOT_MEASURED, print_assessment
from hirenet_sales.effect import SALES
from hirenet_sales.report.contribution_table import contribution_tables
from hirenet_sales.report.summary import strongest_reasons
from hirenet_sales.report.wording import effect_text, estimate_label


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")


def show(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["show", *map(str, arguments)])


def written(assessment: Assessment, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    assessment.write(folder / "assessment.json")
    return folder


def text_of(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return re.sub(r"[│┃\s]+", " ", result.stdout)


def test_every_estimate_stands_with_interval_and_percentile(tmp_path: Path) -> None:
    toy = toy_assessment()
    text = text_of(show(written(toy, tmp_path)))
    for trait, value in toy.traits.items():
        standing = toy.standings[trait]
        assert (
            f"{trait} {value.estimate:.2f} {value.low:.2f} to {value.high:.2f} "
            f"{standing.estimate:.0f} ({standing.low:.0f} to {standing.high:.0f})" in text
        )
    reasons = strongest_reasons(toy)
    assert reasons.raising and reasons.lowering
    for reason in (*reasons.raising, *reasons.lowering):
        effect = effect_text(reason.contribution.effect, SALES)
        assert f"{effect} {reason.number} ({reason.answer.id})" in text
        assert reason.moment is None or (reason.moment.words or "") in text
    for answer in toy.answers:
        assert all(problem in text for problem in answer.problems)
    for row in contribution_tables(toy)[0].rows:
        assert effect_text(row.together.effect, SALES) in text
    assert all(notice in text for notice in toy.notices)


def test_analyze_prints_the_beginning_of_the_same(capsys, tmp_path: Path) -> None:
    print_assessment(toy_assessment())
    short = capsys.readouterr().out.splitlines()
    full = show(written(toy_assessment(), tmp_path)).stdout.splitlines()
    assert short[:-1] == full[: len(short) - 1] and short[-1] == full[-1]
    assert len(short) < len(full)


@pytest.mark.parametrize("question", ["q2", "2"])
def test_one_answer_in_detail(tmp_path: Path, question: str) -> None:
    toy = toy_assessment()
    text = text_of(show(written(toy, tmp_path), "--question", question))
    answer = toy.answers[1]
    assert f"Question 2 (q2): {answer.question}" in text
    for table in contribution_tables(toy):
        [row] = [row for row in table.rows if row.question == "q2"]
        for bar in filter(None, (*row.streams, row.together)):
            assert effect_text(bar.effect, bar.estimate) in text
    measured = [m for s in answer.streams.values() for m in s.moments]
    moving = [m for m in measured if any(e.direction != "none" for e in m.effects.values())]
    assert f"{len(moving)} of {len(measured)} moments measurably move an estimate." in text
    for moment in moving:
        for name, effect in moment.effects.items():
            shown = f"{estimate_label(name).lower()} {effect_text(effect.effect, name)}"
            assert shown in text or effect.direction == "none"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    toy = toy_assessment().model_copy(update={"job_title": "[red]\x1b[31m" + HOSTILE})
    result = show(written(toy, tmp_path))
    assert "\x1b" not in result.stdout and "[red]" in result.stdout


def test_an_assessment_of_the_version_before_says_what_was_not_measured(tmp_path: Path) -> None:
    folder = written(earlier_assessment(), tmp_path)
    text = text_of(show(folder))
    assert NOT_MEASURED in text and "percentile" not in text and "moved by" not in text
    assert NOT_MEASURED in text_of(show(folder, "--question", "q1"))


def test_withheld_estimates_have_their_reason(tmp_path: Path) -> None:
    withheld = withheld_assessment()
    assert f"no estimate is given. {withheld.withheld}" in text_of(
        show(written(withheld, tmp_path))
    )


def test_many_are_a_list_by_name(tmp_path: Path) -> None:
    for name in ("zoe", "ann"):
        written(toy_assessment().model_copy(update={"id": name}), tmp_path / name)
    written(withheld_assessment().model_copy(update={"id": "bob"}), tmp_path / "bob")
    text = text_of(show(tmp_path))
    assert text.index(" ann ") < text.index(" bob ") < text.index(" zoe ")
    assert NOT_ENOUGH in text and "not a ranking" in text
    refused = show(tmp_path, "--question", "q1")
    assert refused.exit_code == 2 and "holds 3 interviews" in refused.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "holds no assessment.json"),
        ("{}", "expected an assessment.json as `hirenet-sales analyze` writes it"),
        ("\xff", "expected an assessment.json"),
    ],
)
def test_what_is_no_result_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "assessment.json").write_text(content, encoding="latin-1")
    refused = show(tmp_path)
    assert refused.exit_code == 2
    assert str(tmp_path) in refused.stderr and message in refused.stderr


def test_an_unknown_answer_is_refused_with_those_there_are(tmp_path: Path) -> None:
    refused = show(written(toy_assessment(), tmp_path), "--question", "q9")
    assert refused.exit_code == 2
    assert "no answer has the id 'q9'" in refused.stderr and "q5" in refused.stderr
