"""Which answer an annotated tier is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hirenet_sales.annotations.annotation_file import AnnotatedTier, AnnotationFile
from hirenet_sales.assessment import AnswerAssessment, Assessment
from hirenet_sales.errors import AnnotationError


@dataclass(frozen=True)
class AnswerAnnotations:
    """An answer and the tier that somebody annotated in its recording."""

    answer: AnswerAssessment
    tier: AnnotatedTier
    file: Path


def annotations_of(
    assessment: Assessment,
    files: Sequence[AnnotationFile],
    name: str,
    answer: str | None = None,
) -> list[AnswerAnnotations]:
    """The tiers called `name` with the answers that they are about, in order of the answers.

    A file with tiers called "q1 name" is about those answers. A file with a tier called `name`
    alone is about the answer that is named after it or whose recording it links, or about the only
    answer of the interview.

    Parameters
    ----------
    answer : id of the answer that the only file is about, where that follows from nothing else

    Raises
    ------
    AnnotationError
        if a file has no such tier, belongs to no answer, or an answer has two.
    """
    ids = [a.id for a in assessment.answers]
    if answer is not None and answer not in ids:
        raise AnnotationError(f"no answer '{answer}'; the answers are {', '.join(ids)}")
    matched: dict[str, AnswerAnnotations] = {}
    for file in files:
        for assessed, tier in _matches(assessment, file, name, answer):
            if assessed.id in matched:
                raise AnnotationError(
                    f"{file.path}: a second tier '{name}' of answer {assessed.id}, beside that of "
                    f"{matched[assessed.id].file}; give one file an answer"
                )
            matched[assessed.id] = AnswerAnnotations(assessed, tier, file.path)
    return [matched[i] for i in ids if i in matched]


def only_tier(files: Sequence[AnnotationFile], name: str, answer: str | None) -> AnnotatedTier:
    """The tier `name` of a single file, of an answer where one is named.

    AnnotationError if there are several files, or the file has no such tier.
    """
    if len(files) != 1:
        raise AnnotationError(
            f"{len(files)} files, and a transcript is of one answer; give one file"
        )
    own = f"{answer} {name}"
    return files[0].tier(own if own in files[0].tiers else name)


def _matches(
    assessment: Assessment, file: AnnotationFile, name: str, answer: str | None
) -> list[tuple[AnswerAssessment, AnnotatedTier]]:
    wanted = [a for a in assessment.answers if answer in (None, a.id)]
    named = [(a, file.tiers[f"{a.id} {name}"]) for a in wanted if f"{a.id} {name}" in file.tiers]
    if named:
        return named
    tier = file.tier(name)
    if answer is not None:
        return [(wanted[0], tier)]
    about = [a for a in wanted if a.id == file.path.stem] or [
        a for a in wanted if a.media is not None and PurePosixPath(a.media).name in file.media
    ]
    if len(wanted) == 1:
        about = wanted
    if len(about) != 1:
        ids = ", ".join(a.id for a in assessment.answers)
        raise AnnotationError(
            f"{file.path}: which of the answers {ids} the tier '{name}' is about does not follow "
            f"from the file; name it after the answer, call the tier '{wanted[0].id} {name}', or "
            "give --answer"
        )
    return [(about[0], tier)]
