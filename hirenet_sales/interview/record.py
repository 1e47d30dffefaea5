"""Interview, Answer and Consent."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from hirenet_sales.errors import InterviewError
from hirenet_sales.printable import printable, printable_name
from hirenet_sales.yaml_model import StrictModel

READ_FROM = {"visual": "the face", "audio": "the voice", "text": "the words"}
_PATH_BEGINS = r"(?<![\w./:])"


class Consent(StrictModel):
    """Record of the recorded person's consent.

    To read the words the recogniser listens to the recording; where the voice was refused, nothing
    else is taken from it.
    """

    given: bool = Field(description="whether the person agreed to an automated analysis at all")
    date: datetime.date | None = Field(default=None, description="when; null if not recorded")
    recorded_by: str = Field(default="", description="who wrote it down")
    notice: str = Field(default="", description="which notice the person had read")
    visual: bool = Field(default=True, description="false where the face was refused")
    audio: bool = Field(default=True, description="false where the voice was refused")
    text: bool = Field(default=True, description="false where the words were refused")

    def permits(self, stream: str) -> bool:
        """Whether a stream ("visual", "audio" or "text") may be extracted."""
        return self.given and bool(getattr(self, stream))

    @property
    def refused(self) -> tuple[str, ...]:
        """The streams that the person refused."""
        return tuple(stream for stream in READ_FROM if not self.permits(stream))


@dataclass(frozen=True)
class Answer:
    """One question and its recorded answer.

    Attributes
    ----------
    id : unique within the interview
    question : the text that was asked
    question_assumed : whether that text was not given but assumed
    media, transcript, openface : absolute paths of the recording, of a transcript that replaces
        speech recognition, and of an OpenFace CSV that replaces face tracking; None = not given
    media_name : the media path as it was written, for a person; "" without media
    transcript_corrected : whether that transcript corrects one that an earlier analysis wrote
    problems : files that were named and do not exist, each a whole sentence. Such an answer is
        reported, never dropped.
    """

    id: str
    question: str
    media: Path | None = None
    transcript: Path | None = None
    openface: Path | None = None
    media_name: str = ""
    question_assumed: bool = False
    transcript_corrected: bool = False
    problems: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether at least one of the named files exists."""
        return any(p is not None and p.is_file() for p in self.files)

    def by_name(self, text: str) -> str:
        """Replace paths in a text by file names, since reports are shared and folders are private.

        The files of this answer, also by a path that they had when the text was stored, and any
        other absolute path without white space.
        """
        for path in filter(None, self.files):
            name, shown = path.name, printable_name(path.name)
            text = text.replace(str(path), shown)
            text = re.sub(
                rf"{_PATH_BEGINS}/[^\n:]*?/(?={re.escape(name)}(?!\w))", "", text
            ).replace(name, shown)
        return printable(re.sub(rf"{_PATH_BEGINS}/(?:[^\s/:]+/)+(?=[^\s/:])", "", text))

    @property
    def files(self) -> tuple[Path | None, Path | None, Path | None]:
        """Media, transcript and OpenFace CSV, None where not given."""
        return self.media, self.transcript, self.openface


@dataclass(frozen=True)
class Interview:
    """One person's asynchronous video interview.

    Attributes
    ----------
    id : a name that is safe as a folder's name
    job_title : the position that was interviewed for; read by models that were trained with job
        titles, which no shipped one was
    language : BCP 47 tag of what is spoken, such as "en"; "auto" = let the recogniser decide
    answers : in the order they were asked
    consent : None = no record of it
    synthetic : True for made-up recordings; every result says so
    source : the file or folder it was read from
    notices : what a reader must know about how the input was read, each a whole sentence
    criteria : of the position, by which a reader rates answers; () = general ones
    rate_first : whether the report hides estimates until the reader has rated the answers
    """

    id: str
    job_title: str
    language: str
    answers: tuple[Answer, ...]
    consent: Consent | None = None
    synthetic: bool = False
    source: Path = Path()
    notices: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    rate_first: bool = False

    def permits(self, stream: str) -> bool:
        """Whether a stream may be extracted; without a consent record it may, with a notice."""
        return self.consent is None or self.consent.permits(stream)

    def streams_to_extract(self, requested: Sequence[str]) -> tuple[str, ...]:
        """The requested streams that the consent permits; InterviewError if there is none."""
        streams = tuple(stream for stream in requested if self.permits(stream))
        if not streams:
            what = " or ".join(READ_FROM[stream] for stream in requested)
            raise InterviewError(
                f"interview {self.id}: its consent record does not allow an analysis of {what}; "
                "nothing was analysed"
            )
        return streams

    def reader_notices(self, requested: Sequence[str]) -> tuple[str, ...]:
        """Notices for the reader: how the input was read, and the state of consent."""
        notices = list(self.notices)
        if self.consent is None:
            notices.append(
                "No consent record came with this interview: make sure that the person agreed to "
                "an automated analysis."
            )
        notices += [
            f"The person did not agree to an analysis of {READ_FROM[stream]}: it was not extracted."
            for stream in requested
            if not self.permits(stream)
        ]
        return tuple(notices)
