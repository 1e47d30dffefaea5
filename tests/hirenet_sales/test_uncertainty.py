"""Intervals by set of streams and number of answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hirenet_sales.errors import CheckpointError
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import (
    ANSWER,
    MANY,
    ONE,
    Calibration,
    set_name,
    shared_streams,
    stream_sets,
)


def test_every_set_of_streams_once() -> None:
    sets = stream_sets(("visual", "audio", "text"))
    assert sets[0] == ("visual", "audio", "text")
    assert len(sets) == len(set(sets)) == 7
    assert set_name(("visual", "text")) == "visual+text"


def calibration() -> Calibration:
    sets = {set_name(s): np.linspace(0.1, 0.2, 5) for s in stream_sets(("visual", "text"))}
    many = {name: widths / 2 for name, widths in sets.items()}
    return Calibration(0.9, {ANSWER: sets, ONE: sets, MANY: many}, np.eye(5))


def test_intervals_hold_the_estimate_and_stay_in_range() -> None:
    values = np.array([0.01, 0.3, 0.5, 0.7, 0.99])
    result = calibration().answer_estimates(values, ("visual",))
    assert tuple(result) == TRAITS
    for value, estimate in zip(values, result.values(), strict=True):
        assert 0 <= estimate.low <= estimate.estimate <= estimate.high <= 1
        assert estimate.estimate == pytest.approx(value)
    assert result["extraversion"].high == pytest.approx(0.5 + 0.15)


def test_more_answers_give_narrower_intervals_of_the_interview() -> None:
    made, streams = calibration(), ("visual", "text")
    widths = [made.interview_widths(streams, number) for number in (1, 2, 5, 10**6)]
    np.testing.assert_allclose(widths[0], made.half_widths[ONE]["visual+text"])
    assert all((fewer > more).all() for fewer, more in itertools.pairwise(widths))
    np.testing.assert_allclose(widths[-1], made.half_widths[MANY]["visual+text"], atol=1e-6)
    # Halfway between the squares of both ends.
    np.testing.assert_allclose(widths[1] ** 2, widths[0] ** 2 * (1 + 1 / 4) / 2)
    one, five = (made.interview_estimates(np.full(5, 0.5), streams, n) for n in (1, 5))
    assert one["openness"].estimate == five["openness"].estimate
    assert one["openness"].low < five["openness"].low < five["openness"].high


def test_streams_that_every_answer_has() -> None:
    everything = ("visual", "audio", "text")
    assert shared_streams([everything]) == everything
    assert shared_streams([everything, ("visual", "text"), ("text",)]) == ("text",)
    assert shared_streams([("visual", "audio"), ("text",)]) == ("text",)  # the fewest


def test_a_set_that_was_not_calibrated() -> None:
    with pytest.raises(
        CheckpointError, match="no calibration for streams 'audio'; there is visual"
    ):
        calibration().answer_widths(("audio",))


def test_written_and_read_is_the_same(tmp_path) -> None:
    made = calibration()
    made.write(tmp_path / "calibration.json")
    read = Calibration.read(tmp_path / "calibration.json", ("visual", "text"))
    assert read.coverage == made.coverage
    for level, sets in made.half_widths.items():
        assert list(read.half_widths[level]) == list(sets)
        for name, widths in sets.items():
            np.testing.assert_allclose(read.half_widths[level][name], widths, atol=1e-6)
    np.testing.assert_array_equal(read.error_correlation, made.error_correlation)
