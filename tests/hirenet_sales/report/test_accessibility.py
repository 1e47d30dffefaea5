"""axe-core finds nothing to mend in the report, light and dark, wide and narrow."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, browser
from toy_assessment import toy_assessment, write_clip

from hirenet_sales.report import Viewable, write_report

AXE = importlib.util.find_spec("axe_playwright_python")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(
        AXE is None,
        reason="axe-core is not installed: pip install --no-deps axe-playwright-python",
    ),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    clip = write_clip(folder / "clip.webm")
    viewable = Viewable(clip, "video/webm")
    return write_report(toy_assessment(), folder / "r.html", {"q1.webm": viewable})


@pytest.fixture(scope="module")
def chromium(tmp_path_factory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1280, 800), ("dark", 390, 844)])
def test_axe_has_nothing_to_mend(chromium, page, scheme, width, height) -> None:
    assert AXE is not None and AXE.origin is not None
    chromium.colours(scheme)
    chromium.open(page, width, height)
    chromium.read("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    chromium.read((Path(AXE.origin).parent / "axe.min.js").read_text(encoding="utf-8") + ";1")
    faults = chromium.read(
        "axe.run().then(r => JSON.stringify(r.violations.map(v => [v.id, v.nodes.length, "
        "v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + (n.failureSummary || ''))])))"
    )
    assert json.loads(faults) == []
