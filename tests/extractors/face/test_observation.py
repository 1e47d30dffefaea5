"""Who is followed, where the head points, and what the columns hold."""

from __future__ import annotations

import os

import numpy as np
import pytest

from extractors.digest import sha256_of
from extractors.face.descriptors import expression_stream, face_stream, smooth
from extractors.face.face_selection import FaceSelector, overlap
from extractors.face.head import euler_angles, gaze, head_pose
from extractors.face.mediapipe_tracker import (
    ACTION_UNITS,
    BLENDSHAPES,
    MODEL,
    MODEL_SHA256,
    MediaPipeTracker,
)
from extractors.face.observation import FaceObservation, FaceRow
from extractors.stream import Provenance, Stream
from tests.extractors.clips import paste, portrait, rotated


@pytest.fixture(scope="module")
def tracker():
    with MediaPipeTracker() as tracker:
        yield tracker


@pytest.fixture(autouse=True)
def _restart(request):
    if "tracker" in request.fixturenames:
        request.getfixturevalue("tracker").start()


def box(left: float, top: float, side: float) -> np.ndarray:
    return np.array([left, top, left + side, top + side])


def follow(steps, rate_hz=8.0):
    follower = FaceSelector()
    return [follower.choose(boxes, n / rate_hz) for n, boxes in enumerate(steps)]


SPEAKER, PASSER_BY = box(0.3, 0.3, 0.2), box(0.6, 0.1, 0.4)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([[box(0, 0, 0.1), box(0.5, 0.5, 0.3)]], [1]),  # the largest first
        ([[SPEAKER]] + [[PASSER_BY, SPEAKER]] * 8 + [[SPEAKER]], [0] + [1] * 8 + [0]),
        ([[SPEAKER]] + [[PASSER_BY, SPEAKER]] * 18, [0] + [1] * 16 + [0] * 2),  # stays 2 s
        ([[SPEAKER], [PASSER_BY], [PASSER_BY], [SPEAKER]], [0, None, None, 0]),
        ([[SPEAKER]] + [[PASSER_BY]] * 10, [0] + [None] * 8 + [0] * 2),  # gone for 1 s
        ([[SPEAKER], [], [SPEAKER]], [0, None, 0]),
        ([[]], [None]),
    ],
)
def test_the_largest_steady_face_is_followed(steps, expected):
    assert follow(steps) == expected


def test_two_who_flicker_as_rivals_do_not_take_over():
    left, right = box(0.6, 0.0, 0.35), box(0.0, 0.6, 0.35)
    steps = [[SPEAKER]] + [[left if n % 8 < 4 else right, SPEAKER] for n in range(40)]
    assert set(follow(steps)[1:]) == {1}


def test_overlap_of_boxes():
    assert overlap(box(0, 0, 1), box(0, 0, 1)) == 1
    assert overlap(box(0, 0, 1), box(2, 2, 1)) == 0
    assert overlap(box(0, 0, 2), np.array([0, 0, 2, 1.0])) == 0.5


def test_a_face_is_found_wherever_it_is_and_however_small(tracker):
    for at, size in [((0.5, 0.5), 0.5), ((0.2, 0.5), 0.35), ((0.8, 0.6), 0.3), ((0.33, 0.4), 0.28)]:
        tracker.start()
        observed = tracker.observe(portrait(1280, 720, at=at, size=size), 0.0)
        assert observed.n_faces == 1, (at, size)
        middle = observed.face.landmarks[27:36].mean(0) / (1280, 720)
        assert middle == pytest.approx(at, abs=0.05)


def test_landmarks_and_pose_follow_the_image_size(tracker):
    image = portrait(1280, 720, size=0.6)
    large = tracker.observe(image, 0.0).face
    small = tracker.observe(np.ascontiguousarray(image[::2, ::2]), 0.1).face
    assert small.scaled(2).landmarks == pytest.approx(large.landmarks, abs=5)
    assert small.pose[:3] == pytest.approx(large.pose[:3], rel=0.1, abs=15)
    assert small.pose[3:] == pytest.approx(large.pose[3:], abs=0.06)


