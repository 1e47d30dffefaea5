"""Splits into training, validation and test part: made once, saved as a file, used again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from hirenet_sales.data.card import PARTS, DataCard, card_names, load_card
from hirenet_sales.data.interview_set import InterviewSet, mean_labels
from hirenet_sales.data.unseen_questions import apart_in_questions
from hirenet_sales.errors import DatasetError
from hirenet_sales.persist import text_digest, write_json

Kind = Literal["official", "disjoint", "stratified", "questions", "within"]
KINDS: tuple[Kind, ...] = get_args(Kind)[:-1]  # that make_split makes
SHARES = (0.8, 0.1, 0.1)
BINS = 5  # of a score that is no class, for stratifying
FORMAT = 1


@dataclass(frozen=True)
class Split:
    """Which interviews, or which of their answers, are in which part.

    Attributes
    ----------
    kind : official, disjoint in people, stratified by label, disjoint in people and questions, or
        within people (within_person.py)
    seed : of the draw
    dataset : name of the data set
    digest : of the ids and people of the whole set, so that a split is never used for another one
    train, validation, test : ids of interviews. In an official split that cuts through interviews
        an id is in every part that holds some of its answers.
    answers : id to the part of each of its answers, "" = in none, for interviews that a split cuts
    notes : what a reader of results must know, whole sentences
    """

    kind: Kind
    seed: int
    dataset: str
    digest: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def exchanged(self) -> Self:
        """The same split whose validation and test part have changed places."""
        other = {"train": "train", "validation": "test", "test": "validation", "": ""}
        answers = {name: tuple(other[p] for p in parts) for name, parts in self.answers.items()}
        note = "Validation and test part have changed places."
        return replace(
            self,
            validation=self.test,
            test=self.validation,
            answers=answers,
            notes=(*self.notes, note),
        )

    def save(self, path: Path) -> None:
        """Write the split as JSON."""
        write_json(path, {"format": FORMAT, **asdict(self)}, indent=1)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        DatasetError
            if the file is missing or is no split.
        """
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT or content["kind"] not in get_args(Kind):
                raise DatasetError(f"{path}: a split of another version; make it anew")
            return cls(
                content["kind"],
                int(content["seed"]),
                str(content["dataset"]),
                str(content["digest"]),
                **{part: tuple(map(str, content[part])) for part in PARTS},
                answers={str(k): tuple(map(str, v)) for k, v in content["answers"].items()},
                notes=tuple(map(str, content["notes"])),
            )
        except OSError as error:
            raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DatasetError(f"{path}: no split file ({error!r}); make it anew") from None

    def apply(self, interviews: InterviewSet) -> tuple[InterviewSet, InterviewSet, InterviewSet]:
        """The training, validation and test part of a set.

        Raises
        ------
        DatasetError
            if the split was made for another set, or for another state of it.
        """
        if self.dataset != interviews.dataset:
            raise DatasetError(
                f"a split of {self.dataset}, but the interviews are of {interviews.dataset}"
            )
        if self.digest != digest(interviews):
            raise DatasetError(
                f"the split was made for other interviews of {self.dataset}: its digest is "
                f"{self.digest}, that of the {len(interviews)} interviews here is "
                f"{digest(interviews)}. Load the same folder with the same options, or make the "
                "split anew"
            )
        row = {name: k for k, name in enumerate(interviews.ids)}
        train, validation, test = (
            self._part(interviews, [row[name] for name in getattr(self, part)], part)
            for part in PARTS
        )
        return train, validation, test

    def _part(self, interviews: InterviewSet, rows: Sequence[int], part: str) -> InterviewSet:
        taken = interviews.take(rows)
        if not self.answers:
            return taken
        answers = []
        for name, asked in zip(taken.ids, taken.questions, strict=True):
            parts = self.answers.get(name, (part,) * len(asked))
            answers.append([k for k, p in enumerate(parts) if p == part])
        return taken.take_answers(answers)


