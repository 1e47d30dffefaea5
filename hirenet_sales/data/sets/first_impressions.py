"""First Impressions V2, in the layout that its data card describes."""

from __future__ import annotations

import csv
import itertools
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hirenet_sales.data.card import DataCard, load_card, number_in
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.problems import raise_problems, require_columns
from hirenet_sales.data.sets.official_release import Row, is_release, release_media, release_rows
from hirenet_sales.errors import DatasetError

NAME = "first-impressions-v2"
Statistics = tuple[str, np.ndarray]  # where they stand, and float32 (D,)


@dataclass(frozen=True, eq=False)
class Clip:
    """One labelled clip.

    Attributes
    ----------
    name : file name of the clip, such as "abc.003.mp4"
    source : id of the source video
    split, source_split : the official split, and the source-disjoint one
    targets : float (5,), traits in the order and polarity of the house
    scores : the card's further targets, NaN = unknown
    transcript : "" = none
    spectral : the 26 statistics, or None
    media : the recording, or None
    """

    name: str
    source: str
    split: str
    source_split: str
    targets: np.ndarray
    scores: dict[str, float]
    transcript: str
    spectral: np.ndarray | None
    media: Path | None


class FirstImpressions:
    """The clips of a folder: the tables of the data card, or the official release.

    Parameters
    ----------
    root : the folder; tables that are missing are missing streams
    split : an official split, a source-disjoint one of the data card, or "all"
    strict : whether a bad row is an error; otherwise it is left out and listed in `problems`

    Attributes
    ----------
    clips : ordered by source video and then by name
    listed : names of all clips that have a row, good or bad
    spectral_columns : names of the 26 statistics, or () without the table
    released : whether the folder holds the official release
    problems : what is wrong with the rows, each with its location; () if strict
    shortfalls : statistics that are left out, recordings of the same name
    measured : names of the clips that have a row of statistics, usable or not

    Raises
    ------
    DatasetError
        if the folder does not match the card, with all bad rows at once, or the split has no clip.
    """

    def __init__(self, root: str | Path, split: str = "all", *, strict: bool = True) -> None:
        self.root = Path(root)
        self.card: DataCard = load_card(NAME)
        self.shortfalls: list[Shortfall] = []
        self.released = is_release(self.root, self.card)
        if self.released:
            rows, problems = release_rows(self.root, self.card)
            media = release_media(self.root, self.card, self.shortfalls)
        else:
            rows, problems = self._rows(self.root / self.card.files["table"]), []
            media = {path.name: path for path in self.root.glob(self.card.files["media"])}
        self.spectral_columns: tuple[str, ...] = ()
        spectral: dict[str, Statistics] = {}
        try:
            self.spectral_columns, spectral = self._spectral()
        except DatasetError as error:
            if strict:
                raise
            problems.append(f"{error}.")
        self.measured = frozenset(spectral)
        self.listed = frozenset(row[self.card.columns["answer"]] or "" for _, row in rows)
        clips: dict[str, Clip] = {}
        for where, row in rows:
            clip, wrong = self._clip(where, row, spectral, media)
            if clip is not None and clip.name in clips:
                wrong, clip = [f"{where}: clip '{clip.name}' is there twice."], None
            problems += wrong
            if clip is not None:
                clips[clip.name] = clip
        if strict:
            raise_problems(self.root, problems)
        self.problems = tuple(problems)
        names = sorted({c.split for c in clips.values()}) + self.card.split_names + ["all"]
        if split not in names:
            raise DatasetError(f"{self.root}: no split '{split}'; there are {', '.join(names)}")
        chosen = [c for c in clips.values() if split in ("all", c.split, c.source_split)]
        self.clips = sorted(chosen, key=lambda c: (c.source, c.name))
        if not self.clips:
            raise DatasetError(f"{self.root}: split '{split}' holds no clip")

    def interviews(self) -> list[list[Clip]]:
        """Pseudo-interviews: the clips of one source video, in order."""
        return [list(own) for _, own in itertools.groupby(self.clips, key=lambda c: c.source)]

    def portraits(self) -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
        """Portraits of every clip that has some: clip name, (frame number, JPEG) ascending.

        All tar files that the card names are read, one after the other; only one file's pictures
        are in memory at a time.

        Raises
        ------
        DatasetError
            if a tar file is damaged.
        """
        wanted = {c.name for c in self.clips}
        for path in sorted(self.root.glob(self.card.files["portraits"])):
            portraits: dict[str, list[tuple[int, bytes]]] = {}
            try:
                with tarfile.open(path, "r:") as tar:
                    for member in tar:
                        clip, _, number = Path(member.name).stem.rpartition("-")
                        file = tar.extractfile(member) if clip in wanted else None
                        if file is not None and number.isdigit():
                            portraits.setdefault(clip, []).append((int(number), file.read()))
            except tarfile.TarError as error:
                raise DatasetError(f"{path}: a damaged tar file ({error}); copy it anew") from error
            for clip, pictures in portraits.items():
                yield clip, sorted(pictures)

    def _rows(self, path: Path) -> list[Row]:
        """Rows with the line each ends in: a transcript may hold line breaks."""
        if not path.is_file():
            raise DatasetError(
                f"{self.root}: no {path.name}; give the folder that holds it as --root"
            )
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file)
                columns = [self.card.columns[role] for role in ("answer", "person", "split")]
                columns += [target.column for target in self.card.traits.values()]
                require_columns(path, columns, reader.fieldnames or ())
                return [(f"{path.name}, line {reader.line_num}", row) for row in reader]
        except UnicodeDecodeError:
            raise DatasetError(f"{path}: not UTF-8 text; copy it anew") from None
        except csv.Error as error:
            raise DatasetError(f"{path}, line {reader.line_num}: {error}") from None

    def _spectral(self) -> tuple[tuple[str, ...], dict[str, Statistics]]:
        path = self.root / self.card.files["statistics"]
        if not path.is_file():
            return (), {}
        rows: dict[str, Statistics] = {}
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            columns = tuple(next(reader, [])[1:])
            for cells in reader:
                where = f"{path.name}, line {reader.line_num}"
                if cells and cells[0] in rows:
                    raise DatasetError(f"{self.root}: {where}: '{cells[0]}' is there twice")
                if cells and any(cells[1:]):
                    rows[cells[0]] = (where, self._statistics(where, columns, cells[1:]))
        return columns, rows

    def _statistics(self, where: str, columns: tuple[str, ...], cells: list[str]) -> np.ndarray:
        """Float32 (D,); NaN where a cell holds no finite number."""
        if len(cells) != len(columns):
            raise DatasetError(
                f"{self.root}: {where}: {len(cells)} numbers, expected {len(columns)}"
            )
        for column, cell in zip(columns, cells, strict=True):
            try:
                float(cell or "nan")
            except ValueError:
                raise DatasetError(
                    f"{self.root}: {where}: {column} is '{cell}', expected a number"
                ) from None
        with np.errstate(over="ignore"):  # beyond float32 is as good as infinite
            return np.array([number_in(cell) for cell in cells], np.float32)

    def _usable(self, name: str, row: Statistics | None) -> np.ndarray | None:
        """The statistics of a clip, unless one of them is not finite, which is reported."""
        if row is None:
            return None
        where, values = row
        bad = [c for c, v in zip(self.spectral_columns, values, strict=True) if not np.isfinite(v)]
        if not bad:
            return values
        reason = f"no finite number in {', '.join(bad)}; its audio is left out"
        self.shortfalls.append(Shortfall(where, reason, name, lost=True))
        return None

    def _clip(
        self,
        where: str,
        row: dict[str, str],
        spectral: dict[str, Statistics],
        media: dict[str, Path],
    ) -> tuple[Clip | None, list[str]]:
        card = self.card
        values: dict[str, float] = {}
        wrong = []
        for name, target in card.targets.items():
            text = row.get(target.column)
            if text is None and not target.default:
                values[name] = float("nan")
                continue
            value = float("nan")
            try:
                value = target.read(text)
                problem = "" if np.isfinite(value) else f"expected {target.expected}"
            except ValueError as error:
                problem = str(error)
            if problem:
                wrong.append(f"{where}: {target.column} is '{text or ''}', {problem} for {name}.")
            values[name] = float(target.turned(np.array(value)))
        columns = card.columns
        name, source = row[columns["answer"]] or "", row[columns["person"]] or ""
        if not name or not source:
            wrong.append(f"{where}: no {columns['answer']} or no {columns['person']}.")
        if wrong:
            return None, wrong
        clip = Clip(
            name,
            source,
            row[columns["split"]] or "",
            card.source_split(source),
            np.array([values.pop(trait) for trait in card.traits]),
            values,
            (row.get(columns["text"]) or "").strip(),
            self._usable(name, spectral.get(name)),
            media.get(name),
        )
        return clip, []
