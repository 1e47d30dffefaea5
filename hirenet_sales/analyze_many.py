"""Analyse many interviews; one that fails is listed with its reason and never stops the others."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from joblib import Parallel, delayed

from extractors.callbacks import Progress, no_progress
from extractors.errors import BackendError, ExtractionError, WeightsError
from hirenet_sales.analyze import analyze_interview
from hirenet_sales.assessment import Assessment
from hirenet_sales.errors import (
    AnalysisError,
    HirenetSalesError,
    InterviewError,
    OutputError,
    message_of,
    notes_of,
)
from hirenet_sales.interview import Interview
from hirenet_sales.persist import disk_is_full
from hirenet_sales.report import ResultIndex, check_writable
from hirenet_sales.unexpected import describe_unexpected, print_traceback
from hirenet_sales.viewing import Embed

# Faults of the installation, which would affect every interview.
FATAL = (BackendError, WeightsError)
KILLED = (
    "the process that analysed it was killed, perhaps for lack of memory; extracted features are "
    "kept, so run the same command again with --jobs 1 to resume"
)


@dataclass(frozen=True)
class Outcome:
    """The result of one interview.

    Attributes
    ----------
    interview_id : its id
    folder : where assessment.json and report.html were written
    assessment : None if the interview failed
    error : why it failed, as a complete message; "" if it did not
    """

    interview_id: str
    folder: Path
    assessment: Assessment | None
    error: str = ""

    @property
    def report(self) -> Path:
        """The report page."""
        return self.folder / "report.html"


def analyze_interviews(
    interviews: Sequence[Interview],
    *,
    out_dir: Path,
    checkpoint: str | Path,
    rule_base: str | Path,
    streams: Sequence[str],
    whisper: str | None = None,
    store: Path | None = None,
    page_language: str = "en",
    jobs: int = 1,
    progress: Progress = no_progress,
    overwrite: bool = False,
    embed: Embed = "small",
    debug: bool = False,
    other_questions: Mapping[str, str] = MappingProxyType({}),
) -> list[Outcome]:
    """Analyse interviews, one after the other or several at a time.

    Parameters
    ----------
    interviews : what to analyse; of a single one the results lie in `out_dir` itself, of several in
        `out_dir`/<interview id>, and `out_dir`/index.html lists all, unless every one failed
    checkpoint, rule_base, streams, whisper, store, page_language, overwrite, embed, debug,
        other_questions : as for `analyze_interview`
    jobs : processes; with several, progress counts interviews instead of stages
    progress : called with the name of a stage, the amount done and the total

    Returns
    -------
    list of Outcome, in the order of the interviews.

    Raises
    ------
    HirenetSalesError, ExtractionError
        if the fault is not one interview's: a folder that cannot be written, an unknown checkpoint
        or rule base, missing weights. For a single interview, any error is raised.
    """
    settings: dict[str, Any] = {
        "checkpoint": checkpoint,
        "rule_base": rule_base,
        "streams": tuple(streams),
        "whisper": whisper,
        "store": store,
        "page_language": page_language,
        "overwrite": overwrite,
        "embed": embed,
        "debug": debug,
        "other_questions": dict(other_questions),
    }
    if len(interviews) == 1:
        assessment = analyze_interview(
            interviews[0], out_dir=out_dir, progress=progress, **settings
        )
        return [Outcome(interviews[0].id, out_dir, assessment)]
    check_writable(out_dir)
    index = ResultIndex(out_dir)
    index.check([interview.id for interview in interviews], overwrite=overwrite)
    out_dir.mkdir(parents=True, exist_ok=True)
    run = _Run(interviews, out_dir, settings, progress)
    with index.earlier_named():
        moved = index.set_aside()
        try:
            run.all(jobs)
            outcomes = [run.outcomes[number] for number in range(len(interviews))]
            if any(outcome.assessment for outcome in outcomes):  # else nothing is written at all
                index.write({o.interview_id: o.assessment or o.error for o in outcomes})
        except BaseException:
            if not run.outcomes:
                index.put_back(moved)
            raise
        finally:
            with contextlib.suppress(OSError):  # something was written
                out_dir.rmdir()
    return outcomes


@dataclass
class _Run:
    """Run over many interviews; collects outcomes by their index in the list."""

    interviews: Sequence[Interview]
    out_dir: Path
    settings: dict[str, Any]
    progress: Progress
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def all(self, jobs: int) -> None:
        """Analyse every interview; if a process is killed, the others continue."""
        numbers = range(len(self.interviews))
        try:
            self._analyze(numbers, jobs)
        except BrokenProcessPool:
            # Whichever it was may kill the next process, too: one interview a process from here on.
            for number in [number for number in numbers if number not in self.outcomes]:
                try:
                    self._analyze([number], jobs=2)  # with 1, joblib takes this very process
                except BrokenProcessPool:
                    name = self.interviews[number].id
                    self.outcomes[number] = Outcome(name, self.out_dir / name, None, KILLED)

    def _analyze(self, numbers: Sequence[int], jobs: int) -> None:
        # Several processes cannot draw one bar.
        progress = self.progress if jobs == 1 else no_progress
        work = (
            delayed(_outcome)(
                number, interview, self.out_dir / interview.id, self.settings, progress
            )
            for number in numbers
            for interview in [self.interviews[number]]
        )
        # Unordered, so that a slow one does not delay those that are done.
        for number, outcome in Parallel(jobs, return_as="generator_unordered", batch_size=1)(work):
            self.outcomes[number] = outcome
            self.progress("interviews", len(self.outcomes), len(self.interviews))


def _outcome(
    number: int, interview: Interview, folder: Path, settings: dict[str, Any], progress: Progress
) -> tuple[int, Outcome]:
    def failed(reason: str) -> tuple[int, Outcome]:
        return number, Outcome(interview.id, folder, None, reason)

    try:
        assessment = analyze_interview(interview, out_dir=folder, progress=progress, **settings)
    except FATAL:
        raise
    except (AnalysisError, InterviewError, OutputError, ExtractionError) as error:
        return failed(message_of(error))
    except HirenetSalesError:  # of the model or the rules, which are the same for all
        raise
    except Exception as error:
        if disk_is_full(error):
            raise
        if settings["debug"]:
            print_traceback(error)
        return failed("\n".join([f"{describe_unexpected(error)}.", *notes_of(error)]))
    return number, Outcome(interview.id, folder, assessment)