def digest(interviews: InterviewSet) -> str:
    """Of the ids, people and numbers of answers, in any order."""
    rows = sorted(
        (name, str(person), len(asked))
        for name, person, asked in zip(
            interviews.ids, interviews.people, interviews.questions, strict=True
        )
    )
    return text_digest(json.dumps(rows))[:16]


def make_split(
    interviews: InterviewSet,
    kind: Kind = "disjoint",
    *,
    seed: int = 0,
    shares: tuple[float, float, float] = SHARES,
    fixed: bool = True,
) -> Split:
    """Split a set; the same set, kind, seed and shares give the same split.

    Parameters
    ----------
    kind : "official", as the data's authors split it; "disjoint", no person is in two parts;
        "stratified" by label, interview by interview, as in Hemamou et al. 2019; "questions", no
        person and no question is in two parts, and answers that would join two are in none
    shares : of training, validation and test
    fixed : whether a disjoint split that the data card fixes for ever is taken; it has its own
        shares and no seed

    Raises
    ------
    DatasetError
        if the set has no official split, or is too small for the shares.
    """
    if kind not in KINDS:
        raise DatasetError(f"no split '{kind}'; there are {', '.join(KINDS)}")
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise DatasetError(f"shares {list(shares)}, expected three parts of 1")
    if len(interviews) < 3:
        raise DatasetError(f"{len(interviews)} interviews cannot be split into three parts")
    card = load_card(interviews.dataset) if interviews.dataset in card_names() else None
    if kind == "disjoint" and fixed and card is not None and card.disjoint:
        return _fixed(interviews, card)
    make = {
        "official": _official,
        "disjoint": _disjoint,
        "stratified": _stratified,
        "questions": _questions,
    }[kind]
    return make(interviews, seed, shares)


def part_of(interviews: InterviewSet, name: str) -> InterviewSet:
    """A part of a set by name: of its official split, of the one that its card fixes, or "all".

    Raises
    ------
    DatasetError
        if the name is unknown, or the part is empty.
    """
    if name == "all":
        return interviews
    card = load_card(interviews.dataset) if interviews.dataset in card_names() else None
    official = {part for parts in interviews.official for part in parts} - {""}
    if card is not None and name in card.split_names:
        rows = [i for i, p in enumerate(interviews.people) if card.source_split(str(p)) == name]
        part = interviews.take(rows)
    elif name in official:
        chosen = [[q for q, p in enumerate(parts) if p == name] for parts in interviews.official]
        rows = [i for i, answers in enumerate(chosen) if answers]
        part = interviews.take(rows).take_answers([chosen[i] for i in rows])
    else:
        names = [*sorted(official), *(card.split_names if card else ()), "all"]
        raise DatasetError(f"{interviews.dataset}: no split '{name}'; there are {', '.join(names)}")
    if not len(part):
        raise DatasetError(f"{interviews.dataset}: split '{name}' holds no interview")
    return part


def leak(interviews: InterviewSet, split: Split, part: str) -> float:
    """Share of a part's answers whose person is in training too; NaN without an answer."""
    parts = dict(zip(PARTS, split.apply(interviews), strict=True))
    trained_on = np.isin(parts[part].people, parts["train"].people)
    counts = np.array([len(asked) for asked in parts[part].questions])
    return float(counts[trained_on].sum() / counts.sum()) if counts.sum() else float("nan")


def _split(
    interviews: InterviewSet, kind: Kind, seed: int, rows: Sequence[np.ndarray], *notes: str
) -> Split:
    parts: dict[str, tuple[str, ...]] = {
        name: tuple(interviews.ids[k] for k in sorted(part))
        for name, part in zip(PARTS, rows, strict=True)
    }
    empty = [name for name, part in parts.items() if not part]
    if empty:
        raise DatasetError(
            f"{interviews.dataset}, split {kind}: no interview for {', '.join(empty)}; there are "
            f"{len(interviews)} interviews of {len(set(interviews.people.tolist()))} people"
        )
    return Split(
        kind, seed, interviews.dataset, digest(interviews), **parts, answers={}, notes=notes
    )


