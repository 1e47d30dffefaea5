"""Rule bases: lookups, polarity, validation, and an interval that means something."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import yaml

from hirenet_sales.errors import RuleBaseError
from hirenet_sales.rules import RuleBase, load_rule_base, rule_base_names
from hirenet_sales.traits import TRAITS, TraitEstimate

POSITIVE = ("openness", "conscientiousness", "extraversion")
MIDDLE = dict.fromkeys(TRAITS, 0.5)


@pytest.fixture(params=["kassab2022", "kassab2022-centred"])
def base(request) -> RuleBase:
    return load_rule_base(request.param)


def estimates(centre: float, reach: float) -> dict[str, TraitEstimate]:
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return {trait: TraitEstimate(estimate=centre, low=low, high=high) for trait in TRAITS}


def test_both_bases_ship() -> None:
    assert {"kassab2022", "kassab2022-centred"} <= set(rule_base_names())


@pytest.mark.parametrize("trait", TRAITS)
def test_scores_are_monotone_and_reach_both_ends(base: RuleBase, trait: str) -> None:
    scores = base.traits[trait].scores(np.linspace(0, 1, 2001))
    steps = np.diff(scores) * (1 if trait in POSITIVE else -1)
    assert (steps >= 0).all()
    assert set(scores) == set(range(1, 11))
    assert base.traits[trait].direction == ("positive" if trait in POSITIVE else "negative")


# The rows of Kassab et al. 2022, Table IV, at and just below their printed cuts.
@pytest.mark.parametrize(
    ("trait", "value", "score"),
    [
        ("extraversion", 0.0, 1),
        ("extraversion", 0.28, 2),
        ("extraversion", 0.2799, 1),
        ("extraversion", 0.67, 10),
        ("extraversion", 1.0, 10),
        ("openness", 0.57, 6),
        ("openness", 0.74999, 9),
        ("conscientiousness", 0.48, 5),
        ("agreeableness", 0.0, 10),
        ("agreeableness", 0.28, 9),
        ("agreeableness", 0.63, 1),
        ("agreeableness", 0.6299, 2),
        ("neuroticism", 0.68, 1),
        ("neuroticism", 0.27, 10),
        ("neuroticism", 0.44, 6),
        ("neuroticism", 1.0, 1),
    ],
)
def test_the_printed_table(trait: str, value: float, score: int) -> None:
    _, trace = load_rule_base("kassab2022").score(MIDDLE | {trait: value})
    rule = next(rule for rule in trace if rule.trait == trait)
    assert rule.score == score
    assert rule.range_low <= value <= rule.range_high


def test_the_bases_differ_in_agreeableness_alone() -> None:
    printed, centred = load_rule_base("kassab2022"), load_rule_base("kassab2022-centred")
    different = [trait for trait in TRAITS if printed.traits[trait] != centred.traits[trait]]
    assert different == ["agreeableness"]
    mirrored = 1 - printed.traits["agreeableness"].cuts[::-1]
    assert np.allclose(centred.traits["agreeableness"].cuts, mirrored)


def test_the_score_is_the_mean_of_the_trace(base: RuleBase) -> None:
    score, trace = base.score(MIDDLE)
    assert [rule.trait for rule in trace] == list(TRAITS)
    assert score == np.mean([rule.score for rule in trace])
    assert score == base.scores(np.full(5, 0.5))


def test_every_trait_is_asked_for(base: RuleBase) -> None:
    with pytest.raises(RuleBaseError, match="no value for neuroticism"):
        base.score(dict.fromkeys(TRAITS[:-1], 0.5))


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_values_off_the_scale_are_refused(base: RuleBase, value: float) -> None:
    with pytest.raises(RuleBaseError, match="openness: found"):
        base.score(MIDDLE | {"openness": value})


@pytest.mark.parametrize("centre", [0.0, 0.05, 0.5, 0.83, 1.0])
def test_the_interval_holds_the_score_and_grows_with_the_intervals(
    base: RuleBase, centre: float
) -> None:
    widths = []
    for reach in (0.0, 0.05, 0.15, 0.3):
        sales = base.assess(estimates(centre, reach))
        assert 1 <= sales.low <= sales.score <= sales.high <= 10
        widths.append(sales.high - sales.low)
    assert widths[0] == 0
    assert all(narrow <= wide for narrow, wide in itertools.pairwise(widths))


def test_the_interval_is_the_same_every_time(base: RuleBase) -> None:
    assert base.score_interval(estimates(0.5, 0.2)) == base.score_interval(estimates(0.5, 0.2))


def test_the_interval_covers_what_it_says(base: RuleBase) -> None:
    """Errors drawn as assumed, with another generator: about 90 % of true scores lie inside."""
    correlation = np.where(np.eye(5, dtype=bool), 1.0, 0.4)
    reach = 0.2
    errors = np.random.default_rng(7).multivariate_normal(np.zeros(5), correlation, 4000)
    truth = base.scores(np.clip(0.5 + errors * reach / 1.645, 0, 1))
    low, high = base.score_interval(estimates(0.5, reach), 0.9, correlation)
    inside = ((truth >= low - 1e-9) & (truth <= high + 1e-9)).mean()
    assert 0.88 <= inside <= 0.95  # scores are in steps of 0.2, so a little above nominal


def test_independent_errors_give_a_narrower_interval(base: RuleBase) -> None:
    """The halo effect: correlated errors do not cancel."""
    wide = np.subtract(*base.score_interval(estimates(0.5, 0.2))[::-1])
    narrow = np.subtract(*base.score_interval(estimates(0.5, 0.2), 0.9, np.eye(5))[::-1])
    assert narrow < wide


def broken(**changes) -> dict:
    raw = load_rule_base("kassab2022").model_dump(mode="json")
    for name, value in changes.items():
        raw["traits"]["openness"][name] = value
    return raw


def shifted(score: int, low: float, high: float) -> dict:
    ranges = broken()["traits"]["openness"]["ranges"]
    return broken(ranges={int(k): v for k, v in ranges.items()} | {score: [low, high]})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (shifted(3, 0.45, 0.49), "scores 2 and 3 leave a gap at 0.44"),
        (shifted(3, 0.40, 0.49), "scores 2 and 3 overlap at 0.44"),
        (shifted(10, 0.75, 0.99), "do not cover 0 to 1"),
        (shifted(1, 0.1, 0.38), "do not cover 0 to 1"),
        (shifted(11, 0.99, 1.0), "expected each of 1 to 10 once"),
        (broken(direction="negative"), "direction negative, but the scores from 0 to 1 are"),
        (broken(direktion="positive"), "unknown key 'direktion'; did you mean 'direction'?"),
        (broken() | {"traits": {}}, "no rules for openness"),
    ],
)
def test_a_bad_rule_base_is_explained(tmp_path, raw: dict, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(RuleBaseError) as error:
        load_rule_base(path)
    assert message in str(error.value)
    assert "mine.yaml" in str(error.value)


def test_a_rule_base_survives_its_yaml(tmp_path, base: RuleBase) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(base.model_dump(mode="json")), encoding="utf-8")
    assert load_rule_base(path) == base


def test_an_unknown_name_is_helped() -> None:
    with pytest.raises(RuleBaseError, match="did you mean 'kassab2022-centred'"):
        load_rule_base("kassab2022-centered")


@pytest.mark.parametrize("trait", TRAITS)
def test_interpolated_scores_are_those_of_the_middles_and_never_jump(
    base: RuleBase, trait: str
) -> None:
    rules, values = base.traits[trait], np.linspace(0, 1, 10_001)
    for score, (low, high) in rules.ranges.items():
        assert rules.interpolated_scores(np.array((low + high) / 2)) == pytest.approx(score)
    scores = rules.interpolated_scores(values)
    narrowest = min(high - low for low, high in rules.ranges.values())
    assert (np.diff(scores) * (1 if trait in POSITIVE else -1) >= 0).all()
    assert np.abs(np.diff(scores)).max() <= 1.001 * 1e-4 / narrowest
    assert np.abs(scores - rules.scores(values)).max() < 1


def test_the_interpolated_sales_score_is_the_mean_of_the_traits(base: RuleBase) -> None:
    values = np.random.default_rng(0).uniform(size=(20, 3, 5))
    each = [base.traits[t].interpolated_scores(values[..., i]) for i, t in enumerate(TRAITS)]
    assert base.interpolated_scores(values) == pytest.approx(np.mean(each, axis=0))
