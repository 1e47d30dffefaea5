"""What questions change, on the page: weights and estimates beside those without them."""

from __future__ import annotations

from toy_assessment import toy_assessment

from hirenet_sales.report import write_report


def test_weights_and_estimates_without_questions_are_shown(tmp_path) -> None:
    plain = toy_assessment()
    page = write_report(plain, tmp_path / "plain.html").read_text(encoding="utf-8")
    assert "Without the wording of the questions" not in page

    answers = [
        answer.model_copy(update={"weight_without_questions": 0.37}) for answer in plain.answers
    ]
    traits = dict.fromkeys(plain.traits, 0.23)
    compared = plain.model_copy(update={"answers": answers, "traits_without_questions": traits})
    page = write_report(compared, tmp_path / "compared.html").read_text(encoding="utf-8")
    assert "Without the wording of the questions" in page
    for trait in plain.traits.values():
        assert f"0.23 (with it {trait.estimate:.2f})" in page
    weighed = sum(answer.weight is not None for answer in answers)
    assert page.count("0.37)") == weighed > 0
