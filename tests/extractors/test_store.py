"""The store keeps what it was given, finds it by its key alone, and never keeps half a file."""

from __future__ import annotations

import errno
import hashlib
import logging
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extractors.errors import ExtractionError
from extractors.store import FeatureKey, FeatureStore, default_store_root
from extractors.stream import Provenance, Stream

SOURCE = hashlib.sha256(b"a recording").hexdigest()
OTHER_SOURCE = hashlib.sha256(b"another recording").hexdigest()
PROVENANCE = Provenance("audio", "1", {"rate_hz": 16000, "sets": ["a", "b"]}, SOURCE)
DOCUMENT = {"words": [{"text": "naïve", "start": 0.25, "end": 0.5}], "language": "en"}


def make_stream(provenance: Provenance = PROVENANCE, seed: int = 0, steps: int = 7) -> Stream:
    values = np.random.default_rng(seed).normal(size=(steps, 3))
    edges = np.arange(steps + 1) / 4
    valid = np.arange(steps) % 3 > 0
    return Stream(values, np.stack([edges[:-1], edges[1:]], 1), ("a", "b", "c"), valid, provenance)


def files_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "store")


def test_a_stream_comes_back_bit_for_bit(store: FeatureStore) -> None:
    stream, key = make_stream(), FeatureKey.of(PROVENANCE)
    assert store.get(key) is None
    store.put(key, stream)
    assert store.get(key).to_bytes() == stream.to_bytes()


def test_an_empty_stream_keeps_its_reason(store: FeatureStore) -> None:
    key = FeatureKey.of(PROVENANCE)
    store.put(key, Stream.empty(("a",), PROVENANCE, "no face in any frame"))
    assert store.get(key).reason == "no face in any frame"


@pytest.mark.parametrize("document", [DOCUMENT, [], {}, ["um", 1.5, None], "text"])
def test_a_document_comes_back_equal(store: FeatureStore, document: object) -> None:
    key = FeatureKey.of(replace(PROVENANCE, extractor="speech"))
    store.put(key, document)
    assert store.get(key) == document


def test_the_same_content_makes_the_same_file(store: FeatureStore) -> None:
    key = FeatureKey.of(PROVENANCE)
    first = store.put(key, make_stream()).read_bytes()
    second = store.put(key, make_stream()).read_bytes()
    assert first == second
    assert len(files_in(store.root)) == 1


def test_the_later_of_two_writers_is_read(store: FeatureStore) -> None:
    key = FeatureKey.of(PROVENANCE)
    earlier = store.put(key, make_stream(seed=1))
    os.utime(earlier, ns=(0, 0))
    later = make_stream(seed=2)
    store.put(key, later)
    assert store.get(key).to_bytes() == later.to_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"extractor": "audio2"},
        {"version": "2"},
        {"source_sha256": OTHER_SOURCE},
        {"settings": {"rate_hz": 8000, "sets": ["a", "b"]}},
        {"settings": {"rate_hz": 16000, "sets": ["b", "a"]}},
        {"settings": {}},
    ],
)
def test_whatever_changes_the_result_changes_the_key(
    store: FeatureStore, change: dict[str, object]
) -> None:
    key, other = FeatureKey.of(PROVENANCE), FeatureKey.of(replace(PROVENANCE, **change))
    store.put(key, make_stream())
    assert key.stem != other.stem
    assert store.get(other) is None


@pytest.mark.parametrize(
    "change",
    [
        {"libraries": {"opensmile": "9"}},
        {"settings": {"sets": ["a", "b"], "rate_hz": 16000}},
        {"settings": {"sets": ("a", "b"), "rate_hz": 16000}},
    ],
)
def test_what_does_not_change_the_result_keeps_the_key(change: dict[str, object]) -> None:
    assert FeatureKey.of(replace(PROVENANCE, **change)) == FeatureKey.of(PROVENANCE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source_sha256": ""}, "64 hexadecimal digits"),
        ({"source_sha256": "../" + SOURCE[3:]}, "64 hexadecimal digits"),
        ({"extractor": "../audio"}, "small letters"),
        ({"extractor": "Audio"}, "small letters"),
        ({"settings": {"path": Path("x")}}, "JSON values"),
        ({"settings": {"rate": float("nan")}}, "JSON values"),
    ],
)
def test_an_impossible_key_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FeatureKey.of(replace(PROVENANCE, **change))


def test_names_that_differ_in_their_marks_alone_are_kept_apart(store: FeatureStore) -> None:
    for name in ("visual:lite-2", "visual_lite_2"):
        path = store.put(FeatureKey.of(replace(PROVENANCE, extractor=name)), {"name": name})
        assert path.name.startswith("visual_lite_2-")
    for name in ("visual:lite-2", "visual_lite_2"):
        assert store.get(FeatureKey.of(replace(PROVENANCE, extractor=name))) == {"name": name}


def test_a_stream_is_not_stored_under_a_foreign_key(store: FeatureStore) -> None:
    key = FeatureKey.of(replace(PROVENANCE, version="2"))
    with pytest.raises(ValueError, match="does not belong"):
        store.put(key, make_stream())
    assert files_in(store.root) == []


def damage_cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def damage_bit(content: bytes) -> bytes:
    return content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]


def damage_all(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [damage_cut, damage_bit, damage_all])
@pytest.mark.parametrize("value", [make_stream(), DOCUMENT], ids=["stream", "document"])
def test_a_damaged_file_counts_as_absent(
    store: FeatureStore, caplog: pytest.LogCaptureFixture, damage, value: object
) -> None:
    key = FeatureKey.of(PROVENANCE)
    path = store.put(key, value)
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert store.get(key) is None
    assert str(path) in caplog.text
    assert not path.exists()
    store.put(key, value)
    assert store.get(key) is not None


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_counts_as_absent(store: FeatureStore, make) -> None:
    key = FeatureKey(SOURCE, "media", "1")
    path = store.put(key, {"n": 1})
    path.unlink()
    make(path)
    assert store.get(key) is None and not path.exists()
    assert store.put(key, {"n": 1}) == path
    assert store.get(key) == {"n": 1}


