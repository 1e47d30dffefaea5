"""The page says what is checked, with the limits that are used."""

from __future__ import annotations

from pathlib import Path

from extractors.checks import CHECKS, as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "recording-checks.md"


def test_the_page_holds_the_table_that_the_doctor_prints() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("<!-- checks -->\n")[1].split("<!-- /checks -->")[0]
    assert table == as_markdown()


def test_every_check_is_told_in_full() -> None:
    assert all(check.subject and check.limit and check.consequence for check in CHECKS)
    assert len({check.subject for check in CHECKS}) == len(CHECKS)
    assert "|" not in "".join(c.subject + c.limit + c.consequence for c in CHECKS)
