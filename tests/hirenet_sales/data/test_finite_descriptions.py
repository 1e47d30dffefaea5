"""Rule bases, profiles, references and norms from outside: no number in them is .nan or .inf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.questionnaire.ipip50.norm_tables import DEFAULT_NORMS, load_norms
from hirenet_sales.questionnaire.job_profiles.profile import load_job_profile, load_reference
from hirenet_sales.rules import load_rule_base

KINDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "rule base": (load_rule_base, "kassab2022"),
    "job profile": (load_job_profile, "average"),
    "reference": (load_reference, "first-impressions-v2"),
    "norms": (load_norms, DEFAULT_NORMS),
}


def numbers(value: Any, way: tuple = ()) -> Iterator[tuple]:
    """Where the numbers stand, one of every list."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from numbers(part, (*way, key))
    elif isinstance(value, list):
        for k, part in list(enumerate(value))[:: max(1, len(value) - 1)]:
            yield from numbers(part, (*way, k))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield way


def replaced(value: Any, way: tuple, number: float) -> Any:
    if not way:
        return number
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = replaced(value[way[0]], way[1:], number)
    return copy


NONE = (float("nan"), float("inf"), float("-inf"))  # take turns


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_that_is_none_is_refused(tmp_path: Path, kind: str) -> None:
    load, shipped = KINDS[kind]
    content = load(shipped).model_dump(mode="json")
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    load(path)
    ways = list(numbers(content))
    assert len(ways) >= 5
    for way, number in zip(ways, cycle(NONE), strict=False):
        path.write_text(yaml.safe_dump(replaced(content, way, number), sort_keys=False))
        with pytest.raises(HirenetSalesError) as caught:
            load(path)
        assert f"{way[-1]}: found {number}, expected a finite number" in str(caught.value)
        assert "line " in str(caught.value)


def test_json_has_other_words_for_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    for word, read in (
        ("NaN", "nan"),
        ("Infinity", "inf"),
        ("-Infinity", "-inf"),
        ("1e999", "inf"),
    ):
        path.write_text(f'{{"name": "x", "values": {{"openness": {word}}}}}')
        with pytest.raises(HirenetSalesError, match=f"openness: found {read}, expected a finite"):
            load_job_profile(path)
