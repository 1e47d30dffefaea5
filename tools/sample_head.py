"""A talking head that belongs to nobody, for the sample interview.

The face is the generic mesh of MediaPipe's face geometry (468 points, read from the landmarker
bundle that ships with `extractors`), smoothed by Loop subdivision and deformed by hand-made shapes;
the skin is painted here, the rest in `sample_surfaces`. No photograph of a person is involved.
Lengths are centimetres; x to the person's left, y up, z towards the camera.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image, ImageDraw, ImageFilter
from scipy.interpolate import CubicSpline
from scipy.sparse import csr_matrix

TEXTURE_PX = 1024

EYE_CENTRES = np.array([[-3.17, 2.62, 2.62], [3.17, 2.62, 2.62]])  # the person's right, left
EYE_RADIUS_CM = 1.27

# Indices into the 468 points; rings run from one corner to the other, upper side first.
UPPER_LIP = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
LOWER_LIP = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)
UPPER_LIDS = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (130, 247, 30, 29, 27, 28, 56, 190, 243)),
    ((263, 466, 388, 387, 386, 385, 384, 398, 362), (359, 467, 260, 259, 257, 258, 286, 414, 463)),
)
LOWER_LIDS = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
    (263, 249, 390, 373, 374, 380, 381, 382, 362),
)
BROWS = (
    (46, 53, 52, 65, 55, 107, 66, 105, 63, 70),
    (276, 283, 282, 295, 285, 336, 296, 334, 293, 300),
)
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

SKIN = (226, 180, 154)
LIPS = (190, 98, 96)
HAIR = (74, 48, 36)


def canonical_mesh(bundle: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (468, 3), texture coordinates (468, 2) and triangles (898, 3) of the generic face."""
    member = "geometry_pipeline_metadata_landmarks.binarypb"
    with zipfile.ZipFile(bundle) as archive:
        metadata = archive.read(member)
    mesh = next(v for number, v in _fields(metadata) if number == 1 and isinstance(v, bytes))
    buffers: dict[int, list] = {3: [], 4: []}  # vertex_buffer, index_buffer of Mesh3d
    for number, value in _fields(mesh):
        if number == 3 and isinstance(value, bytes):
            buffers[3].append(struct.unpack("<f", value)[0])
        elif number == 4:
            buffers[4].append(value)
    vertices = np.array(buffers[3]).reshape(-1, 5)
    return vertices[:, :3], vertices[:, 3:], np.array(buffers[4]).reshape(-1, 3)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffer message: just the wire types that this file uses."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
            continue
        length = {2: varint, 5: lambda: 4}[tag & 7]()
        yield tag >> 3, message[at : at + length]
        at += length


