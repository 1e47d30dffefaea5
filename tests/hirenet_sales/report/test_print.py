"""The printed report: at most two pages and one more a question, each with name and number."""

from __future__ import annotations

import re
import subprocess

import pytest
from browser import CHROMIUM, CHROMIUM_FLAGS
from toy_assessment import toy_assessment

from hirenet_sales.report import write_report


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_print_has_two_pages_and_one_a_question_at_most(tmp_path) -> None:
    assessment = toy_assessment()
    page = write_report(assessment, tmp_path / "r.html")
    pdf = tmp_path / "r.pdf"
    options = (f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer")
    subprocess.run(
        [str(CHROMIUM), *CHROMIUM_FLAGS, *options, f"--print-to-pdf={pdf}", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
    assert len(assessment.answers) < pages <= 2 + len(assessment.answers)


@pytest.mark.parametrize("name", ['a"; } body { display: none', "</style><script>", "Müller\n1"])
def test_the_foot_of_a_page_is_text_whatever_the_interview_is_called(tmp_path, name) -> None:
    renamed = toy_assessment().model_copy(update={"id": name})
    html = write_report(renamed, tmp_path / "r.html").read_text(encoding="utf-8")
    (foot,) = re.findall(r'@bottom-left \{ content: "([^"]*)"', html)
    letters = re.findall(r"\\([0-9a-f]{6})", foot)
    assert "".join(chr(int(code, 16)) for code in letters) == f"Interview {name}"
    assert html.count("<style") == html.count("</style") == html.count("<script") == 1
