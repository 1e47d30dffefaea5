"""Recordings read in place of the tables of First Impressions V2, as an analysis reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.answer.extract import AnswerSource, extract_answer
from extractors.callbacks import Progress
from extractors.errors import BackendError, WeightsError
from extractors.store import FeatureStore
from extractors.threads import single_torch_thread
from extractors.toolbox import Toolbox
from hirenet_sales.data.answer_files import NO_FILE, loss_of
from hirenet_sales.data.completeness import Shortfall, summarised
from hirenet_sales.data.intake import AnswerRows, Intake
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.sets.first_impressions import NAME, Clip, FirstImpressions
from hirenet_sales.errors import DatasetError


@dataclass(frozen=True, eq=False)
class Recorded:
    """The same answers from tables and from recordings.

    Attributes
    ----------
    tables, media : the answers that have a recording, from either
    remarks, failed : sentences about doubtful recordings, and about unreadable ones
    """

    tables: InterviewSet
    media: InterviewSet
    remarks: list[str]
    failed: list[str]


def read_recordings(
    intake: Intake, part: InterviewSet, root: Path, split: str, cache: Path, progress: Progress
) -> Recorded:
    """The clips of a part of First Impressions V2 that have a recording, from tables and from it.

    Raises
    ------
    DatasetError
        if the data set is another, or no clip has a recording.
    """
    if part.dataset != NAME:
        raise DatasetError(
            f"{part.dataset} has no tables beside its recordings; leave out --from-media"
        )
    data = FirstImpressions(root, split)
    interviews = data.interviews()
    chosen = [[q for q, clip in enumerate(clips) if clip.media] for clips in interviews]
    rows = [i for i, answers in enumerate(chosen) if answers]
    clips = [interviews[i][q] for i in rows for q in chosen[i]]
    if not clips:
        raise DatasetError(
            f"{root}: split '{split}' has no {data.card.media_folder}/*.mp4; leave out --from-media"
        )
    absent = [clip.name for clip in data.clips if clip.media is None]
    remarks, failed = [], []
    if absent and data.released:  # which names a recording for every clip
        failed = summarised([Shortfall("", NO_FILE, name, lost=True) for name in absent])
    elif absent:
        remarks = [
            f"{len(clips)} of {len(data.clips)} clips have a recording; the others are not "
            "measured."
        ]
    tables = part.take(rows).take_answers([chosen[i] for i in rows])
    store = FeatureStore(cache / "media")
    with single_torch_thread():
        answers = list(_answers(intake, clips, store, progress, remarks, failed))
    return Recorded(tables, _in_place_of(tables, answers), remarks, failed)


def _answers(
    intake: Intake,
    clips: Sequence[Clip],
    store: FeatureStore,
    progress: Progress,
    remarks: list[str],
    failed: list[str],
) -> Iterator[AnswerRows]:
    """Rows of each clip; none where it cannot be read, which is added to `failed`."""
    senses = tuple(intake.senses)
    with Toolbox() as tools:
        for done, clip in enumerate(clips, 1):
            rows = AnswerRows({}, {}, ())
            assert clip.media is not None
            try:
                features = extract_answer(
                    AnswerSource(media=clip.media),
                    intake.recipe,
                    store=store,
                    tools=tools,
                    streams=senses,
                )
                (failed if features.partial else remarks).extend(features.problems)
                [rows] = intake.read([features], senses)
            except (BackendError, WeightsError):
                raise  # would meet every recording alike
            except Exception as error:
                failed.append(str(loss_of(f"clip {clip.name}", clip.media, error)))
            yield rows
            progress("recordings", done, len(clips))


def _in_place_of(tables: InterviewSet, answers: Sequence[AnswerRows]) -> InterviewSet:
    """The interviews with the rows of recordings in place of those of the tables."""
    ends = np.cumsum([len(asked) for asked in tables.questions])

    def by_interview(values: list[Any]) -> list[list[Any]]:
        return [
            values[end - len(asked) : end]
            for end, asked in zip(ends, tables.questions, strict=True)
        ]

    nothing = np.zeros((0, 1), np.float32)
    columns = {name: table.columns for rows in answers for name, table in rows.tables.items()}
    functionals = {
        name: [
            np.stack([blank if rows.functionals is None else rows.functionals for rows in own])
            for own in by_interview(list(answers))
        ]
        for name, every in tables.functionals.items()
        for blank in [np.full_like(every[0][0], np.nan)]
    }
    return replace(
        tables,
        streams={
            name: by_interview([rows.rows.get(name, nothing) for rows in answers])
            for name in tables.streams
        },
        columns={**tables.columns, **columns},
        words=by_interview([rows.words for rows in answers]) if tables.words else [],
        functionals=functionals,
    )
