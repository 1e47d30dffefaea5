"""Tables with one row an answer, CSV or JSON lines, by the columns that a data card names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from extractors.words.transcript import Transcript
from extractors.words.transcript_files import READERS, words_of
from hirenet_sales.data.card import DataCard
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.interview_set import Target
from hirenet_sales.data.records import AnswerRecord, Reading
from hirenet_sales.errors import DatasetError
from hirenet_sales.yaml_model import did_you_mean

NEEDED = ("interview",)
SPOKEN = ("media", "transcript", "text", "openface")  # what an answer can be read from
Speech = Callable[[str], Transcript]
Rows = list[tuple[str, dict[str, Any]]]  # where each row stands, and its cells


def find_table(root: Path, names: str) -> Path:
    """The first of several files, separated by commas, that exists.

    Raises
    ------
    DatasetError
        if none does.
    """
    for name in (name.strip() for name in names.split(",")):
        if (root / name).is_file():
            return root / name
    raise DatasetError(f"{root}: no {names.replace(',', ' or')}; give the folder that holds it")


def read_rows(path: Path, header: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """The location and the cells of each row, which are texts in a CSV and anything in JSON lines.

    Parameters
    ----------
    header : of a CSV that has none

    Raises
    ------
    DatasetError
        naming the line, if the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    if path.suffix.lower() == ".jsonl":
        return _json_rows(path, text)
    return _csv_rows(path, text, header)


