"""Analyse an interview again with transcripts that a person has corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from extractors.callbacks import Progress, no_progress
from hirenet_sales.analyze import analyze_interview
from hirenet_sales.assessment import STREAM_NAMES, Assessment
from hirenet_sales.errors import AnalysisError
from hirenet_sales.interview import Interview
from hirenet_sales.report.result_folder import ASSESSMENT
from hirenet_sales.report.transcript_folder import TRANSCRIPTS, TranscriptFolder
from hirenet_sales.viewing import Embed


def correct_interview(
    interviews: Sequence[Interview],
    *,
    folder: Path,
    checkpoint: str | Path | None = None,
    rule_base: str | Path | None = None,
    store: Path | None = None,
    embed: Embed = "small",
    progress: Progress = no_progress,
    debug: bool = False,
) -> Assessment:
    """The Assessment of an interview with the corrected transcripts of its folder.

    The corrected words are taken in place of the recognised ones; what was extracted of the face
    and the voice comes from the store. The earlier results stay, under their previous names.

    Parameters
    ----------
    interviews : those of the description; the one with the id of the results is taken
    folder : results of an analysis, with transcripts/<answer id>.vtt
    checkpoint, rule_base : default: those of the earlier analysis, by name
    store, embed, progress, debug : as for `analyze_interview`

    Raises
    ------
    AnalysisError
        if the folder holds no results, no interview has their id, or no transcript was changed.
    others
        as `analyze_interview`
    """
    path = folder / ASSESSMENT
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file; give the folder of an analysis")
    earlier = Assessment.read(path)
    interview = next((i for i in interviews if i.id == earlier.id), None)
    if interview is None:
        names = ", ".join(i.id for i in interviews)
        raise AnalysisError(
            f"{folder}: holds the results of '{earlier.id}', but the description has {names}; give "
            "the interview that was analysed"
        )
    transcripts = TranscriptFolder(folder / TRANSCRIPTS)
    if not transcripts.new(earlier):
        raise AnalysisError(
            f"{transcripts.path}: no transcript differs from what was read; edit the .vtt file of "
            "an answer, then run this command again"
        )
    files = transcripts.corrected(earlier)
    answers = tuple(
        replace(answer, transcript=files[answer.id], transcript_corrected=True)
        if answer.id in files
        else answer
        for answer in interview.answers
    )
    return analyze_interview(
        replace(interview, answers=answers, job_title=earlier.job_title, language=earlier.language),
        out_dir=folder,
        checkpoint=checkpoint or earlier.provenance.checkpoint,
        rule_base=rule_base or earlier.provenance.rule_base.rpartition(" ")[0],
        streams=[name for name in STREAM_NAMES if any(name in a.streams for a in earlier.answers)],
        store=store,
        progress=progress,
        embed=embed,
        keep_previous=True,
        debug=debug,
    )
