"""Many interviews: one that fails is listed with its reason and never stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from extractors.errors import BackendError, ExtractionError, WeightsError
from hirenet_sales.analyze import analyze_interview
from hirenet_sales.assessment import Assessment
from hirenet_sales.errors import AnalysisError, InterviewError
from hirenet_sales.interview import Interview

# Faults of the installation, not of one interview: they would meet every interview alike.
FATAL = (BackendError, WeightsError)


@dataclass(frozen=True)
class Outcome:
    """What came of one interview.

    Attributes
    ----------
    interview_id : its id
    folder : where assessment.json and report.html were written
    assessment : None if the interview failed
    error : why it failed, complete for a person; "" if it did not
    """

    interview_id: str
    folder: Path
    assessment: Assessment | None
    error: str = ""

    @property
    def report(self) -> Path:
        """The page to open."""
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
    jobs: int = 1,
    progress: Callable[[str, float, float], None] | None = None,
) -> list[Outcome]:
    """Analyse interviews, one after the other or several at a time.

    Parameters
    ----------
    interviews : what to analyse; of a single one the results lie in `out_dir` itself, of several in
        `out_dir`/<interview id>
    checkpoint, rule_base, streams, whisper, store : as for `analyze_interview`
    jobs : processes; with several, progress counts interviews instead of stages
    progress : called with a stage's name, what is done and the total

    Returns
    -------
    list of Outcome, in the order of the interviews.

    Raises
    ------
    HirenetSalesError, ExtractionError
        if the fault is not one interview's: an unknown checkpoint or rule base, missing weights.
        Of a single interview, also its own fault.
    """
    settings: dict[str, Any] = {
        "checkpoint": checkpoint,
        "rule_base": rule_base,
        "streams": tuple(streams),
        "whisper": whisper,
        "store": store,
    }
    if len(interviews) == 1:
        assessment = analyze_interview(
            interviews[0], out_dir=out_dir, progress=progress, **settings
        )
        return [Outcome(interviews[0].id, out_dir, assessment)]
    folders = [out_dir / interview.id for interview in interviews]
    shown = progress if jobs == 1 else None  # a bar cannot be drawn from several processes
    work = (
        delayed(_outcome)(interview, folder, settings, shown)
        for interview, folder in zip(interviews, folders, strict=True)
    )
    outcomes = []
    for outcome in Parallel(n_jobs=jobs, return_as="generator")(work):
        outcomes.append(outcome)
        if progress is not None:
            progress("interviews", len(outcomes), len(interviews))
    return outcomes


def _outcome(
    interview: Interview,
    folder: Path,
    settings: dict[str, Any],
    progress: Callable[[str, float, float], None] | None,
) -> Outcome:
    try:
        assessment = analyze_interview(interview, out_dir=folder, progress=progress, **settings)
    except FATAL:
        raise
    except (AnalysisError, InterviewError, ExtractionError) as error:
        return Outcome(interview.id, folder, None, str(error))
    return Outcome(interview.id, folder, assessment)
