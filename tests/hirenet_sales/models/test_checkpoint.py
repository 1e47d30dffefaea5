"""Checkpoints: what is read says what was written; damage is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from toy_frames import SIDE, bright_people
from toy_interviews import toy_interviews

from hirenet_sales.assessors import load_assessor
from hirenet_sales.data.frame_interviews import Framing
from hirenet_sales.data.intake import Intake
from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet
from hirenet_sales.errors import CheckpointError, ConfigError
from hirenet_sales.models.catalogue import ENTRIES, build_model
from hirenet_sales.models.checkpoint import Checkpoint, load_checkpoint, write_checkpoint
from hirenet_sales.models.model import SaveableModel, require_saveable
from hirenet_sales.uncertainty import LEVELS, Calibration, set_name, stream_sets

SMALL = {
    "epochs": 1,
    "batch": 8,
    "projection": 8,
    "answer_hidden": 4,
    "interview_hidden": 4,
    "context_hidden": 4,
    "attention_hidden": 8,
    "loggers": [],
    "progress": False,
}
PICTURES = {"freeze_before": "all", "input_px": SIDE, "epochs": 1, "loggers": [], "progress": False}
MODELS = {
    "hirenet": (("text",), SMALL),
    "hn_satt": (("audio",), SMALL),
    "hn_avg": (("text",), SMALL),
    "bigru": (("visual",), SMALL),
    "fused": (("text", "audio", "visual"), SMALL),
    "gated": (("text", "audio"), SMALL),
    "cross_modal": (("text", "visual"), SMALL),
    "fused_ensemble": (("text", "audio"), {**SMALL, "members": 2}),
    "late_fusion": (("text", "audio"), {"model": "hn_satt", "model_options": SMALL}),
    "cnn_lstm": (("frames",), PICTURES),
    # Behind the name: the kind of its vectors, or its learner.
    "non_sequential documents": (
        ("text",),
        {"classifier": "svm", "document_size": 8, "document_epochs": 40},
    ),
    "non_sequential functionals": (("audio",), {"classifier": "forest", "unit": "interview"}),
    "non_sequential statistics": (("visual",), {"classifier": "ridge"}),
    "bag_of_words svm": (("text",), {"classifier": "svm", "codebook": 6}),
    "bag_of_words ridge": (("audio",), {"classifier": "ridge", "codebook": 6}),
    "early_fusion forest": (
        ("text", "audio"),
        {"model": "hn_satt", "model_options": SMALL, "classifier": "forest"},
    ),
    "late_fusion bags": (
        ("text", "audio"),
        {"model": "bag_of_words", "model_options": {"classifier": "ridge", "codebook": 6}},
    ),
}
torch.set_num_threads(1)


@pytest.fixture(scope="module", autouse=True)
def in_this_process(few_trees):
    """Workers of their own would spend longer on their imports than on this little data."""
    with joblib.parallel_config(backend="sequential"):
        yield


def interviews(name: str, count: int, seed: int, answers: int = 2) -> InterviewSet:
    """A made-up set with the five traits that the model can read."""
    if name == "cnn_lstm":
        return bright_people(count, answers, seed)
    found = toy_interviews(count, seed=seed, answers=answers, first=100 * seed, missing=0.2)
    worth = (found.labels[:, :1] - 1) / 6
    return replace(found, targets=TRAIT_TARGETS, labels=np.repeat(worth, 5, axis=1))


def checkpoint(name: str, folder: Path) -> Checkpoint:
    """A checkpoint of a model after one epoch."""
    streams, options = MODELS[name]
    model = require_saveable(build_model(name.split()[0], streams, **options))
    model.fit(interviews(name, 8, 1), interviews(name, 4, 2), seed=0, folder=folder)
    intake = Intake(streams, framing=Framing(size_px=SIDE, per_answer=3))
    widths = {set_name(s): np.full(5, 0.2) for s in stream_sets(tuple(intake.senses))}
    return Checkpoint(
        name=f"toy-{name}",
        model=model,
        options=options,
        intake=intake,
        targets=TRAIT_TARGETS,
        calibration=Calibration(0.9, dict.fromkeys(LEVELS, widths), np.eye(5)),
        training_mean=np.full(5, 0.5),
        training_data="made-up numbers",
        context_present=False,
    )


Written = Callable[[str], tuple[Checkpoint, Path]]


@pytest.fixture(scope="module")
def written_of(tmp_path_factory) -> Written:
    """Gives a checkpoint of a model of MODELS, and its folder; each is trained once."""
    folder = tmp_path_factory.mktemp("written")

    @cache
    def written(name: str) -> tuple[Checkpoint, Path]:
        made = checkpoint(name, folder / "fits" / name)
        write_checkpoint(made, folder / name, metrics={}, card="# toy\n", training={"seed": 0})
        return made, folder / name

    return written


@pytest.fixture(scope="module")
def written(written_of: Written) -> Path:
    """A checkpoint whose parts are damaged in copies."""
    return written_of("hn_satt")[1]


@pytest.mark.parametrize("name", MODELS)
def test_what_is_read_says_what_was_written(name: str, written_of: Written) -> None:
    made, folder = written_of(name)
    read = load_checkpoint(folder)
    test = interviews(name, 5, 3, answers=3)
    one, other = made.model.predict(test), read.model.predict(test)
    np.testing.assert_allclose(one.interviews, other.interviews, atol=1e-6)
    assert np.ptp(one.interviews, axis=0).max() > 0  # not the training mean for everybody
    assert (one.answers is None) == (other.answers is None)
    for a, b in zip(one.answers or (), other.answers or (), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert (read.name, read.intake, read.targets) == (made.name, made.intake, made.targets)
    assert read.options == made.options
    assert len(read.sha256) == 64


@pytest.mark.parametrize("name", ["random_vote", "majority_vote"])
def test_what_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"model '{name}' cannot be saved .* reads nothing of an"):
        require_saveable(build_model(name, ("text",)))


def test_every_other_model_of_the_catalogue_can_be_kept() -> None:
    baselines = {"random_vote", "majority_vote", "tfidf_ridge"}  # to compare with, not to use
    assert all(
        isinstance(build_model(name, ("text",)), SaveableModel) for name in {*ENTRIES} - baselines
    )


def test_an_unfitted_model_has_no_state() -> None:
    for name, (streams, options) in MODELS.items():
        with pytest.raises(ConfigError, match="is not fitted"):
            require_saveable(build_model(name.split()[0], streams, **options)).state()


def damaged(folder: Path, written: Path, **changes) -> Path:
    """A copy with other values in its config.json."""
    folder.mkdir()
    for path in written.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    return folder


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 9}, "format 9; this version reads format 2"),
        ({"intake": {}}, "damaged or of another version"),
        ({"training_mean": [0.5]}, "a training mean of shape"),
        ({"model": {"name": "hirenot", "options": {}, "state": {}}}, "no model 'hirenot'"),
        ({"model": {"name": "votes", "options": {}, "state": {}}}, "damaged"),
    ],
)
def test_a_damaged_description_is_refused(written, tmp_path, changes, message) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(damaged(tmp_path / "bad", written, **changes))


def changed(config: dict, way: tuple, value: object) -> dict:
    """The description with another value at a place; MISSING takes it away."""
    key, *rest = way
    new = {**config, key: changed(config[key], tuple(rest), value) if rest else value}
    return {k: v for k, v in new.items() if v != MISSING}


MISSING = "missing"
SAID = ("model", "state")


@pytest.mark.parametrize(
    ("way", "value", "part", "message"),
    [
        (("intake", "encoding", "text"), "../../../etc/passwd", "config.json", "leads out of its"),
        (("intake", "encoding", "text"), "/etc/passwd", "config.json", "leads out of its folder"),
        (("intake", "encoding", "whisper"), "/etc", "config.json", "a size such as tiny.en"),
        (("intake", "encoding", "audio"), "smell", "config.json", "'smell', expected egemaps or"),
        (("intake", "framing", "size_px"), 10**9, "config.json", "a whole number up to 2048"),
        (("intake", "framing", "per_answer"), 2.5, "config.json", "2.5, expected a whole number"),
        (("intake", "slice_s"), 1e-9, "config.json", "slice_s is 1e-09, expected 0.1 to 3600"),
        (("intake", "slice_s"), float("inf"), "config.json", "found inf, expected a finite number"),
        (("intake", "streams"), ["smell"], "config.json", "no stream 'smell'"),
        (("intake", "streams"), MISSING, "config.json", "no 'streams'"),
        (("model", "options", "words"), "/etc/passwd", "config.json", "leads out of its folder"),
        (("model", "options", "projection"), -3, "config.json", "greater than or equal to 1"),
        (("model", "options", "projection"), 10**9, "model.safetensors", "expected (1000000000, "),
        (("model", "options", "projektion"), 3, "config.json", "unknown option 'projektion'"),
        ((*SAID, "mean"), [0.5] * 4, "model.safetensors", "of 5 targets"),
        ((*SAID, "mean"), ["high"] * 5, "model.safetensors", "of 5 targets"),
        ((*SAID, "mean"), [float("nan")] * 5, "config.json", "found nan, expected a finite number"),
        ((*SAID, "mean"), [1e30] * 5, "model.safetensors", "openness: a training mean of 1e+30"),
        ((*SAID, "word_width"), 10**9, "model.safetensors", "expected ("),
        ((*SAID, "targets"), [], "model.safetensors", "targets [], expected some, each once"),
        (("targets",), [{"name": "openness"}] * 5, "config.json", "expected some, each once"),
        (("targets",), [{"name": "hirable"}], "config.json", "no openness, an assessment needs"),
        (("targets",), [{"name": "openness", "low": 2}], "config.json", "a scale from 2 to 1.0"),
        (("targets",), [{"name": "openness", "kind": "x"}], "config.json", "no kind of target 'x'"),
        (("training_mean",), [9] * 5, "config.json", "a training mean of 9 to 9, expected 0 to 1"),
        (("context_present",), "yes", "config.json", "context_present is 'yes', expected true or"),
    ],
)
def test_a_description_from_outside_is_not_believed(
    written, tmp_path, way, value, part, message
) -> None:
    config = json.loads((written / "config.json").read_text())
    folder = damaged(tmp_path / "bad", written, **changed(config, way, value))
    with pytest.raises(CheckpointError) as caught:
        load_assessor(folder)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(folder / part))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("net.head.bias", lambda a: np.full_like(a, np.nan), "net.head.bias holds the number nan"),
        ("net.head.bias", lambda a: a[:2], "tensor net.head.bias has shape (2,), expected (5,)"),
        ("net.head.bias", lambda a: a.astype(int), "tensor net.head.bias is of torch.int64, exp"),
        ("inputs.audio.mean", lambda a: a[:-3], "inputs of shapes mean ("),
        ("inputs.audio.mean", lambda a: np.full_like(a, np.inf), "holds the number inf, expected"),
        ("inputs.audio.scale", lambda a: 0 * a, "scale of the inputs is 0, expected above 0"),
        ("inputs.audio.spread", lambda a: -a, "spread of the inputs is -1, expected above 0"),
        ("inputs.audio.rotation", lambda a: a.astype(int), "no finite numbers"),
    ],
)
def test_weights_from_outside_are_not_believed(written, tmp_path, name, change, message) -> None:
    folder = damaged(tmp_path / "bad", written)
    arrays = load_file(folder / "model.safetensors")
    [own] = [key for key in arrays if key == name or key.endswith(name.removeprefix("net"))]
    arrays[own] = np.ascontiguousarray(change(arrays[own]))
    save_file(arrays, folder / "model.safetensors")
    with pytest.raises(CheckpointError) as caught:
        load_assessor(folder)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(folder / "model.safetensors"))


HEAD, LEARNER = ("head",), ("head", "learners", "0")
DOCUMENTS = ("vectors", "documents")


@pytest.mark.parametrize(
    ("name", "way", "value", "message"),
    [
        ("bag_of_words ridge", (*HEAD, "mean"), [0.5], "of 5 targets"),
        ("bag_of_words ridge", (*HEAD, "learners"), {}, "no '0'"),
        ("bag_of_words ridge", (*LEARNER, "spread"), -1, "openness: a spread of -1 and logistic"),
        ("bag_of_words ridge", (*LEARNER, "logistic"), 1, "logistic 1, expected 0 or more, and"),
        ("bag_of_words ridge", (*LEARNER, "centre"), "high", "could not convert"),
        ("non_sequential documents", (*DOCUMENTS, "words"), ["a", "a"], "or that come twice"),
        ("non_sequential documents", (*DOCUMENTS, "words"), ["a"], "expected 1 and (1, 8)"),
        ("non_sequential documents", (*DOCUMENTS, "counts"), [10**99], "more than 1000000000"),
        ("non_sequential documents", (*DOCUMENTS, "seed"), -1, "seed -1, expected a whole number"),
        ("non_sequential documents", ("vectors",), {"pickles": {}}, "no 'pickles'"),
        ("non_sequential statistics", ("vectors",), {"statistics": {"columns": [1]}}, "names"),
        (
            "non_sequential functionals",
            ("vectors", "functionals", "width"),
            10**9,
            "1000000000 functionals, expected 1 to 10000",
        ),
        (
            "non_sequential functionals",
            ("vectors", "functionals", "width"),
            1,  # of three
            "expected (1,)",
        ),
        ("early_fusion forest", ("fill", "unit"), "auto", "unit is 'auto', expected one of answer"),
    ],
)
def test_what_a_classic_learner_says_is_not_believed(
    written_of, tmp_path, name, way, value, message
) -> None:
    whole = written_of(name)[1]
    config = json.loads((whole / "config.json").read_text())
    folder = damaged(tmp_path / "bad", whole, **changed(config, (*SAID, *way), value))
    with pytest.raises(CheckpointError) as caught:
        load_assessor(folder)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(folder / "model.safetensors"))


@pytest.mark.parametrize(
    ("name", "array", "change", "message"),
    [
        ("bag_of_words ridge", "vectors.centres", lambda a: a[:, :-1], "centres of shape"),
        ("bag_of_words ridge", "vectors.mean", lambda a: a[:-1], "inputs of shapes"),
        ("bag_of_words ridge", "head.4.1.linear.intercept", lambda a: a * np.nan, "number nan"),
        ("bag_of_words svm", "head.0.1.rbf.vectors", lambda a: a[:, 1:], "vectors has shape"),
        ("early_fusion forest", "fill.text", lambda a: a[1:], "fill of text has shape (7,), exp"),
        ("early_fusion forest", "head.0.1.forest.left", lambda a: a * 0, "one child"),
        ("non_sequential documents", "vectors.documents.output", lambda a: a[1:], "output layer"),
    ],
)
def test_arrays_of_a_classic_learner_are_not_believed(
    written_of, tmp_path, name, array, change, message
) -> None:
    folder = damaged(tmp_path / "bad", written_of(name)[1])
    arrays = load_file(folder / "model.safetensors")
    arrays[array] = np.ascontiguousarray(change(arrays[array]))
    save_file(arrays, folder / "model.safetensors")
    with pytest.raises(CheckpointError) as caught:
        load_assessor(folder)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_no_part_of_the_folder_is_a_link_out_of_it(written: Path, tmp_path: Path) -> None:
    for part in ("config.json", "model.safetensors", "calibration.json"):
        folder = damaged(tmp_path / part, written)
        (folder / part).rename(tmp_path / f"outside-{part}")
        (folder / part).symlink_to(tmp_path / f"outside-{part}")
        with pytest.raises(CheckpointError, match=f"{part}.*leads out of its folder"):
            load_checkpoint(folder)


def test_word_vectors_of_ones_own_go_with_the_checkpoint(written: Path, tmp_path: Path) -> None:
    """A file of them is copied, so that nothing outside of the folder is named, or read."""
    (tmp_path / "my.vec").write_text("sell 0.5 0.25\nlisten 1 2\n")
    made = load_checkpoint(written)
    vectors = str(tmp_path / "my.vec")
    own = replace(
        made,
        intake=replace(
            made.intake, encoding=replace(made.intake.encoding, text=vectors, whisper="/weights")
        ),
        options={**made.options, "words": vectors},
    )
    folder = tmp_path / "toy"
    write_checkpoint(own, folder, metrics={}, card="", training={})
    (tmp_path / "my.vec").unlink()
    read = load_checkpoint(folder)
    assert read.options["words"] == str(folder / "my.vec")
    assert json.loads((folder / "config.json").read_text())["model"]["options"]["words"] == "my.vec"
    assert read.intake.encoding.text == str(folder / "my.vec")
    assert read.intake.encoding.whisper is None
    write_checkpoint(read, folder, metrics={}, card="", training={})  # onto itself
    assert (folder / "my.vec").read_text().startswith("sell")


def test_weights_of_another_network_are_refused(written: Path, tmp_path: Path) -> None:
    folder = damaged(tmp_path / "bad", written)
    arrays = load_file(folder / "model.safetensors")
    [first, *_] = [name for name in arrays if name.startswith("net.")]
    save_file({n: a for n, a in arrays.items() if n != first}, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"tensor net\..* is missing"):
        load_checkpoint(folder)
    (folder / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match="damaged or of another version"):
        load_checkpoint(folder)
    (folder / "calibration.json").unlink()
    with pytest.raises(
        CheckpointError, match=r"no calibration\.json; the checkpoint is incomplete"
    ):
        load_checkpoint(folder)


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"'nowhere': neither a folder with config.json nor"):
        load_checkpoint("nowhere")
    with pytest.raises(CheckpointError, match="neither a folder with config"):
        load_checkpoint(tmp_path)


def test_other_weights_are_another_digest(written: Path, tmp_path: Path) -> None:
    before = load_checkpoint(written).sha256
    assert len(before) == 64
    folder = damaged(tmp_path / "other", written)
    assert load_checkpoint(folder).sha256 == before
    arrays = load_file(folder / "model.safetensors")
    name = next(name for name in arrays if name.endswith("head.bias"))
    arrays[name] = arrays[name] + 1
    save_file(arrays, folder / "model.safetensors")
    assert load_checkpoint(folder).sha256 != before


def test_a_folder_holds_what_the_design_says(written: Path) -> None:
    names = {"model.safetensors", "config.json", "calibration.json", "metrics.json", "card.md"}
    assert {path.name for path in written.iterdir()} == names


def test_a_tuned_cnn_lies_beside_the_model_and_counts_in_its_digest(tmp_path: Path) -> None:
    shipped = load_checkpoint("fi-v2")
    write_checkpoint(shipped, tmp_path / "copy", metrics={}, card="", training={})
    copy = load_checkpoint(tmp_path / "copy")
    assert copy.recipe.cnn_weights == tmp_path / "copy" / "cnn.safetensors"
    one, other = shipped.model.state(), copy.model.state()
    assert one.metadata == other.metadata and one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name])
    assert {str(array.dtype) for array in one.arrays.values()} == {"float16", "float32"}
    (tmp_path / "copy" / "cnn.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"no file 'cnn\.safetensors'"):
        load_checkpoint(tmp_path / "copy")
