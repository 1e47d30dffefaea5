"""Any model that `train` has made supplies the estimates of an assessment, by command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner, Result
from clips import portrait, write_clip
from toy_dataset import write_dataset
from toy_recording import RATE_HZ, write_answer, write_interview

from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.raw_media import take_pictures
from hirenet_sales.assessment import STREAM_NAMES, json_schema
from hirenet_sales.assessors import load_assessor
from hirenet_sales.cli import main
from hirenet_sales.data.frame_interviews import PICTURES
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.models.checkpoint import Checkpoint, load_checkpoint
from hirenet_sales.release import train
from hirenet_sales.traits import TRAITS

SMALL = {
    "epochs": 1,
    "components": 4,
    "projection": 8,
    "answer_hidden": 4,
    "interview_hidden": 4,
    "context_hidden": 4,
    "attention_hidden": 8,
    "loggers": [],
    "progress": False,
}
QUIET = {"epochs": 1, "loggers": [], "progress": False}
DATA = {"name": "first-impressions-v2"}
CONFIGS = {
    "fused": {"streams": ["visual", "audio", "text"], "options": SMALL, "data": DATA},
    "cnn_lstm": {
        "streams": ["frames"],
        "options": {**QUIET, "freeze_before": "all", "input_px": 48},
        "data": {**DATA, "size_px": 48},
    },
    "crnet": {
        "streams": ["frames", "audio"],
        "options": {
            "depth": 18, "width": 4, "input_px": 32, "small_input": True, "small_signal": True,
            "classification_epochs": 1, "regression_epochs": 1, "batch": 8, "trees": 3,
        },
        "data": {**DATA, "size_px": 32},
    },
    "deep_impression": {
        "streams": ["frames", "waveform"],
        "options": {**QUIET, "width": 4, "crop_px": 32, "crop_samples": 1200, "small_input": True},
        "data": {**DATA, "size_px": 40},
    },
    "non_sequential": {"streams": ["audio"], "options": {"classifier": "svm"}, "data": DATA},
    "bag_of_words": {
        "streams": ["text"], "options": {"classifier": "ridge", "codebook": 8}, "data": DATA,
    },
    "early_fusion": {
        "streams": ["text", "audio"],
        "options": {"model": "hn_satt", "model_options": SMALL, "classifier": "forest"},
        "data": DATA,
    },
}  # fmt: skip
ATTENTIVE = ("fused",)
# What reads them is read of the others, too: early fusion has vectors of answers and a classic
# learner, CR-Net the sound.
SLOW = ("non_sequential", "bag_of_words")
every_model = pytest.mark.parametrize(
    "model", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in CONFIGS]
)


def write_config(path: Path, of: str, **changes) -> Path:
    content = {"kind": "model", "name": f"toy-{of}", "model": of, **CONFIGS[of], **changes}
    content["data"] = {**content["data"], "streams": content.pop("streams")}
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory, few_trees) -> Path:
    """A folder with data/, one checkpoint a model (of SLOW later), an interview and a store."""
    place = tmp_path_factory.mktemp("place")
    torch.set_num_threads(1)
    answer = write_answer(place / "answer.mp4")
    clips = {"source-train": 6, "source-validation": 10, "source-calibration": 3}
    write_dataset(place / "data", clips)
    write_recordings(place / "data", answer)
    for model in CONFIGS.keys() - SLOW:
        trained(place, model)
    (place / "interview").mkdir()
    write_interview(place / "interview", answer, 2, job_title="sales manager")
    return place


def trained(place: Path, model: str) -> Path:
    """The checkpoint of a model, trained when it is first asked for."""
    if not (place / model).exists():
        config = write_config(place / f"{model}.yaml", model)
        arguments = ["train", config, "--root", place / "data", "--out", place / model]
        result = invoke(*arguments, "--cache", place / "cache")
        assert result.exit_code == 0, result.output
        assert f"Checkpoint: {place / model}" in result.output
    return place / model


def write_recordings(root: Path, answer: Path) -> None:
    """The same recording for some clips of every split, so that there is sound to learn from."""
    (root / "clips").mkdir()
    with (root / "clips.csv").open(encoding="utf-8") as file:
        names = [line.split(",")[1] for line in file if ".mp4" in line]
    for name in names:
        (root / "clips" / name).symlink_to(answer)


def invoke(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def analyze(place: Path, model: str, out: Path, *more: object) -> Result:
    interview = place / "interview" / "interview.yaml"
    store = place / "store"
    return invoke(
        "analyze", interview, "--checkpoint", trained(place, model), "--out", out,
        "--store", store, *more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def results_of(place: Path) -> Callable[[str], Path]:
    """Gives the folder with a model's results on the interview, which is analysed once."""

    @cache
    def results(model: str) -> Path:
        result = analyze(place, model, place / f"results-{model}")
        assert result.exit_code == 0, result.output
        return place / f"results-{model}"

    return results


