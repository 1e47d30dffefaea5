"""Toolbox: trackers, networks and recognisers, loaded once and shared by all answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from extractors.face.cnn import CnnEncoder, load_cnn
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.openface import PROGRAM
from extractors.recipe import Recipe
from extractors.threads import single_torch_thread
from extractors.words.contextual_words import ContextualWords
from extractors.words.speech import FasterWhisperRecogniser, SpeechRecogniser
from extractors.words.vectors import WordEncoder, default_vectors, load_vectors
from extractors.words.whisper_weights import find_whisper

# Chosen by experiments/whisper_size.md.
ENGLISH_WHISPER, OTHER_WHISPER = "tiny.en", "base"
Engine = Literal["faster-whisper", "openai-whisper"]
T = TypeVar("T")


class Toolbox:
    """Trackers, networks and recognisers, each loaded when it is first needed.

    Use it as a context manager, or call `close`. One answer at a time: all share one face tracker.
    Until it is closed torch runs in a single thread, because picture and sound keep two cores busy.

    Parameters
    ----------
    whisper : size of the speech model, or a folder that holds one; None takes tiny.en for English
        and base for other languages
    engine : library that runs it
    allow_download : whether speech weights may come from the hub
    """

    def __init__(
        self,
        *,
        whisper: str | Path | None = None,
        engine: Engine = "faster-whisper",
        allow_download: bool = False,
    ) -> None:
        self._open = ExitStack()
        self._open.enter_context(single_torch_thread())
        self._whisper = "" if whisper is None else str(whisper)
        self._engine = engine
        self._allow_download = allow_download
        self._loaded: dict[Hashable, Any] = {}

    def __enter__(self) -> Toolbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free everything; it is loaded again when needed."""
        self._open.close()
        for name in ("tracker", "sentence_encoder"):
            self.__dict__.pop(name, None)
        self._loaded.clear()

    @cached_property
    def tracker(self) -> MediaPipeTracker:
        """Face tracker for the crops, and for the descriptors unless OpenFace gives them."""
        return self._open.enter_context(MediaPipeTracker())

    @cached_property
    def openface(self) -> Path | None:
        """OpenFace's program, None if it is not installed."""
        program = shutil.which(PROGRAM)
        return Path(program) if program else None

    @cached_property
    def sentence_encoder(self) -> ContextualWords:
        """The encoder of whole sentences, and of words in their context.

        Raises
        ------
        WeightsError
            if it is missing or damaged.
        """
        return ContextualWords()

    def cnn(self, recipe: Recipe) -> CnnEncoder:
        """The CNN encoder of a recipe; WeightsError if its weights do not fit or are missing."""
        key = (recipe.cnn, recipe.cnn_weights, recipe.cnn_input_px)
        return self._once(key, lambda: load_cnn(*key))

    def recogniser(self, language: str) -> SpeechRecogniser:
        """The recogniser for a declared ISO 639-1 code, "" if none was declared.

        Its weights are verified now and loaded when first needed; WeightsError or BackendError if
        they or the engine are missing.
        """
        english = language.lower().split("-")[0] == "en"
        name = self._whisper or (ENGLISH_WHISPER if english else OTHER_WHISPER)
        return self._once(("recogniser", name), lambda: self._new_recogniser(name))

    def words(self, recipe: Recipe) -> WordEncoder:
        """The word vectors of a recipe; WeightsError if they are missing."""

        def load() -> WordEncoder:
            if recipe.words == "minilm":
                return self.sentence_encoder
            return default_vectors() if recipe.words == "glove" else load_vectors(recipe.words)

        return self._once(("words", recipe.words), load)

    def _new_recogniser(self, name: str) -> SpeechRecogniser:
        if self._engine == "openai-whisper":
            from extractors.words.openai_whisper import OpenAIWhisperRecogniser  # an optional extra

            return OpenAIWhisperRecogniser(name, allow_download=self._allow_download)
        folder = Path(name) if Path(name).is_dir() else None
        weights = find_whisper(name, folder=folder, allow_download=self._allow_download)
        return FasterWhisperRecogniser(weights)

    def _once(self, key: Hashable, load: Callable[[], T]) -> T:
        if key not in self._loaded:
            self._loaded[key] = load()
        loaded: T = self._loaded[key]
        return loaded
