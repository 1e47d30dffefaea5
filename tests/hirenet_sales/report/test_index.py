"""index.html of several interviews: all are listed, in their order, and no other list is lost."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from toy_assessment import HOSTILE, toy_assessment

from extractors.errors import WeightsError
from hirenet_sales import analyze_many
from hirenet_sales.assessment import Assessment
from hirenet_sales.cli import main
from hirenet_sales.errors import AnalysisError, CheckpointError
from hirenet_sales.report import ResultIndex

HEAD = "interview,question,media\n"
WHOLE, PART = "read in full", "read in part"


def assessed(name: str, *, problems: bool = False) -> Assessment:
    toy = toy_assessment()
    change = {"status": "partial", "problems": ["No sound."]} if problems else {}
    healthy = {"status": "analysed", "problems": []}
    answers = [answer.model_copy(update={**healthy, **change}) for answer in toy.answers]
    return toy.model_copy(update={"id": name, "answers": answers})


class Page(HTMLParser):
    """The rows of the table by interview, with the links in them, and every address in the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.addresses: list[str] = []
        self._row = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.addresses += [values[a] or "" for a in ("href", "src") if a in values]
        if tag == "tr":
            self._row = values.get("data-interview") or ""
        if tag == "a" and self._row:
            self.links[self._row] = values["href"] or ""

    def handle_data(self, data: str) -> None:
        if self._row:
            self.rows[self._row] = self.rows.get(self._row, "") + data


def page(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


@pytest.fixture
def results(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, Assessment | BaseException]:
    """What comes of an interview, by its id: to be filled. One that lacks is assessed in full."""
    outcomes: dict[str, Assessment | BaseException] = {}

    def analyze_interview(interview, *, out_dir: Path, **_: object) -> Assessment:
        outcome = outcomes.get(interview.id, assessed(interview.id))
        if isinstance(outcome, BaseException):
            raise outcome.with_traceback(None)
        out_dir.mkdir(exist_ok=True)
        (out_dir / "report.html").write_text(interview.id)
        return outcome

    monkeypatch.setattr(analyze_many, "analyze_interview", analyze_interview)
    monkeypatch.chdir(tmp_path)
    return outcomes


def run(*names: str, options: tuple[str, ...] = ()) -> Result:
    Path("q1.mp4").write_bytes(b"")
    rows = "".join(f"{name},Why?,q1.mp4\n" for name in names)
    Path("many.csv").write_text(HEAD + rows, encoding="utf-8")
    return CliRunner().invoke(main, ["analyze", "many.csv", "--out", "results", *options])


def test_every_interview_is_listed_in_the_order_given(results) -> None:
    results["bob"] = AnalysisError("no answer could be read:\n  <b>q1.mp4</b>: empty")
    results["cid"] = assessed("cid", problems=True)
    result = run("zoë", "bob", "cid", "ann")
    assert result.exit_code == 1, result.output
    assert result.stdout.splitlines()[-1] == "Index: results/index.html"
    listed = page(Path("results"))
    assert list(listed.rows) == ["zoë", "bob", "cid", "ann"]
    assert listed.links == {
        n: f"{q}/report.html" for n, q in (("zoë", "zo%C3%AB"), ("cid", "cid"), ("ann", "ann"))
    }
    assert WHOLE in listed.rows["zoë"] and WHOLE in listed.rows["ann"]
    assert PART in listed.rows["cid"]
    assert "not assessed" in listed.rows["bob"]
    assert "no answer could be read:\n  <b>q1.mp4</b>: empty" in listed.rows["bob"]
    html = (Path("results") / "index.html").read_text(encoding="utf-8")
    assert "3 of 4 assessed" in html and "This is not a ranking" in html


def test_the_page_loads_nothing_from_elsewhere(results) -> None:
    run("ann", "bob")
    listed = page(Path("results"))
    links = {"ann/report.html", "bob/report.html", "comparison.html"}
    assert set(listed.addresses) == {"data:,", *links}
    html = (Path("results") / "index.html").read_text(encoding="utf-8")
    assert "http" not in re.sub(r'http-equiv|xmlns="http://www.w3.org/2000/svg"', "", html)
    assert "default-src &#39;none&#39;" in html


def test_hostile_texts_are_escaped(tmp_path: Path) -> None:
    hostile = assessed("a").model_copy(update={"job_title": HOSTILE})
    ResultIndex(tmp_path).write({"a": hostile, "b": HOSTILE})
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert HOSTILE not in html
    assert HOSTILE in page(tmp_path).rows["b"]


def test_where_every_interview_failed_no_page_says_otherwise(results) -> None:
    failures = {"ann": AnalysisError("no face"), "bob": AnalysisError("no sound")}
    results.update(failures)
    failed = run("ann", "bob")
    assert failed.exit_code == 2 and "Index:" not in failed.stdout
    assert not Path("results").exists()
    results.clear()
    run("ann", "bob")
    results.update(failures)
    assert run("ann", "bob").exit_code == 2
    assert [path.name for path in Path("results").glob("index.*")] == ["index.previous.html"]


def test_one_interview_has_no_index(results) -> None:
    result = run("ann")
    assert result.exit_code == 0
    assert "Index:" not in result.stdout
    assert not Path("results/index.html").exists()


def a_page_of_ones_own() -> None:
    Path("results/index.html").write_text("<h1>mine</h1>")


def bytes_of_ones_own() -> None:
    Path("results/index.html").write_bytes(b"\xff\xfe\x00")


def other_interviews() -> None:
    run("ann", "dee", "eve")


def set_aside_by_others() -> None:
    run("ann", "dee")
    ResultIndex(Path("results")).set_aside()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (a_page_of_ones_own, "an index.html that this program did not write"),
        (bytes_of_ones_own, "an index.html that this program did not write"),
        (
            other_interviews,
            "an index.html of DATE that lists an interview which is not of this run, 'dee' and 1 "
            "more",
        ),
        (
            set_aside_by_others,
            "an index.previous.html of DATE that lists an interview which is not of this run, "
            "'dee'",
        ),
    ],
)
def test_a_page_that_lists_others_is_not_replaced(results, make, message: str) -> None:
    Path("results").mkdir()
    make()
    before = {path: path.read_bytes() for path in Path("results").glob("index.*")}
    refused = run("ann", "bob")
    assert refused.exit_code == 2
    messages = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "DATE", refused.stderr)
    ending = "give another folder with --out, or replace it with --overwrite"
    assert messages == f"Error: results: holds {message}; {ending}\n"
    assert {path: path.read_bytes() for path in Path("results").glob("index.*")} == before
    assert not Path("results/bob").exists()
    assert run("ann", "bob", options=("--overwrite",)).exit_code == 0
    assert list(page(Path("results")).rows) == ["ann", "bob"]
    assert [path.name for path in Path("results").glob("index.*")] == ["index.html"]


