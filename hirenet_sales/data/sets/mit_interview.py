"""MIT interview data set (Naim et al. 2018): 138 mock interviews of 69 students in two rounds.

Interview p7 is the first and pp7 the second of the same person, with other questions, so the two
share their person and no question. The answers are the interviewee's turns; which turns answer the
questions that the prosodic features are keyed by is inferred from their length, see `answers_of`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hirenet_sales.data.answer_table import find_table, plain_words, read_rows
from hirenet_sales.data.card import DataCard, load_card, number_in
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.interview_set import Target
from hirenet_sales.data.problems import require_columns
from hirenet_sales.data.records import AnswerRecord, Features, Reading

NAME = "mit-interview"
KEY = re.compile(r"(p{1,2})(\d+)", re.IGNORECASE)
PROSODY_KEY = re.compile(r"(p{1,2}\d+)[\s_&-]*q(\d+)", re.IGNORECASE)
SPEAKER = re.compile(r"\s*(interviewer|interviewee)\s*:", re.IGNORECASE)
AGGREGATE = "AGGR"  # the authors' own aggregation of an interview's ratings
ROUNDS = {"p": "1", "pp": "2"}


@dataclass(frozen=True)
class Exchange:
    """A question and everything that was answered until the next one."""

    question: str
    answer: str


@dataclass(frozen=True, eq=False)
class MitReading:
    """The answers, and the prosodic features of each; rows (1, D), or (0, D) without.

    `named` marks the answers of which the table of prosodic features has a row, readable or not.
    """

    reading: Reading
    prosody: list[np.ndarray]
    columns: tuple[str, ...]
    named: list[bool]

    def features(self, words: Features, streams: Sequence[str]) -> Features:
        """What was made of the words, and the prosody as stream "audio" of one step an answer."""
        if "audio" not in streams:
            return words
        nothing = np.full(len(self.columns), np.nan, np.float32)
        return Features(
            {**words.streams, "audio": self.prosody},
            {**words.columns, "audio": self.columns},
            words.words,
            {"audio": [row[0] if len(row) else nothing for row in self.prosody]},
            {**words.named, "audio": self.named},
            words.shortfalls,
        )


def read_mit(root: Path, targets: Sequence[str] | None = None) -> MitReading:
    """Read transcripts, prosodic features and ratings; the tables lie in the folder or below.

    Raises
    ------
    DatasetError
        if a table is missing or lacks columns.
    """
    card = load_card(NAME)
    chosen = card.choose(targets)
    reading = Reading(card, chosen)
    labels = _ratings(_find(root, card, "ratings"), card, chosen, reading)
    prosody, columns = _prosody(_find(root, card, "prosody"), card, reading)
    spoken = _transcripts(_find(root, card, "transcripts"), reading)
    rows: list[np.ndarray] = []
    named: list[bool] = []
    unknown = np.full(len(chosen), np.nan)
    for interview in sorted(spoken, key=_order):
        matched = KEY.fullmatch(interview)
        assert matched is not None  # `_transcripts` passes no other
        part, person = ROUNDS[matched[1]], f"p{int(matched[2])}"
        if interview not in labels:
            reading.remark(f"interview {interview}", "nobody rated it, so it has no label")
        source, text = spoken[interview]
        asked = sorted(number for key, number in prosody if key == interview)
        exchanges = answers_of(text, len(asked))
        if not exchanges:
            reason = f"no turn of an interviewee in {interview}"
            reading.shortfalls.append(Shortfall(source, reason, lost=True))
        numbers = asked if len(asked) == len(exchanges) else range(1, len(exchanges) + 1)
        if asked and len(asked) != len(exchanges):
            reason = (
                f"{interview} has {len(exchanges)} answers but prosodic features of {len(asked)} "
                f"questions; those of the first {len(exchanges)} are used"
            )
            lost = len(asked) > len(exchanges)
            reading.shortfalls.append(Shortfall(source, reason, lost=lost))
        for number, exchange in zip(numbers, exchanges, strict=True):
            transcript = plain_words(exchange.answer)
            reading.records.append(
                AnswerRecord(
                    source,
                    interview,
                    person,
                    f"round {part}, question {number}",
                    exchange.question,
                    "",
                    labels.get(interview, unknown),
                    transcript=transcript if transcript.words else None,
                )
            )
            rows.append(prosody.get((interview, number), np.zeros((0, len(columns)), np.float32)))
            named.append((interview, number) in prosody)
    lone = sorted({key for key, _ in prosody} - set(spoken))
    if lone:
        reason = (
            f"{len(lone)} interviews have prosodic features but no transcript, such as {lone[0]}"
        )
        reading.shortfalls.append(Shortfall(card.files["prosody"], reason, lost=True))
    return MitReading(reading, rows, columns, named)


def turns(text: str) -> list[tuple[bool, str]]:
    """(spoken by the interviewee, words) of each turn; a piece without a speaker goes on."""
    pairs: list[tuple[bool, str]] = []
    for piece in text.split("|"):
        speaker = SPEAKER.match(piece)
        if speaker is not None:
            pairs.append((speaker[1].lower() == "interviewee", piece[speaker.end() :]))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {piece}")
    return [(own, " ".join(words.split())) for own, words in pairs if words.strip()]


def answers_of(text: str, questions: int) -> list[Exchange]:
    """The exchanges of a transcript, as many as were asked about.

    Parameters
    ----------
    text : turns between bars, "Interviewer: ... | Interviewee: ... | ..."
    questions : how many to expect; 0 = every exchange. Of more than that, greetings and
        further inquiries among them, the exchanges with the longest answers are the questions, and
        each of the others belongs to the one before it (those before the first, to the first), so
        no word is lost.
    """
    exchanges: list[Exchange] = []
    asked: list[str] = []
    for own, words in turns(text):
        if not own:
            asked.append(words)
        elif asked or not exchanges:
            exchanges.append(Exchange(" ".join(asked), words))
            asked = []
        else:
            exchanges[-1] = Exchange(exchanges[-1].question, f"{exchanges[-1].answer} {words}")
    if not questions or len(exchanges) <= questions:
        return exchanges
    lengths = [len(exchange.answer.split()) for exchange in exchanges]
    longest = sorted(range(len(exchanges)), key=lambda k: -lengths[k])[:questions]
    merged: list[Exchange] = []
    early = ""
    for k, exchange in enumerate(exchanges):
        if k in longest:
            merged.append(Exchange(exchange.question, f"{early} {exchange.answer}".strip()))
            early = ""
        elif merged:
            merged[-1] = Exchange(merged[-1].question, f"{merged[-1].answer} {exchange.answer}")
        else:
            early = f"{early} {exchange.answer}".strip()
    return merged


def _find(root: Path, card: DataCard, role: str) -> Path:
    name = card.files[role]
    return next(iter(sorted(root.rglob(name))), None) or find_table(root, name)


def _order(interview: str) -> tuple[int, str]:
    matched = KEY.fullmatch(interview)
    assert matched is not None
    return int(matched[2]), matched[1]


def _ratings(
    path: Path, card: DataCard, targets: tuple[Target, ...], reading: Reading
) -> dict[str, np.ndarray]:
    """Ratings (K,) of each interview: its authors' aggregate, else the mean over the raters."""
    columns = [card.targets[target.name] for target in targets]
    key, rater = card.columns["interview"], card.columns["rater"]
    single: dict[str, list[np.ndarray]] = {}
    whole: dict[str, np.ndarray] = {}
    rated: dict[tuple[str, str], str] = {}
    for source, row in read_rows(path):
        require_columns(path, (key, rater, *(t.column for t in columns)), row)
        interview = row[key].lower()
        if not KEY.fullmatch(interview):
            reading.problems.append(f"{source}: {key} is '{row[key]}', expected such as p7 or pp7.")
            continue
        values = []
        for column in columns:
            cell = row[column.column]
            value = float("nan")
            try:
                value = column.read(cell)
            except ValueError as error:
                reading.problems.append(f"{source}: {column.column} is '{cell}', {error}.")
            values.append(float(column.turned(np.array(value))))
        first = rated.setdefault((interview, row[rater].upper()), source)
        if first != source:
            reading.problems.append(f"{source}: '{row[rater]}' rated {interview} in {first} too.")
        if row[rater].upper() == AGGREGATE:
            whole[interview] = np.array(values)
        else:
            single.setdefault(interview, []).append(np.array(values))
    means = {name: np.nanmean(rows, axis=0) for name, rows in single.items() if name not in whole}
    return {**means, **whole}


