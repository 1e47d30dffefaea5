"""Split-conformal half widths: coverage on new sources, and what is said of too few."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hirenet_sales.release.conformal import conformal_half_widths, half_widths_by_number


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
    """With one clip a source, n sources: the ceil((n + 1) coverage)-th smallest error."""
    rng = np.random.default_rng(1)
    for n in (9, 19, 29, 50, 99, 262):
        values = rng.uniform(0, 1, (n, 5))
        widths = conformal_half_widths(values, np.arange(n), 0.9)
        rank = -(-(n + 1) * 9 // 10)  # in whole numbers, which do not round
        np.testing.assert_array_equal(widths, np.sort(values, axis=0)[rank - 1])


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


def readings(
    rng: np.random.Generator, people: int, least: int = 1, most: int = 5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors of means of n answers, sources and n: .06 of the person, .12 of each answer."""
    errors, sources, numbers = [], [], []
    for person in range(people):
        own, answers = (
            rng.normal(0, 0.06, 5),
            rng.normal(0, 0.12, (rng.integers(least, most + 1), 5)),
        )
        for n in range(1, len(answers) + 1):
            errors.append(np.abs(own + answers[:n].mean(0)))
            sources.append(person)
            numbers.append(n)
    return np.array(errors), np.array(sources), np.array(numbers)


def test_each_number_of_answers_is_covered() -> None:
    rng = np.random.default_rng(0)
    hits: dict[int, list[float]] = {n: [] for n in (1, 2, 3, 5)}
    for _ in range(40):
        one, many = half_widths_by_number(*readings(rng, 200))
        new, _, numbers = readings(rng, 200, least=5)
        for n, shares in hits.items():
            widths = np.sqrt(many**2 + (one**2 - many**2) / n)
            shares.append((new[numbers == n] <= widths).mean())
    for n, shares in hits.items():
        assert 0.88 <= np.mean(shares) <= 0.92, n


def test_an_interval_of_several_answers_does_not_hold_for_one() -> None:
    """What one width for all interviews promises and does not keep."""
    rng = np.random.default_rng(1)
    errors, sources, numbers = readings(rng, 400, least=4)
    whole = conformal_half_widths(errors[numbers >= 4], sources[numbers >= 4])
    assert (errors[numbers == 1] <= whole).mean() < 0.8


def test_one_number_of_answers_says_nothing_of_others() -> None:
    values = np.random.default_rng(2).uniform(0, 0.3, (50, 5))
    one, many = half_widths_by_number(values, np.arange(50), np.full(50, 3))
    at_three = np.sqrt(many**2 + (one**2 - many**2) / 3)
    np.testing.assert_allclose(at_three, conformal_half_widths(values, np.arange(50)), rtol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 8])
def test_too_few_sources_promise_nothing_at_any_number(n) -> None:
    for widths in half_widths_by_number(np.full((n, 5), 0.1), np.arange(n), np.ones(n, int)):
        np.testing.assert_array_equal(widths, np.ones(5))


def test_a_source_of_many_clips_has_one_vote() -> None:
    """Nine sources err by .1; a tenth has a hundred clips and errs by .3: it is one of ten."""
    errors = np.concatenate([np.full((9, 1), 0.1), np.full((100, 1), 0.3)])
    sources = np.concatenate([np.arange(9), np.full(100, 9)])
    assert conformal_half_widths(errors, sources, 0.8) == pytest.approx(0.1)
    assert conformal_half_widths(errors, sources, 0.9) == pytest.approx(0.3)
