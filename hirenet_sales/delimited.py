"""Read delimited text tables (CSV, TSV) in the variants that people and spreadsheets write."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.persist import text_digest

SEPARATORS = ",;\t|"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
SPREADSHEETS = {b"PK\x03\x04": ".xlsx or .ods", b"\xd0\xcf\x11\xe0": ".xls"}


class DelimitedTable:
    """A table whose header has been read, with an iterator over its rows.

    UTF-8 with or without byte-order mark, UTF-16 with one, else Windows-1252, which is what older
    spreadsheets save; comma, semicolon, tab or bar between the cells, whichever splits the header
    into most columns; Excel's first line `sep=;` is obeyed.

    Parameters
    ----------
    path : the file
    error : the error to raise

    Attributes
    ----------
    header : column names, without spaces at their ends
    header_row : the row of the header as a spreadsheet counts it, from 1
    line : the line of the file, from 1, at which the row that was read last begins; of a table
        whose cells hold line feeds that is not its row
    sha256 : of the file as it is

    Raises
    ------
    error
        if the file cannot be read, is no text, or its header is empty or names a column twice.
    """

    def __init__(self, path: Path, error: type[HirenetSalesError]) -> None:
        self.path = path
        self._error = error
        text = self._text()
        self._lines = io.StringIO(text, newline="")
        self.header_row = 1
        first = self._lines.readline()
        if first.lower().startswith("sep=") and len(first.strip()) == 5:
            separator = first[4]
            self.header_row = 2
        else:
            self._lines.seek(0)
            separator = max(SEPARATORS, key=lambda s: len(next(csv.reader([first], delimiter=s))))
        self.line = 0
        self._before = self.header_row - 1  # lines
        self._cells = csv.reader(self._lines, delimiter=separator, strict=True)
        self.header = [name.strip() for name in self._next() or []]
        while self.header and not self.header[-1]:
            self.header.pop()
        if not self.header:
            raise error(f"{path}: no header, expected the names of the columns in the first row")
        named = [name for name in self.header if name]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise error(f"{path}: the header names {', '.join(twice)} more than once")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row numbers, as in a spreadsheet, and cells; empty rows are skipped.

        A row may have fewer or more cells than the header; empty cells at its end are dropped if
        they are too many.
        """
        number = self.header_row
        while (cells := self._next()) is not None:
            number += 1
            while len(cells) > len(self.header) and not cells[-1].strip():
                cells.pop()
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]

    def _next(self) -> list[str] | None:
        self.line = self._before + self._cells.line_num + 1
        try:
            return next(self._cells, None)
        except csv.Error as invalid:
            raise self._error(
                f"{self.path}: not a table, line {self._before + self._cells.line_num}: {invalid}"
            ) from None

    def _text(self) -> str:
        try:
            raw = self.path.read_bytes()
        except OSError as invalid:
            raise self._error(f"{self.path}: cannot be read ({invalid.strerror})") from None
        self.sha256 = text_digest(raw)
        kind = SPREADSHEETS.get(raw[:4])
        if kind:
            raise self._error(f"{self.path}: a spreadsheet ({kind}); save it as 'CSV UTF-8'")
        encodings = ("utf-16",) if raw[:2] in UTF16_MARKS else ("utf-8-sig", "cp1252")
        for encoding in encodings:
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                return text
        raise self._error(f"{self.path}: not a table of text; save it as 'CSV UTF-8'")
