"""The examples in docstrings are run, each module's in a folder with the inputs they name."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest
from toy_recording import write_answer, write_interview
from toy_tables import recorded_rows, write_csv

ROOT = Path(__file__).parents[1]
MODULES = [
    re.sub(r"\.__init__$", "", ".".join(path.relative_to(ROOT).with_suffix("").parts))
    for package in ("extractors", "hirenet_sales")
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "hirenet_sales":
        (tmp_path / "my-interview").mkdir()
        recording = write_answer(tmp_path / "answer.mp4")
        write_interview(tmp_path / "my-interview", recording, 1)
        write_csv(tmp_path / "my-interviews" / "answers.csv", recorded_rows())
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(import_module(name)).failed == 0, "see the captured output"
