"""CR-Net as a model of the catalogue: what it learns, what it keeps, and what it refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from extractors.errors import WeightsError
from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet, Target
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.experiment.model_list import model_table
from hirenet_sales.models import crnet as crnet_model
from hirenet_sales.models import crnet_answers
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.crnet import CrnetModel
from hirenet_sales.models.crnet_answers import CrnetAnswers
from hirenet_sales.models.final_regressor import REGRESSORS
from hirenet_sales.models.model import ModelState, SaveableModel
from hirenet_sales.training import crnet as stages

SIDE = 32
SMALL: dict[str, Any] = {
    "depth": 18,
    "width": 4,
    "input_px": SIDE,
    "segments": 1,
    "shown": 2,
    "classification_epochs": 1,
    "regression_epochs": 2,
    "decays": 0,
    "batch": 10,
    "learning_rate": 0.01,
    "trees": 20,
    "loggers": (),
    "progress": False,
}
ALL = ("frames", "scenes", "audio", "text")
WORDS = ("never", "seldom", "often", "always")


@pytest.fixture(scope="module", autouse=True)
def plain_surroundings() -> Iterator[None]:
    """One thread, since only so a fit resumes exactly; and no encoder, which may be missing."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crnet_answers, "sentence_vectors", counted_words)
        yield
    crnet_answers._encoded.cache_clear()
    torch.set_num_threads(before)