@every_model
def test_it_supplies_the_estimates_of_an_assessment(place, results_of, model) -> None:
    results = results_of(model)
    found = json.loads((results / "assessment.json").read_text())
    jsonschema.validate(found, json.loads(json_schema()))
    checkpoint = load_checkpoint(place / model)
    assert found["provenance"]["checkpoint"] == f"toy-{model}"
    assert found["provenance"]["checkpoint_sha256"] == checkpoint.sha256
    assert checkpoint.intake.sampling == found["provenance"]["sampling"]
    assert set(found["traits"]) == set(TRAITS)
    for trait in found["traits"].values():
        assert 0 <= trait["low"] <= trait["estimate"] <= trait["high"] <= 1
        assert trait["low"] < trait["high"]
    assert 1 <= found["sales"]["score"] <= 10
    assert [answer["status"] for answer in found["answers"]] == ["analysed"] * 2
    read = [name for name in STREAM_NAMES if found["answers"][0]["streams"][name]["read"]]
    assert tuple(read) == load_assessor(place / model).streams
    for answer in found["answers"]:
        assert answer["transcript"] and answer["face_summary"] and answer["audio_summary"]
        assert (answer["weight"] is not None) == (model in ATTENTIVE)
        lanes = [lane for lane in answer["streams"].values() if lane["timeline"]]
        assert bool(lanes) == (model in ATTENTIVE)
        assert all(h["effect"] for h in answer["highlights"])
        assert set(answer["traits"]) == set(TRAITS)
    weigh = any("does not weigh questions or moments" in notice for notice in found["notices"])
    assert weigh == (model not in ATTENTIVE)
    page = (results / "report.html").read_text()
    assert ("Attention to each question" in page) == (model in ATTENTIVE)
    assert "What each question and stream contributed" in page


@every_model
def test_the_estimates_are_those_of_the_model(place, results_of, tmp_path: Path, model) -> None:
    """Read by the model's own hands, as an InterviewSet of the very same recordings."""
    found = json.loads((results_of(model) / "assessment.json").read_text())
    (tmp_path / "own").mkdir()
    rows = ["interview,answer,media,transcript,question,openness"]
    for number in (1, 2):
        for name in (f"q{number}.mp4", "said.vtt"):
            (tmp_path / "own" / name).write_bytes((place / "interview" / name).read_bytes())
        rows.append(f"case,a{number},q{number}.mp4,said.vtt,,0.5")
    (tmp_path / "own" / "answers.csv").write_text("\n".join(rows))
    checkpoint = load_checkpoint(place / model)
    own = checkpoint.intake.load("recorded", tmp_path / "own", cache=place / "cache")
    own = with_portraits(own, checkpoint, [tmp_path / "own" / f"q{n}.mp4" for n in (1, 2)])
    said = checkpoint.model.predict(own).interviews[0]
    told = [found["traits"][trait]["estimate"] for trait in TRAITS]
    np.testing.assert_allclose(told, said, atol=2e-3)


def with_portraits(
    own: InterviewSet, checkpoint: Checkpoint, recordings: list[Path]
) -> InterviewSet:
    """The set with pictures at the moments of portraits, which the model has learnt from."""
    streams = dict(own.streams)
    for name in set(PICTURES) & set(streams):
        framing = replace(checkpoint.intake.framing, kind=PICTURES[name])
        with MediaPipeTracker() as tracker:
            found = [
                take_pictures(path, framing, tracker, slice_s=15.0).pictures for path in recordings
            ]
        assert [len(pictures) for pictures in found] == [2, 2]  # of four: 3 s are short of the rest
        streams[name] = [found]
    return replace(own, streams=streams)


