"""Export of result folders: which files, and what could not be written into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from extractors.store import FeatureStore, default_store_root
from hirenet_sales.assessment import AnswerAssessment
from hirenet_sales.captions import webvtt
from hirenet_sales.errors import ExportError
from hirenet_sales.export.answer_tiers import answer_tiers
from hirenet_sales.export.descriptors import Descriptors, read_descriptors
from hirenet_sales.export.elan import write_eaf
from hirenet_sales.export.formats import FORMATS, KINDS
from hirenet_sales.export.linked_media import linked_media
from hirenet_sales.export.results import Result, read_results
from hirenet_sales.export.rows import ROWS, pauses_remark
from hirenet_sales.export.tables import kind_table, tier_table, write_csv, write_parquet
from hirenet_sales.export.textgrid import write_textgrid
from hirenet_sales.export.tier import Tier
from hirenet_sales.interview.description import safe_id
from hirenet_sales.persist import write_whole

TABLES: dict[str, Callable[[Path, pd.DataFrame], None]] = {
    "csv": write_csv,
    "parquet": write_parquet,
}


@dataclass(frozen=True)
class Export:
    """What an export wrote.

    Attributes
    ----------
    files : that were written
    remarks : what is not in them, though it was not asked for by name; sentences
    missing : what was asked for and is not in them; sentences
    """

    files: list[Path] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Answer:
    """An answer on its way out."""

    result: Result
    assessed: AnswerAssessment
    descriptors: Descriptors

    @property
    def name(self) -> str:
        return f"{self.result.assessment.id}, answer {self.assessed.id}"


def export(
    path: Path,
    to: str,
    out: Path,
    *,
    kinds: Sequence[str] = (),
    answer: str | None = None,
    store: Path | None = None,
    media: Path | None = None,
) -> Export:
    """Export the results of one interview or of many.

    Parameters
    ----------
    path : folder that `analyze` wrote
    to : one of `formats.FORMATS`
    out : a file, where it ends as the format does, else a folder. Tables: one of every kind in a
        folder, all tiers below each other in a file. ELAN and Praat: a file an answer in a folder,
        all answers of an interview in one file. WebVTT: a file an answer.
    kinds : some of `formats.KINDS`; all without any. WebVTT holds the words alone.
    answer : id of the only answer to export; all without it
    store : where the analysis put face and voice descriptors; default: where it does by default
    media : folder of the interview, to which the recordings' names are relative; for ELAN

    Raises
    ------
    AssessmentError
        if no result can be read.
    ExportError
        if the format cannot hold what is asked for, or nothing can be exported.
    """
    results, unread = read_results(path)
    exported = Export(missing=unread)
    wanted = [kind for kind in KINDS if not kinds or kind in kinds]
    features = FeatureStore(store or default_store_root())
    answers = []
    for result in results:
        for assessed in result.assessment.answers:
            if answer is None or assessed.id == answer:
                descriptors = (
                    Descriptors()
                    if to == "webvtt"
                    else read_descriptors(result.assessment, assessed.id, features, wanted)
                )
                answers.append(_Answer(result, assessed, descriptors))
    if not answers:
        ids = ", ".join(dict.fromkeys(a.id for r in results for a in r.assessment.answers))
        raise ExportError(f"{path}: no answer '{answer}'; its answers are {ids}")
    one_file = out.suffix.lower() == FORMATS[to].lower()
    if to in TABLES:
        _write_tables(exported, answers, wanted, to, out, one_file=one_file)
    elif to == "webvtt":
        _write_captions(exported, answers, out, one_file=one_file)
    else:
        _write_tiers(exported, answers, wanted, to, out, media, one_file=one_file)
    if to != "webvtt":
        _report_missing(exported, answers, wanted, asked=bool(kinds))
    if not exported.files:
        raise ExportError("\n".join([f"{path}: nothing to export", *exported.missing]))
    return exported


def _write_tables(
    exported: Export,
    answers: Sequence[_Answer],
    kinds: Sequence[str],
    to: str,
    out: Path,
    *,
    one_file: bool,
) -> None:
    if one_file:
        parts = [tier_table(a.result.assessment, a.assessed, _tiers_of(a, kinds)) for a in answers]
        tables = {out: parts}
    else:
        tables = {
            out / f"{kind}{FORMATS[to]}": [
                kind_table(kind, a.result.assessment, a.assessed, a.descriptors) for a in answers
            ]
            for kind in kinds
        }
    for path, parts in tables.items():
        filled = [part for part in parts if len(part)]
        if filled:
            TABLES[to](path, pd.concat(filled, ignore_index=True))
            exported.files.append(path)


def _write_captions(
    exported: Export, answers: Sequence[_Answer], out: Path, *, one_file: bool
) -> None:
    if one_file and len(answers) > 1:
        raise ExportError(
            f"{out}: captions are of one answer, and {len(answers)} are to be exported; give a "
            "folder, or one of them with --answer"
        )
    for answer in answers:
        captions = webvtt(answer.assessed)
        if captions:
            path = out if one_file else _path(out, answer, answers, "webvtt")
            exported.files.append(write_whole(path, captions))
        else:
            exported.missing.append(f"{answer.name}: no captions, since no word has a time")


def _write_tiers(
    exported: Export,
    answers: Sequence[_Answer],
    kinds: Sequence[str],
    to: str,
    out: Path,
    media: Path | None,
    *,
    one_file: bool,
) -> None:
    tiers = {id(answer): _tiers_of(answer, kinds) for answer in answers}
    for answer in answers:
        if not tiers[id(answer)]:
            why = " ".join(answer.assessed.problems) or "it has none of what is to be exported"
            exported.missing.append(f"{answer.name}: no file and no tier; {why}")
    filled = [answer for answer in answers if tiers[id(answer)]]
    if one_file:
        interviews = {answer.result.folder for answer in filled}
        if len(interviews) > 1:
            raise ExportError(
                f"{out}: one file holds one interview, and {len(interviews)} are to be exported; "
                "give a folder"
            )
        groups = {out: filled} if filled else {}
    else:
        groups = {_path(out, answer, answers, to): [answer] for answer in filled}
    for path, own in groups.items():
        assessment = own[0].result.assessment
        by_answer = {a.assessed.id: tiers[id(a)] for a in own}
        if to == "elan":
            links = {a.assessed.id: linked_media(a.assessed, path, media) for a in own}
            write_eaf(path, assessment, by_answer, links)
        else:
            write_textgrid(path, by_answer, max(a.assessed.duration or 0.0 for a in own))
        exported.files.append(path)


def _tiers_of(answer: _Answer, kinds: Sequence[str]) -> list[Tier]:
    return answer_tiers(answer.result.assessment, answer.assessed, answer.descriptors, kinds)


def _path(out: Path, answer: _Answer, answers: Sequence[_Answer], to: str) -> Path:
    """The file of one answer: in a folder of its interview, where there are several."""
    several = len({a.result.folder for a in answers}) > 1
    folder = out / answer.result.folder.name if several else out
    return folder / f"{safe_id(answer.assessed.id)}{FORMATS[to]}"


def _report_missing(
    exported: Export, answers: Sequence[_Answer], kinds: Sequence[str], *, asked: bool
) -> None:
    """List kinds that are not in the files: as missing, where they were asked for by name."""
    report = exported.missing if asked else exported.remarks
    for answer in answers:
        for name, why in answer.descriptors.missing.items():
            report.append(f"{answer.name}: no {name} descriptors: {why}")
        if "pauses" in kinds:
            remark = pauses_remark(answer.result.assessment, answer.assessed)
            exported.remarks.extend([f"{answer.name}: {remark}"] if remark else [])
    for kind in kinds:
        if kind in ROWS and not any(
            list(ROWS[kind](a.result.assessment, a.assessed)) for a in answers
        ):
            report.append(f"no {kind}: these results hold none")
