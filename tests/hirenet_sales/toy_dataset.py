"""A tiny folder laid out like First Impressions V2: made-up labels, one public-domain face."""

from __future__ import annotations

import csv
import io
import itertools
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.data import astronaut  # NASA, public domain

from extractors.voice.spectral import COLUMNS as SPECTRAL_COLUMNS
from hirenet_sales.data.card import load_card

TRAIT_COLUMNS = (
    "openness",
    "conscientiousness",
    "extraversion",
    "agreeableness",
    "neuroticism_column",
)
HEADER = ("split", "clip", "youtube_id", *TRAIT_COLUMNS, "interview", "age_group", "gender")
WORDS = ("I", "sell", "good", "tools", "to", "people", "who", "like", "their", "work")


def sources(split: str, count: int) -> list[str]:
    """Made-up source ids that the data card's hash puts in a source-disjoint split."""
    card = load_card("first-impressions-v2")
    ids = (f"toy{n:04d}" for n in itertools.count())
    return list(itertools.islice((s for s in ids if card.source_split(s) == split), count))


def portrait(rng: np.random.Generator) -> bytes:
    """A JPEG of 128x172, the head about half as high, moved and lit a little differently."""
    left, top = 98 + int(rng.integers(-8, 9)), int(rng.integers(0, 9))
    crop = astronaut()[top : top + 340, left : left + 253].astype(float)
    lit = np.clip(crop * rng.uniform(0.85, 1.1), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(lit).resize((128, 172)).save(file, "JPEG", quality=90)
    return file.getvalue()


def rows(per_split: dict[str, int], clips: int, seed: int = 0) -> list[dict[str, str]]:
    """Rows of clips.csv: `clips` of each of so many sources a split, in a shuffled order."""
    rng = np.random.default_rng(seed)
    result = []
    for split, count in per_split.items():
        for source in sources(split, count):
            for number in range(clips):
                level = rng.uniform(0.2, 0.8)
                labels = np.clip(level + rng.normal(0, 0.1, len(TRAIT_COLUMNS)), 0, 1)
                output = rng.choice(WORDS, rng.integers(3, 9))
                result.append(
                    {
                        "split": "train" if rng.random() < 0.7 else "validation",
                        "clip": f"{source}.{number:03d}.mp4",
                        "youtube_id": source,
                        **{c: f"{v:.4f}" for c, v in zip(TRAIT_COLUMNS, labels, strict=True)},
                        "interview": f"{level:.4f}",
                        "age_group": "4",
                        "gender": "0",
                        "transcription": " ".join(output),
                    }
                )
    return [result[i] for i in rng.permutation(len(result))]


def write_table(folder: Path, table: list[dict[str, str]]) -> None:
    """Write clips.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*HEADER, "transcription"])
        writer.writeheader()
        writer.writerows(table)


def write_audio(folder: Path, table: list[dict[str, str]]) -> None:
    """Write audio_spectral26.csv; the first statistic follows extraversion."""
    rng = np.random.default_rng(1)
    with (folder / "audio_spectral26.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["clip", *SPECTRAL_COLUMNS])
        for row in table:
            values = rng.normal(0, 1, len(SPECTRAL_COLUMNS))
            values[0] = 5 * float(row["extraversion"]) + rng.normal(0, 0.2)
            writer.writerow([row["clip"], *(f"{v:.5f}" for v in values)])


def write_portraits(folder: Path, table: list[dict[str, str]]) -> None:
    """Write faces-train.tar with one portrait a clip."""
    rng = np.random.default_rng(2)
    with tarfile.open(folder / "faces-train.tar", "w") as tar:
        for row in table:
            picture = portrait(rng)
            member = tarfile.TarInfo(f"{row['clip']}-1.jpg")
            member.size = len(picture)
            tar.addfile(member, io.BytesIO(picture))


def write_dataset(folder: Path, per_split: dict[str, int], clips: int = 2) -> Path:
    """Everything: clips.csv, audio_spectral26.csv and faces-train.tar."""
    table = rows(per_split, clips)
    write_table(folder, table)
    write_audio(folder, table)
    write_portraits(folder, table)
    return folder
