"""Errors of feature extraction. Every message names the file and says what to do."""

from __future__ import annotations


class ExtractionError(Exception):
    """Base class of all errors of `extractors`; the message is written for the user."""


class MediaError(ExtractionError):
    """The file is missing, empty, damaged, of an unknown codec, or not a recording."""


class NoAudioError(MediaError):
    """The recording has no audio track."""


class NoVideoError(MediaError):
    """The recording has no video track."""


class TranscriptError(ExtractionError):
    """A transcript file cannot be read."""


class WeightsError(ExtractionError):
    """Model weights are missing, or their digest is not the expected one."""


class BackendError(ExtractionError):
    """A library, program or system library needed by the chosen extractor is missing."""
