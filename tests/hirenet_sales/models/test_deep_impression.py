"""Deep Impression in the catalogue: what it sees and hears, and what of a fit is kept."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_frames import SIDE, bright_people

from hirenet_sales.data.frame_interviews import AMPLITUDE, SCENES, STREAM, WAVEFORM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.experiment.model_list import model_table
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.deep_impression import DeepImpressionModel
from hirenet_sales.models.model import ModelState, SaveableModel
from hirenet_sales.networks.deep_impression import DeepImpression, DeepImpressionConfig
from hirenet_sales.training import answers
from hirenet_sales.training.answers import Answers

BOTH = (STREAM, WAVEFORM)
SMALL = {"width": 4, "small_input": True, "crop_px": 32, "crop_samples": 1100}
QUIET = {**SMALL, "progress": False, "loggers": (), "batch": 8, "epochs": 8, "patience": 8}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Layers this small lose time to a second one, a lot on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def model(streams: tuple[str, ...] = BOTH, **options) -> DeepImpressionModel:
    made = build_model("deep_impression", streams, **{**QUIET, **options})
    assert isinstance(made, DeepImpressionModel)
    return made


def people(count: int, seed: int, *, seen: bool = True, heard: bool = True) -> InterviewSet:
    """Bright pictures and loud voices tell the traits, unless what is not `seen` or `heard`.

    The first answer of the first interview has no picture; its sound is there. The second answer of
    the second has no sound.
    """
    found = bright_people(count, answers=2, seed=seed)
    rng = np.random.default_rng(seed + 100)
    frames = found.streams[STREAM]
    if not seen:
        frames = [
            [rng.integers(100, 156, steps.shape).astype(np.uint8) for steps in answers]
            for answers in frames
        ]
    loud = found.labels[:, 0] if heard else rng.uniform(0.1, 0.9, count)
    sound = [
        [
            (loud[i] * rng.normal(0, 0.5, (1500 + 300 * q, 1))).astype(np.float32)
            for q in range(len(answers))
        ]
        for i, answers in enumerate(frames)
    ]
    sound[1][1] = sound[1][1][:0]
    return replace(
        found,
        streams={STREAM: frames, WAVEFORM: sound},
        columns={**found.columns, WAVEFORM: AMPLITUDE},
    )


@pytest.fixture(scope="module")
def parts() -> list[InterviewSet]:
    return [people(count, seed) for count, seed in ((17, 0), (6, 1), (8, 2))]


@pytest.fixture(scope="module")
def fitted(parts, tmp_path_factory) -> tuple[DeepImpressionModel, Path]:
    folder = tmp_path_factory.mktemp("fit")
    found = model()
    found.fit(parts[0], parts[1], seed=0, folder=folder)
    return found, folder


@pytest.mark.parametrize(
    ("streams", "seen", "heard"),
    [((SCENES,), True, False), ((WAVEFORM, STREAM), False, True)],
)
def test_learns_what_is_planted(tmp_path: Path, streams, seen, heard) -> None:
    sets = [
        people(count, seed, seen=seen, heard=heard) for count, seed in ((32, 0), (10, 1), (12, 2))
    ]
    sets = [replace(s, streams={**s.streams, SCENES: s.streams[STREAM]}) for s in sets]
    learner = model(streams, epochs=15, patience=15, learning_rate=3e-3)
    learner.fit(sets[0], sets[1], seed=0, folder=tmp_path)
    estimates = learner.predict(sets[2]).interviews
    error = np.abs(estimates - sets[2].labels).mean()
    blind = np.abs(sets[0].labels.mean(0) - sets[2].labels).mean()
    assert error < 0.6 * blind


def test_an_answer_is_judged_by_all_of_its_sound_and_frames(fitted, parts) -> None:
    learnt = fitted[0]
    net = DeepImpression(learnt.options.network(5)).eval()
    state = learnt.state()
    net.load_state_dict({k: torch.tensor(v) for k, v in state.part("net.").items()})
    frames = parts[2].streams[STREAM][4][1]
    sound = parts[2].streams[WAVEFORM][4][1][:, 0]
    assert len(frames) > 1
    with torch.inference_mode():
        whole = net(torch.tensor(frames)[None], torch.tensor(sound)[None])[0]
    prediction = learnt.predict(parts[2])
    np.testing.assert_allclose(prediction.answers[4][1], whole, atol=1e-6)
    np.testing.assert_allclose(prediction.interviews[4], prediction.answers[4].mean(0))


def test_what_is_kept_is_the_same_model(fitted, parts) -> None:
    learnt = fitted[0]
    state = learnt.state()
    assert isinstance(learnt, SaveableModel)
    weights = [value for name, value in state.arrays.items() if "num_batches" not in name]
    assert {value.dtype for value in weights} == {np.dtype(np.float32)}
    again = model()
    again.restore(ModelState(copy.deepcopy(state.metadata), copy.deepcopy(state.arrays)))
    first, second = learnt.predict(parts[2]), again.predict(parts[2])
    np.testing.assert_array_equal(second.interviews, first.interviews)
    for expected, found in zip(first.answers, second.answers, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_what_cannot_be_restored(fitted) -> None:
    state = fitted[0].state()
    with pytest.raises(ValueError, match="has shape"):
        model(width=8).restore(state)
    less = {name: value for name, value in state.arrays.items() if name != "net.fusion.bias"}
    with pytest.raises(ValueError, match=r"tensor fusion\.bias is missing"):
        model().restore(ModelState(state.metadata, less))
    with pytest.raises(KeyError, match="targets"):
        model().restore(ModelState({}, state.arrays))


def test_a_finished_fit_is_read(fitted, parts) -> None:
    learnt, folder = fitted
    stamp = (folder / "model.safetensors").stat().st_mtime_ns
    read = model()
    read.fit(parts[0], parts[1], seed=0, folder=folder)
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(
        read.predict(parts[2]).interviews, learnt.predict(parts[2]).interviews
    )
    with pytest.raises(ConfigError, match="holds a fit of another seed"):
        read.fit(parts[0], parts[1], seed=1, folder=folder)
    louder = [[2 * sound for sound in answers] for answers in parts[0].streams[WAVEFORM]]
    changed = replace(parts[0], streams={**parts[0].streams, WAVEFORM: louder})
    with pytest.raises(ConfigError, match="holds a fit of another train"):
        read.fit(changed, parts[1], seed=0, folder=folder)


def learnt_from(interviews: InterviewSet, seed: int = 0) -> Answers:
    return model()._training(interviews, seed)


def test_every_epoch_sees_other_parts(parts) -> None:
    def drawn(seed: int, epoch: int, row: int):
        answers = learnt_from(parts[0], seed)
        answers.epoch = epoch
        return answers[row][0]

    frames, waveform = drawn(0, 0, 6)
    assert frames.shape == (1, 32, 32, 3)
    assert waveform.shape == (1100,)
    for again, expected in zip(drawn(0, 0, 6), (frames, waveform), strict=True):
        np.testing.assert_array_equal(again, expected)
    for other_frames, other_waveform in (drawn(0, 1, 6), drawn(1, 0, 6), drawn(0, 0, 7)):
        assert not np.array_equal(other_frames, frames)
        assert not np.array_equal(other_waveform, waveform)
    both = learnt_from(parts[0])
    both.samples[7] = both.samples[6]
    assert not np.array_equal(both[7][0][1], both[6][0][1])
    frames, waveform = Answers(parts[0], model()._samples(parts[0]))[6][0]
    np.testing.assert_array_equal(waveform, parts[0].streams[WAVEFORM][3][0][:, 0])
    np.testing.assert_array_equal(frames, parts[0].streams[STREAM][3][0])


def test_a_fit_tells_its_clips_the_epoch(parts, tmp_path: Path, monkeypatch) -> None:
    seen = set()
    batch = answers.answer_batch

    def watched(samples):
        seen.update(frames.tobytes() for (frames, _), _ in samples if frames.shape[1] == 32)
        return batch(samples)

    monkeypatch.setattr(answers, "answer_batch", watched)
    model(epochs=2).fit(parts[0], parts[1], seed=0, folder=tmp_path)
    pictured = 2 * len(parts[0]) - 1
    assert len(seen - {b""}) == 2 * pictured


def test_a_part_lacks_what_its_answer_lacks(parts) -> None:
    drawn = learnt_from(parts[0])
    unseen, unheard = drawn[0][0], drawn[3][0]
    assert [len(values) for values in unseen] == [0, 1100]
    assert [len(values) for values in unheard] == [1, 0]
    frames, waveform = answers.answer_batch([drawn[0], drawn[3]]).streams
    assert frames.valid.tolist() == [[False], [True]]
    assert waveform.valid.sum(1).tolist() == [1100, 0]


def without(interviews: InterviewSet, stream: str, rows: list[int]) -> InterviewSet:
    found = [
        [values[:0] if i in rows else values for values in answers]
        for i, answers in enumerate(interviews.streams[stream])
    ]
    return replace(interviews, streams={**interviews.streams, stream: found})


def test_answers_that_lack_something(fitted, parts) -> None:
    learnt = fitted[0]
    whole = learnt.predict(parts[2])
    assert np.isfinite(np.concatenate(whole.answers)).all()
    deaf = without(parts[2], WAVEFORM, [0, 3])
    some = learnt.predict(deaf)
    assert np.isnan(some.answers[0][0]).all()  # that answer has no picture either
    np.testing.assert_array_equal(some.interviews[0], some.answers[0][1])
    assert np.isfinite(some.answers[3]).all()
    assert not np.allclose(some.answers[3], whole.answers[3])
    nothing = learnt.predict(without(deaf, STREAM, [3]))
    assert np.isnan(nothing.answers[3]).all()
    np.testing.assert_array_equal(nothing.interviews[3], parts[0].labels.mean(0))
    absent = learnt.predict(replace(parts[2], streams={}))
    np.testing.assert_array_equal(absent.interviews, [parts[0].labels.mean(0)] * len(parts[2]))
    unheard = learnt.predict(replace(parts[2], streams={STREAM: parts[2].streams[STREAM]}))
    everybody = list(range(len(parts[2])))
    expected = learnt.predict(without(parts[2], WAVEFORM, everybody))
    np.testing.assert_array_equal(unheard.interviews, expected.interviews)


@pytest.mark.parametrize("stream", BOTH)
def test_a_set_without_any_of_a_stream_is_learnt_from(parts, tmp_path: Path, stream: str) -> None:
    everybody = list(range(len(parts[0])))
    learner = model(epochs=1, batch=33)  # of 34 answers, the last batch has one
    held_out = without(parts[1], stream, everybody)
    learner.fit(without(parts[0], stream, everybody), held_out, seed=0, folder=tmp_path)
    assert np.isfinite(learner.predict(parts[2]).interviews).all()


def test_the_first_guess_is_the_mean_label(parts, tmp_path: Path) -> None:
    learner = model(epochs=1, learning_rate=1e-12)
    learner.fit(parts[0], parts[1], seed=0, folder=tmp_path)
    bias = learner.state().arrays["net.fusion.bias"]
    np.testing.assert_allclose((np.tanh(bias) + 1) / 2, parts[0].labels.mean(0), atol=1e-6)


def test_interviews_without_labels_of_answers(parts, tmp_path: Path) -> None:
    coarse = [replace(part, answer_labels=None, level="interview") for part in parts[:2]]
    learner = model(epochs=1)
    learner.fit(coarse[0], coarse[1], seed=0, folder=tmp_path)
    np.testing.assert_allclose(learnt_from(coarse[0]).targets[4], coarse[0].labels[2])


@pytest.mark.parametrize(
    ("streams", "found"),
    [((WAVEFORM,), WAVEFORM), ((STREAM, SCENES), "scenes"), (("text",), "text")],
)
def test_other_streams_are_refused(parts, tmp_path: Path, streams, found) -> None:
    with pytest.raises(ConfigError, match=rf"frames or scenes.*alone or with waveform.*{found}"):
        model(streams).fit(parts[0], parts[1], seed=0, folder=tmp_path)


def test_what_cannot_be_read(parts, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not fitted"):
        model().predict(parts[0])
    with pytest.raises(ConfigError, match="not fitted"):
        model().state()
    with pytest.raises(DatasetError, match="no stream scenes; load it by frame_interviews"):
        model((SCENES,)).fit(parts[0], parts[1], seed=0, folder=tmp_path)
    small = rf"pictures of {SIDE} x {SIDE} px, expected sides of crop_px = 64 or more"
    with pytest.raises(DatasetError, match=small):
        model(crop_px=64).fit(parts[0], parts[1], seed=0, folder=tmp_path)
    with pytest.raises(DatasetError, match=r"34 answers .* to learn from, 0 to choose by"):
        model().fit(parts[0], parts[1].take([]), seed=0, folder=tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop_px": 8}, "8 px, expected 9 or more"),
        ({"crop_px": 32, "small_input": False}, "32 px, expected 33 or more"),
        ({"crop_samples": 400}, "crop_samples: .* 1025"),
        ({"crop": 32}, "unknown option 'crop'"),
    ],
)
def test_impossible_options(options, message) -> None:
    with pytest.raises(ConfigError, match=message):
        model(**options)


def test_it_is_listed_once_with_the_size_of_the_network() -> None:
    [row] = [row for row in model_table().rows if row["name"].startswith("deep_impression")]
    network = DeepImpression(DeepImpressionConfig())
    assert row["parameters"] == sum(p.numel() for p in network.parameters()) == 5_597_189
    assert row["reads"] == "frames and sound"
