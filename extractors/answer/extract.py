"""Extract the features of one answer: face, voice and words, in parallel.

Every result is stored as soon as it is computed, so an interrupted run resumes where it stopped,
and a second run decodes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import numpy as np

from extractors.answer.face_features import FaceFeatures, extract_face, extract_openface
from extractors.answer.voice_features import VoiceFeatures, extract_voice
from extractors.answer.word_features import WordFeatures, extract_words
from extractors.cached import cached
from extractors.callbacks import Progress
from extractors.digest import sha256_of
from extractors.errors import ExtractionError, MediaError
from extractors.media.recording import MediaInfo, probe
from extractors.media.sound import Sound, sound_of
from extractors.memory import trim_heap
from extractors.quality import Quality
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Provenance, Stream
from extractors.stretch import Stretch
from extractors.toolbox import Toolbox
from extractors.words.fluency import Fluency
from extractors.words.transcript import Transcript

STREAMS = ("visual", "audio", "text")
SHORTEST_S = 1.0  # shorter answers are not analysed

T = TypeVar("T")


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
    """Features of one answer.

    Attributes
    ----------
    sha256 : digest of the recording; without one, of the transcript, else of the OpenFace table
    duration_s : seconds; taken from the words where there is no recording
    media : metadata of the recording, None without one
    streams : those of the requested branches; one that failed is empty, without columns, and has
        a reason. visual: "visual" (a CNN vector a crop), "expression" (0 to 1) and "shape"
        with the same rows, and "face" (OpenFace-style, means over 0.5 s every 0.25 s). audio:
        "spectral" (26 statistics a slice), "egemaps" (25 descriptors, means over 0.1 s) and
        "functionals" (88 a slice). text: "words" (one row a word of the transcript) and
        "sentences" (one row a sentence).
    transcript, fluency : None without words
    thumbnails : time in seconds and JPEG file of each face crop, 96 pixels a side
    slices : float64 (N, 2), start and end of each slice, seconds
    problems : what is missing or doubtful: whole sentences, each naming the file
    partial : whether part of the recording could not be read; see `problems`
    quality : measures of how far the features can be trusted
    missing : stretches without picture or sound, seconds, by "visual" and "audio"
    unread : "visual", "audio" and "text" that are too poor to be read, with the reason, a sentence
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
    unread: dict[str, str] = field(default_factory=dict)


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
    """Extract the features of one answer.

    The picture is processed in the calling thread, the sound in another. A branch that fails
    becomes empty Streams and a problem; the others stand.

    Parameters
    ----------
    store : caches the results; None stores nothing
    tools : trackers, networks and recognisers, shared by all answers
    streams : some of "visual", "audio" and "text"; the others are not computed. "text" alone
        recognises the words and computes no voice features.
    language : declared language of the answer, an ISO 639-1 code; "" if none was declared
    progress : called from both threads with "face", "voice" or "words", the seconds done and the
        length of the answer

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
        result = work()
        if progress is not None:
            progress(name, length_s, length_s)
        return result

    def face_branch() -> FaceFeatures:
        if info is None:
            return extract_openface(source.openface, store) if source.openface else FaceFeatures({})
        if source.openface is None or not recipe.face:
            return extract_face(info, recipe, tools=tools, store=store)
        table = extract_openface(source.openface, store, info)
        face = None if table.partial else table.streams["face"]
        tracked = extract_face(info, recipe, tools=tools, store=store, openface=face)
        instead = f"{source.openface}: the face is followed in the recording instead"
        return replace(
            tracked,
            problems=(*table.problems, *[instead] * table.partial, *tracked.problems),
            partial=tracked.partial or table.partial,
        )

    def sound_branch() -> tuple[Sound | None, VoiceFeatures, WordFeatures]:
        voice, words = VoiceFeatures({}), WordFeatures()
        needs_sound = "audio" in streams or ("text" in streams and source.transcript is None)
        sound = _survey(info, store) if info is not None and needs_sound else None
        gaps = () if sound is None else sound.coverage.missing
        if "audio" in streams and info is not None:
            voice = stage("voice", lambda: extract_voice(info, recipe, store=store))
            trim_heap()
        if "text" in streams and not stop.is_set() and (info or source.transcript):
            words = stage(
                "words",
                lambda: extract_words(
                    info,
                    source.transcript,
                    recipe,
                    tools=tools,
                    store=store,
                    language=language,
                    gaps=gaps,
                ),
            )
        return sound, voice, words

    face = FaceFeatures({})
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound") as pool:
        sound_future = pool.submit(sound_branch)
        try:
            if "visual" in streams:
                face = stage("face", face_branch)
            sound, voice, words = sound_future.result()
        except BaseException:  # an interrupt, too: the other thread ends after its present step
            stop.set()
            raise
    extracted = {**face.streams, **voice.streams}
    if words.stream is not None:
        extracted["words"] = words.stream
    if words.sentences is not None:
        extracted["sentences"] = words.sentences
    problems += words.problems
    if info is not None and sound is not None:
        problems += [f"{info.path.name}: {problem}" for problem in sound.problems]
    transcript = words.transcript
    duration_s = length_s or max(
        [0.0 if transcript is None else transcript.duration_s]
        + [float(stream.spans[-1, 1]) for stream in extracted.values() if len(stream)]
    )
    return AnswerFeatures(
        sha256=_digest(source, info),
        duration_s=duration_s,
        media=info,
        streams=extracted,
        transcript=transcript,
        fluency=words.fluency,
        thumbnails=face.thumbnails,
        slices=recipe.slices(duration_s),
        problems=_sentences([*problems, *face.problems, *voice.problems], source),
        partial=bool(info is not None and info.problem)
        or face.partial
        or words.partial
        or (sound is not None and sound.coverage.partial),
        quality=_quality(face, sound, transcript),
        missing={
            "visual": face.missing,
            "audio": () if sound is None else sound.coverage.missing,
        },
    )


def _read_head(
    source: AnswerSource, store: FeatureStore | None
) -> tuple[MediaInfo | None, list[str]]:
    """Metadata of the recording, and problems that concern it as a whole."""
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
    """Each problem once, as a sentence; files by name alone, since folder names are private."""
    sentences = []
    for problem in problems:
        for path in (source.media, source.transcript, source.openface):
            problem = problem if path is None else problem.replace(str(path), path.name)
        sentences.append(f"{problem.rstrip('.')}.")
    return tuple(dict.fromkeys(sentences))


def _probe(path: Path, store: FeatureStore | None) -> MediaInfo:
    """As `probe`, but cached by the content of the file."""
    if store is None or not path.is_file():
        return probe(path)
    sha256 = sha256_of(path)

    def compute() -> list[dict[str, Any]]:
        metadata = asdict(probe(path))
        del metadata["path"]
        return [metadata]

    return MediaInfo(path=path, **cached(store, [Provenance("media", "5", {}, sha256)], compute)[0])


def _survey(info: MediaInfo, store: FeatureStore | None) -> Sound | None:
    """Survey of the whole sound track; None if there is none or it cannot be decoded."""
    if not info.has_audio:
        return None

    def survey() -> list[dict[str, Any]]:
        return [asdict(sound_of(info.path))]

    try:
        return Sound.from_dict(
            cached(store, [Provenance("sound", "3", {}, info.sha256)], survey)[0]
        )
    except MediaError:
        return None  # reported by the branch that reads the sound


def _quality(face: FaceFeatures, sound: Sound | None, transcript: Transcript | None) -> Quality:
    figures: dict[str, float | None] = dict(face.quality)
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
