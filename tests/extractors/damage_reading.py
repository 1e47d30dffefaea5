"""What is read of a recording, measured here and nowhere in the extractors.

Picture is one frame length for each frame of a time of its own. Sound is every block of 20 ms above
-60 dB, so that silence that fills a gap counts as nothing. Through `extract_answer`, face time and
words besides.
"""

from __future__ import annotations

import string
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from extractors.answer.extract import AnswerFeatures, AnswerSource, extract_answer
from extractors.errors import ExtractionError, MediaError
from extractors.face.descriptors import HOP_S, WINDOW_S
from extractors.face.recording_track import picture_coverage, picture_remarks
from extractors.media.layout import layout_of
from extractors.media.recording import probe
from extractors.media.sound import sound_of
from extractors.media.video import PictureLog, decode_frames, read_frames
from extractors.media.waveform import read_audio
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.toolbox import Toolbox
from tests.extractors.damage_sample import RATE_HZ

AUDIO_HZ, BLOCK, AUDIBLE = 8000, 160, 1e-3  # 20 ms; root mean square, of full scale
SIDE_PX = 32
# Three seconds, twice in a joined file, and a pause that is believed: never the stated 200,000 s.
MOST_S, MOST_FRAMES = 600.0, 300


@dataclass(frozen=True)
class Reading:
    """What was read of one recording.

    Attributes
    ----------
    length_s : seconds that the recording is taken to last
    picture_s, sound_s, face_s : seconds; face only through `extract_answer`
    words : recognised, in lower case without punctuation; only through `extract_answer`
    remarks : everything a person is told about this recording, which is called <file> there
    refused : why nothing of it was read, "" if something was
    escaped : type and place of an exception that is no ExtractionError, "" without one
    unsound : what must never be: more than the file can hold, values that are not finite
    """

    length_s: float = 0.0
    picture_s: float = 0.0
    sound_s: float = 0.0
    face_s: float | None = None
    words: tuple[str, ...] | None = None
    remarks: tuple[str, ...] = ()
    refused: str = ""
    escaped: str = ""
    unsound: tuple[str, ...] = ()


def remarks_of(path: Path) -> list[str]:
    """What the extractors remark of a recording, apart from the errors of reading it."""
    info = probe(path)
    remarks = [*info.remarks, *([info.problem] if info.problem else [])]
    if info.has_video:
        log = PictureLog()
        with suppress(MediaError):  # said by whoever reads the pictures
            for _ in decode_frames(path, log=log):
                pass
            track = layout_of(path).video[0]
            coverage = picture_coverage(track, log, info.duration_s)
            remarks += picture_remarks(track, coverage, log)
    if info.has_audio:
        with suppress(MediaError):
            remarks += sound_of(path).problems
    return remarks


def read_recording(path: Path) -> Reading:
    """Look through a recording, decode all its frames and its sound; no tracker, no recogniser."""
    try:
        length_s, remarks = probe(path).duration_s, remarks_of(path)
    except ExtractionError as error:
        return Reading(refused=_nameless(str(error), path))
    except Exception as error:
        return Reading(escaped=_raised_in(error))
    told = tuple(_nameless(remark, path) for remark in remarks)
    reading = Reading(length_s, remarks=told, unsound=_too_much("length", length_s))
    parts: tuple[Callable[[Path], Reading], ...] = (_picture, _sound)
    for part in parts:
        try:
            own = part(path)
        except ExtractionError as error:
            own = Reading(remarks=(_nameless(str(error), path),))
        except Exception as error:
            own = Reading(escaped=_raised_in(error))
        reading = replace(
            reading,
            picture_s=reading.picture_s + own.picture_s,
            sound_s=reading.sound_s + own.sound_s,
            remarks=reading.remarks + own.remarks,
            escaped=reading.escaped or own.escaped,
            unsound=reading.unsound + own.unsound,
        )
    return reading


@dataclass(frozen=True)
class ExtractedAnswer:
    """Reads recordings through `extract_answer`, with one Toolbox; can be pickled before use.

    Attributes
    ----------
    recipe : what is extracted
    store : where results are kept; None keeps nothing
    """

    recipe: Recipe = field(default_factory=Recipe)
    store: Path | None = None

    @cached_property
    def _tools(self) -> Toolbox:
        return Toolbox()

    def __call__(self, path: Path) -> Reading:
        """As `read_recording`, with face time and words."""
        try:
            store = None if self.store is None else FeatureStore(self.store)
            answer = extract_answer(AnswerSource(path), self.recipe, store=store, tools=self._tools)
        except ExtractionError as error:
            return Reading(refused=_nameless(str(error), path))
        except Exception as error:
            return Reading(escaped=_raised_in(error))
        reading = read_recording(path)  # for picture and sound; it was read once already
        return replace(
            reading,
            length_s=answer.duration_s,
            face_s=face_s(answer),
            words=words(answer),
            remarks=tuple(_nameless(problem, path) for problem in answer.problems),
            unsound=reading.unsound + _too_much("length", answer.duration_s),
        )


def face_s(answer: AnswerFeatures) -> float:
    """Seconds in which a face was seen: windows of 0.5 s, every 0.25 s, the last one whole."""
    face = answer.streams.get("face")
    if face is None or not face.valid.any():
        return 0.0
    return HOP_S * int(face.valid.sum()) + WINDOW_S - HOP_S


def words(answer: AnswerFeatures) -> tuple[str, ...]:
    """What was recognised, in lower case without punctuation."""
    spoken = () if answer.transcript is None else answer.transcript.words
    return tuple(word.text.lower().strip(string.punctuation) for word in spoken)


def _picture(path: Path) -> Reading:
    times: set[float] = set()
    count = 0
    for frame in read_frames(path, max_side_px=SIDE_PX):
        times.add(frame.time_s)
        count += 1
        if count > MOST_FRAMES:
            break
    unsound = (f"more than {MOST_FRAMES} frames",) if count > MOST_FRAMES else ()
    return Reading(picture_s=len(times) / RATE_HZ, unsound=unsound)


def _sound(path: Path) -> Reading:
    audible, samples, finite = 0, 0, True
    for block in read_audio(path, rate_hz=AUDIO_HZ, block_s=1.0):
        samples += len(block)
        finite = finite and bool(np.isfinite(block).all())
        whole = block[: len(block) // BLOCK * BLOCK].reshape(-1, BLOCK)  # (blocks, samples)
        with np.errstate(invalid="ignore"):
            audible += int((np.sqrt((whole**2).mean(axis=1)) > AUDIBLE).sum())
        if samples > MOST_S * AUDIO_HZ:
            break
    unsound = _too_much("sound", samples / AUDIO_HZ)
    if not finite:
        unsound += ("samples that are not finite",)
    return Reading(sound_s=audible * BLOCK / AUDIO_HZ, unsound=unsound)


def _nameless(text: str, path: Path) -> str:
    return text.replace(str(path), "<file>").replace(path.name, "<file>")


def _too_much(name: str, seconds: float) -> tuple[str, ...]:
    return (f"{name} of {seconds:.0f} s",) if not 0 <= seconds <= MOST_S else ()


def _raised_in(error: Exception) -> str:
    """Type of an exception, and the last line of the extractors that it went through."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [step for step in steps if Path(step.filename).parent.name == "extractors"]
    own = [step for step in own if "tests" not in Path(step.filename).parts] or list(steps)
    step = own[-1]
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name} in {Path(step.filename).name}, {step.name}: {step.line}"
