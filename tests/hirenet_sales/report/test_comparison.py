"""comparison.html: by name and never by score, all that the assessments say, and alive."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from toy_assessment import HOSTILE, earlier_assessment, toy_assessment, withheld_assessment

from hirenet_sales.assessment import Assessment
from hirenet_sales.errors import OutputError
from hirenet_sales.report import ResultIndex
from hirenet_sales.report.comparison import (
    COMPARISON,
    PAIRED,
    PAIRS,
    TABLE,
    positions,
    write_comparison,
)
from hirenet_sales.traits import TRAITS, TraitEstimate

AXE = importlib.util.find_spec("axe_playwright_python")
ELSEWHERE = "Shop assistant"


def person(by: float, **change: object) -> Assessment:
    """The toy with every trait moved."""
    toy = toy_assessment()
    traits = {
        name: TraitEstimate(estimate=e.estimate + by, low=e.low + by, high=e.high + by)
        for name, e in toy.traits.items()
    }
    return toy.model_copy(update={"traits": traits, **change})


def people() -> dict[str, Assessment]:
    return {
        "zoe": person(0.2),
        "bob": person(-0.25),
        "cid": withheld_assessment(),
        "ann": person(0.0),
        "eve": earlier_assessment(),
        "=sum": person(0.1, job_title="=HYPERLINK(1)"),
        "fay": person(0.1, job_title="=hyperlink(1)"),
        "gus": person(0.1, job_title=ELSEWHERE),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("comparison")
    assert write_comparison(folder, people())
    return folder


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / COMPARISON).read_text(encoding="utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_those_of_one_position_stand_together_by_name() -> None:
    groups = [[c.name for c in position.candidates] for position in positions(people())]
    assert groups == [["=sum", "fay"], ["ann", "bob", "cid", "eve", "zoe"]]


def test_one_candidate_is_no_comparison(tmp_path: Path) -> None:
    alone = {"ann": person(0), "gus": person(0, job_title=ELSEWHERE)}
    assert not write_comparison(tmp_path, alone)
    assert not list(tmp_path.iterdir())


def test_every_figure_of_the_assessments_is_in_the_table(folder: Path) -> None:
    table = rows(folder / TABLE)
    for name, assessment in people().items():
        own = [row for row in table if row["candidate"].lstrip("'") == name]
        whole = {row["estimate"]: row for row in own if not row["question"]}
        if assessment.job_title == ELSEWHERE:
            assert not own
            continue
        assert set(whole) == {*assessment.traits, *(["sales"] if assessment.sales else [])}
        for trait, e in assessment.traits.items():
            figures = [float(whole[trait][key]) for key in ("value", "low", "high")]
            assert figures == pytest.approx([e.estimate, e.low, e.high], abs=1e-4)
        moved = [row for row in own if row["moved"]]
        shares = {(c.trait, c.question) for c in assessment.contributions}
        assert len(moved) == len(shares)
        for trait in TRAITS:
            total = sum(float(row["moved"]) for row in moved if row["estimate"] == trait)
            expected = sum(c.effect for c in assessment.contributions if c.trait == trait)
            assert total == pytest.approx(expected, abs=1e-3)


def test_pairs_are_complementary_and_of_estimates_alone(folder: Path) -> None:
    pairs = {
        (r["estimate"], r["candidate"], r["other"]): float(r["probability_above"])
        for r in rows(folder / PAIRS)
    }
    for (estimate, one, other), share in pairs.items():
        assert share + pairs[estimate, other, one] == pytest.approx(1, abs=2e-4)
    assert pairs["openness", "zoe", "bob"] > 0.95 > pairs["openness", "zoe", "ann"] > 0.5
    assert not any("cid" in key for key in pairs)


def test_no_cell_is_a_formula(folder: Path) -> None:
    for path in (folder / TABLE, folder / PAIRS):
        cells = [cell for row in rows(path) for cell in row.values()]
        assert not [c for c in cells if c[:1] in "=@+" and c]
        assert any(c.startswith("'=") for c in cells)


def test_withheld_estimates_say_so_and_hostile_text_stays_text(html: str) -> None:
    assert f"Not enough to say. {withheld_assessment().withheld}" in html
    assert HOSTILE not in html and "&lt;script&gt;" in html
    assert "no ranking and no hiring decision" in html and "cannot be told apart" in html


def test_links_lead_to_the_question_in_each_report(html: str) -> None:
    links = set(re.findall(r'href="([^"]+)"', html))
    names = ("ann", "bob", "cid", "eve")
    assert {f"{n}/report.html#q{q}" for n in names for q in range(1, 6)} <= links


def test_too_many_pairs_are_left_to_the_file(tmp_path: Path) -> None:
    crowd = {f"c{n:02d}": person(0) for n in range(PAIRED + 1)}
    write_comparison(tmp_path, crowd)
    page = (tmp_path / COMPARISON).read_text(encoding="utf-8")
    assert "too many pairs" in page and 'class="pairs"' not in page
    assert len(rows(tmp_path / PAIRS)) == 6 * len(crowd) * (len(crowd) - 1)


def test_the_index_links_it_and_the_next_run_replaces_it(tmp_path: Path) -> None:
    index = ResultIndex(tmp_path)
    index.write({"ann": person(0), "bob": withheld_assessment(), "x": "no face"})
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'href="{COMPARISON}"' in page and "Not enough to say" in page
    index.check(["ann", "bob", "x"], overwrite=False)
    assert set(index.set_aside()) == {"index.html", COMPARISON, TABLE, PAIRS}
    index.write({"ann": person(0), "x": "no face"})
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_comparison_of_ones_own_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / TABLE).write_text("mine")
    with pytest.raises(OutputError, match=r"holds a comparison\.csv without its index\.html"):
        ResultIndex(tmp_path).check(["ann"], overwrite=False)
    ResultIndex(tmp_path).check(["ann"], overwrite=True)


@pytest.fixture(scope="module")
def opened(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    with browser(tmp_path_factory.mktemp("profile")) as page:
        page.open(folder / COMPARISON)
        yield page


NAMES = (
    "[...document.querySelectorAll('#p2 .estimates tbody tr')].filter(r => !r.hidden)"
    ".map(r => r.dataset.candidate)"
)


def choose(page: Browser, box: str, value: str) -> None:
    page.read(
        f"(() => {{ const b = document.getElementById('{box}'); b.value = '{value}';"
        "b.dispatchEvent(new Event('input')); b.dispatchEvent(new Event('change')); })()"
    )


def test_the_reader_chooses_an_order_and_is_told_what_it_is_worth(opened: Browser) -> None:
    assert opened.read(NAMES) == ["ann", "bob", "cid", "eve", "zoe"]
    choose(opened, "order", "openness")
    assert opened.read(NAMES) == ["zoe", "ann", "eve", "bob", "cid"]
    assert "no ranking" in opened.read("document.getElementById('remark').textContent")
    choose(opened, "order", "")
    assert opened.read(NAMES) == ["ann", "bob", "cid", "eve", "zoe"]


def test_what_is_filtered_is_what_is_saved(opened: Browser) -> None:
    choose(opened, "filter-name", "O")
    assert opened.read(NAMES) == ["bob", "zoe"]
    choose(opened, "filter-position", "p2")
    lines = opened.read("shownTable()").splitlines()
    assert len(lines) == 1 + 2 * 6
    assert '"bob","read in part","openness","0.3600","0.2100","0.5100"' in lines[2]
    choose(opened, "filter-name", "")
    choose(opened, "filter-position", "")


def test_it_is_accessible(opened: Browser) -> None:
    if AXE is None:
        pytest.skip("axe-core is not installed: pip install --no-deps axe-playwright-python")
    opened.read((Path(AXE.origin).parent / "axe.min.js").read_text(encoding="utf-8") + ";1")
    violations = opened.read(
        "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 200)))"
    )
    assert violations == []
