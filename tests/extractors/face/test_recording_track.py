"""The face is watched upright, in the track that shows it, and only while the picture moves."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.recording_track import track_recording
from extractors.face.roll import is_unusual, quarter_turns, roll_of, turn_needed
from extractors.media.freezing import FROZEN_S, frozen_stretches
from extractors.media.recording import probe
from extractors.media.video import read_frames
from extractors.recipe import Recipe
from tests.extractors.clips import portrait, restamp, rotated, show_as, tone, write_clip

SIZE = (320, 240)


@pytest.fixture(scope="module")
def tracker():
    with MediaPipeTracker() as tracker:
        yield tracker


def moving(count: int) -> list[np.ndarray]:
    """A face that sways, so that no two pictures are alike."""
    return [portrait(*SIZE, size=0.6, at=(0.5 + 0.05 * np.sin(n / 2), 0.5)) for n in range(count)]


def watched(path, tracker):
    return track_recording(probe(path), Recipe().crop_times, tracker, encoder=None, dense=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Six seconds of a face that moves."""
    path = tmp_path_factory.mktemp("clip") / "a.mkv"
    return write_clip(path, moving(60), tone(6.0), codec="mpeg4", audio_codec="pcm_s16le")


@pytest.fixture(scope="module")
def upright(clip, tracker):
    """What is observed of that clip as it is."""
    return watched(clip, tracker)


