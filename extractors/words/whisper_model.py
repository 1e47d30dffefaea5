"""faster-whisper's model, made to tell the language from work that recognition does anyway."""

from __future__ import annotations

from collections.abc import Callable

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel


class OtherLanguageError(Exception):
    """Another language is spoken than recognition was started in."""

    def __init__(self, heard: str) -> None:
        super().__init__(heard)
        self.heard = heard


class HearingModel(WhisperModel):
    """A WhisperModel that checks the language before it decodes.

    Asking WhisperModel for the language encodes the first 30 s once more, and encoding is a third
    of all work.

    Attributes
    ----------
    expects : asked once, with the ISO 639-1 code and the probability of the language of the next
        30 s of speech; where it says no, OtherLanguageError is raised. None: nothing is checked,
        or it was.
    """

    expects: Callable[[str, float], bool] | None = None

    def encode(self, features: np.ndarray) -> ctranslate2.StorageView:
        """See WhisperModel.encode."""
        encoded = super().encode(features)
        expects, self.expects = self.expects, None
        if expects is not None:
            token, probability = self.model.detect_language(encoded)[0][0]
            heard = token.strip("<|>")
            if not expects(heard, probability):
                raise OtherLanguageError(heard)
        return encoded
