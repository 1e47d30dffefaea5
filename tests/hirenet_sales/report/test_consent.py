"""The record of consent in the header of the report."""

import datetime

import pytest
from toy_assessment import toy_assessment

from hirenet_sales.interview import Consent
from hirenet_sales.report import write_report

FULL = Consent(
    given=True,
    date=datetime.date(2026, 1, 31),
    recorded_by="<b>HR</b>",
    notice="Notice of May",
    visual=False,
)


@pytest.mark.parametrize(
    ("consent", "shown", "not_shown"),
    [
        (None, ["No consent record"], ["Consent given", "Refused"]),
        (
            FULL,
            ["Consent given", "2026-01-31", "&lt;b&gt;HR", "Notice of May", "extracted:</b> Face."],
            ["No consent record", "<b>HR"],
        ),
        (
            Consent(given=True),
            ["Consent given", "The day is not recorded", "may be analysed"],
            ["Refused"],
        ),
        (Consent(given=False), ["Consent refused", "Face, Voice, Words."], ["Consent given"]),
    ],
    ids=["none", "full", "bare", "refused"],
)
def test_the_header_states_the_consent(tmp_path, consent, shown, not_shown):
    assessment = toy_assessment().model_copy(update={"consent": consent})
    html = write_report(assessment, tmp_path / "report.html").read_text(encoding="utf-8")
    [part] = html.split(' class="consent">')[1:]
    text = part.partition("</header>")[0]
    assert all(part in text for part in shown)
    assert not any(part in text for part in not_shown)
