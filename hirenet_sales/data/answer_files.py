"""Reading the files that the answers of a data set name, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.errors import BackendError, ExtractionError, WeightsError
from extractors.face.openface_table import read_openface_csv
from extractors.media.recording import probe
from extractors.words.transcript import Transcript
from extractors.words.transcript_files import read_transcript
from hirenet_sales.data.completeness import Completeness, Shortfall, StreamCount
from hirenet_sales.data.records import AnswerRecord

T = TypeVar("T")
STREAMS = ("text", "audio", "visual")
NO_FILE = "no such file; copy it into the folder, or take it out of the table"
log = logging.getLogger(__name__)


def loss_of(source: str, path: Path, error: Exception) -> Shortfall:
    """Why a file that an answer names could not be read.

    Parameters
    ----------
    source : where it is named
    error : what was raised while it was read
    """
    if not path.exists():
        reason = NO_FILE
    elif isinstance(error, ExtractionError):
        reason = str(error).removeprefix(str(path)).lstrip(":, ").replace(str(path), path.name)
    elif isinstance(error, OSError):
        reason = f"cannot be read ({error.strerror or error}); copy it again"
    else:  # a fault of ours in one file must not lose the others, and must not be hidden either
        log.error("%s: %s", source, path.name, exc_info=error)
        reason = (
            f"reading it failed with {type(error).__name__}: {error}; it is a fault of this "
            "program, please report it"
        )
    return Shortfall(source, reason.rstrip("."), path.name, lost=True)


def read_recordings(
    records: Sequence[AnswerRecord],
    read: Callable[[Path], np.ndarray],
    nothing: np.ndarray,
    stage: str,
    progress: Progress,
    shortfalls: list[Shortfall],
) -> list[np.ndarray]:
    """What `read` gives of every answer's recording.

    Parameters
    ----------
    nothing : of an answer without a recording, or whose recording cannot be read
    shortfalls : what could not be read is added

    Raises
    ------
    BackendError, WeightsError
        if something that every answer needs is missing.
    """
    rows = []
    for done, record in enumerate(records):
        progress(stage, done, len(records))
        values = nothing
        if record.media is not None:
            try:
                values = read(record.media)
            except (BackendError, WeightsError):
                raise  # would meet every answer alike
            except Exception as error:
                shortfalls.append(loss_of(record.source, record.media, error))
        rows.append(values)
    return rows


def open_files(records: Sequence[AnswerRecord], progress: Progress = no_progress) -> Completeness:
    """What the files of answers could give: every packet of a recording is looked at, none decoded.

    A stream counts as read where its track exists, or the words do.
    """
    shortfalls: list[Shortfall] = []
    named, read = dict.fromkeys(STREAMS, 0), dict.fromkeys(STREAMS, 0)
    for done, record in enumerate(records):
        progress("files", done, len(records))
        tracks = _tracks(record, shortfalls)
        words = "audio" in tracks if record.transcript is None else _has_words(record, shortfalls)
        for stream in STREAMS:
            named[stream] += record.names(stream)
            read[stream] += words if stream == "text" else stream in tracks
    counts = {stream: StreamCount(named[stream], read[stream]) for stream in STREAMS}
    return Completeness(len(records), counts, tuple(shortfalls))


def _tracks(record: AnswerRecord, shortfalls: list[Shortfall]) -> set[str]:
    table, path = record.openface, record.media
    face = table is not None and _opened(record, table, read_openface_csv, shortfalls) is not None
    described = {"visual"} if face else set()
    info = None if path is None else _opened(record, path, probe, shortfalls)
    if path is None or info is None:
        return described
    if info.problem:
        shortfalls.append(Shortfall(record.source, info.problem, path.name, lost=True))
    tracks = {"visual": info.has_video, "audio": info.has_audio}
    shortfalls += [
        Shortfall(record.source, f"no {kind}, so no stream {stream}", path.name)
        for stream, kind in (("visual", "picture"), ("audio", "sound"))
        if not tracks[stream]
    ]
    return described | {stream for stream, present in tracks.items() if present}


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
