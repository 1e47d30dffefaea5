"""FeatureStore: what was extracted once is not extracted again.

A result is addressed by what it was computed from and how: the digest of the recording, and the
name, version and settings of the extractor. Files are written whole or not at all, so a run that
was killed resumes by running it again, and several processes may share one store.

    root/3f/3f7a…(64 digits)/audio-<digest of the key>-<digest of the content>.safetensors

All that was computed from one recording lies in one folder, so that it can be deleted on request.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from safetensors import SafetensorError

from extractors.errors import ExtractionError
from extractors.stream import Provenance, Stream
from extractors.whole_file import PART, whole_file

log = logging.getLogger(__name__)

CACHE_VARIABLE = "HIRENET_SALES_CACHE"
OWNER_ONLY = 0o600  # permissions of what was computed from a person's recording
STALE_TEMPORARY_S = 3600.0  # a temporary file older than this belongs to a process that was killed

_DIGEST_LENGTH = 16  # hexadecimal digits of a SHA-256 in a file name: 64 bits
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def default_store_root() -> Path:
    """$HIRENET_SALES_CACHE where it is set, else the user's cache folder of this platform."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    return user_cache_path("hirenet-sales") / "features"


@dataclass(frozen=True)
class FeatureKey:
    """The address of a result.

    Raises
    ------
    ValueError
        if the digest is not one, or the name of the extractor cannot be part of a file name.
    """

    source_sha256: str  # digest of the recording, 64 hexadecimal digits
    # extractor, version: name and version of the extractor
    extractor: str
    version: str
    # the options that change the result, as canonical JSON (sorted, no spaces)
    settings: str = "{}"

    def __post_init__(self) -> None:
        _check_source(self.source_sha256)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.:-]*", self.extractor):
            raise ValueError(
                f"extractor name {self.extractor!r}: expected small letters, digits and _ . : -"
            )

    @classmethod
    def of(cls, provenance: Provenance) -> FeatureKey:
        """The key of a result with this provenance; versions of libraries are no part of it."""
        try:
            settings = json.dumps(
                dict(provenance.settings), sort_keys=True, separators=(",", ":"), allow_nan=False
            )
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{provenance.extractor}: settings must be JSON values: {error}"
            ) from error
        return cls(provenance.source_sha256, provenance.extractor, provenance.version, settings)

    @property
    def stem(self) -> str:
        """First part of the file name: the extractor, and a digest of the whole key."""
        parts = [self.source_sha256, self.extractor, self.version, self.settings]
        name = re.sub(r"[:-]", "_", self.extractor)  # ":" is no part of file names everywhere
        return f"{name}-{_short_digest(json.dumps(parts).encode())}"


