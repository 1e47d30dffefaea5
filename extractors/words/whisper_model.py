"""faster-whisper's model with language detection on features that recognition encodes anyway."""

from __future__ import annotations

from collections.abc import Callable

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel


class OtherLanguageError(Exception):
    """The detected language differs from the one that recognition was started in."""

    def __init__(self, detected: str) -> None:
        super().__init__(detected)
        self.detected = detected


class LanguageCheckingModel(WhisperModel):
    """A WhisperModel that checks the language before it decodes.

    WhisperModel's own language detection encodes the first 30 s once more, and encoding is a third
    of the total work.

    Attributes
    ----------
    expects : called once, with the ISO 639-1 code and the probability of the language of the next
        30 s of speech; if it returns False, OtherLanguageError is raised. None: no check is due.
    """

    expects: Callable[[str, float], bool] | None = None

    def encode(self, features: np.ndarray) -> ctranslate2.StorageView:
        """See WhisperModel.encode."""
        encoded = super().encode(features)
        expects, self.expects = self.expects, None
        if expects is not None:
            token, probability = self.model.detect_language(encoded)[0][0]
            detected = token.strip("<|>")
            if not expects(detected, probability):
                raise OtherLanguageError(detected)
        return encoded
