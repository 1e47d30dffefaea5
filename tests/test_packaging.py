"""What a fresh installation gets: every data file in the wheel, every dependency pinned."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hirenet_sales.shipped import shipped_folder

ROOT = Path(__file__).parents[1]
PACKAGES = ("hirenet_sales", "extractors")
ASIDE = ("experiments", "data_cards")  # of the repository; in a wheel, inside hirenet_sales


@pytest.fixture(scope="module")
def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def carried(folder: str) -> set[str]:
    """Files of a folder of the repository that belong in a wheel."""
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files of a wheel, built from a copy since building writes beside the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in (*PACKAGES, *ASIDE, "tools", "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("expected"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, source)
    build = "import setuptools.build_meta as b, sys; b.build_wheel(sys.argv[1])"
    command = [sys.executable, "-c", build, str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_a_wheel_carries_every_file(wheel: list[str]) -> None:
    """And at the top of site-packages stand the two packages alone."""
    expected = carried("extractors") | carried("hirenet_sales")
    expected |= {f"hirenet_sales/{path}" for folder in ASIDE for path in carried(folder)}
    metadata = {name for name in wheel if ".dist-info/" in name.split("/", 1)[0] + "/"}
    assert set(wheel) - metadata == expected


@pytest.mark.parametrize("name", ASIDE)
def test_the_folders_beside_the_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    assert shipped_folder(name) == ROOT / name
    installed = tmp_path / "hirenet_sales"
    (installed / name).mkdir(parents=True)
    monkeypatch.setattr("hirenet_sales.shipped.files", lambda package: tmp_path / package)
    assert shipped_folder(name) == installed / name


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
    message = normal((ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8"))
    wanted = [re.match(r"[\w.\-]+", d)[0] for d in lines(config["options"]["install_requires"])]
    assert not [name for name in wanted if normal(name) not in message]


def test_the_build_system_alone_is_in_pyproject() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"^\[(.+)\]", text, flags=re.MULTILINE) == ["build-system"]
