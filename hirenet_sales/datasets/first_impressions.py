"""First Impressions V2, in the layout that its data card describes."""

from __future__ import annotations

import csv
import itertools
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hirenet_sales.datasets.card import DataCard, load_card
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import flip_polarity

NAME = "first-impressions-v2"


@dataclass(frozen=True, eq=False)
class Clip:
    """One labelled clip.

    Attributes
    ----------
    name : file name of the clip, such as "abc.003.mp4"
    source : id of the source video
    split, source_split : the official split, and the source-disjoint one
    targets : float (5,), traits in the order and polarity of the house
    transcript : "" where there is none
    spectral : the 26 statistics, or None
    media : the recording, or None
    """

    name: str
    source: str
    split: str
    source_split: str
    targets: np.ndarray
    transcript: str
    spectral: np.ndarray | None
    media: Path | None


class FirstImpressions:
    """The clips of a folder.

    Parameters
    ----------
    root : the folder; tables that are missing are missing streams
    split : an official split, a source-disjoint one of the data card, or "all"

    Attributes
    ----------
    clips : ordered by source video and then by place in it
    spectral_columns : names of the 26 statistics, or () without the table

    Raises
    ------
    DatasetError
        if the folder is not as the card says, or the split has no clip.
    """

    def __init__(self, root: str | Path, split: str = "all") -> None:
        self.root = Path(root)
        self.card: DataCard = load_card(NAME)
        rows = self._rows(self.root / self.card.table)
        self.spectral_columns, spectral = self._spectral()
        media = {p.name: p for p in (self.root / self.card.media_folder).glob("*.mp4")}
        clips = [self._clip(line, row, spectral, media) for line, row in rows]
        names = sorted({c.split for c in clips}) + self.card.split_names + ["all"]
        if split not in names:
            raise DatasetError(f"{self.root}: no split '{split}'; there are {', '.join(names)}")
        chosen = [c for c in clips if split in ("all", c.split, c.source_split)]
        self.clips = sorted(chosen, key=lambda c: (c.source, c.name))
        if not self.clips:
            raise DatasetError(f"{self.root}: split '{split}' holds no clip")

    def interviews(self) -> list[list[Clip]]:
        """Pseudo-interviews: the clips of one source video, in order."""
        groups = itertools.groupby(self.clips, key=lambda c: c.source)
        return [list(group) for _, group in groups]

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
        for path in sorted(self.root.glob(self.card.portraits)):
            found: dict[str, list[tuple[int, bytes]]] = {}
            try:
                with tarfile.open(path, "r:") as tar:
                    for member in tar:
                        clip, _, number = Path(member.name).stem.rpartition("-")
                        file = tar.extractfile(member) if clip in wanted else None
                        if file is not None and number.isdigit():
                            found.setdefault(clip, []).append((int(number), file.read()))
            except tarfile.TarError as error:
                raise DatasetError(f"{path}: a damaged tar file ({error}); copy it anew") from error
            for clip, pictures in found.items():
                yield clip, sorted(pictures)

    def _rows(self, path: Path) -> list[tuple[int, dict[str, str]]]:
        """Rows with the line each ends in: a transcript may hold line breaks."""
        if not path.is_file():
            raise DatasetError(
                f"{self.root}: no {path.name}; give the folder that holds it as --root"
            )
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            found = set(reader.fieldnames or ())
            card = self.card
            needed = [card.clip_column, card.source_column, card.split_column]
            needed += [t.column for t in card.traits.values()]
            missing = [column for column in needed if column not in found]
            if missing:
                raise DatasetError(
                    f"{path}: no column {', '.join(missing)}; found {', '.join(sorted(found))}"
                )
            return [(reader.line_num, row) for row in reader]

    def _spectral(self) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
        path = self.root / self.card.audio_table
        if not path.is_file():
            return (), {}
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            columns = tuple(next(reader, [])[1:])
            try:
                table = {
                    row[0]: np.array([value or "nan" for value in row[1:]], dtype=np.float32)
                    for row in reader
                    if row
                }
            except ValueError as error:
                raise DatasetError(f"{path}, line {reader.line_num}: {error}") from error
        short = [name for name, row in table.items() if row.shape != (len(columns),)]
        if short:
            raise DatasetError(f"{path}: {short[0]} has not {len(columns)} numbers")
        return columns, {name: row for name, row in table.items() if np.isfinite(row).all()}

    def _clip(
        self,
        line: int,
        row: dict[str, str],
        spectral: dict[str, np.ndarray],
        media: dict[str, Path],
    ) -> Clip:
        card = self.card
        low, high = card.range
        values = []
        for trait, column in card.traits.items():
            text = row[column.column]
            try:
                value = float(text)
            except (TypeError, ValueError):
                value = float("nan")
            if not low <= value <= high:
                raise DatasetError(
                    f"{card.table}, line {line}: {column.column} is '{text}', "
                    f"expected a number from {low} to {high} for {trait}"
                )
            turned = column.polarity == "reversed"
            values.append(float(flip_polarity(np.array(value))) if turned else value)
        name, source = row[card.clip_column], row[card.source_column]
        return Clip(
            name,
            source,
            row[card.split_column],
            card.source_split(source),
            np.array(values),
            (row.get(card.transcript_column) or "").strip(),
            spectral.get(name),
            media.get(name),
        )