def _csv_rows(
    path: Path, text: str, header: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    file = io.StringIO(text, newline="")
    reader = csv.DictReader(file, header or None, delimiter=delimiter, strict=True)
    try:
        reader.fieldnames = [(name or "").strip() for name in reader.fieldnames or []]
        expected = len(reader.fieldnames)
        for row in reader:
            cells = {key: (value or "").strip() for key, value in row.items() if key is not None}
            if None in row:
                raise DatasetError(
                    f"{path}, line {reader.line_num}: more cells than the {expected} columns; put "
                    f"text with a '{delimiter}' in quotes"
                )
            if not any(cells.values()):
                continue
            if None in row.values() and not header:
                found = sum(value is not None for value in row.values())
                raise DatasetError(
                    f"{path}, line {reader.line_num}: found {found} cells, expected {expected}; "
                    "leave a cell empty, but write its separator"
                )
            yield f"{path.name}, line {reader.line_num}", cells
    except csv.Error as error:
        raise DatasetError(f"{path}, line {reader.line_num}: not a CSV ({error})") from None


def _json_rows(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise DatasetError(f"{path}, line {number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise DatasetError(f"{path}, line {number}: expected an object of columns to values")
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise DatasetError(
                f"{path}, line {number}: half of a pair of surrogates; write the text as UTF-8"
            ) from None
        yield f"{path.name}, line {number}", row


def read_answers(
    root: Path,
    card: DataCard,
    targets: Sequence[str] | None,
    *,
    labels: bool = True,
    speech: Speech | None = None,
    own: bool = False,
    rows: Rows | None = None,
) -> Reading:
    """Read the table of answers that a card describes.

    The card's `files.table` names it, `files.media` the folder of the recordings ("" = beside the
    table). Its columns name, in the loader's words: interview, person (the interview without it),
    answer (an id), question, question_id (the question's text without it), position, media,
    openface (a CSV of OpenFace), transcript (a file), text (the words themselves) and split.

    Parameters
    ----------
    targets : names; None = the card's default ones
    labels : whether the targets are in this table
    speech : reads the column `text`; None takes it as plain words
    own : whether somebody made the table for this loader: then it need not have every default
        target, and a column that the card does not name is an error
    rows : of answers, where the loader of a set makes them from tables of another shape; None = of
        the table

    Raises
    ------
    DatasetError
        if the table is missing, is no table, or lacks columns.
    """
    path = root
    if rows is None:
        path = find_table(root, card.files["table"])
        rows = list(read_rows(path))
    present = {key for _, row in rows for key in row}
    if not rows:
        raise DatasetError(f"{path}: no rows, expected one an answer")
    chosen = card.choose(targets)
    if own and targets is None:
        chosen = tuple(t for t in chosen if card.targets[t.name].column in present)
    _check_columns(path, card, chosen if labels else (), present, own)
    reading = Reading(card, chosen)
    table = _Table(root, path, reading, labels, speech or plain_words)
    for source, row in rows:
        table.add(source, row)
    return reading


def plain_words(text: str) -> Transcript:
    """Words without times; notes in square brackets are left out."""
    words = tuple(words_of(text))
    return Transcript(words, "", 0.0, "given", "none", reason="" if words else "no words")


def _check_columns(
    path: Path, card: DataCard, targets: tuple[Target, ...], present: set[str], own: bool
) -> None:
    problems = [
        f"no column {card.columns[role]}" for role in NEEDED if card.columns[role] not in present
    ]
    wanted = [card.targets[t.name].column for t in targets]
    problems += [f"no column {column}" for column in wanted if column not in present]
    if own and not wanted:
        labels = ", ".join(t.column for t in card.targets.values())
        problems.append(f"no column with a label, such as one of {labels}")
    spoken = [card.columns[r] for r in SPOKEN if r in card.columns]
    if spoken and not present & set(spoken):
        problems.append(f"no column {' or '.join(spoken)}, so there is no answer to read")
    if own:
        allowed = [*card.columns.values(), *(t.column for t in card.targets.values())]
        problems += [
            f"unknown column '{name}'{did_you_mean(name, allowed)}; a score of your own is "
            "declared in data_card.md beside the table"
            for name in sorted(present - set(allowed))
        ]
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise DatasetError(f"{path}: found columns {', '.join(sorted(present))}{lines}")


class _Table:
    """Rows to records; what is wrong goes to the reading."""

    def __init__(
        self, root: Path, path: Path, reading: Reading, labels: bool, speech: Speech
    ) -> None:
        self.root, self.path, self.reading = root, path, reading
        self.labels, self.speech = labels, speech
        self.card = reading.card
        self.seen: dict[tuple[str, str], str] = {}
        self.rows: dict[str, str] = {}
        self.whole: dict[tuple[str, str], str] = {}

    def cell(self, row: dict[str, Any], role: str) -> str:
        value = row.get(self.card.columns.get(role, ""))
        return "" if value is None else str(value).strip()

    def add(self, source: str, row: dict[str, Any]) -> None:
        problems = len(self.reading.problems)
        first = self.rows.setdefault(json.dumps(row, sort_keys=True), source)
        if first != source:
            self._problem(source, f"the same in every cell as {first}; take one of the two out")
            return
        interview = self.cell(row, "interview")
        if not interview:
            self._problem(source, f"{self.card.columns['interview']} is empty, expected an id")
        values = self._labels(source, row)
        for role in ("person", "position"):
            value = self.cell(row, role)
            if value and self.whole.setdefault((role, interview), value) != value:
                before = self.whole[role, interview]
                column = self.card.columns[role]
                self._problem(
                    source, f"{column} is '{value}', but '{before}' above for '{interview}'"
                )
        for role in ("answer", "media", "openface"):
            value = self.cell(row, role)
            first = self.seen.setdefault((role, value), source) if value else source
            if first != source:
                column = self.card.columns[role]
                self._problem(source, f"{column} '{value}' is that of {first} too")
        media = self._media(source, self.cell(row, "media"))
        openface = self._media(source, self.cell(row, "openface"))
        transcript = self._transcript(source, row)
        question = self.cell(row, "question")
        if len(self.reading.problems) > problems:
            return
        if media is None and transcript is None and openface is None:
            self.reading.remark(source, "nothing recorded and nothing said")
        self.reading.records.append(
            AnswerRecord(
                source,
                interview,
                self.cell(row, "person") or interview,
                self.cell(row, "question_id") or question,
                question,
                self.whole.get(("position", interview), ""),
                values,
                media,
                transcript,
                self._part(source, self.cell(row, "split")),
                openface,
            )
        )

    def _problem(self, source: str, text: str) -> None:
        self.reading.problems.append(f"{source}: {text}.")

    def _labels(self, source: str, row: dict[str, Any]) -> np.ndarray:
        values = np.full(len(self.reading.targets), np.nan)
        if not self.labels:
            return values
        for k, target in enumerate(self.reading.targets):
            column = self.card.targets[target.name]
            cell = row.get(column.column)
            try:
                value = column.read(cell)
            except ValueError as error:
                self._problem(source, f"{column.column} is {cell!r}, {error}")
                continue
            if outside := column.outside(value):
                self.reading.remark(source, outside)
            values[k] = column.turned(np.array(value))
        return values

    def _media(self, source: str, name: str) -> Path | None:
        """The path of the file that is named; whether it exists shows when it is read."""
        if not name:
            return None
        folder = self.card.files.get("media", "")
        paths = [self.root / name, self.root / folder / name]
        return next((path for path in paths if self._is_file(source, path)), paths[0])

    def _is_file(self, source: str, path: Path) -> bool:
        try:
            return path.is_file()
        except OSError as error:
            self._problem(
                source, f"'{path.name[:40]}' cannot be the name of a file ({error.strerror})"
            )
            return False

    def _transcript(self, source: str, row: dict[str, Any]) -> Path | Transcript | None:
        name, text = self.cell(row, "transcript"), self.cell(row, "text")
        if name:
            path = self.root / name
            if path.suffix.lower() not in READERS:
                self._problem(
                    source,
                    f"the transcript '{name[:40]}' is no file that ends in {', '.join(READERS)}",
                )
            elif self._is_file(source, path) or not text:
                return path  # a missing one is reported when it is read
            else:
                reason = "no such file; the words of the table are read in its place"
                self.reading.shortfalls.append(Shortfall(source, reason, name, lost=True))
        if not text:
            return None
        spoken = self.speech(text)
        if not spoken.words:
            self.reading.remark(source, f"{self.card.columns['text']} holds no spoken word")
        return spoken if spoken.words else None

    def _part(self, source: str, name: str) -> str:
        if not name or not self.card.official:
            return ""
        if name not in self.card.official:
            self.reading.remark(
                source, f"split '{name}', expected one of {', '.join(self.card.official)}"
            )
        return self.card.official.get(name, "")
