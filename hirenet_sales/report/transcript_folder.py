"""Transcripts beside a report: one WebVTT file an answer, which a person may correct."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hirenet_sales.assessment import AnswerAssessment, Assessment
from hirenet_sales.captions import webvtt
from hirenet_sales.persist import sha256_of, write_whole

TRANSCRIPTS = "transcripts"


@dataclass(frozen=True)
class TranscriptFolder:
    """The transcripts of one interview, `<answer id>.vtt` each.

    Answers whose words have no times have no file: their transcript was given, and is corrected
    where it lies.
    """

    path: Path

    def file_of(self, answer: AnswerAssessment) -> Path:
        """Where the transcript of an answer is written."""
        return self.path / f"{answer.id}.vtt"

    def write(self, assessment: Assessment) -> None:
        """Write the transcripts; one that differs from what is written is renamed, never lost.

        A file that the assessment was corrected by stays as it is.
        """
        for answer in assessment.answers:
            text, path = webvtt(answer), self.file_of(answer)
            if answer.transcript_source == "corrected" and path.is_file():
                continue
            if path.is_file() and path.read_bytes() != text.encode("utf-8", "replace"):
                path.replace(path.with_suffix(".previous.vtt"))
            if text:
                write_whole(path, text)

    def corrected(self, assessment: Assessment) -> dict[str, Path]:
        """Files that a person has changed, now or before an earlier correction, by answer id."""
        files = {answer.id: self.file_of(answer) for answer in assessment.answers}
        return {
            answer.id: files[answer.id]
            for answer in assessment.answers
            if files[answer.id].is_file()
            and (
                answer.transcript_source == "corrected"
                or files[answer.id].read_bytes() != webvtt(answer).encode("utf-8", "replace")
            )
        }

    def new(self, assessment: Assessment) -> list[str]:
        """Ids of answers whose file holds a correction that the assessment has not read."""
        read = assessment.provenance.sources
        return [
            name
            for name, path in self.corrected(assessment).items()
            if sha256_of(path) != read.get(f"{name} transcript")
        ]
