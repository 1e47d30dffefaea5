"""Non-sequential models, bags of words and votes: they find what tells, and repeat themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_interviews import SCORE, toy_interviews

from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.measure_table import evaluate_predictions
from hirenet_sales.models.bags import CodebookCounts
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.documents import DocumentVectors
from hirenet_sales.models.model import Model
from hirenet_sales.models.step_statistics import binary_statistics, continuous_statistics

TRAIN = toy_interviews(120, seed=1)
VALIDATION = toy_interviews(40, seed=2, first=1000)
TEST = toy_interviews(60, seed=3, first=2000)
QUICK = {"document_size": 8, "document_epochs": 60}


pytestmark = pytest.mark.usefixtures("few_trees")


def fitted(folder: Path, name: str, stream: str, *, train=TRAIN, seed: int = 0, **options) -> Model:
    model = build_model(name, (stream,), **options)
    model.fit(train, VALIDATION, seed=seed, folder=folder)
    return model


def options_of(name: str, stream: str, classifier: str = "ridge", **more) -> dict:
    quick = QUICK if (name, stream) == ("non_sequential", "text") else {}
    few = {"codebook": 12} if name == "bag_of_words" else {}
    return {"classifier": classifier, **quick, **few, **more}


@pytest.mark.parametrize("unit", ["answer", "interview"])
@pytest.mark.parametrize("name", ["non_sequential", "bag_of_words"])
@pytest.mark.parametrize("stream", ["text", "audio", "visual"])
def test_what_tells_is_found(tmp_path: Path, name: str, stream: str, unit: str) -> None:
    model = fitted(tmp_path, name, stream, **options_of(name, stream, unit=unit))
    assert isinstance(model.parameters(), int)
    assert model.parameters() > 0
    found = evaluate_predictions(model.predict(TEST), TEST, TRAIN, draws=0)["targets"]
    assert found["score"]["skill"] > 0.3
    assert found["hirable"]["auc"] > 0.85
    assert found["hirable"]["f1"] > 0.7


@pytest.mark.parametrize("classifier", ["svm", "ridge", "forest", "best"])
def test_each_classifier(tmp_path: Path, classifier: str) -> None:
    model = fitted(tmp_path, "non_sequential", "audio", classifier=classifier)
    prediction = model.predict(TEST)
    found = evaluate_predictions(prediction, TEST, TRAIN, draws=0)["targets"]
    assert found["score"]["skill"] > 0.5
    assert found["hirable"]["f1"] > 0.8
    assert np.all((prediction.interviews >= [1, 0]) & (prediction.interviews <= [7, 1]))
    log = json.loads((tmp_path / "choice.json").read_text())
    chosen = {log["targets"][t]["classifier"] for t in ("score", "hirable")}
    assert classifier == "best" or chosen == {classifier}


def test_by_answer_an_interview_is_the_mean_of_its_answers(tmp_path: Path) -> None:
    prediction = fitted(tmp_path, "non_sequential", "audio", classifier="ridge").predict(TEST)
    means = [answers.mean(0) for answers in prediction.answers]
    assert prediction.interviews == pytest.approx(np.array(means))


def test_answers_learn_from_their_own_labels(tmp_path: Path) -> None:
    """Where single answers are labelled, the interview's label does not count."""
    train = toy_interviews(80, seed=1, answer_level=True, targets=(SCORE,))
    nonsense = replace(train, labels=np.random.default_rng(0).uniform(1, 7, train.labels.shape))
    folders = [tmp_path / name for name in "ab"]
    a, b = (
        fitted(folder, "non_sequential", "audio", train=t, classifier="ridge")
        for folder, t in zip(folders, (train, nonsense), strict=True)
    )
    assert np.array(a.predict(TEST).answers) == pytest.approx(np.array(b.predict(TEST).answers))


@pytest.mark.parametrize("name", ["non_sequential", "bag_of_words"])
def test_a_missing_stream_is_open_and_its_interview_the_training_mean(
    tmp_path: Path, name: str
) -> None:
    model = fitted(tmp_path, name, "audio", **options_of(name, "audio"))
    streams = {**TEST.streams, "audio": [[a[:0] for a in row] for row in TEST.streams["audio"]]}
    streams["audio"][1] = TEST.streams["audio"][1]
    none = {"audio": [np.full_like(rows, np.nan) for rows in TEST.functionals["audio"]]}
    none["audio"][1] = TEST.functionals["audio"][1]
    prediction = model.predict(replace(TEST, streams=streams, functionals=none))
    assert np.isnan(prediction.answers[0]).all()
    assert np.isfinite(prediction.answers[1]).all()
    assert prediction.interviews[0] == pytest.approx(TRAIN.labels.mean(0))
    whole = model.predict(TEST)
    assert prediction.interviews[1] == pytest.approx(whole.interviews[1])


