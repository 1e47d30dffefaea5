"""README.md and the other pages point at what is there, and say what the commands are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hirenet_sales.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = (
    "README.md",
    "docs/recording-checks.md",
    "experiments/README.md",
    "experiments/models_in_use.md",
    "data_cards/first-impressions-v2.md",
)


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


@pytest.mark.parametrize("package", ["hirenet_sales", "extractors"])
def test_files_that_the_code_names_exist(package: str) -> None:
    """In docstrings and comments; X stands for any name."""
    named = re.compile(r"\b(?:experiments|data_cards|docs|tests)/[a-z0-9_./-]+\.[a-z]+\b")
    missing = {
        f"{path.relative_to(ROOT)}: {file}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for file in named.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / file).is_file()
    }
    assert not missing


def leaves(group: click.Group) -> Iterator[click.Command]:
    """The commands of a group and of the groups in it."""
    for command in group.commands.values():
        yield from leaves(command) if isinstance(command, click.Group) else (command,)


def test_commands_exist() -> None:
    named = set(re.findall(r"^(?:\$ )?hirenet-sales ([a-z0-9]+)", README, re.MULTILINE))
    assert named == set(main.commands) - {"init"}
    assert "`hirenet-sales init DIR`" in README


def test_options_exist() -> None:
    valid = {o for c in leaves(main) for p in c.params for o in p.opts}
    others = {"--constraint", "--editable"}  # pip's
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= valid | others


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE)) <= targets


PYTHON = re.findall(r"(<!-- executed -->\n+)?```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", [code for _, code in PYTHON])
def test_python_examples_are_python(code: str) -> None:
    """And what they import exists."""
    compile(code, "README.md", "exec")
    imports = [line for line in code.splitlines() if re.match("from|import", line)]
    assert imports
    exec("\n".join(imports), {})


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=() if mark else pytest.mark.slow) for mark, code in PYTHON]
)
def test_python_examples_run(code: str, tmp_path: Path) -> None:
    """In a process and a folder of their own, as a reader would."""
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}  # others may be at work beside it
    (tmp_path / "hirenet_sales").mkdir()
    (tmp_path / "hirenet_sales" / "sample").symlink_to(ROOT / "hirenet_sales" / "sample")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],  # -P: the folder there is no package to import
        cwd=tmp_path,
        env=one_thread,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
