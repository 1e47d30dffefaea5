"""README.md and the other pages point at what is there, and say what the commands are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hirenet_sales.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "experiments/README.md", "data_cards/first-impressions-v2.md")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    broken = [
        link
        for link in links
        if not link.startswith("http") and not ((ROOT / page).parent / link).exists()
    ]
    assert not broken


def test_commands_exist() -> None:
    named = set(re.findall(r"^(?:\$ )?hirenet-sales ([a-z]+)", README, re.MULTILINE))
    assert named == set(main.commands) - {"init"}
    assert "`hirenet-sales init DIR`" in README


def test_options_exist() -> None:
    known = {o for c in main.commands.values() for p in c.params for o in p.opts}
    others = {"--constraint", "--editable"}  # pip's
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= known | others


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE)) <= targets


def test_the_python_example_is_python() -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    compile(code, "README.md", "exec")
