"""CNN-LSTM as a model of the catalogue: what it learns, and a frozen CNN that is read only once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_frames import SIDE, bright_people

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import CheckpointError, ConfigError, DatasetError
from hirenet_sales.experiment.model_list import model_table
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.cnn_lstm import FROZEN_STREAM, CnnLstmModel, CnnLstmOptions
from hirenet_sales.models.frozen_features import frozen_features
from hirenet_sales.networks.backbone import parameter_count
from hirenet_sales.networks.backbones import LITE
from hirenet_sales.networks.cnn_lstm import CONFIGS, PARAMETERS, CnnLstm

QUIET = {"progress": False, "loggers": (), "input_px": SIDE, "batch": 8}
FROZEN = {**QUIET, "freeze_before": "all", "epochs": 12, "patience": 12, "learning_rate": 0.01}


def model(stream: str = FROZEN_STREAM, **options) -> CnnLstmModel:
    made = build_model("cnn_lstm", (stream,), **{**FROZEN, **options})
    assert isinstance(made, CnnLstmModel)
    return made


@pytest.fixture(scope="module")
def pictures() -> list[InterviewSet]:
    return [bright_people(people, seed=seed) for people, seed in ((16, 0), (6, 1), (10, 2))]


@pytest.fixture(scope="module")
def features(pictures, tmp_path_factory) -> list[InterviewSet]:
    cache = tmp_path_factory.mktemp("cache")
    return [frozen_features(part, CnnLstmOptions(**FROZEN), cache) for part in pictures]


@pytest.fixture(scope="module")
def fitted(features, tmp_path_factory) -> tuple[CnnLstmModel, Path]:
    folder = tmp_path_factory.mktemp("fit")
    found = model()
    found.fit(features[0], features[1], seed=0, folder=folder)
    return found, folder


def test_learns_what_is_planted(fitted, features) -> None:
    estimates = fitted[0].predict(features[2]).interviews
    error = np.abs(estimates - features[2].labels).mean()
    blind = np.abs(features[0].labels.mean(0) - features[2].labels).mean()
    assert error < 0.6 * blind


def test_a_frozen_cnn_read_once_is_the_same_network(fitted, features, pictures) -> None:
    saved, folder = fitted
    read = CnnLstmModel.load(folder)
    np.testing.assert_allclose(
        read.predict(pictures[2]).interviews, saved.predict(features[2]).interviews, atol=1e-4
    )


def test_an_answer_longer_than_any_in_training_is_read_in_parts(fitted, features) -> None:
    """The toy's answers have three steps at most; the estimate of nine is the mean of three."""
    saved, _ = fitted
    part = features[2].take([4])
    longest = next(rows for rows in part.streams[FROZEN_STREAM][0] if len(rows) == 3)
    others = np.random.default_rng(0).normal(0, 1, (2, *longest.shape)).astype(np.float32)
    pieces = [longest, longest + others[0], longest + others[1]]

    def said(rows: list[np.ndarray]) -> np.ndarray:
        count = len(rows)
        shown = replace(
            part,
            questions=(("",) * count,),
            streams={FROZEN_STREAM: [rows]},
            answer_labels=[part.answer_labels[0][:count]],
        )
        return saved.predict(shown).answers[0]

    single = said(pieces)
    assert np.ptp(single, axis=0).max() > 1e-3
    np.testing.assert_allclose(said([np.concatenate(pieces)])[0], single.mean(0), atol=1e-6)


def test_vectors_are_kept_and_addressed_by_content(pictures, tmp_path: Path) -> None:
    options = CnnLstmOptions(**FROZEN)
    some = pictures[1].take([0, 1])
    first = frozen_features(some, options, tmp_path).streams[FROZEN_STREAM]
    seen = np.array(first[1][0])
    [file] = (tmp_path / "frame-features").glob("*/vectors.npy")
    values = np.load(file)
    np.save(file, values + 1)  # what is there is believed
    again = frozen_features(some, options, tmp_path)
    assert first[0][0].shape == (0, 1280)
    np.testing.assert_allclose(again.streams[FROZEN_STREAM][1][0] - seen, 1, atol=1e-4)
    frozen_features(pictures[1].take([1, 2]), options, tmp_path)
    frozen_features(some, CnnLstmOptions(**{**FROZEN, "inputs": "unit"}), tmp_path)
    assert len(list((tmp_path / "frame-features").iterdir())) == 3


