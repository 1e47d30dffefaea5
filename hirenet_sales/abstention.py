"""Abstention: the least that an estimate may rest on, and what follows below it.

Estimates are made from whatever is given to a model, a transcript of noise too. Below the declared
limit of a stream, that stream of an answer is not read, so that the interval is that of the streams
which are left; where none is left, or an interview is too short in all, its estimates are withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from extractors.words.transcript import NOMINAL_WORD_S
from hirenet_sales.errors import AbstentionError
from hirenet_sales.yaml_model import StrictModel, read_model

if TYPE_CHECKING:
    from extractors.answer.extract import AnswerFeatures

ROWS_OF = {"visual": ("visual", "face"), "audio": ("spectral",), "text": ("words",)}
POLICY = Path(str(files("hirenet_sales") / "abstention.yaml"))


class WordLimits(StrictModel):
    """Limits of the words of an answer."""

    least: int = Field(ge=0, description="words")
    confidence: float = Field(ge=0, le=1, description="mean probability of recognised words")


class FaceLimits(StrictModel):
    """Limits of the face in an answer."""

    least_s: float = Field(ge=0, description="seconds with the face in view")
    share: float = Field(ge=0, le=1, description="part of the pictures with the face in view")
    darkest: float = Field(ge=0, le=1, description="mean grey level of the face")
    brightest: float = Field(ge=0, le=1)
    sharpness: float = Field(ge=0, description="variance of the Laplacian, grey levels squared")


class VoiceLimits(StrictModel):
    """Limits of the voice in an answer."""

    least_s: float = Field(ge=0, description="seconds with sound")
    level_db: float = Field(le=0, description="root mean square, decibels of full scale")
    snr_db: float = Field(ge=0, description="loud moments above quiet ones, decibels")


class InterviewLimits(StrictModel):
    """Limits of an interview."""

    least_s: float = Field(ge=0, description="seconds that are read, summed over the answers")


class AbstentionPolicy(StrictModel):
    """The declared limits, as every Assessment names them in its provenance."""

    version: str
    words: WordLimits
    face: FaceLimits
    voice: VoiceLimits
    interview: InterviewLimits

    def applied(
        self, features: AnswerFeatures, streams: Sequence[str], name: str
    ) -> AnswerFeatures:
        """The features of an answer, with the streams below a limit marked as not to be read.

        A limit of what was not measured does not apply, nor one of a stream without rows.

        Parameters
        ----------
        streams : those of visual, audio and text that would be read
        name : of the answer's file, with which each reason begins
        """
        checks = {"visual": self._face, "audio": self._voice, "text": self._words}
        unread = dict(features.unread)
        for stream in streams:
            reason = next(checks[stream](features), None)
            if reason is not None:
                unread[stream] = f"{name}: {reason}."
        return replace(features, unread=unread)

    def withholding(self, answers: Sequence[AnswerFeatures], streams: Sequence[str]) -> str:
        """Why the estimates of an interview are withheld, a sentence; "" where they are not.

        Parameters
        ----------
        answers : those that were extracted, as `applied` returns them
        streams : those of visual, audio and text that would be read
        """
        below = [answer for answer in answers if answer.unread]
        seconds = [
            max((_seconds(answer, s) for s in streams if s not in answer.unread), default=0.0)
            for answer in answers
        ]
        if below and not any(seconds):
            return (
                "No answer has a face, a voice or words good enough to be read; the reasons are "
                "with the answers. Record the interview again."
            )
        if 0 < sum(seconds) < self.interview.least_s:
            return (
                f"Only {sum(seconds):.1f} s of the interview can be read, at least "
                f"{self.interview.least_s:g} s are needed. Record longer answers."
            )
        return ""

    def _words(self, features: AnswerFeatures) -> Iterator[str]:
        transcript = features.transcript
        if transcript is None or not transcript.words:
            return
        count, confidence = len(transcript.words), transcript.confidence
        if confidence is not None and confidence < self.words.confidence:
            yield (
                f"the words are not read, since their recognition is too unsure: mean probability "
                f"{confidence:.2f}, expected {self.words.confidence:g} or more; give a transcript"
            )
        if count < self.words.least:
            yield (
                f"the words are not read, since there are too few: {count}, expected "
                f"{self.words.least} or more"
            )

    def _face(self, features: AnswerFeatures) -> Iterator[str]:
        quality, limits = features.quality, self.face
        share, seconds = quality.face_share, _seconds(features, "visual")
        if seconds and share is not None and share < limits.share:
            yield (
                f"the face is not read, since it is in view too rarely: in {share:.0%} of the "
                f"pictures, expected {limits.share:.0%} or more; look into the camera"
            )
        if share is not None and 0 < seconds < limits.least_s:
            yield (
                f"the face is not read, since it is in view too briefly: {seconds:.1f} s, expected "
                f"{limits.least_s:g} s or more"
            )
        brightness = quality.brightness
        if brightness is not None and not limits.darkest <= brightness <= limits.brightest:
            yield (
                f"the face is not read, since it is too "
                f"{'dark' if brightness < limits.darkest else 'bright'}: mean "
                f"grey level {brightness:.2f}, expected {limits.darkest:g} to "
                f"{limits.brightest:g}; change the light"
            )
        if quality.sharpness is not None and quality.sharpness < limits.sharpness:
            yield (
                f"the face is not read, since it is too blurred: sharpness "
                f"{quality.sharpness:.1f}, expected {limits.sharpness:g} or more; clean the lens"
            )

    def _voice(self, features: AnswerFeatures) -> Iterator[str]:
        quality, limits = features.quality, self.voice
        seconds = _seconds(features, "audio")
        if quality.sound_share is not None and 0 < seconds < limits.least_s:
            yield (
                f"the voice is not read, since there is too little sound: {seconds:.1f} s, "
                f"expected {limits.least_s:g} s or more"
            )
        level = quality.sound_level_db
        if seconds and level is not None and level < limits.level_db:
            yield (
                f"the voice is not read, since it is too quiet: {level:.0f} dB of full scale, "
                f"expected {limits.level_db:g} dB or more; move the microphone closer"
            )
        if seconds and quality.snr_db is not None and quality.snr_db < limits.snr_db:
            yield (
                f"the voice is not read, since it does not stand out from the noise: loud moments "
                f"are {quality.snr_db:.1f} dB above quiet ones, expected {limits.snr_db:g} dB or "
                "more; record in a quiet room"
            )


def _seconds(features: AnswerFeatures, stream: str) -> float:
    """Seconds of an answer that a stream is read from, 0 where it has no rows."""
    quality = features.quality
    rows = [features.streams[name] for name in ROWS_OF[stream] if name in features.streams]
    if not any(table.observed for table in rows):
        return 0.0
    if stream == "visual":
        share = 1.0 if quality.face_share is None else quality.face_share
        return (
            share
            * (1.0 if quality.picture_share is None else quality.picture_share)
            * (features.duration_s)
        )
    if stream == "audio":
        return (1.0 if quality.sound_share is None else quality.sound_share) * features.duration_s
    words = 0 if features.transcript is None else len(features.transcript.words)
    return NOMINAL_WORD_S * words


def load_abstention_policy(path: str | Path = POLICY) -> AbstentionPolicy:
    """The policy of a YAML, by default the one that ships.

    Raises
    ------
    AbstentionError
        with every problem of the file.
    """
    return read_model(Path(path), AbstentionPolicy, AbstentionError)