def test_a_tile_and_the_whole_image_give_the_same_pose(tracker):
    image = portrait(1280, 720, at=(0.3, 0.5), size=0.35)
    whole = tracker.observe(image, 0.0).face
    result = tracker._detect(np.ascontiguousarray(image[:, :720]))[0]
    translation, _ = head_pose(result[1], (0, 0, 720, 720), (1280, 720))
    assert translation == pytest.approx(whole.pose[:3], rel=0.1, abs=20)


def test_two_faces_are_counted_and_the_larger_is_followed(tracker):
    image = paste(portrait(1280, 720, at=(0.25, 0.5), size=0.8), at=(0.78, 0.5), size=0.6)
    observed = tracker.observe(image, 0.0)
    assert observed.n_faces == 2
    assert observed.face.landmarks[:, 0].mean() < 640


def test_no_face_is_no_observation(tracker):
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    observed = tracker.observe(noise, 0.0)
    assert observed.face is None and observed.n_faces == 0


@pytest.mark.parametrize("degrees", [-20, -10, 10, 20])
def test_tilting_the_image_tilts_the_head(tracker, degrees):
    """Rz grows by the angle the image is turned clockwise; the other angles stay."""
    image = portrait(480, 480, size=0.7)
    before = tracker.observe(image, 0.0).face.pose
    after = tracker.observe(rotated(image, degrees), 0.1).face.pose
    assert np.rad2deg(after[5] - before[5]) == pytest.approx(degrees, abs=4)
    assert after[2] == pytest.approx(before[2], rel=0.12)


def test_mirroring_the_image_mirrors_pose_and_gaze(tracker):
    image = portrait(480, 480, at=(0.4, 0.5), size=0.7)
    face = tracker.observe(image, 0.0).face
    mirrored = tracker.observe(np.ascontiguousarray(image[:, ::-1]), 5.0).face
    signs = np.array([-1, 1, 1, 1, -1, -1])
    assert mirrored.pose[:3] == pytest.approx((signs * face.pose)[:3], abs=30)
    assert mirrored.pose[3:] == pytest.approx((signs * face.pose)[3:], abs=0.07)
    assert mirrored.gaze[-2:] == pytest.approx((-1, 1) * face.gaze[-2:], abs=0.15)


def rotation(x: float, y: float, z: float) -> np.ndarray:
    (cx, cy, cz), (sx, sy, sz) = np.cos([x, y, z]), np.sin([x, y, z])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


def test_euler_angles_undo_a_rotation():
    for angles in np.random.default_rng(0).uniform(-1.4, 1.4, (20, 3)):
        assert euler_angles(rotation(*angles)) == pytest.approx(angles)


def test_a_head_that_nods_and_turns_has_openfaces_signs():
    """The nose, before the face, goes down with Rx > 0 and to the image's left with Ry > 0."""
    nose = np.array([0, 0, -1.0])
    assert (rotation(0.3, 0, 0) @ nose)[1] > 0
    assert (rotation(0, 0.3, 0) @ nose)[0] < 0


def test_gaze_follows_the_iris():
    mesh = np.zeros((478, 2))
    mesh[[33, 133, 362, 263], 0] = [-46, -18, 18, 46]
    mesh[[468, 473]] = [[-33, -1.8], [33, -1.8]]
    ahead = np.array([0, 0, 500.0])
    straight = gaze(mesh, ahead, np.eye(3))
    assert straight[-2:] == pytest.approx([0, 0], abs=0.03)
    assert np.linalg.norm(straight[:6].reshape(2, 3), axis=1) == pytest.approx([1, 1])
    mesh[[468, 473]] += (3, 0)
    right = gaze(mesh, ahead, np.eye(3))
    assert right[-2] == pytest.approx(np.arcsin(0.3), abs=0.03)
    mesh[[468, 473]] += (-3, 3)
    assert gaze(mesh, ahead, np.eye(3))[-1] == pytest.approx(np.arcsin(0.3), abs=0.03)