def test_a_page_of_the_same_interviews_is_replaced(results) -> None:
    run("ann", "bob")
    results["ann"] = AnalysisError("no face")
    assert run("cid", "ann", "bob").exit_code == 1
    assert list(page(Path("results")).rows) == ["cid", "ann", "bob"]
    assert "no face" in page(Path("results")).rows["ann"]


@pytest.mark.parametrize("name", ["index.html", "index.previous.html"])
def test_a_name_of_the_page_that_is_no_file_is_refused(results, name: str) -> None:
    Path("results", name).mkdir(parents=True)
    refused = run("ann", "bob")
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"Error: results/{name}: is not an ordinary file, and results are to be written there; "
        "remove it, or give another folder with --out\n"
    )
    Path("results", name).rmdir()
    refused = run("ann", name)
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"Error: results: the interview '{name}' would have its results where the index of all "
        "interviews is written; give it another id\n"
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), WeightsError("no Whisper")])
def test_a_run_that_broke_off_leaves_no_page_under_the_usual_name(results, error) -> None:
    run("ann", "bob")
    results["bob"] = error
    broken = run("ann", "bob")
    assert broken.exit_code in (2, 130)
    assert [path.name for path in Path("results").glob("index.*")] == ["index.previous.html"]
    del results["bob"]
    assert run("ann", "bob").exit_code == 0
    assert [path.name for path in Path("results").glob("index.*")] == ["index.html"]


def test_a_run_that_never_began_leaves_the_page_as_it_was(results) -> None:
    run("ann", "bob")
    before = Path("results/index.html").read_bytes()
    results["ann"] = CheckpointError("no checkpoint x")
    assert run("ann", "bob").exit_code == 2
    assert Path("results/index.html").read_bytes() == before
    ResultIndex(Path("results")).set_aside()  # by a run that broke off
    assert run("ann", "bob").exit_code == 2
    assert not Path("results/index.html").exists()


def test_a_full_disk_leaves_the_previous_page(results, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ann", "bob")
    replace = Path.replace

    def full(part: Path, goal: Path) -> Path:
        if goal.name == "index.html":
            raise OSError(28, "No space left on device")
        return replace(part, goal)

    monkeypatch.setattr(Path, "replace", full)
    result = run("ann", "bob")
    assert result.exit_code == 2
    assert "the disk is full" in result.stderr
    assert "of an earlier run: index.previous.html of " in result.stderr
    assert [path.name for path in Path("results").glob("*index*")] == ["index.previous.html"]