@every_model
def test_the_card_has_the_mean_predictor_and_the_split(place: Path, model: str) -> None:
    card = (trained(place, model) / "card.md").read_text()
    assert "mean predictor" in card
    assert "Split disjoint, test part: 20 answers" in card
    assert "test = source-validation" in card
    metrics = json.loads((place / model / "metrics.json").read_text(), parse_constant=pytest.fail)
    counts = {part: (c["named"], c["read"]) for part, c in metrics["answers"].items()}
    assert counts == {"train": (12, 12), "validation": (6, 6), "test": (20, 20)}
    assert metrics["level"] == "answer" and metrics["n"] == 20
    assert metrics["interviews"]["model"]["n"] == 10
    assert "mean predictor" in metrics["baselines"]
    assert metrics["coverage"] is None  # of ten people
    assert "not measured: too few people" in card


def test_nothing_of_the_person_is_kept_that_forget_does_not_know(place, tmp_path) -> None:
    for model in ("cnn_lstm", "deep_impression"):
        analyze(place, model, tmp_path / model, "--store", tmp_path / "store")
    assert any((tmp_path / "store").rglob("*.*"))
    files = [place / "interview" / "q1.mp4", place / "interview" / "said.vtt"]
    assert invoke("store", "forget", *files, "--store", tmp_path / "store").exit_code == 0
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def evaluate(place: Path, model: str, *more: object) -> dict:
    out = place / "numbers.json"
    result = invoke(
        "evaluate", "--checkpoint", trained(place, model), "--dataset", "first-impressions-v2",
        "--root", place / "data", "--json", out, "--cache", place / "cache", *more,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return json.loads(out.read_text(), parse_constant=pytest.fail)


@every_model
def test_evaluate_repeats_the_numbers_of_the_card(place: Path, model: str) -> None:
    found = evaluate(place, model, "--split", "source-validation")
    stored = json.loads((place / model / "metrics.json").read_text())
    assert found["checkpoint"] == f"toy-{model}"
    assert found["remarks"] == [
        "10 of 10 interviews calibrated the intervals: coverage is not measured by them."
    ]
    whole = stored["interviews"]["model"]
    for before, table in ((stored, found), (whole, found["interviews"]["model"])):
        assert table["n"] == before["n"]
        for trait in TRAITS:
            for measure in ("one_minus_mae", "skill", "ccc"):
                expected = before["traits"][trait][measure]
                assert table["traits"][trait][measure] == pytest.approx(expected, abs=1e-4)
    assert found["baselines"]["mean predictor"]["mean"]["skill"] == pytest.approx(0, abs=1e-9)
    assert set(found["streams"]) == (
        set(load_assessor(place / model).streams)
        if len(load_assessor(place / model).streams) > 1
        else set()
    )


def test_evaluate_reads_recordings_as_an_analysis_does(place: Path) -> None:
    found = evaluate(place, "fused", "--split", "source-calibration", "--from-media")
    assert found["n"] == 6
    assert not found["failed"]
    assert found["remarks"][0] == "3 of 3 interviews were there to decide when training stops."
    # All recordings are the same one, so that every clip has the same estimate.
    assert found["alone"]["traits"]["openness"]["sd_ratio"] == pytest.approx(0, abs=1e-6)
    assert set(found["agreement"]) == {"visual", "audio", "text", "visual+audio+text"}
    assert set(found["agreement"].values()) == {None}


def test_silence_is_no_voice(place: Path, tmp_path: Path) -> None:
    """The samples of a microphone that was off are there, and say nothing."""
    interview = write_interview(tmp_path, place / "answer.mp4", 2)
    frames = [portrait(320, 240, size=0.6)] * 10
    write_clip(tmp_path / "q2.mp4", frames, np.zeros((1, 32000), np.float32), rate_hz=RATE_HZ)
    result = invoke(
        "analyze", interview, "--checkpoint", place / "deep_impression", "--out", tmp_path / "out",
        "--store", place / "store",
    )  # fmt: skip
    assert result.exit_code == 1
    found = json.loads((tmp_path / "out" / "assessment.json").read_text())
    first, second = found["answers"]
    assert first["streams"]["audio"]["available"]
    assert not second["streams"]["audio"]["available"]
    assert "silen" in second["streams"]["audio"]["reason"]
    assert second["status"] == "partial"


def test_a_model_in_use_brings_nothing_of_training() -> None:
    """What trains models is 190 MB that the analysis of an interview does not need."""
    code = (
        "import sys; import hirenet_sales.analyze; "
        "from hirenet_sales.assessors import load_assessor; load_assessor('fi-v2'); "
        "wanted = {'hirenet_sales.training', 'hirenet_sales.training.options'}; "
        "print([name for name in sys.modules if name.startswith(('lightning', 'torchmetrics', "
        "'tensorboard', 'hirenet_sales.training', 'hirenet_sales.release')) "
        "and name not in wanted])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_stream_that_is_not_permitted_is_not_read(place, results_of, tmp_path: Path) -> None:
    result = analyze(place, "fused", tmp_path, "--streams", "audio")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "assessment.json").read_text())
    assert set(found["answers"][0]["streams"]) == {"audio"}
    other = json.loads((results_of("fused") / "assessment.json").read_text())
    assert found["traits"]["openness"]["estimate"] != other["traits"]["openness"]["estimate"]