def counted_words(transcripts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """How often each of WORDS is said, in place of the sentence encoder."""
    found = [[text.split().count(word) for word in WORDS] for text in transcripts]
    values = np.array(found, np.float32)
    return values, values.any(1)


def people(count: int = 24, answers: int = 3, seed: int = 0) -> InterviewSet:
    """Pictures, sound and words that tell a level: four traits are it, neuroticism its opposite."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.1, 0.9, count)

    def pictures(of: float) -> np.ndarray:
        noise = rng.normal(0, 20, (3, SIDE, SIDE, 3))
        return np.clip(255 * of + noise, 0, 255).astype(np.uint8)

    def sound(of: float) -> np.ndarray:
        return (of * np.arange(1, 6) + rng.normal(0, 0.1, (7, 5))).astype(np.float32)

    labels = np.stack([*[level] * 4, 1 - level], axis=1)
    none = ("",) * answers
    words = [[(WORDS[int(4 * of)], WORDS[int(2 * of)])] * answers for of in level]
    return InterviewSet(
        "toy",
        tuple(f"i{n:03d}" for n in range(count)),
        np.array([f"p{n:03d}" for n in range(count)]),
        np.full(count, ""),
        (none,) * count,
        (none,) * count,
        {
            "frames": [[pictures(of) for _ in none] for of in level],
            "scenes": [[pictures(1 - of) for _ in none] for of in level],
            "audio": [[sound(of) for _ in none] for of in level],
            "text": [[np.zeros((2, 3), np.float32) for _ in none] for _ in level],
        },
        {"audio": tuple("abcde"), "text": tuple("abc")},
        TRAIT_TARGETS,
        labels,
        words=words,
    )


def without(interviews: InterviewSet, place: tuple[int, int], *streams: str) -> InterviewSet:
    """The same set, where one answer lacks some streams."""
    i, q = place
    found = {name: [list(own) for own in values] for name, values in interviews.streams.items()}
    words = [list(own) for own in interviews.words]
    for stream in streams:
        found[stream][i][q] = found[stream][i][q][:0]
        if stream == "text":
            words[i][q] = ()
    return replace(interviews, streams=found, words=words)


def model(*streams: str, **options: Any) -> CrnetModel:
    made = build_model("crnet", streams or ALL, **{**SMALL, **options})
    assert isinstance(made, CrnetModel) and isinstance(made, SaveableModel)
    return made


@pytest.fixture(scope="module")
def train() -> InterviewSet:
    return people()


@pytest.fixture(scope="module")
def others() -> InterviewSet:
    return people(12, seed=1)


@pytest.fixture(scope="module")
def face(train, tmp_path_factory) -> tuple[CrnetModel, Path]:
    folder = tmp_path_factory.mktemp("face")
    made = model("frames", regressor=None, regression_epochs=6)
    made.fit(train, train.take([]), seed=0, folder=folder)
    return made, folder


@pytest.fixture(scope="module")
def whole(train, tmp_path_factory) -> tuple[CrnetModel, Path]:
    folder = tmp_path_factory.mktemp("whole")
    made = model()
    made.fit(train, train.take([]), seed=0, folder=folder)
    return made, folder


def same_branches(whole: tuple[CrnetModel, Path], folder: Path) -> Path:
    """A folder whose branches are trained and whose regressor is not."""
    shutil.copytree(whole[1], folder, dirs_exist_ok=True)
    for name in ("arguments.json", "done.json", "model.safetensors"):
        (folder / name).unlink()
    return folder


def error_of(made: CrnetModel, others: InterviewSet) -> np.ndarray:
    """Mean absolute error of every trait, as a share of the training mean's."""
    found = made.predict(others).interviews
    blind = people().labels.mean(0)
    return np.abs(found - others.labels).mean(0) / np.abs(blind - others.labels).mean(0)


def test_one_branch_learns_what_is_planted(face, others) -> None:
    assert face[0].branches == ("face",)
    assert (error_of(face[0], others) < 0.75).all()  # neuroticism, which is turned, too


@pytest.mark.parametrize("stream", ["audio", "text"])
def test_every_other_stream_is_read(stream: str, train, others, tmp_path: Path) -> None:
    made = model(stream)
    made.fit(train, train, seed=0, folder=tmp_path)
    assert (error_of(made, others) < 0.75).all()


def test_three_branches_learn_what_is_planted(whole, others) -> None:
    assert whole[0].branches == ("scene", "face", "audio-text")
    assert (error_of(whole[0], others) < 0.6).all()


def test_networks_learn_emotional_stability(train) -> None:
    learnt = CrnetAnswers(train, ("audio",), SIDE)
    level = train.labels[:, 0]
    np.testing.assert_allclose(learnt.labels, np.repeat(level, 3)[:, None].repeat(5, 1))
    back = learnt.by_interview(learnt.labels, TRAIT_TARGETS)
    np.testing.assert_allclose([own[1] for own in back], train.labels)


def test_scales_of_targets_are_kept() -> None:
    targets = (Target("neuroticism", "regression", 1.0, 5.0), Target("warmth", low=-1.0, high=1.0))
    some = people(2)
    some = replace(some, targets=targets, labels=np.array([[5.0, 0.0], [np.nan, 1.0]]))
    answers = CrnetAnswers(some, ("audio",), SIDE)
    np.testing.assert_allclose(answers.labels[[0, 3]], [[0.0, 0.5], [np.nan, 1.0]])
    beyond = np.array([[-1.0, 2.0]] * 6)
    np.testing.assert_allclose(answers.by_interview(beyond, targets)[0], [[5.0, 1.0]] * 3)


def test_answers_have_their_own_labels(train) -> None:
    own = [np.full((3, 5), 0.25) + np.arange(3)[:, None] / 10 for _ in train.ids]
    labels = CrnetAnswers(replace(train, answer_labels=own), ("audio",), SIDE).labels
    np.testing.assert_allclose(labels[:3, 0], [0.25, 0.35, 0.45])
    np.testing.assert_allclose(labels[:3, 4], [0.75, 0.65, 0.55])


def test_what_an_answer_lacks_is_left_out(whole, others) -> None:
    full = whole[0].predict(others)
    lacking = without(others, (0, 0), *ALL)
    for answer in range(3):
        lacking = without(lacking, (1, answer), *ALL)
    lacking = without(lacking, (2, 0), "frames", "scenes", "audio")
    found = whole[0].predict(lacking)
    assert np.isnan(found.answers[0][0]).all() and np.isnan(found.answers[1]).all()
    np.testing.assert_allclose(found.interviews[0], full.answers[0][1:].mean(0))
    np.testing.assert_allclose(found.interviews[1], people().labels.mean(0))
    assert np.isfinite(found.answers[2]).all()  # there were its words
    assert (found.answers[2][0] != full.answers[2][0]).any()
    np.testing.assert_allclose(found.answers[2][1:], full.answers[2][1:])
    np.testing.assert_allclose(found.interviews[3:], full.interviews[3:])


def test_streams_that_a_set_lacks(whole, others) -> None:
    sound = replace(others, streams={"audio": others.streams["audio"]}, words=[])
    assert np.isfinite(np.concatenate(whole[0].predict(sound).answers)).all()
    nothing = whole[0].predict(replace(others, streams={}, words=[]))
    assert np.isnan(np.concatenate(nothing.answers)).all()
    np.testing.assert_allclose(nothing.interviews, [people().labels.mean(0)] * len(others))
    assert whole[0].predict(others.take([])).interviews.shape == (0, 5)


def test_answers_without_a_label_or_a_picture_teach_nothing(train, tmp_path: Path) -> None:
    some = train.take(range(12))
    first = model("frames")
    first.fit(some, some, seed=0, folder=tmp_path / "some")
    unlabelled = train.take(range(13))
    unlabelled.labels[12] = np.nan
    second = model("frames")
    second.fit(unlabelled, some, seed=0, folder=tmp_path / "unlabelled")
    assert_same(second, first, train)
    for answer in range(3):
        unlabelled = without(unlabelled, (12, answer), "frames")
    unlabelled.labels[12] = 0.0
    third = model("frames")
    third.fit(unlabelled, some, seed=0, folder=tmp_path / "unseen")
    assert_same(third, first, train)


def test_vectors_are_standardised_by_the_training_part(whole, train) -> None:
    rows = np.array([rows.mean(0) for own in train.streams["audio"] for rows in own])
    arrays = whole[0].state().arrays
    np.testing.assert_allclose(arrays["scaling.audio.mean"], rows.mean(0), atol=1e-6)
    np.testing.assert_allclose(arrays["scaling.audio.scale"], rows.std(0), atol=1e-6)


def test_memory_mapped_pictures_are_read_in_place(face, others, tmp_path: Path) -> None:
    mapped = []
    for i, own in enumerate(others.streams["frames"]):
        np.save(tmp_path / f"{i}.npy", np.concatenate(own))
        pictures = np.load(tmp_path / f"{i}.npy", mmap_mode="r")
        mapped.append([pictures[:3], pictures[3:6], pictures[6:]])
    same = face[0].predict(replace(others, streams={"frames": mapped}))
    np.testing.assert_array_equal(same.interviews, face[0].predict(others).interviews)


def assert_same(found: CrnetModel, expected: CrnetModel, interviews: InterviewSet) -> None:
    np.testing.assert_array_equal(
        found.predict(interviews).interviews, expected.predict(interviews).interviews
    )


def kept_in(state: ModelState, path: Path) -> ModelState:
    """Through a file, as a checkpoint keeps it."""
    save_file({k: np.ascontiguousarray(v) for k, v in state.arrays.items()}, path)
    return ModelState(state.metadata, load_file(path))


def test_one_branch_is_kept(face, others, tmp_path: Path) -> None:
    fresh = model("frames", regressor=None)
    fresh.restore(kept_in(face[0].state(), tmp_path / "model.safetensors"))
    assert_same(fresh, face[0], others)
    assert fresh.parameters() == face[0].parameters()


@pytest.mark.parametrize("regressor", REGRESSORS)
def test_three_branches_are_kept_with_each_regressor(
    whole, train, others, tmp_path: Path, regressor: str
) -> None:
    made = model(regressor=regressor)
    folder = same_branches(whole, tmp_path / "fit")
    made.fit(train, train, seed=0, folder=folder)
    fresh = model(regressor=regressor)
    fresh.restore(kept_in(made.state(), tmp_path / "model.safetensors"))
    assert_same(fresh, made, others)
    assert (error_of(made, others) < 0.7).all()
    if regressor != "extra-trees":
        assert (made.predict(others).interviews != whole[0].predict(others).interviews).any()


def test_two_branches_with_half_of_the_third(whole, train, others, tmp_path: Path) -> None:
    made = model("audio", "frames", regressor="svr")
    assert made.branches == ("face", "audio")
    shutil.copytree(whole[1] / "face", tmp_path / "face")
    made.fit(train, train, seed=0, folder=tmp_path)
    assert (error_of(made, others) < 0.7).all()


def test_an_interrupted_fit_ends_with_the_same_numbers(
    whole, train, others, tmp_path: Path, monkeypatch
) -> None:
    real, calls = stages.staged_loss, []

    def breaks(*arguments):
        calls.append(arguments)
        if len(calls) == 30:  # in the second branch
            raise InterruptedError
        return real(*arguments)

    made = model()
    monkeypatch.setattr(stages, "staged_loss", breaks)
    with pytest.raises(InterruptedError):
        made.fit(train, train, seed=0, folder=tmp_path)
    assert (tmp_path / "face").is_dir() and not (tmp_path / "audio-text").exists()
    with pytest.raises(ConfigError, match="not fitted"):
        made.predict(others)
    monkeypatch.setattr(stages, "staged_loss", real)
    made.fit(train, train, seed=0, folder=tmp_path)
    assert_same(made, whole[0], others)


def test_a_finished_fit_is_read_and_nothing_is_learnt(whole, train, others, monkeypatch) -> None:
    monkeypatch.setattr(crnet_model, "train_net", None)
    with monkeypatch.context() as patch:
        patch.setattr(crnet_model, "_run", None)
        again = model()
        again.fit(train, train, seed=0, folder=whole[1])
    assert_same(again, whole[0], others)
    for other, part, seed, differs in (
        (model(trees=21), train, 0, "options"),
        (model("frames"), train, 0, "streams, train"),
        (again, train, 1, "seed"),
        (again, train.take(range(20)), 0, "mean, train"),
    ):
        with pytest.raises(ConfigError, match=f"holds a fit of another {differs};"):
            other.fit(part, train, seed=seed, folder=whole[1])


def test_other_contents_are_another_fit(train) -> None:
    before = {b: CrnetAnswers(train, ALL, SIDE).digest(b) for b in ("face", "audio-text", "text")}
    louder = {**train.streams, "audio": [[2 * a for a in own] for own in train.streams["audio"]]}
    changed = {b: CrnetAnswers(replace(train, streams=louder), ALL, SIDE).digest(b) for b in before}
    assert [b for b in before if before[b] != changed[b]] == ["audio-text"]
    words = [[("often",)] * 3 for _ in train.ids]
    changed = {b: CrnetAnswers(replace(train, words=words), ALL, SIDE).digest(b) for b in before}
    assert [b for b in before if before[b] != changed[b]] == ["audio-text", "text"]
    darker = {**train.streams, "frames": [[a // 2 for a in own] for own in train.streams["frames"]]}
    changed = {b: CrnetAnswers(replace(train, streams=darker), ALL, SIDE).digest(b) for b in before}
    assert [b for b in before if before[b] != changed[b]] == ["face"]


def damaged(state: ModelState, name: str, change: Any) -> ModelState:
    array = np.array(state.arrays[name])
    return ModelState(state.metadata, {**state.arrays, name: change(array)})


def first_is(value: float) -> Any:
    def change(array: np.ndarray) -> np.ndarray:
        array.flat[0] = value
        return array

    return change


@pytest.mark.parametrize(
    ("name", "change", "error", "said"),
    [
        ("net.face.head.start", first_is(np.nan), ValueError, "head.start: a value that is not"),
        ("net.face.head.start", lambda a: a[:-1], ValueError, "has shape"),
        ("scaling.audio.mean", lambda a: a[:-1], ValueError, "mean has shape"),
        ("scaling.text.scale", first_is(0.0), ValueError, "expected above 0"),
        ("regressor.2.0.forest.left", first_is(0), ValueError, "behind its node"),
        ("regressor.4.0.forest.feature", first_is(32), ValueError, "a column that 32 do not have"),
    ],
)
def test_a_damaged_state_is_refused(whole, others, name, change, error, said) -> None:
    fresh = model()
    with pytest.raises(error, match=said):
        fresh.restore(damaged(whole[0].state(), name, change))
    with pytest.raises(ConfigError, match="not fitted"):  # it is left as it was
        fresh.predict(others)


def test_a_state_of_another_model_is_refused(whole, face) -> None:
    state = whole[0].state()
    for name, error in (
        ("net.scene.head.regression", ValueError),
        ("scaling.text.mean", KeyError),
        ("regressor.0.0.forest.value", KeyError),
    ):
        rest = {key: array for key, array in state.arrays.items() if key != name}
        with pytest.raises(error):
            model().restore(ModelState(state.metadata, rest))
    with pytest.raises(ValueError, match="regressor 'svr', but its arrays are of forest"):
        model(regressor="svr").restore(state)
    with pytest.raises(ValueError, match="has shape"):
        model("frames", regressor=None, width=5).restore(face[0].state())
    for said, error in (
        ({}, KeyError),
        ({**state.metadata, "mean": [0.5]}, ValueError),
        ({**state.metadata, "mean": [0.5, 0.5, 0.5, 0.5, float("nan")]}, ValueError),
        ({**state.metadata, "targets": [{"title": "x"}]}, TypeError),
    ):
        with pytest.raises(error):
            model().restore(ModelState(said, state.arrays))


@pytest.mark.parametrize(
    ("streams", "options", "message"),
    [
        (ALL, {"regressor": None}, "branches scene, face, audio-text are fused by a regressor"),
        (("text",), {"regressor": "forest"}, "no regressor 'forest'"),
        (("text",), {"head": "plain", "losses": ()}, "head plain has nothing to learn from"),
        (("text",), {"losses": ("l3",)}, "no loss 'l3'; known are l1, mse, bell"),
        (("text",), {"losses": ("l1", "l1")}, "loss 'l1' is given twice"),
        (("text",), {"classes": 5}, "5 classes; the paper has 4, 7, 10"),
        (("text",), {"tree": 5}, "unknown option 'tree'; did you mean 'trees'"),
    ],
)
def test_impossible_options(streams, options, message) -> None:
    with pytest.raises(ConfigError, match=message):
        build_model("crnet", streams, **options)


def test_streams_that_cannot_be_read(train, tmp_path: Path) -> None:
    def refused(made: CrnetModel, part: InterviewSet, error: type[Exception], said: str) -> None:
        with pytest.raises(error) as raised:
            made.fit(part, part, seed=0, folder=tmp_path)
        assert said in str(raised.value)

    reads = "model 'crnet' reads frames, scenes, audio and text"
    refused(model("visual"), train, ConfigError, f"{reads}, where frames and scenes are of")
    refused(model("audio", "visual"), train, ConfigError, "found audio, visual")
    bare = replace(train, streams={"audio": train.streams["audio"]}, words=[])
    refused(model("frames"), bare, DatasetError, "toy: no stream frames; there are audio")
    refused(model("text"), bare, DatasetError, "toy: no words of its answers; load stream text")
    silent = train.streams["audio"]
    silent = {**train.streams, "audio": [[a[:0] for a in own] for own in silent]}
    silent_set = replace(train, streams=silent)
    refused(model(), silent_set, DatasetError, "toy: no answer with a label has stream audio")
    unseen = {**train.streams, "frames": [[a[:0] for a in own] for own in train.streams["frames"]]}
    said = "toy: 0 answers with a label of openness and what branch face reads; expected 2 or more"
    refused(model(), replace(train, streams=unseen), DatasetError, said)
    unknown = np.where(np.arange(5) < 2, np.nan, train.labels)
    said = "toy: no label of openness, conscientiousness to learn from"
    refused(model(), replace(train, labels=unknown), DatasetError, said)
    assert not list(tmp_path.iterdir())  # all of that is said before anything is trained


def test_pictures_of_another_size(face, train, others, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as raised:
        model("frames", input_px=64).fit(train, train, seed=0, folder=tmp_path)
    assert "toy: i000, answer 1: stream frames has pictures (32, 32, 3) of uint8, expected" in str(
        raised.value
    )
    assert "(64, 64, 3) of uint8; load them with size_px 64" in str(raised.value)
    floats = [list(own) for own in others.streams["frames"]]
    floats[4][1] = floats[4][1].astype(float)
    with pytest.raises(DatasetError, match=r"toy: i004, answer 2: .*\(32, 32, 3\) of float64"):
        face[0].predict(replace(others, streams={"frames": floats}))


def test_vectors_of_another_length(whole, others) -> None:
    short = {
        **others.streams,
        "audio": [[a[:, :4] for a in own] for own in others.streams["audio"]],
    }
    columns = {**others.columns, "audio": others.columns["audio"][:4]}
    with pytest.raises(DatasetError, match="stream audio has 4 columns, the model was trained on"):
        whole[0].predict(replace(others, streams=short, columns=columns))


def test_a_missing_encoder_is_told_before_anything_is_trained(
    train, tmp_path: Path, monkeypatch
) -> None:
    def missing(transcripts):
        raise WeightsError("not installed")

    crnet_answers._encoded.cache_clear()
    monkeypatch.setattr(crnet_answers, "sentence_vectors", missing)
    with pytest.raises(WeightsError, match="not installed"):
        model().fit(train, train, seed=0, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unfitted_model(others) -> None:
    for call in (lambda m: m.predict(others), lambda m: m.state()):
        with pytest.raises(ConfigError, match="model 'crnet' is not fitted; call fit first"):
            call(model())


def test_it_is_listed_once_with_the_papers_size(whole) -> None:
    [listed] = [row for row in model_table().rows if row["name"].split()[0] == "crnet"]
    # ResNet-34 without its classifier has 21,284,672; the CR-block 5 x 4 x 512 x 513 and its heads.
    face = 21_284_672 + 5 * 4 * 512 * 513 + 5 * 512 * 2 + 5
    assert build_model("crnet", ("frames",)).parameters() == face
    assert build_model("crnet", ("scenes",)).parameters() == face
    expected = listed["parameters"]
    assert expected == 2 * face + build_model("crnet", ("audio", "text")).parameters()
    assert build_model("crnet", ALL).parameters() == expected
    assert whole[0].parameters() == model().parameters()
    rest = model("scenes", "audio", "text").parameters()
    assert model("frames").parameters() == model().parameters() - rest > 0
