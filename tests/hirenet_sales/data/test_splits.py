"""Splits: people kept apart, nothing lost, the same again from a file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_dataset import rows, write_table
from toy_tables import write_mit

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.splits import Split, leak, make_split, part_of
from hirenet_sales.errors import DatasetError

PARTS = ("train", "validation", "test")


def toy(interviews: int = 60, people: int = 20, binary: bool = False) -> InterviewSet:
    rng = np.random.default_rng(0)
    labels = rng.random((interviews, 1))
    labels = (labels < 0.3).astype(float) if binary else labels
    return InterviewSet(
        dataset="toy",
        ids=tuple(f"i{n}" for n in range(interviews)),
        people=np.array([f"p{n % people}" for n in range(interviews)]),
        positions=np.array(["job"] * interviews),
        question_ids=(("q",),) * interviews,
        questions=(("?",),) * interviews,
        streams={},
        columns={},
        targets=(Target("hirable", "binary") if binary else Target("score"),),
        labels=labels,
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["disjoint", "stratified"])
def test_every_interview_is_in_one_part(kind, seed: int) -> None:
    interviews = toy()
    split = make_split(interviews, kind, seed=seed)
    found = [name for part in PARTS for name in getattr(split, part)]
    assert sorted(found) == sorted(interviews.ids)
    assert [len(part) for part in split.apply(interviews)] == pytest.approx([48, 6, 6], abs=6)
    assert split == make_split(interviews, kind, seed=seed)
    assert split != make_split(interviews, kind, seed=seed + 1)


@pytest.mark.parametrize("seed", range(5))
def test_no_person_is_in_two_parts(seed: int) -> None:
    interviews = toy()
    split = make_split(interviews, "disjoint", seed=seed)
    people = [set(part.people.tolist()) for part in split.apply(interviews)]
    assert not people[0] & people[1] | people[0] & people[2] | people[1] & people[2]
    assert leak(interviews, split, "test") == 0
    assert not split.notes


def test_a_stratified_split_has_the_same_labels_everywhere_and_says_that_people_repeat() -> None:
    interviews = toy(400, 100, binary=True)
    split = make_split(interviews, "stratified")
    shares = [part.labels.mean() for part in split.apply(interviews)]
    assert shares == pytest.approx([interviews.labels.mean()] * 3, abs=0.015)
    assert leak(interviews, split, "test") > 0.5
    assert "also in training" in split.notes[0]


def test_unknown_labels_are_a_class_of_their_own() -> None:
    interviews = toy(100, 100)
    interviews.labels[:20] = np.nan
    parts = make_split(interviews, "stratified").apply(interviews)
    assert [int(np.isnan(part.labels).sum()) for part in parts] == [16, 2, 2]


def test_both_rounds_of_a_person_stay_together(tmp_path: Path) -> None:
    interviews = load_dataset("mit-interview", write_mit(tmp_path, people=12), streams=())
    for seed in range(5):
        parts = make_split(interviews, "disjoint", seed=seed).apply(interviews)
        people = [set(part.people.tolist()) for part in parts]
        assert sum(map(len, people)) == 12
        for part, persons in zip(parts, people, strict=True):
            assert len(part) == 2 * len(persons)


@pytest.fixture
def clips(tmp_path: Path) -> InterviewSet:
    table = rows({"source-train": 8, "source-validation": 3, "source-calibration": 3}, clips=4)
    write_table(tmp_path, table)
    return load_dataset("first-impressions-v2", tmp_path, streams=("text",), cache=tmp_path / "c")


def test_the_card_fixes_the_disjoint_split(clips: InterviewSet) -> None:
    split = make_split(clips, "disjoint", seed=7)
    assert [len(part) for part in split.apply(clips)] == [8, 3, 3]
    assert split == make_split(clips, "disjoint", seed=8)
    assert "fixes for ever" in split.notes[0]
    assert make_split(clips, "disjoint", seed=7, fixed=False) != split


def with_test_part(clips: InterviewSet) -> InterviewSet:
    """Every third answer of validation becomes test."""
    count = 0
    official = []
    for parts in clips.official:
        changed = []
        for part in parts:
            count += part == "validation"
            changed.append("test" if part == "validation" and count % 3 == 0 else part)
        official.append(tuple(changed))
    return replace(clips, official=tuple(official))


def test_an_official_split_cuts_through_interviews(clips: InterviewSet) -> None:
    clips = with_test_part(clips)
    split = make_split(clips, "official")
    found = split.apply(clips)
    counts = {part: sum(row.count(part) for row in clips.official) for part in PARTS}
    for part, taken in zip(PARTS, found, strict=True):
        assert {p for row in taken.official for p in row} == {part}
        assert sum(map(len, taken.questions)) == counts[part]
        assert taken.answer_labels is not None
        for labels, answers in zip(taken.labels, taken.answer_labels, strict=True):
            np.testing.assert_allclose(labels, answers.mean(0))
        for words, values in zip(taken.words, taken.streams["text"], strict=True):
            assert [len(w) for w in words] == [len(v) for v in values]
    assert "also in training" in split.notes[-1]


def test_validation_and_test_change_places(clips: InterviewSet) -> None:
    for split in (make_split(clips), make_split(with_test_part(clips), "official")):
        other = split.exchanged()
        assert (other.train, other.validation) == (split.train, split.test)
        assert other.test == split.validation
        assert other.exchanged().answers == split.answers
    train, validation, test = split.apply(with_test_part(clips))
    parts = other.apply(with_test_part(clips))
    for part, same in zip(parts, (train, test, validation), strict=True):
        assert list(map(len, part.questions)) == list(map(len, same.questions))


def test_without_an_official_test_part_validation_is_the_test(clips: InterviewSet) -> None:
    split = make_split(clips, "official")
    train, validation, test = split.apply(clips)
    assert {p for row in test.official for p in row} == {"validation"}
    assert {p for part in (train, validation) for row in part.official for p in row} == {"train"}
    total = sum(sum(map(len, part.questions)) for part in (train, validation, test))
    assert total == sum(map(len, clips.questions))
    assert "it is the test" in split.notes[0]


def test_a_part_by_its_name(clips: InterviewSet) -> None:
    assert part_of(clips, "all") is clips
    train = make_split(clips).apply(clips)[0]
    assert part_of(clips, "source-train").ids == train.ids
    official = part_of(clips, "validation")
    assert {part for parts in official.official for part in parts} == {"validation"}
    counts = [parts.count("validation") for parts in clips.official]
    assert sum(map(len, official.questions)) == sum(counts)
    with pytest.raises(DatasetError, match=r"no split 'tset'; there are .*source-train.*, all"):
        part_of(clips, "tset")


def test_no_official_split() -> None:
    with pytest.raises(DatasetError, match="toy has no official split here; use 'disjoint'"):
        make_split(toy(), "official")


@pytest.mark.parametrize("kind", ["disjoint", "stratified", "official"])
def test_saved_and_read_again(tmp_path: Path, clips: InterviewSet, kind) -> None:
    split = make_split(clips, kind)
    split.save(tmp_path / "splits" / "a.json")
    assert Split.load(tmp_path / "splits" / "a.json") == split


def test_a_split_of_other_interviews(clips: InterviewSet) -> None:
    split = make_split(clips, "disjoint")
    with pytest.raises(DatasetError, match=r"made for other interviews.*its digest is"):
        split.apply(clips.take(range(len(clips) - 1)))
    with pytest.raises(DatasetError, match=r"a split of first-impressions-v2, but .* of toy"):
        split.apply(toy())
    shuffled = clips.take(np.random.default_rng(0).permutation(len(clips)))
    assert [set(p.ids) for p in split.apply(shuffled)] == [set(p.ids) for p in split.apply(clips)]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 1, "kind": "official"}', json.dumps({"format": 0})]
)
def test_a_damaged_split_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(DatasetError, match=r"a\.json: (no split file|a split of another version)"):
        Split.load(path)


def test_too_few_people() -> None:
    with pytest.raises(DatasetError, match="too few to keep people apart"):
        make_split(toy(6, 2), "disjoint")
    with pytest.raises(DatasetError, match="2 interviews cannot be split into three parts"):
        make_split(toy(2, 2), "disjoint")
    with pytest.raises(DatasetError, match="no split 'random'"):
        make_split(toy(), "random")  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match="expected three parts of 1"):
        make_split(toy(), "disjoint", shares=(0.9, 0.9, 0.1))
