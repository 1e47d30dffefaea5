"""Ratings: read back as the report saves them, and every fault of a file is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hirenet_sales.errors import AssessmentError
from hirenet_sales.rating import Rating


def content(**change: Any) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "interview": "sample-0042",
        "rater": "AB",
        "created": "2026-11-28T12:00:00.000Z",
        "rate_first": False,
        "criteria": ["Listens", "Is clear"],
        "answers": [
            {"question": "q1", "scores": {"Listens": 4, "Is clear": 5}, "notes": "calm"},
            {"question": "q2", "scores": {"Listens": 1}, "notes": ""},
        ],
    } | change


def written(tmp_path: Path, **change: Any) -> Path:
    path = tmp_path / "ratings.json"
    path.write_text(json.dumps(content(**change)), encoding="utf-8")
    return path


def test_only_answers_rated_by_all_criteria_have_a_mean(tmp_path: Path) -> None:
    rating = Rating.read(written(tmp_path))
    assert rating.means == {"q1": 4.5}
    assert rating.model_dump(mode="json") == content()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": [{"question": "q1", "scores": {"Listens": 6}}]}, "6"),
        ({"answers": [{"question": "q1", "scores": {"Smiles": 3}}]}, "none of the criteria"),
        ({"criteria": []}, "criteria"),
        ({"schema_version": "9"}, "schema_version"),
        ({"rating": 1}, "unknown key 'rating'"),
    ],
)
def test_a_file_that_is_no_rating_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = written(tmp_path, **change)
    with pytest.raises(AssessmentError) as refused:
        Rating.read(path)
    assert str(path) in str(refused.value) and message in str(refused.value)