def _prosody(
    path: Path, card: DataCard, reading: Reading
) -> tuple[dict[tuple[str, int], np.ndarray], tuple[str, ...]]:
    key = card.columns["answer"]
    vectors: dict[tuple[str, int], np.ndarray] = {}
    columns: tuple[str, ...] = ()
    for source, raw in read_rows(path):
        row = {name.lstrip("/"): value for name, value in raw.items()}
        require_columns(path, [key], row)
        columns = tuple(name for name in row if name and name != key)
        matched = PROSODY_KEY.fullmatch(row[key])
        if matched is None:
            reading.problems.append(f"{source}: {key} is '{row[key]}', expected such as P7Q2.")
            continue
        with np.errstate(over="ignore"):  # beyond float32 is as good as infinite
            values = np.array([[number_in(row[name]) for name in columns]], np.float32)
        address = (matched[1].lower(), int(matched[2]))
        if address in vectors:
            reading.problems.append(f"{source}: {row[key]} is there twice.")
        if np.isfinite(values).all():
            vectors[address] = values
        else:
            wrong = ", ".join(np.array(columns)[~np.isfinite(values[0])])
            reason = f"{row[key]} has no finite number in {wrong}; its audio is left out"
            reading.shortfalls.append(Shortfall(source, reason, lost=True))
            vectors[address] = values[:0]
    return vectors, columns


def _transcripts(path: Path, reading: Reading) -> dict[str, tuple[str, str]]:
    """Place and text of each interview; the file has two columns and sometimes no header."""
    texts: dict[str, tuple[str, str]] = {}
    rows = read_rows(path, header=("interview", "transcript"))
    for number, (source, row) in enumerate(rows):
        interview = row["interview"].lower()
        if not KEY.fullmatch(interview):
            if number:
                reading.problems.append(
                    f"{source}: '{row['interview'][:20]}', expected an interview such as p7 or pp7."
                )
            continue
        if interview in texts:
            reading.problems.append(f"{source}: {interview} is there twice.")
        if not row["transcript"]:
            reading.remark(source, f"{interview} has an empty transcript")
        texts[interview] = (source, row["transcript"])
    return texts