def _disjoint(interviews: InterviewSet, seed: int, shares: tuple[float, float, float]) -> Split:
    rows = np.arange(len(interviews))
    people = interviews.people
    train, rest = _apart(rows, people, shares[0], seed)
    validation, test = _apart(rest, people, shares[1] / max(shares[1] + shares[2], 1e-9), seed)
    return _split(interviews, "disjoint", seed, (train, validation, test))


def _apart(
    rows: np.ndarray, people: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows in two parts that share no person."""
    if len(set(people[rows].tolist())) < 2:
        raise DatasetError(
            f"{len(rows)} interviews of {len(set(people[rows].tolist()))} people left, too few to "
            "keep people apart; give the validation and test part a larger share"
        )
    shuffle = GroupShuffleSplit(1, train_size=share, random_state=seed)
    try:
        first, second = next(shuffle.split(rows, groups=people[rows]))
    except ValueError as error:
        raise DatasetError(f"{len(rows)} interviews cannot be split so: {error}") from None
    return rows[first], rows[second]


def _stratified(interviews: InterviewSet, seed: int, shares: tuple[float, float, float]) -> Split:
    rows = np.arange(len(interviews))
    low, high = (np.array([getattr(t, end) for t in interviews.targets]) for end in ("low", "high"))
    unit = (interviews.labels - low) / (high - low)  # all targets weigh the same in the mean
    level = mean_labels([row[:, None] for row in unit])[:, 0]
    try:
        train, rest = train_test_split(
            rows, train_size=shares[0], random_state=seed, stratify=_bins(level, shares[0])
        )
        test_share = shares[2] / max(shares[1] + shares[2], 1e-9)
        validation, test = train_test_split(
            rest, test_size=test_share, random_state=seed, stratify=_bins(level[rest], test_share)
        )
    except ValueError as error:
        raise DatasetError(
            f"{len(interviews)} interviews cannot be stratified so: {error}"
        ) from None
    split = _split(interviews, "stratified", seed, (train, validation, test))
    return replace(split, notes=_leak_notes(interviews, split))


def _leak_notes(interviews: InterviewSet, split: Split) -> tuple[str, ...]:
    share = leak(interviews, split, "test")
    note = f"{share:.0%} of the test answers are of a person who is also in training."
    return (note,) if share else ()


def _bins(level: np.ndarray, part: float) -> np.ndarray | None:
    """Classes for stratifying: the values themselves if few, else quantiles; unknown is one too.

    As many as a part of that share of the rows can hold each of; None if not even two.
    """
    valid = level[np.isfinite(level)]
    room = int(min(part, 1 - part) * len(level))
    for bins in range(BINS, 1, -1):
        edges = np.unique(valid)
        if len(edges) > bins:
            edges = np.unique(np.quantile(valid, np.arange(bins) / bins))
        classes = np.where(np.isfinite(level), np.searchsorted(edges, level, side="right"), -1)
        counts = np.unique(classes, return_counts=True)[1]
        if len(counts) <= room and counts.min() > 1:
            return classes
    return None


def _questions(interviews: InterviewSet, seed: int, shares: tuple[float, float, float]) -> Split:
    answers = apart_in_questions(
        interviews.question_ids, interviews.people, interviews.dataset, seed, shares
    )
    owners = [dict.fromkeys(parts) for parts in answers]
    rows = [np.flatnonzero([part in own for own in owners]) for part in PARTS]
    left = sum(not part for parts in answers for part in parts)
    note = (
        f"No person and no question is in two parts; {left} of {sum(map(len, answers))} answers "
        "would join two and are in none."
    )
    split = _split(interviews, "questions", seed, rows, note)
    return replace(split, answers=dict(zip(interviews.ids, answers, strict=True)))


def _fixed(interviews: InterviewSet, card: DataCard) -> Split:
    name = np.array([card.source_split(str(person)) for person in interviews.people])
    rows = [np.flatnonzero(name == card.disjoint[part]) for part in ("train", "validation", "test")]
    parts = ", ".join(f"{part} = {name}" for part, name in card.disjoint.items())
    note = f"The split that the data card fixes for ever: {parts}; it has no seed."
    return _split(interviews, "disjoint", 0, rows, note)


def _official(interviews: InterviewSet, seed: int, shares: tuple[float, float, float]) -> Split:
    if not interviews.official:
        raise DatasetError(
            f"data set {interviews.dataset} has no official split here; use 'disjoint', which "
            "keeps people apart, or 'stratified'"
        )
    answers = dict(zip(interviews.ids, interviews.official, strict=True))
    present = {part for parts in answers.values() for part in parts}
    notes: tuple[str, ...] = ()
    if "train" not in present or not present & {"validation", "test"}:
        raise DatasetError(
            f"data set {interviews.dataset}: the official parts here are "
            f"{', '.join(sorted(present - {''}))}; training and another one are needed"
        )
    if not {"validation", "test"} <= present:
        answers, note = _with_validation(interviews, answers, present, seed, shares)
        notes = (note,)
    split = split_of_answers(interviews, "official", seed, answers)
    return replace(split, notes=(*notes, *_leak_notes(interviews, split)))


def split_of_answers(
    interviews: InterviewSet, kind: Kind, seed: int, answers: Mapping[str, Sequence[str]]
) -> Split:
    """The split that puts every answer of an interview, by its id, into a part."""
    parts = {part: tuple(name for name, of in answers.items() if part in of) for part in PARTS}
    by_answer = {name: tuple(of) for name, of in answers.items()}
    state = digest(interviews)
    return Split(kind, seed, interviews.dataset, state, **parts, answers=by_answer)


def _with_validation(
    interviews: InterviewSet,
    answers: dict[str, tuple[str, ...]],
    present: set[str],
    seed: int,
    shares: tuple[float, float, float],
) -> tuple[dict[str, tuple[str, ...]], str]:
    """Make the official part beside training the test, and draw validation from training."""
    beside = "test" if "test" in present else "validation"
    train = [
        (name, k)
        for name in interviews.ids
        for k, part in enumerate(answers[name])
        if part == "train"
    ]
    share = shares[1] / max(shares[0] + shares[1], 1e-9)
    by_people = _people_apart(interviews)
    person = dict(zip(interviews.ids, interviews.people.tolist(), strict=True))
    try:
        if by_people:
            owners = sorted({person[name] for name, _ in train})
            _, drawn_people = train_test_split(owners, test_size=share, random_state=seed)
            drawn = [(name, k) for name, k in train if person[name] in set(drawn_people)]
        else:
            _, drawn = train_test_split(train, test_size=share, random_state=seed)
    except ValueError as error:
        raise DatasetError(f"{len(train)} answers of training cannot be split: {error}") from None
    chosen = set(drawn)
    unit = "people" if by_people else "answers"
    how = "" if by_people else ", drawn without regard to people, as the official parts were"

    def part_of(name: str, k: int, part: str) -> str:
        if part == beside:
            return "test"
        return "validation" if (name, k) in chosen else part

    changed = {
        name: tuple(part_of(name, k, part) for k, part in enumerate(parts))
        for name, parts in answers.items()
    }
    return changed, (
        f"There is one official part beside training, {beside}: it is the test. Validation is "
        f"{share:.0%} of the {unit} of training{how}."
    )


def _people_apart(interviews: InterviewSet) -> bool:
    """Whether no person is in two parts of the official split."""
    parts: dict[str, set[str]] = {}
    for person, own in zip(interviews.people.tolist(), interviews.official, strict=True):
        parts.setdefault(person, set()).update(own)
    return all(len(own) == 1 for own in parts.values())
