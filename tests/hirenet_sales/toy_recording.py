"""A short answer of the synthetic sample, quick to read, and an interview of such answers."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import yaml
from clips import write_clip

SAMPLE = Path(__file__).parents[2] / "hirenet_sales" / "sample" / "q3.mp4"
GOOD_S, RATE_HZ = 3.0, 5
SAID = "WEBVTT\n\n00:00.200 --> 00:02.800\nI like to sell because people tell me what they need\n"


def write_answer(path: Path) -> Path:
    """The first seconds of a sample answer, at a frame rate that is quick to read."""
    frames, sound = [], []
    with av.open(str(SAMPLE)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=16000)
        for frame in container.decode(video=0, audio=0):
            if frame.time >= GOOD_S:
                continue
            if isinstance(frame, av.AudioFrame):
                sound += [part.to_ndarray() for part in resampler.resample(frame)]
            elif Fraction(frame.time).limit_denominator(1000) * RATE_HZ % 1 == 0:
                frames.append(frame.to_ndarray(format="rgb24"))
    return write_clip(path, frames, np.concatenate(sound, axis=1), rate_hz=RATE_HZ)


def write_interview(folder: Path, good: Path, answers: int, **more: object) -> Path:
    """An interview.yaml whose answers are copies of one recording with its words."""
    (folder / "said.vtt").write_text(SAID, encoding="utf-8")
    result = []
    for number in range(1, answers + 1):
        shutil.copy(good, folder / f"q{number}.mp4")
        answer = {"question": f"Question {number}?", "media": f"q{number}.mp4"}
        result.append({**answer, "transcript": "said.vtt"})
    path = folder / "interview.yaml"
    path.write_text(yaml.safe_dump({"id": "case", "answers": result, **more}), "utf-8")
    return path
