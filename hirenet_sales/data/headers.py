"""Opening every file that the answers of a data set name, without extracting anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from extractors.callbacks import Progress
from extractors.media.recording import MediaInfo, probe
from extractors.words.transcript import Transcript
from extractors.words.transcript_files import read_transcript
from hirenet_sales.data.completeness import Completeness, Shortfall, StreamCount
from hirenet_sales.data.recordings import loss_of
from hirenet_sales.data.records import AnswerRecord

T = TypeVar("T")
STREAMS = ("text", "audio", "visual")


def open_files(records: Sequence[AnswerRecord], progress: Progress | None = None) -> Completeness:
    """What the files of answers could give: every packet of a recording is looked at, none decoded.

    A stream counts as read where its track, or the words, are there.
    """
    shortfalls: list[Shortfall] = []
    named, read = dict.fromkeys(STREAMS, 0), dict.fromkeys(STREAMS, 0)
    for done, record in enumerate(records):
        if progress is not None:
            progress("files", done, len(records))
        tracks = _tracks(record, shortfalls)
        words = "audio" in tracks if record.transcript is None else _has_words(record, shortfalls)
        for stream in STREAMS:
            named[stream] += record.names(stream)
            read[stream] += words if stream == "text" else stream in tracks
    counts = {stream: StreamCount(named[stream], read[stream]) for stream in STREAMS}
    return Completeness(len(records), counts, tuple(shortfalls))


def _tracks(record: AnswerRecord, shortfalls: list[Shortfall]) -> set[str]:
    path = record.media
    if path is None:
        return set()
    info: MediaInfo | None = _opened(record, path, probe, shortfalls)
    if info is None:
        return set()
    if info.problem:
        shortfalls.append(Shortfall(record.source, info.problem, path.name, lost=True))
    tracks = {"visual": info.has_video, "audio": info.has_audio}
    shortfalls += [
        Shortfall(record.source, f"no {kind}, so no stream {stream}", path.name)
        for stream, kind in (("visual", "picture"), ("audio", "sound"))
        if not tracks[stream]
    ]
    return {stream for stream, there in tracks.items() if there}


def _has_words(record: AnswerRecord, shortfalls: list[Shortfall]) -> bool:
    transcript = record.transcript
    if isinstance(transcript, Path):
        transcript = _opened(record, transcript, read_transcript, shortfalls)
    return isinstance(transcript, Transcript) and bool(transcript.words)


def _opened(
    record: AnswerRecord, path: Path, open_file: Callable[[Path], T], shortfalls: list[Shortfall]
) -> T | None:
    try:
        return open_file(path)
    except Exception as error:
        shortfalls.append(loss_of(record.source, path, error))
        return None