def test_a_folder_named_like_a_result_is_none(store: FeatureStore) -> None:
    path = store.put(FeatureKey(SOURCE, "media", "1"), {"n": 1})
    path.with_name("audio-0-0.safetensors").mkdir()
    assert (store.recordings(), store.size()) == (1, path.stat().st_size)
    store.prune(0)
    assert store.size() == 0


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_leaves_no_half_file(
    store: FeatureStore,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    interrupt: type[BaseException],
) -> None:
    def stop(*_: object) -> None:
        raise interrupt

    key = FeatureKey.of(PROVENANCE)
    with monkeypatch.context() as patch:
        patch.setattr(f"extractors.store.os.{step}", stop)
        with pytest.raises(interrupt):
            store.put(key, make_stream())
    assert files_in(store.root) == []
    assert store.get(key) is None


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EROFS, "writable"),
        (errno.EACCES, "writable"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_no_room_is_an_error_with_a_way_out(
    store: FeatureStore, monkeypatch: pytest.MonkeyPatch, code: int, message: str, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    remaining = FeatureKey.of(replace(PROVENANCE, version="0"))
    store.put(remaining, make_stream(replace(PROVENANCE, version="0")))
    with monkeypatch.context() as patch:
        patch.setattr(f"extractors.store.os.{step}", fail)
        with pytest.raises(ExtractionError, match=message) as caught:
            store.put(FeatureKey.of(PROVENANCE), make_stream())
    assert str(store.root) in str(caught.value)
    assert "--store DIR" in str(caught.value)
    assert len(files_in(store.root)) == 1
    assert store.get(remaining) is not None


def test_a_file_where_the_folder_should_be_is_an_error(tmp_path: Path) -> None:
    root = tmp_path / "store"
    root.write_text("not a folder")
    with pytest.raises(ExtractionError, match="could not be stored"):
        FeatureStore(root).put(FeatureKey.of(PROVENANCE), make_stream())


def put_many(root: Path, writer: int) -> None:
    store = FeatureStore(root)
    for version in range(8):
        provenance = replace(PROVENANCE, version=str(version))
        key = FeatureKey.of(provenance)
        store.put(key, make_stream(provenance, seed=version + 100 * (writer % 2), steps=200))
        if store.get(key) is None:
            raise AssertionError(f"writer {writer}: version {version} is missing or damaged")


def test_many_writers_share_a_store(store: FeatureStore) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=put_many, args=(store.root, i)) for i in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    for version in range(8):
        provenance = replace(PROVENANCE, version=str(version))
        result = store.get(FeatureKey.of(provenance)).to_bytes()
        assert result in {make_stream(provenance, version + n, 200).to_bytes() for n in (0, 100)}
    assert not [path for path in files_in(store.root) if path.name.startswith(".")]


def test_forgetting_a_recording_deletes_all_of_it_and_nothing_else(store: FeatureStore) -> None:
    other = replace(PROVENANCE, source_sha256=OTHER_SOURCE)
    for version in ("1", "2"):
        provenance = replace(PROVENANCE, version=version)
        store.put(FeatureKey.of(provenance), make_stream(provenance))
    store.put(FeatureKey.of(replace(PROVENANCE, extractor="speech")), DOCUMENT)
    store.put(FeatureKey.of(other), make_stream(other))
    (next(store.root.rglob(SOURCE)) / ".of-a-killed-process.part").write_text("half")

    assert store.forget(SOURCE) == 3
    assert not [path for path in store.root.rglob("*") if SOURCE in str(path)]
    assert store.get(FeatureKey.of(other)) is not None
    assert store.forget(SOURCE) == 0


def test_only_a_digest_can_be_forgotten(store: FeatureStore) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        store.forget("..")


def test_pruning_deletes_the_least_recently_used_first(store: FeatureStore) -> None:
    paths = []
    for version in range(4):
        provenance = replace(PROVENANCE, version=str(version))
        paths.append(store.put(FeatureKey.of(provenance), make_stream(provenance)))
        os.utime(paths[-1], ns=(version, version))
    each = paths[0].stat().st_size
    assert store.size() == 4 * each
    assert store.get(FeatureKey.of(replace(PROVENANCE, version="0"))) is not None  # now the newest

    assert store.prune(2 * each) == 2 * each
    assert [path.exists() for path in paths] == [True, False, False, True]
    assert store.prune(2 * each) == 0


def test_pruning_removes_leftovers_of_killed_processes_only(store: FeatureStore) -> None:
    folder = store.put(FeatureKey.of(PROVENANCE), make_stream()).parent
    old, fresh = folder / ".old.part", folder / ".fresh.part"
    old.write_text("half")
    fresh.write_text("being written")
    os.utime(old, (0, 0))
    store.prune(store.size())
    assert (old.exists(), fresh.exists()) == (False, True)


def test_an_absent_store_is_empty(store: FeatureStore) -> None:
    assert (store.size(), store.prune(0), store.forget(SOURCE)) == (0, 0, 0)


def test_the_environment_chooses_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HIRENET_SALES_CACHE", str(tmp_path))
    assert default_store_root() == tmp_path
    monkeypatch.delenv("HIRENET_SALES_CACHE")
    assert "hirenet-sales" in default_store_root().parts
