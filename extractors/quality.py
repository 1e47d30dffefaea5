"""Quality of a recording: measures of how far its features can be trusted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """Quality measures of one answer; None where nothing was measured."""

    # part of the answer with pictures that could be decoded and moved, 0 to 1
    picture_share: float | None = None
    # part of the sampled pictures in which the face was detected, 0 to 1
    face_share: float | None = None
    brightness: float | None = None  # mean grey level of the face, 0 to 1
    # variance of the Laplacian of the aligned face, grey levels squared (Pech-Pacheco et al. 2000);
    # blurred faces have little of it
    sharpness: float | None = None
    sound_share: float | None = None  # part of the answer with sound that could be decoded, 0 to 1
    sound_level_db: float | None = None  # root mean square, decibels below full scale (negative)
    clipped_share: float | None = None  # samples at full scale, 0 to 1
    snr_db: float | None = None  # level of the loud moments above that of the quiet ones, decibels
    recognition_confidence: float | None = None  # mean probability of the recognised words, 0 to 1
