"""Face tracking with MediaPipe's FaceLandmarker: 478 points, 52 expression scores, head geometry.

Action units come from MediaPipe's expression scores, which are named after ARKit's blendshapes;
the FACS reading of each is that of Ozel, "ARKit to FACS cheat sheet" (2020), and Ekman, Friesen
and Hager, FACS (2002). An intensity is five times the score: it grows with the movement, but it is
not calibrated against OpenFace's or a coder's. Left out, because no score shows them truthfully:
AU06 and AU09 (cheekSquint and noseSneer stay at 0 in MediaPipe whatever the face does), AU23
(mouthPress is AU24) and AU25 (no score for parted lips).
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np

from extractors.errors import BackendError
from extractors.face.alignment import MESH_TO_68
from extractors.face.face_selection import FaceSelector
from extractors.face.head import euler_angles, gaze, head_pose
from extractors.face.observation import Face, FaceObservation
from extractors.face.roll import roll_of
from extractors.stream import Provenance

MODEL = Path(str(files("extractors") / "assets" / "face_landmarker.task"))
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MAX_FACES = 3
DETECTION_CONFIDENCE = 0.5
TILE = 0.6  # side of a search tile over the image's longer side

ACTION_UNITS = {
    "AU01_r": ("browInnerUp",),
    "AU02_r": ("browOuterUpLeft", "browOuterUpRight"),
    "AU04_r": ("browDownLeft", "browDownRight"),
    "AU05_r": ("eyeWideLeft", "eyeWideRight"),
    "AU07_r": ("eyeSquintLeft", "eyeSquintRight"),
    "AU10_r": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "AU12_r": ("mouthSmileLeft", "mouthSmileRight"),
    "AU14_r": ("mouthDimpleLeft", "mouthDimpleRight"),
    "AU15_r": ("mouthFrownLeft", "mouthFrownRight"),
    "AU17_r": ("mouthShrugLower",),
    "AU20_r": ("mouthStretchLeft", "mouthStretchRight"),
    "AU26_r": ("jawOpen",),
    "AU45_r": ("eyeBlinkLeft", "eyeBlinkRight"),
}
# cheekPuff, cheekSquint, jawForward and noseSneer are dead: none rose above .02 in 2,000 frames.
BLENDSHAPES = (
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight"),
    *("eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight"),
    *("eyeWideLeft", "eyeWideRight", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight"),
    *("mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower"),
    *("mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft"),
    *("mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft"),
    *("mouthUpperUpRight",),
)

Detection = tuple[np.ndarray, np.ndarray, dict[str, float]]  # mesh, matrix, expression scores


def mediapipe_provenance() -> Provenance:
    """Provenance of a MediaPipeTracker's features, available without starting one."""
    return Provenance(
        extractor="mediapipe",
        version="1",
        settings={"confidence": DETECTION_CONFIDENCE, "model_sha256": MODEL_SHA256},
        libraries={"mediapipe": version("mediapipe")},
    )


