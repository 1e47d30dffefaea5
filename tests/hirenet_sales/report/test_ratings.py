"""Ratings in the report: made, saved, loaded, compared; estimates wait for them where asked."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from toy_assessment import HOSTILE, toy_assessment

from hirenet_sales.agreement import CONTRIBUTIONS, agreement
from hirenet_sales.rating import GENERAL_CRITERIA, Rating
from hirenet_sales.report import write_report

AXE = importlib.util.find_spec("axe_playwright_python")
CRITERIA = ["Listens before proposing", HOSTILE]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def report(folder: Path, **change: object) -> Path:
    return write_report(toy_assessment().model_copy(update=change), folder / "report.html")


def rate(page: Browser, number: int, *scores: int) -> None:
    for criterion, score in enumerate(scores, 1):
        page.read(
            f"document.querySelector('input[name=rate-{number}-{criterion}][value=\"{score}\"]')"
            ".click()"
        )


SHOWN = (
    "[...document.querySelectorAll('#q1 > *, main > section')].filter(e => e.checkVisibility())"
    ".length"
)
STATE = "document.getElementById('rating-state').textContent"


def test_the_criteria_are_those_of_the_position_or_general(tmp_path: Path) -> None:
    html = report(tmp_path).read_text(encoding="utf-8")
    for criterion in GENERAL_CRITERIA:
        assert html.count(f'data-criterion="{criterion}"') == 4  # the failed answer has no form
    own = report(tmp_path, criteria=CRITERIA).read_text(encoding="utf-8")
    assert own.count(f'data-criterion="{CRITERIA[0]}"') == 4 and HOSTILE not in own


def test_what_is_saved_is_read_back_and_agrees_with_the_page(
    chromium: Browser, tmp_path: Path
) -> None:
    toy = toy_assessment()
    chromium.open(report(tmp_path, criteria=CRITERIA))
    for number, scores in enumerate([(1, 2), (2, 2), (5, 4), (3, 5)], 1):
        rate(chromium, number, *scores)
    chromium.read("document.getElementById('rater').value = 'AB'")
    file = tmp_path / "ratings.json"
    file.write_text(chromium.read("JSON.stringify(ratingsAsJson())"), encoding="utf-8")
    rating = Rating.read(file)
    assert rating.means == {"q1": 1.5, "q2": 2.0, "q3": 4.5, "q4": 4.0}
    [pair] = agreement(toy, [rating]).pairs
    assert pair.other == CONTRIBUTIONS and pair.rank_correlation is not None
    assert f"moved: {pair.rank_correlation:.2f}, of 4 answers" in chromium.read(STATE)

    chromium.open(report(tmp_path, criteria=CRITERIA))
    chromium.read(f"takeRatings({file.read_text(encoding='utf-8')})")
    again = chromium.read("JSON.stringify(ratingsAsJson())")
    assert json.loads(again)["answers"] == json.loads(file.read_text(encoding="utf-8"))["answers"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("null", "holds no ratings"),
        ('{schema_version: "1.0", answers: [], interview: "x"}', "are of interview x"),
    ],
)
def test_another_file_is_refused(
    chromium: Browser, tmp_path: Path, content: str, message: str
) -> None:
    chromium.open(report(tmp_path))
    chromium.read(f"takeRatings({content})")
    assert message in chromium.read(STATE)


def test_ratings_without_a_name_are_not_saved(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(report(tmp_path))
    chromium.click("#save-ratings")
    assert "Enter your name" in chromium.read(STATE)


def test_estimates_wait_for_the_rating_where_the_position_says_so(
    chromium: Browser, tmp_path: Path
) -> None:
    chromium.open(report(tmp_path, criteria=["Listens"]))
    everything = chromium.read(SHOWN)
    chromium.open(report(tmp_path, criteria=["Listens"], rate_first=True))
    covered = chromium.read(SHOWN)
    assert covered < everything
    assert chromium.read("document.querySelector('#q1 .rating').checkVisibility()")
    assert not chromium.read("document.querySelector('#main table.traits')?.checkVisibility()")
    rate(chromium, 1, 4)
    own = chromium.read(SHOWN)
    assert covered < own < everything, "the answer is shown, and the whole interview is not yet"
    for number in (2, 3, 4):
        rate(chromium, number, 4)
    assert chromium.read(SHOWN) == everything


def test_it_is_accessible(chromium: Browser, tmp_path: Path) -> None:
    if AXE is None:
        pytest.skip("axe-core is not installed: pip install --no-deps axe-playwright-python")
    chromium.open(report(tmp_path))
    chromium.read((Path(AXE.origin).parent / "axe.min.js").read_text(encoding="utf-8") + ";1")
    violations = chromium.read(
        "axe.run({include: [['.rating'], ['#ratings']]})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 200)))"
    )
    assert violations == []