@pytest.mark.parametrize(
    ("name", "stream"), [("non_sequential", "text"), ("bag_of_words", "audio")]
)
def test_the_same_seed_gives_the_same_numbers_also_from_what_was_chosen(
    tmp_path: Path, name: str, stream: str
) -> None:
    options = options_of(name, stream, "svm")
    first = fitted(tmp_path / "a", name, stream, **options).predict(TEST).interviews
    other = fitted(tmp_path / "b", name, stream, **options).predict(TEST).interviews
    assert np.array_equal(first, other)
    before = (tmp_path / "a" / "choice.json").stat().st_mtime_ns
    again = fitted(tmp_path / "a", name, stream, **options).predict(TEST).interviews
    assert np.array_equal(first, again)
    assert (tmp_path / "a" / "choice.json").stat().st_mtime_ns == before  # nothing was searched
    fitted(tmp_path / "a", name, stream, seed=1, **options)
    assert (tmp_path / "a" / "choice.json").stat().st_mtime_ns != before


def test_an_interrupted_search_goes_on(tmp_path: Path) -> None:
    whole = fitted(tmp_path, "non_sequential", "audio", classifier="forest").predict(TEST)
    path = tmp_path / "choice.json"
    log = json.loads(path.read_text())
    del log["targets"]["hirable"]
    path.write_text(json.dumps(log))
    again = fitted(tmp_path, "non_sequential", "audio", classifier="forest").predict(TEST)
    assert np.array_equal(whole.interviews, again.interviews)
    assert "hirable" in json.loads(path.read_text())["targets"]


def test_in_use_a_stream_that_an_interview_lacks_has_no_columns(tmp_path: Path) -> None:
    model = fitted(tmp_path, "non_sequential", "visual", classifier="ridge")
    nothing = [[np.zeros((0, 1), np.float32)] * 2]
    silent = replace(TEST.take([0]), streams={"visual": nothing}, columns={})
    assert model.predict(silent).interviews[0] == pytest.approx(TRAIN.labels.mean(0))


def test_in_use_functionals_are_those_of_training_or_none(tmp_path: Path) -> None:
    model = fitted(tmp_path, "non_sequential", "audio", classifier="ridge")
    silent = model.predict(replace(TEST, functionals={}))
    assert silent.interviews == pytest.approx(np.tile(TRAIN.labels.mean(0), (len(TEST), 1)))
    assert all(np.isnan(answers).all() for answers in silent.answers)
    other = {"audio": [rows[:, 1:] for rows in TEST.functionals["audio"]]}
    with pytest.raises(DatasetError) as caught:
        model.predict(replace(TEST, functionals=other))
    assert str(caught.value) == (
        "toy: 2 functionals of stream audio, the model was trained on 3; extract them as for the "
        "training"
    )


DOCUMENTS = """
import sys; sys.path[:0] = sys.argv[1:]
from toy_interviews import toy_interviews
from hirenet_sales.models.documents import DocumentVectors
vectors = DocumentVectors(4, 5)
vectors.fit(toy_interviews(10), 0)
print([rows.tolist() for rows in vectors.of(toy_interviews(3, seed=5))])
"""