def test_a_smile_is_seen_and_dead_columns_are_left_out(tracker):
    observed = tracker.observe(portrait(480, 480, size=0.7), 0.0)
    stream = face_stream([FaceRow.of(observed)])
    row = dict(zip(stream.columns, stream.values[0], strict=True))
    assert row["AU12_r"] > 3  # the astronaut smiles
    assert row["AU26_r"] < 1
    assert not {"AU06_r", "AU09_r", "AU23_r", "AU25_r", "confidence"} & set(stream.columns)
    assert {"pose_Tx", "gaze_angle_y", "x_0", "y_67", "AU45_r"} <= set(stream.columns)
    assert not [name for name in BLENDSHAPES if name.startswith(("cheek", "noseSneer", "_"))]
    assert {name for names in ACTION_UNITS.values() for name in names} <= set(BLENDSHAPES)
    assert "mediapipe" in stream.provenance.libraries
    scores = expression_stream([observed])
    assert scores.columns == BLENDSHAPES
    assert scores.values.min() >= 0 and scores.values.max() <= 1


def test_frames_without_a_face_are_rows_that_are_not_valid(tracker):
    observed = tracker.observe(portrait(480, 480, size=0.7), 0.0)
    gap = FaceObservation(0.125, 0, None)
    stream = face_stream([FaceRow.of(observed), FaceRow.of(gap)])
    assert stream.valid.tolist() == [True, False]
    assert stream.spans.tolist() == [[0.0, 0.125], [0.125, 0.25]]
    nobody = face_stream([FaceRow.of(gap)] * 2)
    assert len(nobody) == 0
    assert "no face found in 2 frames" in nobody.reason


def make_stream(values, valid, step=0.125):
    starts = step * np.arange(len(values))
    spans = np.stack([starts, starts + step], axis=1)
    return Stream(np.array(values, float)[:, None], spans, ("a",), valid, Provenance("x", "1"))


def test_smoothing_is_the_mean_of_valid_rows_in_each_window():
    stream = make_stream([1, 3, 5, 7, 9, 11, 13, 15], [True] * 8)
    smoothed = smooth(stream)
    assert smoothed.values[:, 0].tolist() == [4, 8, 12]
    assert smoothed.spans.tolist() == [[0, 0.5], [0.25, 0.75], [0.5, 1.0]]
    assert smoothed.provenance.settings == {"window_s": 0.5, "hop_s": 0.25}


def test_smoothing_leaves_out_rows_that_are_not_valid():
    stream = make_stream(
        [1, 100, 3, 100] + [100] * 4 + [5] * 4, [True, False] * 2 + [False] * 4 + [True] * 4
    )
    smoothed = smooth(stream)
    assert smoothed.valid.tolist() == [True, True, False, True, True]
    assert smoothed.values[smoothed.valid, 0].tolist() == [2, 3, 5, 5]


def test_smoothing_a_constant_changes_nothing_and_short_answers_have_one_window():
    constant = smooth(make_stream([2.5] * 40, [True] * 40))
    assert set(constant.values[:, 0]) == {2.5}
    assert len(smooth(make_stream([1.0], [True]))) == 1
    empty = Stream.empty(("a",), Provenance("x", "1"), "nothing")
    assert smooth(empty).reason == "nothing"


def test_the_model_is_the_one_whose_licence_is_beside_it():
    assert sha256_of(MODEL) == MODEL_SHA256
    assert MODEL_SHA256 in MODEL.with_name("NOTICE").read_text()


def test_mediapipe_is_quiet_and_other_lines_pass(capfd):
    with MediaPipeTracker() as tracker:
        tracker.observe(portrait(), 0.0)
        os.write(2, b"mine\n")
    assert capfd.readouterr().err == "mine\n"
