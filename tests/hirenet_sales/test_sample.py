"""The sample interview is labelled, complete, small, and can be read by every extractor."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import yaml

from extractors.face.mediapipe_tracker import BLENDSHAPES, MediaPipeTracker
from extractors.media.recording import probe
from extractors.media.video import read_frames
from extractors.media.waveform import read_waveform
from hirenet_sales.interview import load_interviews, load_questions

SAMPLE = Path(str(files("hirenet_sales") / "sample"))
NAMES = ("q1", "q2", "q3", "q4", "q5")
LOOK_HZ = 3.0
RATE_HZ = 16_000
CAPTION_HEIGHT_PX = 22

# blendshape -> the least range, 1st to 99th percentile over the interview, 0 to 1
MOVING = {
    "jawOpen": 0.08,
    "mouthSmileLeft": 0.2,
    "mouthSmileRight": 0.2,
    "eyeBlinkLeft": 0.15,
    "eyeBlinkRight": 0.15,
    "browInnerUp": 0.05,
}


@pytest.fixture(scope="module")
def looks() -> dict[str, list]:
    """What the tracker sees, answer by answer."""
    seen = {}
    with MediaPipeTracker() as tracker:
        for name in NAMES:
            path = SAMPLE / f"{name}.mp4"
            tracker.start()
            seen[name] = [
                tracker.observe(frame.image, frame.time_s)
                for frame in read_frames(path, rate_hz=LOOK_HZ)
            ]
    return seen


def test_it_loads_as_a_synthetic_interview_with_the_default_questions() -> None:
    (interview,) = load_interviews(SAMPLE)
    assert interview.id == "sample-synthetic"
    assert interview.synthetic
    assert "ynthetic" in interview.consent.notice
    assert tuple(answer.question for answer in interview.answers) == load_questions("kassab2022")
    assert [answer.media_name for answer in interview.answers] == [f"{n}.mp4" for n in NAMES]
    assert all(answer.usable and not answer.problems for answer in interview.answers)
    assert all(answer.transcript is None for answer in interview.answers)  # speech is recognised


def test_the_description_names_nothing_outside_its_folder() -> None:
    raw = yaml.safe_load((SAMPLE / "interview.yaml").read_text(encoding="utf-8"))
    for answer in raw["answers"]:
        assert Path(answer["media"]).name == answer["media"]


def test_it_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) <= 2_500_000


@pytest.mark.parametrize("name", NAMES)
def test_every_recording_is_whole(name: str) -> None:
    info = probe(SAMPLE / f"{name}.mp4")
    assert info.problem == ""
    assert (info.width, info.height, info.frame_rate_hz) == (640, 480, pytest.approx(25, abs=0.1))
    assert info.has_video and info.has_audio
    assert (30 < info.duration_s < 40) if name == "q2" else (12 < info.duration_s < 25)


@pytest.mark.parametrize("name", NAMES)
def test_a_browser_can_start_before_the_whole_file_is_there(name: str) -> None:
    content = (SAMPLE / f"{name}.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_carries_the_label(name: str) -> None:
    for frame in read_frames(SAMPLE / f"{name}.mp4", rate_hz=1.0):
        strip = frame.image[-CAPTION_HEIGHT_PX:].mean(axis=2)
        assert np.median(strip) < 80, "the strip behind the label is dark"
        assert (strip[:, 200:440] > 170).sum() > 300, "white letters in the middle"


@pytest.mark.parametrize("name", NAMES)
def test_speech_and_pauses_alternate(name: str) -> None:
    sound = read_waveform(SAMPLE / f"{name}.mp4", rate_hz=RATE_HZ)
    blocks = sound[: len(sound) // 800 * 800].reshape(-1, 800)  # 50 ms
    level = 20 * np.log10(np.sqrt((blocks**2).mean(axis=1)) + 1e-9)
    assert 0.5 < (level > -35).mean() < 0.95
    assert np.abs(sound).max() < 1.0
    assert (blocks != 0).any(axis=1).mean() > 0.9, "a quiet room, not digital silence"


def test_the_answers_differ_in_loudness() -> None:
    loudness = {
        name: np.sqrt((read_waveform(SAMPLE / f"{name}.mp4", rate_hz=RATE_HZ) ** 2).mean())
        for name in NAMES
    }
    assert loudness["q3"] > 1.3 * loudness["q4"]


@pytest.mark.slow  # the tracker on the whole interview; the pin of the sample needs its face, too
def test_the_face_is_found_nearly_always(looks: dict[str, list]) -> None:
    for name, observations in looks.items():
        found = np.mean([look.face is not None for look in observations])
        assert found >= 0.98, f"{name}: {found:.1%} of {len(observations)} frames"
        assert max(look.n_faces for look in observations) == 1


@pytest.mark.slow
@pytest.mark.parametrize("expression", MOVING)
def test_the_face_moves(looks: dict[str, list], expression: str) -> None:
    index = BLENDSHAPES.index(expression)
    values = [look.face.expressions[index] for each in looks.values() for look in each if look.face]
    low, high = np.percentile(values, [1, 99])
    assert high - low >= MOVING[expression], f"{expression} from {low:.2f} to {high:.2f}"
