"""The player: embedded or beside the page, and alive under real clicks and keys."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from toy_assessment import toy_assessment, write_clip

from hirenet_sales.captions import webvtt
from hirenet_sales.report import Viewable, write_report
from hirenet_sales.report.player import recordings

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
NAMES = ("q1.webm", "q2.webm")


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.webm", seconds=22)


def shown(media: dict[str, Viewable], folder: Path):
    return recordings(toy_assessment().answers, media, folder)


def test_an_embedded_recording_is_the_file_itself(tmp_path, clip) -> None:
    one, other, *_ = shown({"q1.webm": Viewable(clip, "video/webm", poster=b"\xff\xd8")}, tmp_path)
    kind, data = one.source.split(",", 1)
    assert kind == "data:video/webm;base64" and base64.b64decode(data) == clip.read_bytes()
    assert one.poster.startswith("data:image/jpeg;base64,") and not one.beside
    assert "not part of this report" in other.note and not other.source


def test_captions_are_those_of_the_answer(tmp_path, clip) -> None:
    first, *_ = shown({"q1.webm": Viewable(clip, "video/webm")}, tmp_path)
    text = base64.b64decode(first.captions.split(",", 1)[1]).decode()
    assert text == webvtt(toy_assessment().answers[0]) and first.language == "en"


@pytest.mark.parametrize("name", ["a b.webm", "javascript:alert(1)", '"><script>.webm'])
def test_a_linked_name_cannot_become_anything_but_a_path(tmp_path, clip, name) -> None:
    (tmp_path / "recordings").mkdir()
    path = Path(shutil.copy(clip, tmp_path / "recordings" / name))
    viewable = Viewable(path, "video/webm", embed=False)
    page = write_report(toy_assessment(), tmp_path / "r.html", {"q1.webm": viewable})
    html = page.read_text(encoding="utf-8")
    (source,) = re.findall(r'<video [^>]*?src="([^"]*)"', html)
    assert re.fullmatch(r"recordings/[\w.%-]+", source)
    (beside,) = re.findall(r'data-beside="([^"]*)"', html)
    assert unescape(beside) == f"recordings/{name}"
    assert html.count("<script") == 1


def test_a_recording_that_has_gone_is_explained_and_never_raised(tmp_path) -> None:
    gone = Viewable(tmp_path / "q1.webm", "video/webm")
    first, *_ = shown({"q1.webm": gone}, tmp_path)
    assert "q1.webm could not be read when this report was written (No such file" in first.note
    assert not first.source


def test_the_reason_for_no_player_is_shown(tmp_path) -> None:
    viewable = Viewable(note="q1.webm: the file has zero bytes; <b>record</b> it again.")
    page = write_report(toy_assessment(), tmp_path / "r.html", {"q1.webm": viewable})
    html = page.read_text(encoding="utf-8")
    assert "q1.webm: the file has zero bytes; &lt;b&gt;record" in html and "<video" not in html


@pytest.fixture(scope="module")
def page(tmp_path_factory, clip) -> Path:
    folder = tmp_path_factory.mktemp("page")
    media = {name: Viewable(clip, "video/webm") for name in NAMES}
    return write_report(toy_assessment(), folder / "r.html", media)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


FIRST = "document.querySelector('#q1 video')"
MOMENT = "#q1 .moment-row button.moment"
IN_VIEW = (
    f"(() => {{ const b = {FIRST}.getBoundingClientRect();"
    "return b.top >= 0 && b.bottom <= innerHeight && b.left >= 0 && b.right <= innerWidth; })()"
)


def ready(chromium: Browser, page: Path, width: int = 1280, height: int = 800) -> None:
    chromium.open(page, width, height)
    chromium.wait(f"{FIRST}.readyState > 1")


@in_a_browser
@pytest.mark.parametrize("target", [MOMENT, "#q1 .moment-row q", "#q1 .moment-row img"])
def test_a_click_anywhere_in_a_row_plays_its_moment_and_stops(chromium, page, target) -> None:
    ready(chromium, page)
    assert chromium.read(f"{FIRST}.paused")
    row = (
        f"document.querySelector('{target}').closest('.moment-row').querySelector('button.moment')"
    )
    start, end = chromium.read(f"(e => [Number(e.dataset.start), Number(e.dataset.end)])({row})")
    chromium.click(target)
    chromium.wait(f"!{FIRST}.paused || {FIRST}.currentTime > {start}")
    chromium.wait(f"{FIRST}.paused && {FIRST}.currentTime >= {end}")
    # at least a second is played; the frame after the end is drawn when it stops
    assert chromium.read(f"{FIRST}.currentTime") < max(end, start + 1) + 1
    assert chromium.read("document.querySelectorAll('.playing').length") == 0


@in_a_browser
def test_one_player_at_a_time(chromium, page) -> None:
    ready(chromium, page)
    second = "document.querySelector('#q2 video')"
    chromium.wait(f"{second}.readyState > 1")
    chromium.click("#q1 button.word")
    chromium.wait(f"!{FIRST}.paused")
    chromium.click("#q2 button.word")
    chromium.wait(f"!{second}.paused || {second}.currentTime > 0.2")
    assert chromium.read(f"{FIRST}.paused")


@in_a_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("target", ["#q1 .transcript p:last-child .word:last-child", "#q1 .plot"])
def test_the_player_stays_in_view(chromium, page, width, height, target) -> None:
    ready(chromium, page, width, height)
    chromium.click(target)
    assert chromium.read(IN_VIEW)
    assert chromium.read("document.documentElement.scrollWidth <= innerWidth")


@in_a_browser
def test_every_word_is_reached_by_the_keyboard_and_plays(chromium, page) -> None:
    ready(chromium, page)
    words = chromium.read("document.querySelectorAll('#q1 .transcript button.word').length")
    assert words == len(toy_assessment().answers[0].transcript)
    active = "document.activeElement"
    index = f"[...document.querySelectorAll('#q1 button.word')].indexOf({active})"
    chromium.read("document.querySelector('#q1 button.word[tabindex=\"0\"]').focus()")
    for step in range(1, 4):
        chromium.press("ArrowRight")
        assert chromium.read(index) == step
    chromium.press("End")
    assert chromium.read(index) == words - 1
    chromium.press("Tab")
    assert chromium.read(index) == -1  # one stop for all words
    for key in ("Enter", " "):
        ready(chromium, page)
        chromium.read("document.querySelector('#q1 button.word').focus()")
        chromium.press("ArrowRight")
        chromium.press(key)
        chromium.wait(f"!{FIRST}.paused")
        chromium.press("Escape")
        assert chromium.read(f"{FIRST}.paused")
        assert (
            chromium.read(f"{FIRST}.currentTime") >= toy_assessment().answers[0].transcript[1].start
        )


@in_a_browser
def test_a_transcript_and_a_list_of_moments_are_one_stop_each(chromium, page) -> None:
    ready(chromium, page)
    for group in (".transcript", ".moments", ".lane"):
        stops = chromium.read(
            f"[...document.querySelectorAll('{group}')].filter(g => g.querySelector('button.word, "
            "button.moment')).map(g => g.querySelectorAll('button:not([tabindex=\"-1\"])').length)"
        )
        assert set(stops) <= {1}, group


@in_a_browser
def test_captions_run_in_the_player(chromium, page) -> None:
    ready(chromium, page)
    chromium.wait("document.querySelector('#q1 track').readyState === 2")
    assert chromium.read(f"{FIRST}.textTracks[0].mode") == "showing"
    cues = chromium.read(f"{FIRST}.textTracks[0].cues.length")
    assert cues == webvtt(toy_assessment().answers[0]).count("-->")


@in_a_browser
def test_a_report_moved_without_its_recordings_says_that_the_file_is_missing(
    chromium, tmp_path, clip
) -> None:
    beside = tmp_path / "here" / "recordings" / "q1.webm"
    beside.parent.mkdir(parents=True)
    shutil.copy(clip, beside)
    viewable = Viewable(beside, "video/webm", embed=False)
    page = write_report(toy_assessment(), tmp_path / "here" / "r.html", {"q1.webm": viewable})
    ready(chromium, page)  # beside it, it plays
    moved = tmp_path / "elsewhere" / "r.html"
    moved.parent.mkdir()
    chromium.open(Path(shutil.copy(page, moved)))
    error = "document.querySelector('#q1 .player-error')"
    chromium.wait(f"!{error}.hidden")
    message = chromium.read(f"{error}.textContent")
    assert "q1.webm is not where this page looks for it: recordings/q1.webm" in message
    assert "decoder" not in message and chromium.read(f"{FIRST}.hidden")


@in_a_browser
def test_what_is_no_recording_is_not_called_missing(chromium, tmp_path) -> None:
    path = tmp_path / "q1.webm"
    path.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(2000))
    viewable = Viewable(path, "video/webm")
    chromium.open(write_report(toy_assessment(), tmp_path / "r.html", {"q1.webm": viewable}))
    error = "document.querySelector('#q1 .player-error')"
    chromium.wait(f"!{error}.hidden")
    assert "no decoder for the recording q1.webm" in chromium.read(f"{error}.textContent")
