"""What a model reads of an answer: names, words for a person, and the way into a checkpoint."""

from __future__ import annotations

import json

import pytest

from extractors.errors import ExtractionError
from extractors.raw_media import Framing
from hirenet_sales.data.encoding import Encoding
from hirenet_sales.data.intake import Intake
from hirenet_sales.errors import ConfigError, DatasetError

SPECTRAL = Encoding(audio="spectral")


def test_streams_are_of_three_senses_in_the_order_of_the_house() -> None:
    intake = Intake(("text", "waveform", "scenes", "frames"))
    assert intake.senses == {
        "visual": ("scenes", "frames"), "audio": ("waveform",), "text": ("text",)
    }  # fmt: skip
    assert list(intake.senses) == ["visual", "audio", "text"]
    assert Intake(("audio",)).senses == {"audio": ("audio",)}


@pytest.mark.parametrize(
    ("intake", "told"),
    [
        (
            Intake(("visual", "audio", "text"), SPECTRAL),
            "slices of 15 s; 4 face crops in the first 8 s of a slice, the voice's first 7 s of a "
            "slice, all words",
        ),
        (
            Intake(("visual", "audio"), SPECTRAL, voice_row_s=3.0, faces_hz=0.75),
            "slices of 15 s; 0.75 face crops a second, the voice's first 7 s of a slice in "
            "overlapping windows of 3 s",
        ),
        (Intake(("visual", "audio")), "1 face crop a second, the voice every 0.1 s"),
        (Intake(("visual",), Encoding(visual="face")), "the face twice a second"),
        (Intake(("frames",)), "60 aligned faces of 64 pixels, evenly spread"),
        (
            Intake(("scenes", "waveform"), framing=Framing(size_px=40), slice_s=15.0),
            "slices of 15 s; 4 whole pictures of 40 pixels in the first 8 s of a slice, the whole "
            "sound",
        ),
        (Intake(("text",)), "all words"),
    ],
)
def test_the_sampling_is_told_in_words(intake: Intake, told: str) -> None:
    assert intake.sampling == told


def test_it_goes_into_json_and_back() -> None:
    intake = Intake(("frames", "text"), SPECTRAL, Framing("scene", 48, 4), 15.0, 3.0, 0.75)
    assert Intake.from_dict(json.loads(json.dumps(intake.to_dict()))) == intake


def test_a_checkpoint_that_names_no_windows_reads_as_it_did() -> None:
    written = Intake(("visual", "audio"), SPECTRAL, voice_row_s=3.0, faces_hz=0.75).to_dict()
    del written["voice_row_s"], written["faces_hz"]
    recipe = Intake.from_dict(written).recipe
    assert (recipe.spectral_row_s, recipe.sampling) == (None, "portraits")


def test_more_moments_are_read_in_use_alone() -> None:
    intake = Intake(("visual", "audio"), SPECTRAL, voice_row_s=3.0, faces_hz=0.75)
    assert intake.recipe.crop_times(4.0, 30.0) == pytest.approx([0, 4 / 3, 8 / 3])
    assert intake.recipe.spectral_row_s == 3.0
    learnt = Encoding(audio="spectral").recipe()
    assert (learnt.spectral_row_s, learnt.sampling) == (None, "portraits")
    assert intake.as_learnt == Intake(("visual", "audio"), SPECTRAL)
    descriptors = Intake(("visual", "audio"), voice_row_s=3.0, faces_hz=0.75).recipe
    assert (descriptors.sampling, descriptors.frames) == ("rate", 1.0)


def test_a_report_has_what_it_shows_whatever_is_read() -> None:
    for streams in (("frames",), ("visual", "audio"), ("text",)):
        recipe = Intake(streams, SPECTRAL).recipe
        assert recipe.egemaps
        assert recipe.face
    assert Intake(("audio",), SPECTRAL).recipe.slice_s == 15
    assert Intake(("audio",)).recipe.slice_s == 3600  # descriptors of the whole answer


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"streams": ["frame"]}, ConfigError, "no stream 'frame'; did you mean 'frames'"),
        ({"streams": []}, ConfigError, "expected some, each once"),
        ({"streams": ["text", "text"]}, ConfigError, "expected some, each once"),
        ({"encoding": {"audio": "mfcc"}}, DatasetError, "expected egemaps or spectral"),
        ({"framing": {"size_px": 0}}, ExtractionError, "sizes from 1"),
        ({"framing": {"side": 3}}, TypeError, "side"),
        ({"voice_row_s": 0.01}, ExtractionError, "spectral_row_s is 0.01"),
        ({"faces_hz": 0}, ConfigError, "faces_hz is 0; expected more than 0, at most 30"),
        ({"faces_hz": float("nan")}, ConfigError, "faces_hz is nan"),
        ({"faces_hz": "many"}, TypeError, "str"),
    ],
)
def test_damaged_values_are_refused(values, error, message) -> None:
    with pytest.raises(error, match=message):
        Intake.from_dict({**Intake(("text",)).to_dict(), **values})