def test_documents_do_not_depend_on_pythons_hash() -> None:
    """Gensim alone starts an inferred vector from the hash of its text."""
    paths = [str(Path(__file__).parents[1]), str(Path(__file__).parents[3])]
    elsewhere = subprocess.run(
        [sys.executable, "-c", DOCUMENTS, *paths],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    vectors = DocumentVectors(4, 5)
    vectors.fit(toy_interviews(10), 0)
    own = [rows.tolist() for rows in vectors.of(toy_interviews(3, seed=5))]
    assert own and json.loads(elsewhere) == own


def test_documents_need_words_that_occur_twice() -> None:
    bare = replace(TRAIN.take([0]), words=[[("once",), ("only",)]])
    with pytest.raises(DatasetError, match="no word occurs twice"):
        DocumentVectors(4, 2).fit(bare, 0)


@pytest.mark.parametrize(("stream", "lacks"), [("text", "words"), ("audio", "functionals")])
def test_statistics_stand_in_and_the_model_says_so(tmp_path: Path, stream: str, lacks: str) -> None:
    bare = {"words": [], "functionals": {}}[lacks]
    train, validation, test = (replace(s, **{lacks: bare}) for s in (TRAIN, VALIDATION, TEST))
    model = build_model("non_sequential", (stream,), classifier="ridge")
    model.fit(train, validation, seed=0, folder=tmp_path)
    assert f"toy {'keeps' if lacks == 'words' else 'brings'} no {lacks}" in model.vectors.notes[0]
    assert json.loads((tmp_path / "choice.json").read_text())["notes"] == list(model.vectors.notes)
    found = evaluate_predictions(model.predict(test), test, train, draws=0)["targets"]
    assert found["score"]["skill"] > 0.3


def test_continuous_statistics() -> None:
    rows = np.array([[1.0, 5], [3, 5], [2, 5], [6, 5]])
    means, sds, lows, highs, rises, falls = continuous_statistics(rows).reshape(6, 2)
    assert (means[0], sds[0]) == (3, pytest.approx(np.std([1, 3, 2, 6])))
    assert (lows[0], highs[0], rises[0], falls[0]) == (1, 6, 6, -1)
    assert (sds[1], rises[1], falls[1]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("active", "expected"),  # mean, number of segments, mean and sd of their duration in steps
    [
        ([0, 0, 0, 0], (0, 0, 0, 0)),
        ([1, 1, 1, 1], (1, 1, 4, 0)),
        ([1, 0, 1, 1, 1, 0], (4 / 6, 2, 2, 1)),
        ([0, 1], (0.5, 1, 1, 0)),
        ([1], (1, 1, 1, 0)),
    ],
)
def test_binary_statistics(active: list[int], expected: tuple[float, ...]) -> None:
    assert binary_statistics(np.array([active, active]).T).reshape(4, 2)[:, 1] == pytest.approx(
        np.array(expected)
    )


def test_a_bag_counts_every_step_once_in_any_order() -> None:
    bag = CodebookCounts("audio", 9)
    bag.fit(TRAIN, 0)
    counts = bag.of(TEST)
    turned = {"audio": [[a[::-1] for a in row] for row in TEST.streams["audio"]]}
    for row, steps, other in zip(
        counts, TEST.streams["audio"], bag.of(replace(TEST, streams=turned)), strict=True
    ):
        assert row.sum(1).tolist() == [len(a) for a in steps]
        assert np.array_equal(row, other)


@pytest.mark.parametrize("answer_level", [False, True])
def test_a_random_vote_keeps_the_balance(tmp_path: Path, answer_level: bool) -> None:
    train = toy_interviews(200, seed=4, answer_level=answer_level)
    labels = train.labels.copy()
    labels[:, 1] = np.arange(200) % 5 == 0
    answers = [np.tile(row, (2, 1)) for row in labels] if answer_level else None
    train = replace(train, labels=labels, answer_labels=answers)
    model = build_model("random_vote", ("text",))
    model.fit(train, VALIDATION, seed=0, folder=tmp_path)
    vote = model.predict(train)
    drawn = np.stack([vote.redraw(n).interviews[:, 1] for n in range(100)])
    assert set(drawn.ravel()) == {0, 1}
    assert drawn.mean() == pytest.approx(0.2, abs=0.02)
    found = evaluate_predictions(vote, train, train, draws=100)
    assert found["targets"]["hirable"]["f1"] == pytest.approx(0.2, abs=0.03)
    assert found["targets"]["hirable"]["auc"] == pytest.approx(0.5, abs=0.03)
    again = evaluate_predictions(model.predict(train), train, train, draws=10)
    assert again == evaluate_predictions(vote, train, train, draws=10)


def test_a_majority_vote_follows_the_position(tmp_path: Path) -> None:
    train = replace(
        TRAIN.take(range(6)),
        positions=np.array(["a", "a", "a", "b", "b", "c"]),
        labels=np.array([[1, 1], [2, 1], [3, 0], [4, 0], [6, 1], [7, np.nan]]),
    )
    model = build_model("majority_vote", ("text", "audio"))
    model.fit(train, VALIDATION, seed=0, folder=tmp_path)
    asked = replace(TEST.take(range(4)), positions=np.array(["a", "b", "c", "unknown"]))
    expected = [[2, 1], [5, 1], [7, 1], [23 / 6, 1]]  # a draw counts as 1
    assert model.predict(asked).interviews == pytest.approx(np.array(expected))


@pytest.mark.parametrize("name", ["non_sequential", "bag_of_words"])
def test_one_stream_alone(name: str) -> None:
    with pytest.raises(ConfigError, match="reads one stream"):
        build_model(name, ("text", "audio"))


@pytest.mark.parametrize("few", [0, 3])
def test_without_a_validation_set_people_are_crossed(tmp_path: Path, few: int) -> None:
    model = build_model("non_sequential", ("audio",), classifier="ridge")
    model.fit(TRAIN, VALIDATION.take(range(few)), seed=0, folder=tmp_path)
    found = evaluate_predictions(model.predict(TEST), TEST, TRAIN, draws=0)["targets"]
    assert found["score"]["skill"] > 0.5


def test_a_label_that_is_always_the_same(tmp_path: Path) -> None:
    labels = TRAIN.labels.copy()
    labels[:, 0] = 3
    train = replace(TRAIN, labels=labels)
    found = fitted(tmp_path, "non_sequential", "audio", train=train, classifier="ridge")
    assert found.predict(TEST).interviews[:, 0].tolist() == [3.0] * len(TEST)


def test_a_label_that_is_never_known(tmp_path: Path) -> None:
    labels = TRAIN.labels.copy()
    labels[:, 1] = np.nan
    with pytest.raises(DatasetError, match="nothing to learn hirable from"):
        fitted(tmp_path, "non_sequential", "audio", train=replace(TRAIN, labels=labels))