def test_a_model_that_may_read_nothing_says_so(place: Path, tmp_path: Path) -> None:
    result = analyze(place, "cnn_lstm", tmp_path, "--streams", "audio,text")
    assert result.exit_code == 2
    assert "toy-cnn_lstm reads visual; only audio, text is requested and permitted" in (
        result.output
    )


def test_a_finished_training_is_not_done_again(place: Path, monkeypatch) -> None:
    before = (place / "cnn_lstm" / "model.safetensors").read_bytes()
    monkeypatch.setattr("hirenet_sales.training.trainer.run_stage", pytest.fail)
    train(place / "cnn_lstm.yaml", place / "data", out=place / "cnn_lstm", cache=place / "cache")
    assert (place / "cnn_lstm" / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "hirenot"}, "no model 'hirenot'; did you mean 'hirenet'"),
        ({"streams": ["frame"]}, "no stream 'frame'; did you mean 'frames'"),
        ({"streams": []}, "expected some streams, each once"),
        (
            {"data": {"name": "planted"}, "streams": ["text"]},
            "a model for use needs recordings of people",
        ),
        ({"data": {"name": "first-impresions-v2"}}, "did you mean 'first-impressions-v2'"),
        ({"data": {**DATA, "sizepx": 64}}, "did you mean 'size_px'"),
        ({"options": {"epoch": 1}}, "unknown option 'epoch'; did you mean 'epochs'"),
        ({"split": {"shares": [1, 1, 1]}}, "expected three positive shares that sum to 1"),
        (
            {"model": "random_vote", "streams": ["text"], "options": {}},
            "reads nothing of an answer",
        ),
        ({"model": "deep_impression", "streams": ["scenes"], "options": {}}, "cut around the head"),
    ],
)
def test_a_configuration_is_checked_before_work_begins(place, tmp_path, changes, message) -> None:
    config = write_config(tmp_path / "toy.yaml", "cnn_lstm", **changes)
    with pytest.raises(ConfigError) as error:
        train(config, place / "data", out=tmp_path / "out", cache=place / "cache")
    assert message in str(error.value)
    assert not (tmp_path / "out").exists()


def test_data_without_the_traits_cannot_make_a_checkpoint(place: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    rows = ["interview,answer,media,openness", "a,1,q.mp4,0.5"]
    (tmp_path / "own" / "answers.csv").write_text("\n".join(rows))
    (tmp_path / "own" / "q.mp4").symlink_to(place / "answer.mp4")
    config = write_config(tmp_path / "toy.yaml", "cnn_lstm", data={"name": "recorded"})
    with pytest.raises(DatasetError, match="an assessment needs the five traits"):
        train(config, tmp_path / "own", out=tmp_path / "out", cache=place / "cache")
