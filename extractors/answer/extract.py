"""Everything that is extracted from one answer: seen, heard and said, in parallel.

What is done is in the store at once, so a run that was interrupted goes on where it stopped, and a
second run decodes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import numpy as np

from extractors.answer.face import Seen, see, see_table
from extractors.answer.voice import Heard, hear
from extractors.answer.words import Said, listen
from extractors.cached import recall
from extractors.digest import sha256_of
from extractors.errors import ExtractionError, MediaError
from extractors.media.recording import MediaInfo, probe
from extractors.media.sound import Sound, sound_of
from extractors.memory import give_back
from extractors.quality import Quality
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Provenance, Stream
from extractors.stretch import Stretch
from extractors.toolbox import Toolbox
from extractors.words.fluency import Fluency
from extractors.words.transcript import Transcript

STREAMS = ("visual", "audio", "text")
SHORTEST_S = 1.0  # an answer below this says nothing

T = TypeVar("T")
Progress = Callable[[str, float, float], None]


@dataclass(frozen=True)
class AnswerSource:
    """The files of one answer; None = not given.

    Attributes
    ----------
    media : the recording
    transcript : replaces speech recognition
    openface : a CSV that OpenFace wrote about the recording, which replaces face tracking
    """

    media: Path | None = None
    transcript: Path | None = None
    openface: Path | None = None


@dataclass(frozen=True, eq=False)
class AnswerFeatures:
    """What was extracted from one answer.

    Attributes
    ----------
    sha256 : digest of the recording; without one, of the transcript, else of the OpenFace table
    duration_s : seconds; of the words where there is no recording
    media : what the recording holds, None without one
    streams : those of the branches that were asked for; one that failed is empty, without columns,
        and has a reason. visual: "visual" (a CNN vector a crop), "expression" (0 to 1) and "shape"
        with the same rows, and "face" (OpenFace-style, means over 0.5 s every 0.25 s). audio:
        "spectral" (26 statistics a slice), "egemaps" (25 descriptors, means over 0.1 s) and
        "functionals" (88 a slice). text: "words" (one row a word of the transcript).
    transcript, fluency : None without words
    thumbnails : time in seconds and JPEG file of each face crop, 96 pixels a side
    slices : float64 (N, 2), start and end of each slice, seconds
    problems : what was missing or doubtful: whole sentences, each naming the file
    partial : whether part of what was recorded could not be read, as `problems` tell
    quality : figures that tell how far the features can be trusted
    missing : by "visual" and "audio", the stretches without picture or sound, seconds
    """

    sha256: str
    duration_s: float
    media: MediaInfo | None
    streams: dict[str, Stream]
    transcript: Transcript | None
    fluency: Fluency | None
    thumbnails: tuple[tuple[float, bytes], ...]
    slices: np.ndarray
    problems: tuple[str, ...]
    partial: bool = False
    quality: Quality = field(default_factory=Quality)
    missing: dict[str, tuple[Stretch, ...]] = field(default_factory=dict)


def extract_answer(
    source: AnswerSource,
    recipe: Recipe,
    *,
    store: FeatureStore | None,
    tools: Toolbox,
    streams: Sequence[str] = STREAMS,
    language: str = "en",
    progress: Progress | None = None,
) -> AnswerFeatures:
    """Extract everything from one answer.

    The picture is looked at in the calling thread, the sound in another. A branch that fails
    becomes empty Streams and a problem; the others stand.

    Parameters
    ----------
    store : where results are kept; None keeps nothing
    tools : what serves one answer after the other
    streams : some of "visual", "audio" and "text"; nothing of the others is computed. Words are
        recognised from the sound without anything else being taken from the voice.
    language : ISO 639-1 code that the answer was declared to be in; "" if none was
    progress : called with "face", "voice" or "words", the seconds that are done, and the answer's
        length; from both threads

    Raises
    ------
    MediaError
        if the recording cannot be read at all.
    WeightsError, BackendError
        if something that every answer needs is missing.
    ExtractionError
        if a result cannot be stored, or the source names no file.
    """
    for name in streams:
        if name not in STREAMS:
            raise ExtractionError(f"no stream {name!r}; choose of {', '.join(STREAMS)}")
    language = "" if language == "auto" else language
    info, problems = _read_head(source, store)
    length_s = 0.0 if info is None else info.duration_s
    stop = Event()

    def stage(name: str, work: Callable[[], T]) -> T:
        if progress is not None:
            progress(name, 0.0, length_s)
        done = work()
        if progress is not None:
            progress(name, length_s, length_s)
        return done

    def look() -> Seen:
        if info is None:
            return see_table(source.openface, store) if source.openface else Seen({})
        if source.openface is None or not recipe.face:
            return see(info, recipe, tools=tools, store=store)
        told = see_table(
            source.openface,
            store,
            info.sha256,
            duration_s=info.duration_s,
            frame_rate_hz=info.frame_rate_hz,
        )
        face = None if told.partial else told.streams["face"]
        shown = see(info, recipe, tools=tools, store=store, openface=face)
        instead = f"{source.openface}: the face is followed in the recording instead"
        return replace(
            shown,
            problems=(*told.problems, *[instead] * told.partial, *shown.problems),
            partial=shown.partial or told.partial,
        )

    def sound() -> tuple[Sound | None, Heard, Said | None]:
        heard, said = Heard({}), None
        listened = "audio" in streams or ("text" in streams and source.transcript is None)
        surveyed = _survey(info, store) if info is not None and listened else None
        if "audio" in streams and info is not None:
            heard = stage("voice", lambda: hear(info, recipe, store=store))
            give_back()
        if "text" in streams and not stop.is_set() and (info or source.transcript):
            given = source.transcript
            said = stage(
                "words",
                lambda: listen(
                    info,
                    given,
                    recipe,
                    tools=tools,
                    store=store,
                    language=language,
                    gaps=() if surveyed is None else surveyed.coverage.missing,
                ),
            )
        return surveyed, heard, said

    seen = Seen({})
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as pool:
        sounding = pool.submit(sound)
        try:
            if "visual" in streams:
                seen = stage("face", look)
            surveyed, heard, said = sounding.result()
        except BaseException:  # an interrupt, too: the other thread ends after its present step
            stop.set()
            raise
    found = {**seen.streams, **heard.streams}
    transcript = None if said is None else said.transcript
    if said is not None:
        found["words"] = said.stream
        problems += said.problems
    if info is not None and surveyed is not None:
        problems += [f"{info.path.name}: {problem}" for problem in surveyed.problems]
    duration_s = length_s or max(
        [0.0 if transcript is None else transcript.duration_s]
        + [float(stream.spans[-1, 1]) for stream in found.values() if len(stream)]
    )
    return AnswerFeatures(
        sha256=_digest(source, info),
        duration_s=duration_s,
        media=info,
        streams=found,
        transcript=transcript,
        fluency=None if said is None else said.fluency,
        thumbnails=seen.thumbnails,
        slices=recipe.slices(duration_s),
        problems=_sentences([*problems, *seen.problems, *heard.problems], source),
        partial=bool(info is not None and info.problem)
        or seen.partial
        or heard.partial
        or (said is not None and said.partial)
        or (surveyed is not None and surveyed.coverage.partial),
        quality=_quality(seen, surveyed, transcript),
        missing={
            "visual": seen.missing,
            "audio": () if surveyed is None else surveyed.coverage.missing,
        },
    )


def _read_head(
    source: AnswerSource, store: FeatureStore | None
) -> tuple[MediaInfo | None, list[str]]:
    """What the recording holds, and what is doubtful about it as a whole."""
    path = source.media
    if path is None:
        return None, []
    try:
        info = _probe(path, store)
    except MediaError as error:
        if source.transcript is None and source.openface is None:
            raise
        return None, [f"{error}; the answer is read from its other files"]
    problems = [f"{path.name}: {remark}" for remark in info.remarks]
    if info.problem:
        problems.append(f"{path.name}: {info.problem}; the rest of it is used")
    if info.duration_s < SHORTEST_S:
        problems.append(
            f"{path.name}: the answer is only {info.duration_s:.1f} s long; at least "
            f"{SHORTEST_S:.0f} s is needed, record it again"
        )
    return info, problems


def _sentences(problems: Sequence[str], source: AnswerSource) -> tuple[str, ...]:
    """Each once, ended as a sentence, files by their names: folders are nobody's business."""
    found = []
    for problem in problems:
        for path in (source.media, source.transcript, source.openface):
            problem = problem if path is None else problem.replace(str(path), path.name)
        found.append(f"{problem.rstrip('.')}.")
    return tuple(dict.fromkeys(found))


