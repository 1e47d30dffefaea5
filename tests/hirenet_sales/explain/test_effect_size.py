"""Cohen's d of masked regions, by plain loops; intervals that draw people."""

from __future__ import annotations

from statistics import mean, variance

import numpy as np
import pytest

from hirenet_sales.explain.effect_size import EffectSize, effect_sizes
from hirenet_sales.explain.occlusion import RegionOcclusion

TARGETS = ("openness", "neuroticism")


def occlusion(count: int, shift: float, *, seed: int = 0, noise: float = 0.02) -> RegionOcclusion:
    """Two regions: masking the first lowers the first target by `shift`; the second is idle."""
    random = np.random.default_rng(seed)
    before = random.normal(0.5, 0.1, (count, 2))
    after = np.stack([before, before], 1) + random.normal(0, noise, (count, 2, 2))
    after[:, 0, 0] -= shift
    return RegionOcclusion(before, after, ("eyes", "background"), np.full((count, 2), 0.25))


def by_name(effects: list[EffectSize]) -> dict[tuple[str, str], EffectSize]:
    return {(e.region, e.target): e for e in effects}


def test_d_is_that_of_a_plain_computation() -> None:
    given = occlusion(40, 0.05)
    for effect in effect_sizes(given, TARGETS, draws=20):
        r, k = given.regions.index(effect.region), TARGETS.index(effect.target)
        b, a = given.before[:, k].tolist(), given.after[:, r, k].tolist()
        change = [x - y for x, y in zip(b, a, strict=True)]
        pooled = ((variance(b) + variance(a)) / 2) ** 0.5
        assert effect.d == pytest.approx(mean(change) / pooled)
        assert effect.size == pytest.approx(mean(map(abs, change)) / variance(b) ** 0.5)
        assert effect.change == pytest.approx(mean(change))
        assert (effect.people, effect.pictures, effect.area) == (40, 40, 0.25)


def test_what_is_planted_stands_out_and_nothing_else() -> None:
    result = by_name(effect_sizes(occlusion(200, 0.05), TARGETS))
    eyes = result["eyes", "openness"]
    assert eyes.low > 0.3
    assert eyes.low < eyes.d < eyes.high
    assert eyes.size_low < eyes.size < eyes.size_high
    for key in set(result) - {("eyes", "openness")}:
        assert abs(result[key].d) < 0.1


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered = [
        effect.low <= 0.5 <= effect.high
        for seed in range(120)
        for effect in effect_sizes(
            occlusion(60, 0.05, seed=seed, noise=0.03), TARGETS, draws=300, seed=seed
        )[:1]
    ]  # shift 0.05, sd 0.1; the noise widens the sd after masking a little: d = 0.05 / 0.102
    assert 0.87 <= np.mean(covered) <= 1.0


def test_pictures_of_one_person_are_not_new_evidence() -> None:
    once = occlusion(30, 0.05)
    many = RegionOcclusion(
        np.repeat(once.before, 10, 0), np.repeat(once.after, 10, 0), once.regions, np.ones((300, 2))
    )
    alone = by_name(effect_sizes(once, TARGETS))["eyes", "openness"]
    people = np.repeat(np.arange(30), 10)
    same = by_name(effect_sizes(many, TARGETS, people))["eyes", "openness"]
    naive = by_name(effect_sizes(many, TARGETS))["eyes", "openness"]
    assert same.people == 30
    assert same.pictures == 300
    assert (same.high - same.low) == pytest.approx(alone.high - alone.low, rel=0.05)
    assert (naive.high - naive.low) < 0.5 * (same.high - same.low)


def test_pictures_without_the_region_are_left_out() -> None:
    given = occlusion(40, 0.05)
    given.after[:10, 0] = np.nan
    remaining = RegionOcclusion(given.before[10:], given.after[10:], given.regions, given.area[10:])
    result, wanted = (
        by_name(effect_sizes(o, TARGETS))["eyes", "openness"] for o in (given, remaining)
    )
    assert result == wanted
    assert result.pictures == 30


def test_too_little_gives_no_number() -> None:
    one = occlusion(1, 0.05)
    never = occlusion(20, 0.05)
    never.after[:, 0] = np.nan
    constant = occlusion(20, 0.0)
    constant.before[:], constant.after[:] = 0.5, 0.5
    for given in (one, never, constant):
        result = by_name(effect_sizes(given, TARGETS, draws=10))["eyes", "openness"]
        assert np.isnan([result.d, result.low, result.high, result.size]).all()


def test_the_same_seed_gives_the_same_interval() -> None:
    given = occlusion(40, 0.05)
    assert effect_sizes(given, TARGETS, seed=1) == effect_sizes(given, TARGETS, seed=1)
    assert effect_sizes(given, TARGETS, seed=1) != effect_sizes(given, TARGETS, seed=2)
