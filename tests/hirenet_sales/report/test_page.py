"""The report: complete, escaped, self-contained, deterministic, bounded, and alive in a browser."""

import base64
import hashlib
import json
import re
import subprocess
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from browser import CHROMIUM, CHROMIUM_FLAGS
from toy_assessment import HOSTILE, NO_AUDIO, NO_FACE, ZERO_BYTES, toy_assessment, write_clip

from hirenet_sales.assessment import Moment
from hirenet_sales.report import Viewable, write_report
from hirenet_sales.report.paragraphs import paragraphs, shade
from hirenet_sales.report.timeline import MAX_CELLS, aggregate, draw_timeline
from hirenet_sales.report.wording import PAPERS, clock, duration


class Page(HTMLParser):
    """What a browser would see: elements with attributes, and text by enclosing element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = [""]
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style", "h2", "title"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        if tag == self._open[-1]:
            self._open.pop()

    def handle_data(self, data):
        self.texts.append((self._open[-1], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def within(self, tag: str) -> list[str]:
        return [text for inside, text in self.texts if inside == tag]

    @property
    def text(self) -> str:
        shown = (text for inside, text in self.texts if inside not in ("script", "style"))
        return " ".join(" ".join(shown).split())


@pytest.fixture(scope="module")
def assessment():
    return toy_assessment()


@pytest.fixture(scope="module")
def page(assessment, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    return Page(write_report(assessment, path).read_text(encoding="utf-8"))


def test_every_question_is_a_heading_and_hostile_text_stays_text(assessment, page):
    headings = page.within("h2")
    for answer in assessment.answers:
        assert answer.question in headings
    assert HOSTILE in page.text.replace("  ", " ")  # in the transcript, as one spoken word
    assert len(page.all("script")) == 1
    assert not any("onerror" in attrs for _, attrs in page.elements)


def test_every_highlight_shows_its_time_value_and_words(assessment, page):
    for answer in assessment.answers:
        for highlight in answer.highlights:
            assert f"{clock(highlight.start)} – {clock(highlight.end)}" in page.text
            assert f"×{highlight.value:.2f}" in page.text
            assert not highlight.words or " ".join(highlight.words.split()) in page.text
    thumbnails = [h.thumbnail for a in assessment.answers for h in a.highlights if h.thumbnail]
    assert [attrs["src"] for attrs in page.all("img")] == thumbnails
    assert "not why, and not whether the moment raised or lowered" in page.text


@pytest.mark.parametrize("reason", [NO_FACE, NO_AUDIO, ZERO_BYTES])
def test_what_is_missing_says_why_once(page, reason):
    assert page.text.count(reason) == 1


def test_a_failed_answer_is_listed_and_draws_nothing(assessment):
    assert draw_timeline(assessment.answers[4]) is None


def test_a_missing_stream_has_no_lane(assessment):
    timeline = draw_timeline(assessment.answers[1])
    assert timeline and [lane.stream for lane in timeline.lanes] == ["audio", "text"]


def test_figures_of_traits_and_trace_are_shown(assessment, page):
    for name, trait in assessment.traits.items():
        figures = f"{name.capitalize()} .*?{trait.estimate:.2f} {trait.low:.2f} to {trait.high:.2f}"
        assert re.search(figures, page.text)
    for rule in assessment.sales.trace:
        way = "higher" if rule.direction == "positive" else "lower"
        row = (
            f"{rule.trait.capitalize()} {rule.value:.3f} {rule.range_low:.2f} to "
            f"{rule.range_high:.2f} {way} scores higher {rule.score}"
        )
        assert row in page.text


def test_provenance_is_complete(assessment, page):
    origin = assessment.provenance
    for fact in (
        origin.software,
        origin.checkpoint_sha256,
        origin.sampling,
        *origin.sources.values(),
    ):
        assert fact in page.text
    for paper in PAPERS:
        assert paper.reference in page.text


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_synthetic_banner(tmp_path, synthetic):
    html = write_report(toy_assessment(synthetic=synthetic), tmp_path / "r.html").read_text()
    assert ("SYNTHETIC" in html) is synthetic


def test_nothing_is_loaded_from_anywhere(page):
    for tag, attrs in page.elements:
        for name in ("src", "href", "srcset", "poster", "data", "action"):
            target = attrs.get(name) or ""
            assert not target or target.startswith(("#", "data:")), f"<{tag} {name}={target[:60]}>"
        assert not any(name.startswith("on") or name == "style" for name in attrs)
    for asset in page.within("style") + page.within("script"):
        assert "url(" not in asset and "@import" not in asset and "http" not in asset


def test_the_policy_lets_in_this_style_and_this_script_only(page):
    policy = next(
        attrs["content"]
        for attrs in page.all("meta")
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == directives["media-src"] == "data:"
    for tag in ("style", "script"):
        digest = hashlib.sha256("".join(page.within(tag)).encode()).digest()
        assert directives[f"{tag}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"


def test_no_labels_of_feelings_and_no_verdicts(page):
    words = set(re.findall(r"[a-z]+", page.text.lower()))
    feelings = {"happy", "sad", "angry", "afraid", "fear", "disgust", "surprise", "emotion", "mood"}
    verdicts = {"accept", "reject", "rejected", "suitable", "unsuitable", "hire", "recommended"}
    assert not words & (feelings | verdicts)


def test_only_pictures_inside_the_page_become_thumbnails(assessment, tmp_path):
    answer = assessment.answers[0]
    remote = answer.highlights[0].model_copy(update={"thumbnail": "https://evil.example/a.jpg"})
    answers = [answer.model_copy(update={"highlights": [remote]})]
    path = write_report(assessment.model_copy(update={"answers": answers}), tmp_path / "r.html")
    assert "evil.example/a.jpg" not in path.read_text(encoding="utf-8")


def test_the_same_assessment_gives_the_same_bytes(tmp_path):
    write_clip(tmp_path / "q1.webm")
    first = write_report(
        toy_assessment(), tmp_path / "a.html", recordings_of(tmp_path)
    ).read_bytes()
    assert (
        write_report(toy_assessment(), tmp_path / "b.html", recordings_of(tmp_path)).read_bytes()
        == first
    )


def test_a_60_minute_answer_stays_small_and_keeps_its_peaks(tmp_path):
    long = toy_assessment(minutes=60)
    path = write_report(long, tmp_path / "r.html")
    assert path.stat().st_size < 2_000_000
    timeline = draw_timeline(long.answers[0])
    for lane in timeline.lanes:
        cells = json.loads(lane.cells_json)
        assert len(cells) <= MAX_CELLS and lane.aggregated
        assert lane.peak.peak == max(m.value for m in long.answers[0].streams[lane.stream].timeline)


@pytest.mark.parametrize("count", [1, 7, MAX_CELLS, MAX_CELLS + 1, 10_000])
def test_aggregation_keeps_mean_peak_and_order(count):
    moments = [Moment(start=i, end=i + 1, value=i % 13) for i in range(count)]
    cells = aggregate(moments, count)
    assert len(cells) <= MAX_CELLS
    assert max(cell.peak for cell in cells) == max(m.value for m in moments)
    assert all(a.end <= b.start for a, b in pairwise(cells))
    weighted = sum(cell.mean * (cell.end - cell.start) for cell in cells)
    assert weighted == pytest.approx(sum(m.value for m in moments))


def test_paragraphs_keep_every_word_in_order(assessment):
    for answer in (*assessment.answers, toy_assessment(minutes=10).answers[0]):
        remaining = [shown.word for part in paragraphs(answer.transcript) for shown in part.words]
        assert remaining == answer.transcript


@pytest.mark.parametrize(
    ("value", "expected"), [(None, 0), (0.0, 0), (1.0, 0), (1.25, 1), (2.0, 2), (3.9, 3), (40, 4)]
)
def test_shades(value, expected):
    assert shade(value) == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (7.25, "0:07.2"), (59.99, "0:59.9"), (60, "1:00.0"), (3725.3, "1:02:05.3")],
)
def test_clock(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.8, "0.8 s"), (14.2, "14 s"), (60, "1 min"), (3725, "62 min 5 s")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def recordings_of(folder):
    """The toy's recordings in a folder, as they are."""
    names = [answer.media for answer in toy_assessment().answers if answer.media]
    return {n: Viewable(folder / n, "video/webm") for n in names if (folder / n).is_file()}


def test_a_full_disk_leaves_the_old_report_and_no_rest(tmp_path, monkeypatch):
    path = write_report(toy_assessment(), tmp_path / "r.html")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_report(toy_assessment(synthetic=False), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def dump_dom(path, profile) -> tuple[str, str]:
    done = subprocess.run(
        [
            *(CHROMIUM, *CHROMIUM_FLAGS, f"--user-data-dir={profile}"),
            *("--virtual-time-budget=5000", "--dump-dom", path.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    return done.stdout, done.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_in_a_browser_the_script_runs_and_the_policy_blocks_nothing(tmp_path):
    write_clip(tmp_path / "q1.webm")
    path = write_report(toy_assessment(), tmp_path / "r.html", recordings_of(tmp_path))
    dom, log = dump_dom(path, tmp_path / "profile")
    (root,) = Page(dom).all("html")
    assert root["data-ready"] == "true" and "data-script-error" not in root
    assert "CONSOLE" not in log