class MediaPipeTracker:
    """Tracks the largest steady face with MediaPipe's FaceLandmarker.

    Every frame is processed on its own, so its landmarks do not depend on earlier frames.
    Where the whole image shows no face, square parts of it are searched: the detector sees 128
    pixels a side and misses a face lower than a ninth of them. So the smallest face that is found
    in 1280 x 720 is about 75 pixels from brow to chin.

    Use it as a context manager, or call `close`.

    Raises
    ------
    BackendError
        if MediaPipe or a system library that it needs is missing.
    """

    def __init__(self) -> None:
        self._selector = FaceSelector()
        self._tile: tuple[int, int, int, int] | None = None
        self._shape: tuple[int, ...] = ()
        with _quiet():
            try:
                import mediapipe  # imported late: it takes a second and needs system libraries
            except (ImportError, OSError) as error:
                raise _missing(error) from error
            self._mediapipe = mediapipe
            vision = mediapipe.tasks.vision
            options = vision.FaceLandmarkerOptions(
                base_options=mediapipe.tasks.BaseOptions(model_asset_buffer=MODEL.read_bytes()),
                running_mode=vision.RunningMode.IMAGE,
                num_faces=MAX_FACES,
                min_face_detection_confidence=DETECTION_CONFIDENCE,
                output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
            )
            try:
                self._landmarker = vision.FaceLandmarker.create_from_options(options)
            except (RuntimeError, OSError) as error:
                raise _missing(error) from error
            self._detect(np.zeros((64, 64, 3), dtype=np.uint8))  # the last log lines come here

    def __enter__(self) -> MediaPipeTracker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Reset the tracker for a new recording: no face is selected."""
        self._selector = FaceSelector()
        self._tile = None

    def observe(self, image: np.ndarray, time_s: float) -> FaceObservation:
        """Track the face in the next frame.

        Parameters
        ----------
        image : uint8 (H, W, 3), RGB, upright, of any size; landmarks come in its pixels
        time_s : seconds from the start of the answer, ascending within a recording
        """
        if image.shape != self._shape:  # a recording whose picture changes its size
            self._selector, self._tile, self._shape = FaceSelector(), None, image.shape
        faces, region = self._search(image)
        scale = 1 / max(image.shape[:2])  # boxes in units of the image: its size may change
        boxes = [np.concatenate([m[:, :2].min(0), m[:, :2].max(0)]) * scale for m, *_ in faces]
        index = self._selector.choose(boxes, time_s)
        size = (image.shape[1], image.shape[0])
        face = None if index is None else _face(faces[index], region, size)
        return FaceObservation(time_s, len(faces), face)

    def roll(self, image: np.ndarray) -> float:
        """Clockwise roll of the largest face in a picture, degrees; NaN without one.

        The picture is processed on its own and does not affect the tracked face.
        """
        meshes = [mesh[MESH_TO_68, :2] for mesh, *_ in self._detect(image)]
        if not meshes:
            return float("nan")
        return roll_of(max(meshes, key=lambda mesh: float(np.prod(np.ptp(mesh, axis=0)))))

    def close(self) -> None:
        """Free the landmarker; needed before the interpreter ends."""
        self._landmarker.close()

    def _search(self, image: np.ndarray) -> tuple[list[Detection], tuple[int, int, int, int]]:
        height, width = image.shape[:2]
        whole = (0, 0, width, height)
        faces = self._detect(image)
        if faces:
            self._tile = None
            return faces, whole
        for tile in [self._tile, *_tiles(width, height)]:
            if tile is None:
                continue
            left, top, side, _ = tile
            faces = self._detect(np.ascontiguousarray(image[top : top + side, left : left + side]))
            if faces:
                self._tile = tile
                for mesh, *_ in faces:
                    mesh[:, :2] += left, top
                return faces, tile
        return [], whole

    def _detect(self, image: np.ndarray) -> list[Detection]:
        """Mesh (478, 3) in pixels, transformation matrix (4, 4) and expression scores by name."""
        data = self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image)
        )
        result = self._landmarker.detect(data)
        size = np.array([image.shape[1], image.shape[0], image.shape[1]])
        return [
            (
                np.array([[p.x, p.y, p.z] for p in points]) * size,
                np.asarray(matrix, dtype=np.float64),
                {score.category_name: score.score for score in scores},
            )
            for points, matrix, scores in zip(
                result.face_landmarks,
                result.facial_transformation_matrixes,
                result.face_blendshapes,
                strict=True,
            )
        ]


def _face(
    detection: Detection,
    region: tuple[int, int, int, int],
    size: tuple[int, int],
) -> Face:
    mesh, matrix, scores = detection
    translation, rotation = head_pose(matrix, region, size)
    units = [5 * np.mean([scores[name] for name in names]) for names in ACTION_UNITS.values()]
    return Face(
        landmarks=mesh[MESH_TO_68, :2].astype(np.float32),
        pose=np.concatenate([translation, euler_angles(rotation)]).astype(np.float32),
        gaze=gaze(mesh, translation, rotation).astype(np.float32),
        action_units=np.array(units, dtype=np.float32),
        expressions=np.array([scores[name] for name in BLENDSHAPES], dtype=np.float32),
    )


def _tiles(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Overlapping squares that cover the image: left, top, side, side."""
    side = min(int(TILE * max(width, height)), width, height)
    lefts, tops = (
        np.linspace(0, length - side, 1 + -(-2 * (length - side) // side)).astype(int)
        for length in (width, height)
    )
    return [(int(left), int(top), side, side) for top in tops for left in lefts]


def _missing(error: Exception) -> BackendError:
    return BackendError(
        f"MediaPipe cannot start ({error}); install the Python package mediapipe and the system "
        "packages libegl1 and libgles2"
    )


NOISE = re.compile(rb"^(WARNING: All log|WARNING: Logging before|INFO: Created|[IW]\d{4,8} )")


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress MediaPipe's start-up log; there is no setting for it.

    C++ writes it to file descriptor 2, which is redirected to a file meanwhile. Lines of other
    threads, warnings that are not MediaPipe's, and everything after an error, are printed later.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as buffer:
        stderr_fd = os.dup(2)
        os.dup2(buffer.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(stderr_fd, 2)
            buffer.seek(0)
            for line in buffer:
                if failed or not NOISE.match(line):
                    os.write(stderr_fd, line)
            os.close(stderr_fd)