def _probe(path: Path, store: FeatureStore | None) -> MediaInfo:
    """As `probe`, but what is known of the same content is not looked for again."""
    if store is None or not path.is_file():
        return probe(path)
    sha256 = sha256_of(path)

    def look() -> list[dict[str, Any]]:
        found = asdict(probe(path))
        del found["path"]
        return [found]

    return MediaInfo(path=path, **recall(store, [Provenance("media", "4", {}, sha256)], look)[0])


def _survey(info: MediaInfo, store: FeatureStore | None) -> Sound | None:
    """What is known of the sound as a whole; None if there is none or it cannot be decoded."""
    if not info.has_audio:
        return None

    def look() -> list[dict[str, Any]]:
        return [asdict(sound_of(info.path))]

    try:
        return Sound.from_dict(recall(store, [Provenance("sound", "3", {}, info.sha256)], look)[0])
    except MediaError:
        return None  # whoever reads it says so


def _quality(seen: Seen, sound: Sound | None, transcript: Transcript | None) -> Quality:
    figures: dict[str, float | None] = dict(seen.quality)
    if sound is not None:
        figures |= {
            "sound_share": sound.coverage.share,
            "sound_level_db": sound.level_db,
            "clipped_share": sound.clipped,
            "snr_db": sound.snr_db,
        }
    if transcript is not None:
        figures["recognition_confidence"] = transcript.confidence
    return Quality(**figures)


def _digest(source: AnswerSource, info: MediaInfo | None) -> str:
    if info is not None:
        return info.sha256
    for path in (source.transcript, source.openface):
        if path is not None and path.is_file():
            return sha256_of(path)
    raise ExtractionError(f"{source}: none of its files can be read; give a recording")
