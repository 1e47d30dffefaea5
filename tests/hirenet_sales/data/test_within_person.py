"""The paper's split within participants: 2:1:1 of each, and that it says that it leaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_frames import bright_people

from hirenet_sales.data.splits import Split
from hirenet_sales.data.within_person import split_within_people
from hirenet_sales.errors import DatasetError


@pytest.mark.parametrize(("answers", "expected"), [(4, (2, 1, 1)), (7, (5, 1, 1)), (8, (4, 2, 2))])
def test_parts_of_every_person(answers: int, expected: tuple[int, int, int]) -> None:
    interviews = bright_people(5, answers)
    split = split_within_people(interviews, seed=3)
    for part, count in zip(split.apply(interviews), expected, strict=True):
        assert set(part.people) == set(interviews.people)
        assert [len(q) for q in part.questions] == [count] * 5
    assert "Leaks identity" in split.notes[0]


def test_answers_are_drawn_with_the_seed_and_kept_in_the_file(tmp_path: Path) -> None:
    interviews = bright_people(5, 4)
    first, again, other = (split_within_people(interviews, seed) for seed in (0, 0, 1))
    assert first == again
    assert first.answers != other.answers
    first.save(tmp_path / "split.json")
    assert Split.load(tmp_path / "split.json") == first


def test_a_person_with_too_few_answers() -> None:
    with pytest.raises(DatasetError, match="p000 has 3 answers, expected at least 4"):
        split_within_people(bright_people(5, 3), seed=0)
