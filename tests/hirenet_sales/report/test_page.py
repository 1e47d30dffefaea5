"""The report: complete, escaped, self-contained, deterministic, bounded, and alive in a browser."""

import base64
import hashlib
import re
import subprocess
from html.parser import HTMLParser

import pytest
from browser import CHROMIUM, CHROMIUM_FLAGS
from toy_assessment import (
    HOSTILE,
    NO_AUDIO,
    NO_FACE,
    ZERO_BYTES,
    earlier_assessment,
    toy_assessment,
    withheld_assessment,
    write_clip,
)

from hirenet_sales.report import Viewable, write_report
from hirenet_sales.report.paragraphs import paragraphs, shade
from hirenet_sales.report.wording import (
    PAPERS,
    clock,
    duration,
    effect_text,
    estimate_label,
    span,
)


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


def test_every_highlight_shows_its_time_its_words_and_what_it_does(assessment, page):
    for answer in assessment.answers:
        for highlight in answer.highlights:
            assert span(highlight.start, highlight.end) in page.text
            assert not highlight.words or " ".join(highlight.words.split()) in page.text
            for name, effect in highlight.effect.items():
                chip = f"{effect.direction} {estimate_label(name).lower()} "
                if effect.direction != "none":
                    assert chip + effect_text(effect.effect, name) in page.text
    thumbnails = [h.thumbnail for a in assessment.answers for h in a.highlights if h.thumbnail]
    assert [attrs["src"] for attrs in page.all("img")] == thumbnails
    assert "not why, and not whether the moment raised or lowered" in page.text


def test_an_assessment_of_the_version_before_shows_attention_and_no_effects(tmp_path):
    earlier = earlier_assessment()
    shown = Page(write_report(earlier, tmp_path / "r.html").read_text(encoding="utf-8"))
    for answer in earlier.answers:
        for highlight in answer.highlights:
            weight = "" if highlight.value is None else f"×{highlight.value:.2f}"
            assert weight in shown.text
    assert "Moments that the model looked at most" in shown.text
    assert "measurabl" not in shown.text and "contributed" not in shown.text
    assert "choice" not in [attrs.get("class") for attrs in shown.all("fieldset")]


def test_withheld_estimates_say_so_with_the_reason_and_without_figures(tmp_path):
    withheld = withheld_assessment()
    shown = Page(write_report(withheld, tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "Not enough to say" in shown.text and withheld.withheld in shown.text
    assert "Sales score" not in shown.within("h2") and "Raised" not in shown.text
    assert all(answer.question in shown.within("h2") for answer in withheld.answers)


def test_contents_lead_to_every_question_and_every_target_is_in_the_page(assessment, page):
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    targets = [a["href"] for a in page.all("a") if (a["href"] or "").startswith("#")]
    assert {target[1:] for target in targets} <= ids
    assert {f"#q{n}" for n in range(1, len(assessment.answers) + 1)} <= set(targets)


def test_phrases_of_the_transcript_have_the_effects_of_their_moments(assessment, page):
    classes = [set((attrs.get("class") or "").split()) for attrs in page.all("span")]
    shown = [c - {"phrase"} for c in classes if "phrase" in c]
    moments = [m for a in assessment.answers for m in a.streams["text"].moments]
    assert shown == [
        {f"{e.direction}-{name}" for name, e in m.effects.items() if e.direction != "none"}
        for m in moments
    ]


@pytest.mark.parametrize("reason", [NO_FACE, NO_AUDIO, ZERO_BYTES])
def test_what_is_missing_says_why_once(page, reason):
    assert page.text.count(reason) == 1


def test_figures_of_traits_and_trace_are_shown(assessment, page):
    for name, trait in assessment.traits.items():
        figures = f"{name.capitalize()} .*?{trait.estimate:.2f} {trait.low:.2f} to {trait.high:.2f}"
        assert re.search(figures, page.text)
    for rule in assessment.sales.trace:
        assert f"{rule.trait.capitalize()} {rule.value:.2f} {rule.score} " in page.text


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


def test_a_60_minute_answer_stays_small(tmp_path):
    path = write_report(toy_assessment(minutes=60), tmp_path / "r.html")
    assert path.stat().st_size < 2_000_000


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


@pytest.mark.parametrize(
    ("value", "estimate", "text"),
    [
        (0.514, "sales", "+0.51"),
        (-0.514, "sales", "−0.51"),
        (-0.004, "sales", "0.00"),
        (-0.004, "openness", "−0.004"),
        (0.0, "openness", "0.000"),
    ],
)
def test_an_effect_has_a_sign_unless_it_rounds_to_nothing(value, estimate, text):
    assert effect_text(value, estimate) == text


@pytest.mark.parametrize(
    ("start", "end", "text"), [(1.0, 1.0, "0:01.0"), (1.0, 4.25, "0:01.0 – 0:04.2")]
)
def test_a_still_has_an_instant_and_a_window_a_range(start, end, text):
    assert span(start, end) == text


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


def test_estimates_under_single_changes_are_in_a_table(assessment, page):
    for change in assessment.counterfactuals:
        assert f"{change.traits['openness']:.2f}" in page.text
    assert "Without the voice" in page.text
    assert "Without question 2 and its answer" in page.text
    assert "With another question 1:" in page.text
