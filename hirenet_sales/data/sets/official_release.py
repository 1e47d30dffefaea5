"""First Impressions V2 as its authors publish it: pickles of labels and folders of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hirenet_sales.data.card import DataCard
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.safe_pickle import load_pickle
from hirenet_sales.errors import DatasetError

Row = tuple[str, dict[str, str]]  # where it stands, and its cells by the card's columns


def is_release(root: Path, card: DataCard) -> bool:
    """Whether a folder holds the release rather than the tables."""
    return (
        card.release is not None
        and not (root / card.files["table"]).is_file()
        and any(root.rglob(card.release.labels))
    )


def release_rows(root: Path, card: DataCard) -> tuple[list[Row], list[str]]:
    """The rows that a table of the card's columns would have, and what is wrong with the files.

    Labels of all parts present are read; a part without transcripts has empty ones.

    Raises
    ------
    DatasetError
        if a pickle is damaged or asks for more than data.
    """
    release = card.release
    assert release is not None
    spoken: dict[str, str] = {}
    problems: list[str] = []
    for path in sorted(root.rglob(release.transcripts)):
        texts = load_pickle(path)
        if not isinstance(texts, dict):
            problems.append(f"{path}: holds a {type(texts).__name__}, expected clip to text.")
            continue
        spoken |= {_text(clip): _text(text) for clip, text in texts.items()}
    rows: list[Row] = []
    paths = sorted(root.rglob(release.labels))
    for path in paths:
        part = next((part for word, part in release.parts.items() if word in path.stem), None)
        if part is None:
            problems.append(
                f"{path}: which part is it? Expected one of {', '.join(release.parts)} in its name."
            )
            continue
        rows += _part(path, load_pickle(path), part, card, spoken, problems)
    return rows, problems


def _part(
    path: Path, labels: Any, part: str, card: DataCard, spoken: dict[str, str], problems: list[str]
) -> list[Row]:
    release = card.release
    assert release is not None
    keys = {name: release.columns.get(name, t.column) for name, t in card.targets.items()}
    needed = {name: key for name, key in keys.items() if card.targets[name].default}
    if not isinstance(labels, dict) or not all(isinstance(v, dict) for v in labels.values()):
        raise DatasetError(f"{path}: expected a dictionary of trait to clip to value")
    by_key = {_text(key): {_text(c): v for c, v in v.items()} for key, v in labels.items()}
    missing = [key for key in needed.values() if key not in by_key]
    if missing:
        raise DatasetError(
            f"{path}: no trait {', '.join(missing)}; found {', '.join(sorted(by_key))}"
        )
    clips = sorted(set().union(*(by_key[key] for key in needed.values())))
    split = next(name for name, meant in card.official.items() if meant == part)
    rows = []
    for clip in clips:
        cells = {
            card.columns["answer"]: clip,
            card.columns["person"]: clip.removesuffix(".mp4").rpartition(".")[0] or clip,
            card.columns["split"]: split,
            card.columns["text"]: spoken.get(clip, ""),
        }
        for name, key in keys.items():
            if key in by_key:
                value = by_key[key].get(clip)
                cells[card.targets[name].column] = "" if value is None else str(value)
        rows.append((f"{path}, clip {clip}", cells))
    return rows


def release_media(root: Path, card: DataCard, shortfalls: list[Shortfall]) -> dict[str, Path]:
    """Recordings in any folder below, by their names.

    Parameters
    ----------
    shortfalls : a name that several recordings have is added
    """
    assert card.release is not None
    media: dict[str, Path] = {}
    for path in sorted(root.rglob(card.release.media)):
        first = media.setdefault(path.name, path)
        if first != path:
            folders = " and ".join(str(one.parent.relative_to(root)) for one in (first, path))
            reason = f"stands in {folders}; that of {first.parent.relative_to(root)} is read"
            shortfalls.append(Shortfall("", reason, path.name))
    return media


def _text(value: Any) -> str:
    """Text of Python 2, which Latin-1 read byte by byte, is UTF-8 in the transcripts."""
    text = value.decode("latin1") if isinstance(value, bytes) else str(value)
    try:
        return text.encode("latin1").decode("utf-8")
    except UnicodeError:
        return text
