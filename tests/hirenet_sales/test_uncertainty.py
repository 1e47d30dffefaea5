"""Split-conformal intervals: coverage on new sources, and what is said of too few."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hirenet_sales.errors import CheckpointError
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import Calibration, conformal_half_widths, set_name, stream_sets


def errors(rng: np.random.Generator, sources: int) -> tuple[np.ndarray, np.ndarray]:
    """Absolute errors of clips that share a part by source, one to four clips a source."""
    of = np.repeat(np.arange(sources), rng.integers(1, 5, sources))
    shared = rng.normal(0, 0.08, (sources, 5))[of]
    return np.abs(shared + rng.normal(0, 0.08, shared.shape)), of


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9])
@pytest.mark.parametrize("sources", [20, 200])
def test_coverage_on_new_exchangeable_sources(coverage, sources) -> None:
    rng = np.random.default_rng(0)
    hits = []
    for _ in range(200):
        widths = conformal_half_widths(*errors(rng, sources), coverage)
        new, _ = errors(rng, 100)
        hits.append((new <= widths).mean())
    assert coverage - 0.01 <= np.mean(hits) <= coverage + 2.0 / sources + 0.02


def test_finite_sample_correction() -> None:
    """With one clip a source, n sources: at least the ceil((n + 1) coverage)-th smallest error."""
    rng = np.random.default_rng(1)
    for n in (9, 19, 50):
        values = rng.uniform(0, 1, (n, 5))
        widths = conformal_half_widths(values, np.arange(n), 0.9)
        rank = int(np.ceil((n + 1) * 0.9))
        assert (widths >= np.sort(values, axis=0)[rank - 1]).all()
        assert (widths >= np.quantile(values, 0.9, axis=0)).all()


@pytest.mark.parametrize("n", [0, 1, 8])
def test_too_few_sources_promise_nothing(n) -> None:
    widths = conformal_half_widths(np.full((n, 5), 0.1), np.arange(n), 0.9)
    np.testing.assert_array_equal(widths, np.ones(5))


def test_sources_count_and_not_clips() -> None:
    values = np.random.default_rng(2).uniform(0, 0.3, (40, 5))
    few = conformal_half_widths(values, np.arange(40) // 8, 0.9)  # 5 sources
    np.testing.assert_array_equal(few, np.ones(5))
    assert (conformal_half_widths(values, np.arange(40), 0.9) < 0.31).all()


def test_monotone_in_coverage_and_in_errors() -> None:
    values, sources = errors(np.random.default_rng(3), 100)
    widths = [conformal_half_widths(values, sources, c) for c in (0.5, 0.7, 0.9, 0.95)]
    assert all((a <= b).all() for a, b in itertools.pairwise(widths))
    assert (
        conformal_half_widths(2 * values, sources) >= conformal_half_widths(values, sources)
    ).all()


def test_every_set_of_streams_once() -> None:
    sets = stream_sets(("visual", "audio", "text"))
    assert sets[0] == ("visual", "audio", "text")
    assert len(sets) == len(set(sets)) == 7
    assert set_name(("visual", "text")) == "visual+text"


def calibration() -> Calibration:
    sets = {set_name(s): np.linspace(0.1, 0.2, 5) for s in stream_sets(("visual", "text"))}
    return Calibration(0.9, {"answer": sets, "interview": sets}, np.eye(5))


def test_intervals_hold_the_estimate_and_stay_in_range() -> None:
    values = np.array([0.01, 0.3, 0.5, 0.7, 0.99])
    result = calibration().estimates(values, "answer", ("visual",))
    assert tuple(result) == TRAITS
    for value, estimate in zip(values, result.values(), strict=True):
        assert 0 <= estimate.low <= estimate.estimate <= estimate.high <= 1
        assert estimate.estimate == pytest.approx(value)
    assert result["extraversion"].high == pytest.approx(0.5 + 0.15)


def test_a_set_that_was_not_calibrated() -> None:
    with pytest.raises(
        CheckpointError, match="no calibration for streams 'audio'; there is visual"
    ):
        calibration().widths("answer", ("audio",))


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