def _loop_subdivision(count: int, triangles: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
    """Loop subdivision, twice. It is linear: done once on the identity, a matrix for any frame."""
    columns = []
    for start in range(0, count, 3):  # trimesh takes three coordinates at a time
        identity = np.eye(count, 3, -start)
        column, fine = trimesh.remesh.subdivide_loop(identity, triangles, 2)
        columns.append(column)
    return csr_matrix(np.concatenate(columns, axis=1)[:, :count]), fine


def _softened(points: np.ndarray) -> np.ndarray:
    """A narrower jaw and nose and wider eyes than the generic face has."""
    soft = points.copy()
    x, y, z = soft.T
    soft[:, 0] *= 1 - 0.08 * np.clip((-1 - y) / 7, 0, 1)
    nose = np.clip((z - 4.2) / 2.0, 0, 1) * np.exp(-(((y + 1.6) / 2.2) ** 2))
    soft[:, 0] *= 1 - 0.17 * nose * (np.abs(x) < 2.6)
    soft[:, 2] -= 0.35 * nose
    for (edge, fold), lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        gap = points[list(edge), 1] - points[list(lower), 1]
        soft[list(edge), 1] += 0.16 * gap
        soft[list(fold), 1] += 0.08 * gap
        soft[list(lower), 1] -= 0.10 * gap
    return soft


class DeformableFace:
    """The deformable face: from the strengths of a few shapes to the points of a smooth mesh."""

    SHAPES = ("jaw", "smile", "wide", "round", "press", "brow", "blink", "squint")

    def __init__(self, bundle: Path) -> None:
        points, texture, triangles = canonical_mesh(bundle)
        rings = [set(UPPER_LIP[3]) | set(LOWER_LIP[3])]
        rings += [set(UPPER_LIDS[i][0]) | set(LOWER_LIDS[i]) for i in (0, 1)]
        solid = [t for t in triangles if not any(set(t) <= ring for ring in rings)]
        self.subdivision, self.triangles = _loop_subdivision(len(points), np.array(solid))
        self.texture = self.subdivision @ texture
        self.rest = self._with_closed_mouth(_softened(points))
        self.jaw_weight = self._jaw_weights()
        self.coarse_texture = texture

    @staticmethod
    def _with_closed_mouth(points: np.ndarray) -> np.ndarray:
        closed = points.copy()
        gap = points[list(UPPER_LIP[3])] - points[list(LOWER_LIP[3])]
        for upper, lower, share in zip(UPPER_LIP, LOWER_LIP, (0.25, 0.6, 0.85, 1.0), strict=True):
            for i in range(1, 10):
                closed[upper[i], 1:] -= 0.35 * share * gap[i, 1:]
                closed[lower[i], 1:] += 0.65 * share * gap[i, 1:]
        return closed

    def _jaw_weights(self) -> np.ndarray:
        """How far each point follows the jaw: 0 above the mouth, 1 at the lower lip and chin."""
        corner = self.rest[61, 1]
        x, y = np.abs(self.rest[:, 0]), self.rest[:, 1]
        drop = np.clip((corner + 1.2 - y) / 2.4, 0, 1)
        weight = drop**2 * (3 - 2 * drop)
        weight *= np.clip((8.2 - x) / 4.0, 0, 1)
        for ring in UPPER_LIP:
            weight[list(ring)] = 0.0
        for ring, share in zip(LOWER_LIP, (0.9, 1.0, 1.0, 1.0), strict=True):
            for position, index in enumerate(ring):
                weight[index] = share * np.sin(np.pi * position / 10) ** 0.55
        for corner_ring in UPPER_LIP:
            weight[[corner_ring[0], corner_ring[-1]]] = 0.32
        nose = (y > -3.3) & (x < 2.4)
        weight[nose] = 0.0
        return weight

    def points(self, strength: Mapping[str, float]) -> np.ndarray:
        """Points (N, 3) of the smooth mesh for the given strengths, each 0 to about 1."""
        s = {name: float(strength.get(name, 0.0)) for name in self.SHAPES}
        rest, p = self.rest, self.rest.copy()
        side = np.sign(rest[:, 0])[:, None]

        angle = 0.26 * s["jaw"] * self.jaw_weight  # radians about the joint before the ears
        y, z = rest[:, 1] - 0.5, rest[:, 2] + 3.0
        p[:, 1] += y * np.cos(angle) - z * np.sin(angle) - y
        p[:, 2] += y * np.sin(angle) + z * np.cos(angle) - z

        corners = self._near(61, 1.7) + self._near(291, 1.7)
        cheeks = self._near(205, 2.0) + self._near(425, 2.0)
        p += corners * s["smile"] * (side * [0.75, 0, 0] + [0, 0.62, -0.25])
        p += cheeks * s["smile"] * (side * [0.22, 0, 0] + [0, 0.35, 0.3])
        p += corners * s["wide"] * (side * [0.45, 0, 0] + [0, 0.0, -0.15])
        lips = self._near(13, 2.6)
        p += corners * s["round"] * (side * [-0.75, 0, 0] + [0, 0, 0.25])
        p += lips * s["round"] * [0, 0, 0.45]
        for upper, lower, share in zip(UPPER_LIP, LOWER_LIP, (0.1, 0.5, 0.9, 1.0), strict=True):
            p[list(upper[1:-1])] += np.multiply(s["press"] * share, [0, -0.12, -0.18])
            p[list(lower[1:-1])] += np.multiply(s["press"] * share, [0, 0.16, -0.18])
        for brow in BROWS:
            p += self._near(brow[2], 1.9) * s["brow"] * [0, 0.62, 0.05]
        self._close_lids(p, s["blink"], s["squint"] + 0.35 * s["smile"])
        return self.subdivision @ p

    def _near(self, index: int, width: float) -> np.ndarray:
        """(468, 1): 1 at a point, falling off with distance on the scale `width`, cm."""
        distance = np.linalg.norm(self.rest - self.rest[index], axis=1)
        return np.exp(-((distance / width) ** 2))[:, None]

    def _close_lids(self, p: np.ndarray, blink: float, squint: float) -> None:
        for centre, (edge, fold), lower in zip(EYE_CENTRES, UPPER_LIDS, LOWER_LIDS, strict=True):
            gap = p[list(edge), 1] - p[list(lower), 1]
            close = min(1.0, blink + 0.12 * squint)
            p[list(edge), 1] -= 0.86 * close * gap
            p[list(fold), 1] -= 0.45 * close * gap
            p[list(lower), 1] += (0.12 * blink + 0.28 * squint * (1 - blink)) * gap
            ball = list(edge) + list(lower) + list(fold)
            offset = p[ball] - centre
            reach = np.linalg.norm(offset, axis=1, keepdims=True)
            least = EYE_RADIUS_CM + 0.1  # the lid lies on the eyeball, never inside it
            p[ball] = centre + offset * np.maximum(1.0, least / reach)

    def skin(self) -> Image.Image:
        """The texture of the skin, with brows, lips, lashes and a little colour in the cheeks."""
        uv = self.coarse_texture * TEXTURE_PX
        size = (TEXTURE_PX, TEXTURE_PX)

        def blot(indices: tuple[int, ...], colour: tuple[int, int, int], radius: int, blur: int,
                 strength: float) -> None:  # fmt: skip
            mask = Image.new("L", size)
            draw = ImageDraw.Draw(mask)
            for index in indices:
                u, v = uv[index]
                draw.ellipse((u - radius, v - radius, u + radius, v + radius), fill=255)
            mask = mask.filter(ImageFilter.GaussianBlur(blur)).point(lambda a: int(a * strength))
            image.paste(Image.new("RGB", size, colour), (0, 0), mask)

        def shape(indices: tuple[int, ...], colour: tuple[int, int, int], blur: float,
                  strength: float) -> None:  # fmt: skip
            mask = Image.new("L", size)
            ImageDraw.Draw(mask).polygon([tuple(uv[i]) for i in indices], fill=255)
            mask = mask.filter(ImageFilter.GaussianBlur(blur)).point(lambda a: int(a * strength))
            image.paste(Image.new("RGB", size, colour), (0, 0), mask)

        def trace(path: np.ndarray, colour: tuple[int, int, int], width: int,
                  strength: float) -> None:  # fmt: skip
            mask = Image.new("L", size)
            smooth = CubicSpline(np.arange(len(path)), path)(np.linspace(0, len(path) - 1, 60))
            ImageDraw.Draw(mask).line([tuple(p) for p in smooth], 255, width, joint="curve")
            mask = mask.filter(ImageFilter.GaussianBlur(1.5)).point(lambda a: int(a * strength))
            image.paste(Image.new("RGB", size, colour), (0, 0), mask)

        def line(indices: tuple[int, ...], colour: tuple[int, int, int], width: int,
                 strength: float) -> None:  # fmt: skip
            trace(uv[list(indices)], colour, width, strength)

        image = Image.new("RGB", size, SKIN)
        blot((205, 425, 50, 280), (222, 140, 122), 55, 45, 0.45)
        blot((1, 4), (222, 150, 130), 45, 30, 0.35)
        blot((27, 257, 28, 258, 29, 259), (186, 132, 112), 26, 14, 0.5)
        blot((230, 450, 231, 451), (206, 152, 132), 20, 14, 0.4)
        blot((98, 327), (150, 92, 78), 10, 7, 0.75)
        shape(UPPER_LIP[0] + LOWER_LIP[0][::-1], LIPS, 3.0, 0.88)
        line(UPPER_LIP[3], (120, 50, 52), 5, 0.8)
        for edge, fold in UPPER_LIDS:
            line(edge, (40, 26, 24), 10, 0.95)
            line(fold, (150, 100, 84), 4, 0.5)
        for lower in LOWER_LIDS:
            line(lower, (120, 76, 66), 5, 0.7)
        for brow in BROWS:
            under, over = uv[list(brow[:5])], uv[list(brow[:4:-1])]  # both from the temple inwards
            for share in (0.35, 0.5, 0.65):
                trace(under + share * (over - under), HAIR, 11, 0.55)
        noise = np.random.default_rng(5).normal(0, 2.2, (TEXTURE_PX, TEXTURE_PX, 1))
        return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