def test_answers_without_a_picture_are_left_open(fitted, features) -> None:
    prediction = fitted[0].predict(features[2])
    assert np.isnan(prediction.answers[0][0]).all()
    assert np.isfinite(prediction.answers[0][1:]).all()
    np.testing.assert_allclose(prediction.interviews[0], prediction.answers[0][1:].mean(0))


def test_the_same_seed_gives_the_same_numbers_and_a_finished_fit_is_read(
    fitted, features, tmp_path: Path
) -> None:
    first, folder = fitted
    expected = first.predict(features[2]).interviews
    again = model()
    again.fit(features[0], features[1], seed=0, folder=tmp_path)
    np.testing.assert_array_equal(again.predict(features[2]).interviews, expected)
    stamp = (folder / "model.safetensors").stat().st_mtime_ns
    read = model()
    read.fit(features[0], features[1], seed=0, folder=folder)
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp
    with pytest.raises(ConfigError, match="holds a fit of another seed"):
        read.fit(features[0], features[1], seed=1, folder=folder)


def test_a_second_phase_starts_where_the_first_ended(fitted, features, tmp_path: Path) -> None:
    saved, folder = fitted
    still = {"epochs": 1, "learning_rate": 1e-9, "weight_decay": 0.0}
    second = model(start=str(folder), **still)
    second.fit(features[1], features[2], seed=5, folder=tmp_path / "second")
    np.testing.assert_allclose(
        second.predict(features[2]).interviews, saved.predict(features[2]).interviews, atol=1e-5
    )


def test_a_start_that_is_none(features, fitted, tmp_path: Path) -> None:
    absent = model(start=str(tmp_path))
    with pytest.raises(CheckpointError, match=r"no model\.safetensors of a finished fit"):
        absent.fit(features[0], features[1], seed=0, folder=tmp_path / "fit")
    with pytest.raises(CheckpointError, match="no fit of model cnn_lstm"):
        CnnLstmModel.load(tmp_path)


def test_the_cnn_is_tuned_from_a_named_layer_on(pictures, tmp_path: Path) -> None:
    tuned = model("frames", freeze_before="_conv_head", epochs=1)
    tuned.fit(pictures[0], pictures[1], seed=0, folder=tmp_path)
    before = CnnLstm(tuned.options.network(5)).cnn.network.state_dict()
    after = CnnLstmModel.load(tmp_path)._learnt.cnn.network.state_dict()
    changed = {key.split(".")[0] for key in before if not np.array_equal(before[key], after[key])}
    assert changed == {"_conv_head", "_bn1"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backbone": "VGG17"}, r"no backbone 'VGG17'.*VGG16, VGG19"),
        ({"weights": None, "freeze_before": "all"}, "random weights cannot stay frozen"),
        ({"inputs": "bgr"}, "inputs: Input should be .imagenet. or .unit."),
        ({"pool": "max"}, "pool: Input should be .average. or .flatten."),
        ({"input_px": 16}, "input_px: Input should be greater than or equal to 48"),
        ({"freeze": "all"}, "unknown option 'freeze'"),
    ],
)
def test_impossible_options(options, message) -> None:
    with pytest.raises(ConfigError, match=message):
        build_model("cnn_lstm", ("frames",), **options)


def test_what_cannot_be_read(pictures, features, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="of a CNN that stays as it is"):
        model(freeze_before=None).fit(features[0], features[1], seed=0, folder=tmp_path)
    with pytest.raises(DatasetError, match="no stream frame_features"):
        model().fit(pictures[0], pictures[1], seed=0, folder=tmp_path)
    with pytest.raises(DatasetError, match="0 to choose by"):
        model().fit(features[0], features[1].take([]), seed=0, folder=tmp_path)


def test_every_network_is_listed_with_its_size_and_paper() -> None:
    listed = {row["name"]: row for row in model_table().rows}
    for name, count in PARAMETERS.items():
        assert listed[f"cnn_lstm {name}"]["parameters"] == count
        assert "Kassab et al. 2022" in listed[f"cnn_lstm {name}"]["paper"]
    assert parameter_count(CnnLstm(CONFIGS[LITE])) == PARAMETERS[LITE]
