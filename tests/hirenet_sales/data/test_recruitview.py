"""RecruitView: people as interviews, standardised labels, transcripts in timed lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_tables import TRAITS, recruitview_rows, write_jsonl

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.data.sets.recruitview import cued_words
from hirenet_sales.errors import DatasetError


def load(root: Path):
    return load_dataset("recruitview", root, streams=("text",), cache=root / "cache")


def test_an_interview_is_all_clips_of_a_person(tmp_path: Path) -> None:
    rows = recruitview_rows(people=4, clips=3)
    shuffled = [rows[k] for k in np.random.default_rng(0).permutation(len(rows))]
    write_jsonl(tmp_path / "metadata.jsonl", shuffled)
    found = load(tmp_path)
    assert found.level == "answer"
    assert sorted(found.ids) == ["0", "1", "2", "3"]
    assert found.people.tolist() == list(found.ids)
    for name, questions, ids in zip(found.ids, found.questions, found.question_ids, strict=True):
        own = [row for row in shuffled if str(row["user_no"]) == name]
        assert list(questions) == [row["question"] for row in own]
        assert list(ids) == [str(row["question_id"]) for row in own]
        labels = found.answer_labels[found.ids.index(name)]
        np.testing.assert_allclose(labels[:, 0], [row["openness"] for row in own])
    assert len(found.targets) == 11
    assert {(t.low, t.high) for t in found.targets} == {(-6, 6)}
    assert (found.labels < 0).any()


def test_words_of_timed_lines() -> None:
    found = cued_words("[00:04 - 00:06] I sold cars\n[00:06 - 01:02:03] [laughs] yes\n")
    assert [word.text for word in found.words] == ["I", "sold", "cars", "yes"]
    assert found.words[0].start == 4
    assert found.words[2].end == 6
    assert (found.words[3].start, found.words[3].end) == (6, 3723)
    assert (found.times, found.duration_s) == ("cue", 3723)


@pytest.mark.parametrize(
    ("text", "words", "timed"),
    [
        ("", [], False),
        ("[00:00 - 00:03]", [], False),
        ("no times at all", ["no", "times", "at", "all"], False),
        ("[00:05 - 00:01] backwards", ["backwards"], False),
        ("[00:05 - 00:06] a\n[00:01 - 00:02] b", ["a", "b"], True),
    ],
)
def test_odd_transcripts_lose_no_word(text: str, words: list[str], timed: bool) -> None:
    found = cued_words(text)
    assert [word.text for word in found.words] == words
    assert any(word.start is not None for word in found.words) == timed


def test_wrong_labels_and_ids_at_once(tmp_path: Path) -> None:
    rows = recruitview_rows()
    rows[0]["neuroticism"] = 12
    rows[1]["interview_score"] = "good"
    rows[2]["id"] = rows[1]["id"]
    write_jsonl(tmp_path / "metadata.jsonl", rows)
    with pytest.raises(DatasetError, match="3 problems") as error:
        load(tmp_path)
    told = str(error.value)
    assert "metadata.jsonl, line 1: neuroticism is 12, expected a number from -6 to 6" in told
    assert "line 2: interview_score is 'good'" in told
    assert "line 3: id '0001' is that of metadata.jsonl, line 2 too" in told


@pytest.mark.parametrize("column", [*TRAITS, "interview_score", "user_no"])
def test_missing_columns(tmp_path: Path, column: str) -> None:
    rows = [{k: v for k, v in row.items() if k != column} for row in recruitview_rows()]
    write_jsonl(tmp_path / "metadata.jsonl", rows)
    with pytest.raises(DatasetError, match=f"no column {column}"):
        load(tmp_path)


def test_scores_beyond_the_usual_ends_are_kept_and_told(tmp_path: Path) -> None:
    rows = recruitview_rows()
    rows[0]["openness"] = 6.26  # as real ones are
    rows[4]["interview_score"] = -8.9
    write_jsonl(tmp_path / "metadata.jsonl", rows)
    found = load(tmp_path)
    assert found.answer_labels[0][0, 0] == 6.26
    assert [str(one) for one in found.completeness.remarks if "usual" in one.reason] == [
        "metadata.jsonl, line 1: openness is 6.26, outside the usual -6 to 6; it is kept, and a "
        "network learns it as 6.",
        "metadata.jsonl, line 5: interview_score is -8.9, outside the usual -6 to 6; it is kept, "
        "and a network learns it as -6.",
    ]
    assert {(t.low, t.high) for t in found.targets} == {(-6, 6)}  # the card's scale stays
    assert to_unit(found.answer_labels[0][0], found.targets).max() == 1.0


def test_scores_far_beyond_are_damaged(tmp_path: Path) -> None:
    rows = recruitview_rows()
    rows[3]["openness"] = 9.01
    write_jsonl(tmp_path / "metadata.jsonl", rows)
    with pytest.raises(DatasetError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: metadata.jsonl, line 4: openness is 9.01, expected a number from -6 to 6."
    )
