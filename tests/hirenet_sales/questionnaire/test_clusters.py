"""The cluster check: planted groups are found, one cloud is not taken for groups."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.metrics import adjusted_mutual_info_score
from toy_people import people, write_table

from hirenet_sales.cli import main
from hirenet_sales.errors import NormSampleError
from hirenet_sales.questionnaire.clusters.agreement import eta_squared
from hirenet_sales.questionnaire.clusters.clustering import cluster_check
from hirenet_sales.rules import load_rule_base
from hirenet_sales.traits import TRAITS


def planted(n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Four groups far apart in two traits; traits (4 n, 5) and group (4 n,)."""
    rng = np.random.default_rng(0)
    corners = np.full((4, 5), 0.5)
    corners[:, 0], corners[:, 2] = [0.2, 0.2, 0.8, 0.8], [0.2, 0.8, 0.2, 0.8]
    group = np.repeat(np.arange(4), n)
    return np.clip(corners[group] + 0.03 * rng.normal(size=(4 * n, 5)), 0, 1), group


def test_planted_groups_are_found_with_their_scores() -> None:
    traits, group = planted()
    scores = np.array([2.0, 8.0, 4.0, 6.0])[group] + 0.1 * np.random.default_rng(1).normal(
        size=len(group)
    )
    result = cluster_check(traits, scores).clusterings[4]
    assert np.array_equal(np.unique(result.labels, return_counts=True)[1], [40] * 4)
    assert np.allclose(result.score_means, [2, 4, 6, 8], atol=0.1)  # numbered by rising mean
    assert result.silhouette > 0.8 > 0.5 > result.silhouette_no_clusters[1]
    assert result.eta_squared.value > 0.99 and result.ami.value > 0.95
    assert result.eta_squared.p == result.ami.p == pytest.approx(1 / 200)
    assert result.rank_among_rules == 1


def test_scores_that_have_nothing_to_do_with_the_traits_do_not_agree() -> None:
    traits, _ = planted()
    scores = np.random.default_rng(5).normal(size=len(traits))
    result = cluster_check(traits, scores).clusterings[4]
    assert result.eta_squared.value < 0.06 and abs(result.ami.value) < 0.05
    assert result.eta_squared.p > 0.05 and result.ami.p > 0.05
    assert result.eta_squared.chance == pytest.approx(3 / 159, abs=0.004)


def test_one_cloud_is_not_taken_for_groups_although_any_rule_agrees_with_them() -> None:
    """What the paper took for proof: clusters and scores agree where there are no clusters."""
    traits = people(400)
    scores = load_rule_base("kassab2022-centred").scores(traits)
    check = cluster_check(traits, scores)
    for result in check.clusterings.values():
        assert result.silhouette < result.silhouette_no_clusters[1] + 0.02
        assert result.eta_squared.value > 0.4 and result.eta_squared.p < 0.01
        assert result.other_rules[2] > 0.4
    assert check.loadings[0, TRAITS.index("extraversion")] > 0


def test_adjusted_mutual_information_is_that_of_the_library() -> None:
    traits = people(120)
    scores = load_rule_base("kassab2022").scores(traits)
    for k, result in cluster_check(traits, scores).clusterings.items():
        bands = np.searchsorted(np.quantile(scores, np.arange(1, k) / k), scores, "right")
        library = adjusted_mutual_info_score(bands, result.labels)
        assert result.ami.value == pytest.approx(library)
        assert result.ami.chance == pytest.approx(0, abs=0.01)


def test_the_same_seed_gives_the_same_check() -> None:
    traits = people(80)
    scores = traits @ np.array([1, 1, 1, -1, -1])
    assert cluster_check(traits, scores).as_dict() == cluster_check(traits, scores).as_dict()


def test_eta_squared_is_the_share_of_variance_between() -> None:
    assert eta_squared(np.array([0, 0, 1, 1]), np.array([1.0, 1, 3, 3])) == 1
    assert eta_squared(np.array([0, 1, 0, 1]), np.array([1.0, 1, 3, 3])) == 0
    assert eta_squared(np.array([0, 2, 0, 2]), np.array([0.0, 1, 1, 2])) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("traits", "scores", "message"),
    [
        (people(4), np.arange(4.0), "4 different people, expected more than 5"),
        (people(9), np.ones(9), "all scores are 1"),
    ],
)
def test_too_little_to_check(traits, scores, message) -> None:
    with pytest.raises(NormSampleError, match=message):
        cluster_check(traits, scores)


def test_the_command_writes_numbers_and_pictures(tmp_path) -> None:
    rows = [[*traits, 1 + 8 * traits[2]] for traits in people(28).tolist()]
    path = write_table(tmp_path / "x.csv", [*TRAITS, "expert"], rows)
    arguments = ["clusters", path, "--out", tmp_path / "out", "--format", "svg"]
    arguments += ["--score-column", "expert", "--json", tmp_path / "j.json"]
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {"clusters.json", "clusters-4.svg", "clusters-5.svg"}
    written = json.loads((tmp_path / "j.json").read_text())
    assert written == json.loads((tmp_path / "out" / "clusters.json").read_text())
    assert written["n"] == 28 and written["scored_by"] == "column expert"
    assert sum(c["n"] for c in written["clusters"]["5"]["clusters"]) == 28


def test_a_missing_score_is_explained(tmp_path) -> None:
    rows = [[*traits, ""] for traits in people(28).tolist()]
    path = write_table(tmp_path / "x.csv", [*TRAITS, "expert"], rows)
    arguments = ["clusters", str(path), "--out", str(tmp_path), "--score-column", "expert"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and "28 people have no expert" in result.stderr
