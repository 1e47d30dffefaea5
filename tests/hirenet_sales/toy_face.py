"""A drawn face: where 68 landmarks lie in an upright crop, as fractions of its side."""

from __future__ import annotations

import numpy as np


def landmarks(size: float = 1.0) -> np.ndarray:
    """Landmarks (68, 2) of a frontal face, in iBUG's order, on a picture of that side."""
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.5 + 0.22 * np.cos(angle), 0.48 + 0.42 * np.sin(angle)], 1)
    brow = np.stack([np.linspace(0.30, 0.46, 5), np.full(5, 0.40)], 1)
    other_brow = np.stack([np.linspace(0.54, 0.70, 5), np.full(5, 0.40)], 1)
    bridge = np.stack([np.full(4, 0.5), np.linspace(0.45, 0.60, 4)], 1)
    nostrils = np.stack([np.linspace(0.45, 0.55, 5), np.full(5, 0.63)], 1)
    ring = np.linspace(np.pi, -np.pi, 7)[:6]
    eye = np.stack([0.04 * np.cos(ring), -0.015 * np.sin(ring)], 1)
    lips = np.linspace(np.pi, -np.pi, 13)[:12]
    outer = np.stack([0.5 + 0.10 * np.cos(lips), 0.74 - 0.03 * np.sin(lips)], 1)
    inner = np.linspace(np.pi, -np.pi, 9)[:8]
    teeth = np.stack([0.5 + 0.06 * np.cos(inner), 0.74 - 0.01 * np.sin(inner)], 1)
    parts = [
        jaw,
        brow,
        other_brow,
        bridge,
        nostrils,
        eye + np.array([0.38, 0.46]),
        eye + np.array([0.62, 0.46]),
    ]
    return size * np.concatenate([*parts, outer, teeth])
