"""Tables as OpenFace 2 writes them, of a face that does not exist."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from extractors.face.observation import GAZE_COLUMNS, LANDMARK_COLUMNS, POSE_COLUMNS

RATE_HZ = 10
ACTION_UNITS = tuple(
    f"AU{n:02d}_r" for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
)


def openface_table(
    path: Path, smile: float = 1.0, *, seconds: float = 3.0, presences: bool = True, size: float = 1
) -> Path:
    """Write a table; `smile` is AU12, `size` that of the picture, `presences` is AU.._c too."""
    rng = np.random.default_rng(int(100 * smile))
    angle = np.linspace(0, 2 * np.pi, 68)
    face = np.stack([300 + 60 * np.cos(angle), 200 + 80 * np.sin(angle)])
    with path.open("w", newline="", encoding="utf-8") as file:
        units = [*ACTION_UNITS, *([f"{u[:4]}_c" for u in ACTION_UNITS] if presences else [])]
        heads = ["frame", "timestamp", "confidence", "success"]
        writer = csv.writer(file)
        writer.writerow([*heads, *GAZE_COLUMNS, *POSE_COLUMNS, *LANDMARK_COLUMNS, *units])
        for n in range(int(seconds * RATE_HZ)):
            points = size * (face + rng.normal(0, 1, face.shape))
            intensity = {unit: abs(rng.normal(0, 0.2)) for unit in ACTION_UNITS}
            intensity["AU12_r"] = smile
            writer.writerow(
                [
                    n + 1,
                    n / RATE_HZ,
                    0.98,
                    1,
                    *rng.normal(0, 0.1, len(GAZE_COLUMNS)).round(4),
                    *(0, 0, 600, 0.1, 0.1, 0),
                    *points.ravel().round(2),
                    *(round(intensity[unit], 3) for unit in ACTION_UNITS),
                    *(int(intensity[u] > 0.5) for u in ACTION_UNITS if presences),
                ]
            )
    return path
