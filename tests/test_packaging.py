"""What a fresh installation gets: every data file in the wheel, every dependency pinned."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("hirenet_sales", "extractors", "experiments", "data_cards")


@pytest.fixture(scope="module")
def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_carries_every_data_file(config, package: str) -> None:
    folder = ROOT / package
    present = {
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts
    }
    globs = lines(config["options.package_data"][package])
    carried = {path for glob in globs for path in folder.glob(files_of(glob))}
    assert not present - carried, "not matched by package_data in setup.cfg"


def files_of(glob: str) -> str:
    """Setuptools reads a last ** as every file below; pathlib as every folder."""
    return f"{glob}/*" if glob.endswith("**") else glob


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_code_is_a_package(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_every_dependency_is_pinned(config) -> None:
    pins = dict(
        line.split("==")
        for line in lines((ROOT / "constraints.txt").read_text(encoding="utf-8"))
        if not line.startswith("#")
    )
    pinned = {normal(name) for name in pins}
    wanted = {
        normal(match[0])
        for text in (
            config["options"]["install_requires"],
            *config["options.extras_require"].values(),
        )
        for line in lines(text)
        if (match := re.match(r"[A-Za-z][\w.\-]*", line))
    }
    assert not wanted - pinned
    assert pins["torch"] == "2.13.0"
    assert not [
        version for version in pins.values() if "+" in version
    ]  # PyPI has no local versions


def test_every_dependency_has_its_licence_told(config) -> None:
    told = normal((ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8"))
    wanted = [re.match(r"[\w.\-]+", d)[0] for d in lines(config["options"]["install_requires"])]
    assert not [name for name in wanted if normal(name) not in told]


def test_the_build_system_alone_is_in_pyproject() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"^\[(.+)\]", text, flags=re.MULTILINE) == ["build-system"]
