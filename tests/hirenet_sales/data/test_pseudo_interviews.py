"""Clips as the answers of pseudo-interviews, and their inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_dataset import rows, write_audio, write_table

from extractors.recipe import Recipe
from extractors.voice.spectral import COLUMNS
from hirenet_sales.data.features import spoken
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.data.sets.pseudo_interviews import ClipInputs, clip_inputs, example, vary
from hirenet_sales.data.stream_inputs import StreamInput
from hirenet_sales.errors import DatasetError


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("data")
    table = rows({"source-train": 3, "source-validation": 2}, clips=3)
    table[0]["transcription"] = ""
    write_table(path, table)
    write_audio(path, table[:-2])
    return path


@pytest.fixture(scope="module")
def inputs(folder: Path) -> ClipInputs:
    return clip_inputs(FirstImpressions(folder), Recipe(), None, None)


def test_a_table_that_says_nothing_gives_no_rows(folder: Path, inputs: ClipInputs) -> None:
    clips = FirstImpressions(folder).clips
    for i, clip in enumerate(clips):
        assert len(inputs.streams["visual"][i]) == 0
        assert len(inputs.streams["audio"][i]) == (clip.spectral is not None)
        assert (len(inputs.streams["text"][i]) > 0) == bool(clip.transcript)
    assert sum(c.spectral is None for c in clips) == 2
    for name, found in inputs.streams.items():
        assert {x.shape[1] for x in found} == {len(inputs.columns[name])}


def test_words_are_read_as_a_given_transcript(folder: Path, inputs: ClipInputs) -> None:
    for i, clip in enumerate(FirstImpressions(folder).clips):
        text = inputs.streams["text"][i]
        assert len(text) <= len(clip.transcript.split())
        rate = len(clip.transcript.split()) / 15.0  # words a second of a clip of 15 s
        np.testing.assert_allclose(text[:, -1], rate, rtol=1e-5)


def test_groups_are_the_clips_of_a_source(inputs: ClipInputs) -> None:
    assert sorted(i for g in inputs.groups for i in g) == list(range(15))
    for group in inputs.groups:
        assert len(set(inputs.sources[group])) == 1


def test_example_of_joined_clips(inputs: ClipInputs) -> None:
    made = example(inputs, [[0], [1, 2]])
    for name, found in inputs.streams.items():
        np.testing.assert_array_equal(made.streams[name][1], np.concatenate(found[1:3]))
    np.testing.assert_allclose(made.answer_targets[1], inputs.targets[1:3].mean(0))
    np.testing.assert_allclose(made.targets, inputs.targets[:3].mean(0))
    assert [len(q) for q in made.questions] == [0, 0]  # unknown there: always dropped
    assert len(made.job) == 0


def test_prepared_rows_are_what_the_fit_makes(inputs: ClipInputs) -> None:
    known = np.concatenate(inputs.streams["audio"])
    fit = StreamInput.fit(known, inputs.columns["audio"], 96)
    prepared = inputs.prepared({"audio": fit})
    assert set(prepared.streams) == {"audio"}  # streams that a model does not read fall away
    for raw, made in zip(inputs.streams["audio"], prepared.streams["audio"], strict=True):
        np.testing.assert_array_equal(fit.apply(raw), made)


@pytest.mark.parametrize("seed", range(20))
def test_variation_keeps_the_order_and_invents_nothing(seed) -> None:
    clips = [[i] for i in range(6)]
    varied = vary(clips, np.random.default_rng(seed))
    flat = [i for answer in varied for i in answer]
    assert flat
    assert flat == sorted(set(flat))
    assert set(flat) <= set(range(6))
    assert all(varied)
    assert vary(clips, np.random.default_rng(seed)) == varied
    assert clips == [[i] for i in range(6)]


def test_one_clip_varies_to_itself() -> None:
    rng = np.random.default_rng(0)
    assert all(vary([[7]], rng) == [[7]] for _ in range(20))


def test_statistics_of_other_columns_are_refused(folder: Path, tmp_path: Path) -> None:
    table = rows({"source-train": 1}, clips=1)
    write_table(tmp_path, table)
    write_audio(tmp_path, table)
    path = tmp_path / "audio_spectral26.csv"
    path.write_text(path.read_text().replace("mfcc20", "mfcc21"))
    with pytest.raises(DatasetError, match=f"mfcc21; expected {COLUMNS[0]}"):
        clip_inputs(FirstImpressions(tmp_path), Recipe(), None, None)


@pytest.mark.parametrize(
    ("transcript", "words"),
    [
        ("I like it.", "I like it."),
        ("I [laughs 00:00:04] like it", "I like it"),
        ("I (coughs) like [a b] it", "I like it"),
        ("[all noise]", ""),
        ("so] it ends", "so] it ends"),
        ("", ""),
    ],
)
def test_notes_of_the_transcriber_were_not_spoken(transcript: str, words: str) -> None:
    assert " ".join(spoken(transcript)) == words
