"""The output folder of one interview: checks before the analysis, and writing the results.

Results of the same interview are set aside when its analysis begins, see `ResultFiles`. Anything
else under their names is refused unless it may be overwritten.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from hirenet_sales.assessment import Assessment
from hirenet_sales.errors import OutputError
from hirenet_sales.persist import disk_is_full, sha256_of
from hirenet_sales.report.page import write_report
from hirenet_sales.report.player import Viewable
from hirenet_sales.report.result_files import ResultFiles
from hirenet_sales.report.transcript_folder import TRANSCRIPTS, TranscriptFolder

ASSESSMENT, REPORT = "assessment.json", "report.html"
PREVIOUS = {ASSESSMENT: "assessment.previous.json", REPORT: "report.previous.html"}
PROBE_BYTES = 65_536  # written, synchronised and deleted before an analysis


@dataclass(frozen=True)
class ResultFolder(ResultFiles):
    """assessment.json and report.html of one interview."""

    PREVIOUS: ClassVar[Mapping[str, str]] = PREVIOUS

    def check(self, interview_id: str, sources: Sequence[Path], *, overwrite: bool) -> None:
        """Refuse a folder that the results cannot be written to, before any work is done.

        Temporary files of a run that was killed are removed. OutputError if the folder cannot be
        written, a name of a result is not an ordinary file, or, unless they may be overwritten,
        results are there that are not of the same interview: one with this id that was made from at
        least one of these sources (recordings, transcripts and OpenFace tables), whatever its
        folder.
        """
        check_writable(self.path)
        self.check_names()
        other = "" if overwrite else self._conflict(interview_id, sources)
        if other:
            raise self.refusal(other)

    def write(
        self,
        assessment: Assessment,
        media: Mapping[str, Viewable],
        *,
        page_language: str = "en",
        keep_previous: bool = False,
    ) -> None:
        """Write both results, then delete the previous ones; after an error neither is new.

        Transcripts are written last, for a person to correct. `media` are the recordings by their
        names in the assessment; `page_language` is that of the report; `keep_previous` leaves the
        earlier results, which `set_aside` has renamed.
        """
        assessment.write(self.path / ASSESSMENT)
        try:
            write_report(assessment, self.path / REPORT, media, page_language)
        except BaseException:
            (self.path / ASSESSMENT).unlink(missing_ok=True)
            raise
        TranscriptFolder(self.path / TRANSCRIPTS).write(assessment)
        if not keep_previous:
            self.drop_previous()

    def _conflict(self, interview_id: str, sources: Sequence[Path]) -> str:
        """Existing results of another interview, in words; "" if there are none."""
        pairs = [(ASSESSMENT, REPORT), (PREVIOUS[ASSESSMENT], PREVIOUS[REPORT])]
        conflicts = (self._conflict_of(*pair, interview_id, sources) for pair in pairs)
        return next(filter(None, conflicts), "")

    def _conflict_of(
        self, assessment: str, report: str, interview_id: str, sources: Sequence[Path]
    ) -> str:
        path = self.path / assessment
        if not path.exists():
            alone = (self.path / report).exists()
            return f"a {report} without its {assessment}" if alone else ""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            owner, digests = content["id"], set(content["provenance"]["sources"].values())
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return f"an {assessment} that this program did not write"
        date = self.date(assessment)
        if owner != interview_id:
            return f"the results of another interview, '{owner}', of {date}"
        if not any(source.is_file() and sha256_of(source) in digests for source in sources):
            return f"results of an interview '{owner}' of {date}, made from other recordings"
        return ""


def check_writable(folder: Path) -> None:
    """Check that a folder can be written, leaving it as it was; OutputError if it cannot."""
    created: list[Path] = []
    try:
        created = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * PROBE_BYTES)
            probe.flush()
            os.fsync(probe.fileno())
    except (OSError, ValueError) as error:
        why = "the disk is full" if disk_is_full(error) else getattr(error, "strerror", error)
        raise OutputError(
            f"{folder}: the results cannot be written there ({why}); nothing was analysed. Fix "
            "that, or give another folder with --out"
        ) from None
    finally:
        for path in created:
            with contextlib.suppress(OSError):  # another run has put something there
                path.rmdir()