@dataclass(frozen=True)
class FeatureStore:
    """Streams and JSON documents under `root`, which is made when something is first put.

    Any number of processes may read and write the same store. The same key stands for the same
    content: should two writers differ, the later one is read.
    """

    root: Path

    def get(self, key: FeatureKey) -> Stream | Any | None:
        """The Stream or JSON document stored under the key, or None.

        A damaged file counts as absent: it is removed, and the log says so.
        """
        for path in self._files_of(key):
            try:
                value = _read(path, key)
            except FileNotFoundError:
                continue  # another process deleted it meanwhile
            except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
                log.warning("%s: damaged, removed and computed again (%s)", path, error)
                _remove(path)
                continue
            with contextlib.suppress(OSError):  # a store that is read-only keeps no order of use
                os.utime(path)
            return value
        return None

    def put(self, key: FeatureKey, value: Stream | Any) -> Path:
        """Store a Stream or a JSON document; all of it is on disk when the path is returned.

        Raises
        ------
        ValueError
            if a Stream's provenance is not that of the key, or a document is not JSON.
        ExtractionError
            if there is no room or no permission; nothing half-written stays.
        """
        if isinstance(value, Stream):
            if FeatureKey.of(value.provenance) != key:
                raise ValueError(f"{value.provenance} does not belong to {key}")
            content, suffix = value.to_bytes(), ".safetensors"
        else:
            content, suffix = json.dumps(value, allow_nan=False).encode(), ".json"
        path = self._folder(key.source_sha256) / (f"{key.stem}-{_short_digest(content)}{suffix}")
        try:
            with whole_file(path, mode=OWNER_ONLY) as part:
                part.write_bytes(content)
        except OSError as error:
            raise ExtractionError(_advice(error, self.root, len(content))) from error
        return path

    def forget(self, source_sha256: str) -> int:
        """Delete everything that was computed from one recording; returns how many results.

        Meant for deletion requests: nothing of the recording stays in the store, temporary files of
        killed processes included. ExtractionError if something could not be deleted.
        """
        _check_source(source_sha256)
        folder = self._folder(source_sha256)
        count = sum(1 for _ in _results_in(folder))
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise ExtractionError(
                f"{folder}: could not be deleted ({error.strerror}); part of what was computed "
                "from this recording is still there. Stop other runs, check the permissions, "
                "and repeat."
            ) from error
        with contextlib.suppress(OSError):  # other recordings share this folder
            folder.parent.rmdir()
        return count

    def recordings(self) -> int:
        """How many recordings, and transcripts that were given, have results here."""
        return len({path.parent for path in _results_in(self.root)})

    def size(self) -> int:
        """Bytes of all stored results."""
        return sum(stat.st_size for _, stat in _with_stat(_results_in(self.root)))

    def prune(self, max_bytes: int) -> int:
        """Delete the least recently used results until at most `max_bytes` are left.

        Leftovers of killed processes go too. Returns how many bytes were freed.
        """
        stale = time.time() - STALE_TEMPORARY_S
        for path, stat in _with_stat(self.root.rglob(f".*{PART}")):
            if stat.st_mtime < stale:
                _remove(path)
        results = sorted(_with_stat(_results_in(self.root)), key=lambda item: item[1].st_mtime_ns)
        excess = sum(stat.st_size for _, stat in results) - max_bytes
        freed = 0
        for path, stat in results:
            if freed >= excess:
                break
            path.unlink(missing_ok=True)
            freed += stat.st_size
        return freed

    def _folder(self, source_sha256: str) -> Path:
        return self.root / source_sha256[:2] / source_sha256

    def _files_of(self, key: FeatureKey) -> list[Path]:
        stored = _with_stat(self._folder(key.source_sha256).glob(f"{key.stem}-*"))
        return [path for path, _ in sorted(stored, key=lambda i: i[1].st_mtime_ns, reverse=True)]


def _check_source(source_sha256: str) -> None:
    if not re.fullmatch(r"[0-9a-f]{64}", source_sha256):
        raise ValueError(
            f"source digest {source_sha256!r}: expected a SHA-256, 64 hexadecimal digits"
        )


def _short_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]


def _results_in(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*-*-*"):
        result = path.suffix in (".safetensors", ".json") and not path.name.startswith(".")
        if result and path.is_file():
            yield path


def _with_stat(paths: Iterator[Path]) -> list[tuple[Path, os.stat_result]]:
    pairs = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # deleted by another process meanwhile
            pairs.append((path, path.stat()))
    return pairs


def _remove(path: Path) -> None:
    """Remove what stands under the name of a result, whatever it is, if that is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink()


def _read(path: Path, key: FeatureKey) -> Stream | Any:
    if path.exists() and not path.is_file():  # a pipe would be read for ever
        raise ValueError("no ordinary file")
    content = path.read_bytes()
    if not path.stem.endswith(f"-{_short_digest(content)}"):
        raise ValueError("the content does not match its digest")
    if path.suffix == ".json":
        return json.loads(content)
    stream = Stream.load(path)
    if FeatureKey.of(stream.provenance) != key:
        raise ValueError(f"holds a result of {stream.provenance}")
    return stream


def _advice(error: OSError, root: Path, needed: int) -> str:
    remainder = "Finished results are kept, and the next run resumes from them."
    elsewhere = f"choose another folder with --store DIR or ${CACHE_VARIABLE}"
    if error.errno in _NO_ROOM:
        return (
            f"{root}: the disk is full (a result of {needed / 1024:.0f} KiB did not fit). "
            f"Free some space, or {elsewhere}. {remainder}"
        )
    return (
        f"{root}: a result could not be stored ({error.strerror or error}). "
        f"Make the folder writable, or {elsewhere}. {remainder}"
    )