def test_an_ordinary_recording_has_no_remarks(upright):
    observed = upright
    assert observed.remarks == () and observed.upright
    assert observed.coverage.share == 1.0 and not observed.coverage.partial
    assert all(row.values is not None for row in observed.track.rows)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_face_without_a_rotation_tag_is_put_upright(upright, tmp_path, tracker, degrees):
    frames = [np.ascontiguousarray(np.rot90(frame, -degrees // 90)) for frame in moving(30)]
    path = write_clip(tmp_path / "a.mkv", frames, codec="mpeg4")
    observed = watched(path, tracker)
    assert observed.upright
    assert observed.remarks[0].startswith(f"the face was turned by {degrees} degrees clockwise")
    turned, plain = (
        np.array([row.values[:6] for row in track.rows[:24] if row.values is not None])
        for track in (observed.track, upright.track)
    )
    assert len(turned) == 24
    assert turned.mean(axis=0) == pytest.approx(plain.mean(axis=0), rel=0.1, abs=12)
    assert np.nanmedian(np.abs(observed.track.rolls)) < 20


def test_an_unsteady_face_is_told(tmp_path, tracker):
    frames = [frame if n < 15 else rotated(frame, 180) for n, frame in enumerate(moving(30))]
    path = write_clip(tmp_path / "a.mkv", frames, codec="mpeg4")
    observed = watched(path, tracker)
    assert not observed.upright
    assert observed.remarks == (
        "the face lies on its side or upside down for part of the time; nothing is read from it",
    )


def test_a_mirrored_picture_is_told(tmp_path, tracker):
    plain = write_clip(tmp_path / "a.mp4", moving(20))
    observed = watched(show_as(plain, tmp_path / "b.mp4", (-1, 0, 0, 1)), tracker)
    assert observed.remarks == ("the picture is shown mirrored, as the file asks for",)


def test_a_picture_that_does_not_move_is_not_read(tmp_path, tracker):
    sways = moving(20)
    frames = [*sways, *[sways[-1]] * 60]
    path = write_clip(tmp_path / "a.mp4", frames)
    observed = watched(path, tracker)
    (remark,) = observed.remarks
    assert remark.startswith("the picture does not move for 5.")
    assert observed.coverage.partial and observed.coverage.share == pytest.approx(2 / 8, abs=0.05)
    last = max(row.time_s for row in observed.track.rows if row.values is not None)
    assert last == pytest.approx(2.0, abs=0.2)
    assert observed.track.crop_valid.tolist() == [True, False, False]


def test_a_gap_is_not_filled_with_the_last_picture(clip, tmp_path, tracker):
    path = restamp(
        clip, tmp_path / "b.mkv", lambda kind, _, t: None if kind == "video" and 2 < t < 5 else t
    )
    observed = watched(path, tracker)
    (remark,) = observed.remarks
    assert remark.startswith("the picture is missing or damaged for 2.")
    assert observed.coverage.partial
    inside = [row for row in observed.track.rows if 2.6 < row.time_s < 4.4]
    assert len(inside) > 10 and all(row.values is None for row in inside)
    assert not observed.track.pictured[
        [2.6 < row.time_s < 4.4 for row in observed.track.rows]
    ].any()


@pytest.mark.parametrize(("first_s", "last_s"), [(2.0, 6.0), (0.0, 2.0)])
def test_rows_begin_and_end_with_the_track(clip, tmp_path, tracker, first_s, last_s):
    path = restamp(
        clip,
        tmp_path / "b.mkv",
        lambda kind, _, t: t if kind == "audio" or first_s <= t < last_s else None,
    )
    observed = watched(path, tracker)
    times = [row.time_s for row in observed.track.rows]
    assert times[0] == pytest.approx(first_s, abs=0.15)
    assert times[-1] == pytest.approx(last_s, abs=0.3)
    assert observed.track.crop_times_s[0] == pytest.approx(first_s, abs=0.15)
    assert len(observed.remarks) == 1 and observed.coverage.partial


def test_the_track_with_the_face_is_watched(tmp_path, tracker):
    path = tmp_path / "a.mkv"
    slides = [np.full((480, 640, 3), 40 + n, dtype=np.uint8) for n in range(20)]
    sways = moving(20)
    with av.open(str(path), "w") as container:
        tracks = []
        for frames in (slides, sways):
            stream = container.add_stream("mpeg4", rate=10)
            stream.height, stream.width = frames[0].shape[:2]
            tracks.append(stream)
        for stream, frames in zip(tracks, (slides, sways), strict=True):
            for number, image in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    observed = watched(path, tracker)
    assert observed.remarks == ("it has 2 video tracks; number 2 is read, since it shows a face",)
    assert observed.track.crop_valid.all()


def test_a_picture_that_changes_its_size_keeps_its_face(tmp_path, tracker):
    parts, sways = [], moving(50)
    for name, crop in (("a.ts", slice(None)), ("b.ts", slice(40, 280))):
        frames = [np.ascontiguousarray(frame[:, crop]) for frame in sways]
        parts.append(write_clip(tmp_path / name, frames, codec="mpeg2video", rate_hz=25))
    path = tmp_path / "c.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert {frame.image.shape for frame in read_frames(path)} == {(240, 320, 3), (240, 240, 3)}
    observed = watched(path, tracker)
    read = [row.values is not None for row in observed.track.rows]
    assert np.mean(read) > 0.95


NAN = float("nan")
UPRIGHT = [1, 88, NAN, -92]
INVERTED = [3, -88, 2, 84]
BRIEF = [NAN, 88, NAN, NAN]
UNSEEN = [NAN] * 4
UNUSUAL = [
    ([0, 5, -10, NAN], [BRIEF] * 3, False),
    ([40, -40, 0], [BRIEF, [0, 38, NAN, -92], BRIEF], False),  # badly seen after one turn
    ([88, 91, 95, 80], [[-84, 3, 45, 12], UNSEEN, UNSEEN], True),
    ([2, -1, 30, NAN], [INVERTED] * 3, True),
    ([0, 1, 2, 90, 91, 92], [BRIEF] * 2, True),
    ([0, 1, 2, 3], [BRIEF, INVERTED, BRIEF], True),
    ([0, 1, 2, 3], [BRIEF, [10, -74, 60, 170], BRIEF], True),  # it does not tell
    ([NAN] * 10, [INVERTED] * 3, True),
    ([NAN] * 10, [UNSEEN] * 3, False),
    ([], [], False),
]
TURNS = [
    ([UPRIGHT] * 5, (0, True)),
    ([[2, 84, 3, -88]] * 5, (0, True)),  # upside down it seems upright
    ([INVERTED] * 5, (180, True)),
    ([[45, 12, -84, 3]] * 5, (270, True)),  # on its side, badly seen
    ([[-84, 3, 45, 12]] * 5, (90, True)),
    ([UPRIGHT] * 3 + [INVERTED] * 2, (0, False)),
    ([UPRIGHT] * 8 + [INVERTED], (0, True)),
    ([UNSEEN] * 5, (0, True)),
    ([[3, NAN, NAN, NAN]] * 5, (0, True)),
    ([], (0, True)),
]


@pytest.mark.parametrize(("rolls", "turned", "expected"), UNUSUAL)
def test_most_recordings_need_no_closer_look(rolls, turned, expected):
    assert is_unusual(rolls, turned) is expected


@pytest.mark.parametrize(("rolls", "asked"), [(UPRIGHT, 1), (INVERTED, 4), (UNSEEN, 1)])
def test_one_quarter_turn_is_enough_for_an_upright_face(rolls, asked):
    image = np.zeros((2, 3, 3), dtype=np.uint8)
    image[0, 0] = 255
    corners = [(0, 0), (0, -1), (-1, -1), (-1, 0)]  # where the white corner goes, clockwise
    turns = []

    def roll(picture):
        (turn,) = (n for n, corner in enumerate(corners) if picture[corner].any())
        turns.append(turn)
        return rolls[turn]

    brief = quarter_turns(image, roll, brief=True)
    assert len(turns) == asked
    assert brief == pytest.approx(rolls if asked == 4 else [NAN, rolls[1], NAN, NAN], nan_ok=True)
    assert quarter_turns(image, roll) == pytest.approx(rolls, nan_ok=True)


@pytest.mark.parametrize(("pictures", "expected"), TURNS)
def test_the_turn_follows_from_four_rolls(pictures, expected):
    assert turn_needed(pictures) == expected


@pytest.mark.parametrize("degrees", range(-170, 180, 10))
def test_roll_is_that_of_the_line_between_the_eyes(degrees):
    landmarks = np.zeros((68, 2))
    landmarks[36:42], landmarks[42:48] = (-10, 0), (10, 0)
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert roll_of(landmarks @ matrix.T) == pytest.approx(degrees)


def test_only_long_stretches_are_frozen():
    times = np.arange(0, 10, 0.125)
    changes = np.where((times > 2) & (times <= 2 + FROZEN_S), 0.5, 50.0)
    ((start, end),) = frozen_stretches(times, changes)
    assert (start, end) == (2.125, 5.0)
    changes[(times > 3) & (times < 3.2)] = 50.0
    assert frozen_stretches(times, changes) == ()
    assert frozen_stretches([], []) == frozen_stretches([0.0], [np.inf]) == ()
