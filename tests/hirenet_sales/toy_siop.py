"""A folder laid out as siop-2019, of people who do not exist and whose words tell their traits."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from hirenet_sales.traits import TRAITS

WORDS = {  # of somebody low and of somebody high in a trait
    "openness": ("routine", "travel"),
    "conscientiousness": ("later", "careful"),
    "extraversion": ("quiet", "party"),
    "agreeableness": ("argue", "kind"),
    "neuroticism": ("calm", "worried"),
}


def write_siop(folder: Path, people: int = 60) -> Path:
    """Every answer has one word a trait, drawn by how high the person is in it."""
    rng = np.random.default_rng(0)
    rows = []
    for n in range(people):
        level = dict(zip(TRAITS, rng.random(len(TRAITS)), strict=True))
        answers = {
            f"answer_{k}": "I would be "
            + " and ".join(WORDS[trait][int(rng.random() < level[trait])] for trait in TRAITS)
            + ". Then I would go on."
            for k in range(1, 6)
        }
        labels = {trait: f"{1 + 4 * value:.2f}" for trait, value in level.items()}
        part = "train" if n < 0.7 * people else "dev"
        rows.append({"person": f"x{n}", "part": part, **answers, **labels})
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder
