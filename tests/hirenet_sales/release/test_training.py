"""`train` and `evaluate` from end to end on a tiny data set, and what they refuse."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner
from toy_dataset import write_dataset
from toy_model import WIDTHS, batch_of, fused, interview
from toy_tables import recorded_rows, write_csv

from extractors.face.alignment import CROP_SIZE_PX
from hirenet_sales.cli import main
from hirenet_sales.data.interview_set import TRAIT_TARGETS
from hirenet_sales.data.sets.first_impressions import Clip
from hirenet_sales.errors import CheckpointError, ConfigError, DatasetError
from hirenet_sales.evaluate import evaluate
from hirenet_sales.evaluation.metrics import METRICS
from hirenet_sales.models.checkpoint import load_checkpoint
from hirenet_sales.networks.batch import Example, InterviewBatch, Shape
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.release import train, tuned_cnn
from hirenet_sales.release.recalibrate import recalibrate
from hirenet_sales.release.train import ModelConfig
from hirenet_sales.training.finetuning import source_folds
from hirenet_sales.training.interviews import InterviewTask
from hirenet_sales.training.objective import Objective
from hirenet_sales.training.options import FinetuningConfig, FittingOptions, Losses
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_model import read_model

STREAMS = ("visual", "audio", "text")
OPTIONS = {
    "members": 1,
    "teacher": 0.5,
    "components": 4,
    "inputs_dropped": {"visual": 0.1, "audio": 0.0, "text": 0.1},
    "cells": {"visual": "lstm", "audio": "gru", "text": "gru"},
    "epochs": 1,
    "vary": True,
    "loggers": [],
    "progress": False,
}
CONFIG = {
    "kind": "model",
    "name": "toy",
    "model": "fused_ensemble",
    "data": {"name": "first-impressions-v2", "streams": list(STREAMS)},
    "options": OPTIONS,
}


def write_config(path: Path, **changes) -> Path:
    path.write_text(yaml.safe_dump({**CONFIG, **changes}))
    return path


@pytest.fixture(scope="module", autouse=True)
def in_this_process():
    """Workers of their own would spend longer on their imports than on this little data."""
    with joblib.parallel_config(backend="sequential"):
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with data/, a checkpoint toy/ that the command line trained on it, and cache/."""
    place = tmp_path_factory.mktemp("training")
    per_split = {"source-train": 8, "source-validation": 10, "source-calibration": 4}
    write_dataset(place / "data", per_split)
    config = write_config(place / "toy.yaml")
    command = ["train", str(config), "--root", str(place / "data"), "--out", str(place / "toy")]
    result = CliRunner().invoke(main, [*command, "--cache", str(place / "cache")])
    assert result.exit_code == 0, result.output
    assert f"Checkpoint: {place / 'toy'}" in result.output
    return place


def run_evaluate(place: Path, root: Path, *more: str) -> dict:
    out = place / "numbers.json"
    command = ["evaluate", "--checkpoint", str(place / "toy"), "--root", str(root)]
    command += ["--dataset", "first-impressions-v2", "--json", str(out)]
    result = CliRunner().invoke(main, [*command, "--cache", str(place / "cache"), *more])
    assert result.exit_code == 0, result.output
    return json.loads(out.read_text(), parse_constant=pytest.fail)  # NaN is not JSON


def assert_table(part: dict) -> None:
    assert part["n"] > 0
    assert set(part["traits"]) == set(TRAITS)
    for values in (part["mean"], *part["traits"].values()):
        assert set(METRICS) <= set(values)
        assert 0 <= values["one_minus_mae"] <= 1
        assert all(values[m] is None or np.isfinite(values[m]) for m in METRICS)


def test_the_shipped_model_reads_in_use_what_its_recipe_says() -> None:
    recipe = Path(__file__).parents[3] / "experiments" / "release_fi_v2.yaml"
    config = read_model(recipe, ModelConfig, ConfigError)
    for name in ("fi-v2", "fi-v3"):
        checkpoint = load_checkpoint(name)
        assert checkpoint.folder is not None
        intake = replace(config.data.intake(), **config.in_use.model_dump())
        assert checkpoint.intake.recipe.sampling_settings == intake.recipe.sampling_settings
        assert checkpoint.intake.recipe.spectral_row_s == intake.recipe.spectral_row_s
        card = (checkpoint.folder / "card.md").read_text(encoding="utf-8")
        assert f"Trained at: {intake.as_learnt.sampling}. Used at: {intake.sampling}." in card


def test_run_folder_is_a_checkpoint_with_its_card(place: Path) -> None:
    model = load_checkpoint(place / "toy")
    assert tuple(model.intake.senses) == STREAMS
    assert not model.context_present
    card = (place / "toy" / "card.md").read_text()
    assert "Question conditioning is not learnt" in card
    assert "the plain mean of its answers' estimates" in card
    assert "answer alone" in card and "visual only" in card
    config = json.loads((place / "toy" / "config.json").read_text())
    assert config["training"]["seed"] == 0
    assert (place / "toy" / "fit" / "member1" / "done.json").is_file()


def test_intervals_are_calibrated_anew(place: Path, tmp_path: Path) -> None:
    """The same people give the same intervals; others give others, and the weights stay."""
    before = place / "toy"
    command = ["calibrate", "--checkpoint", str(before), "--root", str(place / "data")]
    command += ["--dataset", "first-impressions-v2", "--measure-on", "source-calibration"]
    command += ["--note", "As in a test.", "--cache", str(place / "cache")]
    for split in ("source-validation", "source-train"):
        result = CliRunner().invoke(
            main, [*command, "--split", split, "--out", str(tmp_path / split)]
        )
        assert result.exit_code == 0, result.output
    same, others = (tmp_path / name for name in ("source-validation", "source-train"))
    for name, folder in (("source-validation", same), ("source-train", others)):
        assert load_checkpoint(folder).sha256 == load_checkpoint(before).sha256
        card = (folder / "card.md").read_text()
        assert f"intervals calibrated on {name}. As in a test." in card
        assert card.count("## Numbers") == card.count("## Forbidden uses") == 1
        assert (
            card.partition("## Numbers")[0]
            == (before / "card.md").read_text().partition("## Numbers")[0]
        )
    calibrations = [
        json.loads((folder / "calibration.json").read_text()) for folder in (before, same, others)
    ]
    assert calibrations[0] == calibrations[1] != calibrations[2]
    metrics = json.loads((same / "metrics.json").read_text())
    assert metrics["coverage_by_answers"]["1"]["n"] == 4  # people of source-calibration
    evaluated = run_evaluate(place, place / "data", "--split", "source-calibration")
    for number, own in evaluated["coverage_by_answers"].items():
        written = metrics["coverage_by_answers"][number]
        assert own["coverage"] == pytest.approx(written["coverage"])
        assert own["half_width"] == pytest.approx(written["half_width"], abs=1e-6)  # rounded


def test_a_calibration_of_an_earlier_version_is_calibrated_anew(
    place: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    shutil.copytree(place / "toy", old, ignore=shutil.ignore_patterns("fit"))
    calibration = json.loads((old / "calibration.json").read_text())
    for level in ("interview of one answer", "interview of many answers"):
        calibration["half_widths"]["interview"] = calibration["half_widths"].pop(level)
    (old / "calibration.json").write_text(json.dumps(calibration))
    with pytest.raises(CheckpointError, match="or `hirenet-sales calibrate` it"):
        load_checkpoint(old)
    recalibrate(
        old,
        "first-impressions-v2",
        place / "data",
        calibrate_on="source-validation",
        measure_on="source-calibration",
        out=old,
        cache=place / "cache",
    )
    mended = load_checkpoint(old).calibration
    for level, widths in load_checkpoint(place / "toy").calibration.half_widths.items():
        for streams, own in widths.items():
            np.testing.assert_array_equal(mended.half_widths[level][streams], own)


def test_validation_part_may_calibrate(place: Path, tmp_path: Path) -> None:
    """fi-v2 was made so: the test part chose the epoch, and gives the numbers all the same."""
    config = write_config(tmp_path / "toy.yaml", calibrate_on="validation")
    out = train(config, place / "data", out=tmp_path / "toy", cache=place / "cache")
    split = json.loads((out / "split.json").read_text())
    metrics = json.loads((out / "metrics.json").read_text())
    usual = json.loads((place / "toy" / "split.json").read_text())
    assert (split["validation"], split["test"]) == (usual["test"], usual["validation"])
    assert metrics["interviews"]["model"]["n"] == len(usual["test"])
    assert metrics["coverage"] is None
    card = (out / "card.md").read_text()
    assert "so that coverage is of people who calibrated nothing" in card


def test_evaluate_gives_every_number(place: Path) -> None:
    found = run_evaluate(place, place / "data")
    assert found["n"] == 44
    assert_table(found)
    assert set(found["streams"]) == set(STREAMS)
    for part in found["streams"].values():
        assert_table(part)
        assert part["mean"]["coverage"] is not None
    blind = found["baselines"]["mean predictor"]
    assert blind["mean"]["r"] is None
    assert found["interviews"]["model"]["n"] == 22
    assert_table(found["alone"])
    assert_table(found["baselines"]["source look-up"])


def test_evaluate_on_a_split_repeats_the_metrics_of_training(place: Path) -> None:
    found = run_evaluate(place, place / "data", "--split", "source-validation")
    stored = json.loads((place / "toy" / "metrics.json").read_text())
    assert found["n"] == stored["n"] == 20
    for trait in TRAITS:
        for metric in set(METRICS) - {"coverage"}:  # an error may be as large as its interval
            now, then = found["traits"][trait][metric], stored["traits"][trait][metric]
            assert now == pytest.approx(then, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("kept", [("audio", "text"), ("visual", "text"), ("text",)])
def test_missing_tables_are_missing_streams(place: Path, tmp_path: Path, kept) -> None:
    shutil.copytree(place / "data", tmp_path / "data")
    if "audio" not in kept:
        (tmp_path / "data" / "audio_spectral26.csv").unlink()
    if "visual" not in kept:
        (tmp_path / "data" / "faces-train.tar").unlink()
    found = run_evaluate(place, tmp_path / "data")
    assert_table(found)
    assert found["n"] == 44
    assert tuple(found["streams"]) == kept


def test_a_stream_that_the_data_lack_is_named(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "data", tmp_path / "data")
    (tmp_path / "data" / "faces-train.tar").unlink()
    config = write_config(tmp_path / "toy.yaml")
    with pytest.raises(DatasetError, match="no training interview has a row of visual"):
        train(config, tmp_path / "data", out=tmp_path / "toy", cache=tmp_path / "cache")
    cnn = write_config(tmp_path / "cnn.yaml", options={**OPTIONS, "cnn": {"epochs": 1}})
    with pytest.raises(DatasetError, match="option cnn tunes a network on the portraits of"):
        train(cnn, tmp_path / "data", out=tmp_path / "cnn", cache=tmp_path / "cache")


def test_another_data_set_is_learnt_from_and_measured(place: Path, tmp_path: Path) -> None:
    """Whatever has the traits and a stream that the model reads; what lacks them is told."""
    table = recorded_rows(interviews=24, answers=2)
    for row in table:
        row["transcript"] = "a.txt"
        del row["hirable"]
    write_csv(tmp_path / "own" / "answers.csv", table)
    (tmp_path / "own" / "a.txt").write_text("I like to talk to people")
    options = {key: value for key, value in OPTIONS.items() if key not in ("teacher", "cells")}
    config = write_config(
        tmp_path / "own.yaml",
        data={"name": "recorded", "streams": ["text"]},
        options={**options, "inputs_dropped": {}},
    )
    out = train(config, tmp_path / "own", out=tmp_path / "toy", cache=tmp_path / "cache")
    found = evaluate(out, "recorded", tmp_path / "own", cache=tmp_path / "cache")
    assert_table(found)
    assert_table(evaluate(out, "first-impressions-v2", place / "data", cache=place / "cache"))
    with pytest.raises(DatasetError, match="has no tables beside its recordings"):
        evaluate(out, "recorded", tmp_path / "own", from_media=True, cache=tmp_path / "cache")
    with pytest.raises(DatasetError, match="no split 'tset'; there are all"):
        evaluate(out, "recorded", tmp_path / "own", split="tset", cache=tmp_path / "cache")


@pytest.fixture
def two_threads():
    """Two threads of torch, whatever the machine has."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_a_cnn_is_tuned_in_one_thread_and_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two_threads: None
) -> None:
    threads = []

    def finetune(*_: object, **__: object) -> dict[str, torch.Tensor]:
        threads.append(torch.get_num_threads())
        return {"weight": torch.ones(1)}

    monkeypatch.setattr(tuned_cnn, "finetune", finetune)
    crops = np.zeros((1, CROP_SIZE_PX, CROP_SIZE_PX, 3), np.uint8)
    clip = Clip("a.mp4", "a", "train", "source-train", np.full(5, 0.5), {}, "", None, None)
    arguments = 0, FinetuningConfig(), SimpleNamespace(crops=crops), np.zeros((1, 1280)), [clip]
    state = tuned_cnn._tuned(*arguments, {"a.mp4": [0]}, "all", tmp_path)
    assert state["weight"].dtype == torch.float16
    assert threads == [1]
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modle": "fused"}, "unknown key 'modle'; did you mean 'model'"),
        ({"options": {"membres": 3}}, "unknown option 'membres'; did you mean 'members'"),
        ({"options": {"cnn": {"epoch": 3}}}, "cnn.epoch: Extra inputs are not permitted"),
        ({"options": {"lerning_rate": 1}}, "did you mean 'learning_rate'"),
        ({"options": {"cells": {"text": "rnn"}}}, "cells.text: Input should be 'gru' or 'lstm'"),
        ({"data": {"name": "mit-interviews"}}, "did you mean 'mit-interview'"),
        ({"split": {"kind": "disjiont"}}, "split: kind: input should be"),
        ({"in_use": {"voice_row_s": 0.2}}, "in_use: voice_row_s: input should be greater"),
        ({"in_use": {"faces_hz": 100}}, "in_use: faces_hz: input should be less"),
    ],
)
def test_configuration_is_checked_before_work_begins(place, tmp_path, changes, message) -> None:
    config = write_config(tmp_path / "toy.yaml", **changes)
    with pytest.raises(ConfigError) as error:
        train(config, place / "data", out=tmp_path / "out", cache=tmp_path / "cache")
    assert message in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_split_without_clips_is_said(tmp_path: Path) -> None:
    write_dataset(tmp_path / "data", {"source-train": 2}, clips=2)
    with pytest.raises(DatasetError, match=r"no interview for|cannot be split"):
        train(write_config(tmp_path / "toy.yaml"), tmp_path / "data", cache=tmp_path / "cache")


def test_evaluate_without_recordings(place: Path) -> None:
    with pytest.raises(DatasetError, match=r"no clips/\*\.mp4; leave out --from-media"):
        evaluate(place / "toy", "first-impressions-v2", place / "data", from_media=True)


def test_folds_keep_a_source_together() -> None:
    sources = [f"s{n % 7}" for n in range(40)]
    folds = source_folds(sources, 3)
    assert set(folds) == {0, 1, 2}
    for source in set(sources):
        assert len({k for s, k in zip(sources, folds, strict=True) if s == source}) == 1


def step(net: FusedHireNet, batch: InterviewBatch, share: float) -> None:
    objective = Objective(TRAIT_TARGETS, 0.5)
    task = InterviewTask(
        [],
        [],
        shape=Shape({}, 0),
        objective=objective,
        options=FittingOptions(),
        losses=Losses(stream_dropout=share),
        seed=0,
    )
    task.loss(net, batch, 0)


@pytest.mark.parametrize("share", [0.15, 0.9])
def test_training_never_hides_all_that_an_answer_has(share) -> None:
    """One answer for every set of streams: of text alone, of two streams, of all three."""
    rng = np.random.default_rng(0)
    sets = [[n for n in STREAMS if k >> STREAMS.index(n) & 1] for k in range(1, 8)]
    whole = interview(rng, len(sets))
    streams = {
        name: [
            rows if name in some else rows[:0]
            for rows, some in zip(whole.streams[name], sets, strict=True)
        ]
        for name in WIDTHS
    }
    one = Example(streams, whole.questions, whole.job, whole.targets, whole.answer_targets)
    net, seen = fused(), []
    net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    torch.manual_seed(0)
    step(net, batch_of(*[one] * 200), share)
    read = {name: stream.valid.any(-1) for name, stream in seen[0].streams.items()}  # (200, 7)
    left = torch.stack(list(read.values())).any(0)
    assert left.all(), f"{1 - left.float().mean(0)} of the answers of {sets} have nothing left"
    for name, values in read.items():  # an answer with all three loses each as often as asked
        hidden = 1 - values[:, -1].float().mean()
        assert hidden == pytest.approx(share - share ** len(STREAMS), abs=0.06), name
