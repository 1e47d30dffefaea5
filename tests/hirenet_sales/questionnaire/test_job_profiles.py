"""Job profiles: sources, distances, shapes, and intervals that say how little is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from toy_assessment import toy_assessment

from hirenet_sales.cli import main
from hirenet_sales.errors import JobProfileError
from hirenet_sales.questionnaire.job_profiles.profile import (
    JobProfile,
    load_job_profile,
    load_reference,
    profile_names,
)
from hirenet_sales.questionnaire.job_profiles.similarity import compare
from hirenet_sales.rules import load_rule_base
from hirenet_sales.traits import TRAITS, TraitEstimate

REFERENCE = load_reference("first-impressions-v2")


def person(z: np.ndarray, reach: float = 0.0) -> dict[str, TraitEstimate]:
    """Estimates at z standard deviations from the reference mean."""
    return {
        trait: TraitEstimate(
            estimate=(value := REFERENCE.mean[trait] + REFERENCE.sd[trait] * z[k]),
            low=max(0, value - reach),
            high=min(1, value + reach),
        )
        for k, trait in enumerate(TRAITS)
    }


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_names_its_source_and_status(name: str) -> None:
    profile = load_job_profile(name)
    assert profile.name == name
    assert (profile.status == "illustrative") == name.endswith("-illustrative")
    load_reference(profile.reference)


def test_the_sales_profile_points_where_the_rules_do() -> None:
    rules = load_rule_base("kassab2022")
    values = load_job_profile("sales-kassab2022").values
    signs = {t: "positive" if values[t] > 0 else "negative" for t in TRAITS}
    assert signs == {t: rules.traits[t].direction for t in TRAITS}


def test_the_reference_is_what_the_data_say(first_impressions) -> None:
    from hirenet_sales.questionnaire.norms.norm_sample import read_norm_sample

    traits = read_norm_sample(first_impressions / "clips.csv").traits
    assert len(traits) == REFERENCE.n
    assert np.allclose(traits.mean(0), [*REFERENCE.mean.values()], atol=1e-4)
    assert np.allclose(traits.std(0), [*REFERENCE.sd.values()], atol=1e-4)
    assert np.allclose(np.corrcoef(traits.T), REFERENCE.correlation, atol=1e-3)


@pytest.mark.parametrize("name", profile_names())
def test_a_person_like_the_profile_is_at_distance_nought(name: str) -> None:
    profile = load_job_profile(name)
    (result,) = compare(person(profile.vector), [profile]).profiles
    assert result.distance.value == pytest.approx(0, abs=1e-9)
    assert result.nearer_share.value == 0
    assert all(abs(d) < 1e-9 for d in result.differences.values())
    if profile.vector.any():
        assert result.correlation.value == pytest.approx(1)
        assert result.nearer_than_average == 1
    else:
        assert result.correlation is None and result.nearer_than_average is None


def test_the_opposite_person_has_the_opposite_shape() -> None:
    profile = load_job_profile("sales-kassab2022")
    (result,) = compare(person(-profile.vector), [profile]).profiles
    assert result.correlation.value == pytest.approx(-1)
    assert result.distance.value == pytest.approx(2)
    assert result.nearer_than_average == 0


def test_intervals_hold_the_value_and_grow() -> None:
    profiles = [load_job_profile(name) for name in profile_names()]
    z = np.array([0.3, 0.5, 0.1, -0.2, -0.6])
    widths = []
    for reach in (0.0, 0.05, 0.15):
        for result in compare(person(z, reach), profiles).profiles:
            for part in (result.distance, result.nearer_share, result.correlation):
                assert part is None or part.low <= part.value <= part.high
        distance = result.distance
        widths.append(distance.high - distance.low)
    assert widths[0] == pytest.approx(0) and widths[0] < widths[1] < widths[2]


def test_the_typical_person_is_in_the_middle() -> None:
    """Half of simulated reference people are nearer than the typical distance."""
    average = load_job_profile("average")
    rng = np.random.default_rng(3)
    z = rng.multivariate_normal(np.zeros(5), REFERENCE.correlation, 60)
    shares = [compare(person(row), [average]).profiles[0].nearer_share.value for row in z]
    assert 0.35 < np.median(shares) < 0.65


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": {"openness": 1}}, "no value for conscientiousness"),
        ({"values": dict.fromkeys(TRAITS, 9)}, "expected standard deviations from -4 to 4"),
        ({"status": "true"}, "status"),
        ({"sauce": "x"}, "unknown key 'sauce'; did you mean 'source'"),
        ({"source": ""}, "source"),
    ],
)
def test_bad_profiles_are_explained(tmp_path, change, message) -> None:
    content = load_job_profile("sales-kassab2022").model_dump() | change
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(JobProfileError, match=message):
        load_job_profile(path)


def test_the_command_compares_and_decides_nothing(tmp_path) -> None:
    toy_assessment().write(tmp_path / "assessment.json")
    own = JobProfile(
        name="own",
        title="Own",
        status="illustrative",
        source="me",
        values=dict.fromkeys(TRAITS, 0.5),
    )
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own.model_dump()))
    arguments = ["profiles", "compare", tmp_path / "assessment.json", "--profile", "average"]
    arguments += ["--profile", tmp_path / "own.yaml", "--json", tmp_path / "out.json"]
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "never decides" in result.stdout
    written = json.loads((tmp_path / "out.json").read_text())
    assert [p["name"] for p in written["profiles"]] == ["average", "own"]  # as asked, no ranking
    assert "never decides" in written["use"]


@pytest.mark.parametrize("content", ["", "{}", "[1", "\x00"])
def test_files_that_are_no_assessment(tmp_path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    result = CliRunner().invoke(main, ["profiles", "compare", str(path)])
    assert result.exit_code == 2 and "expected an assessment.json" in result.stderr


def test_profiles_are_listed_with_their_sources() -> None:
    listed = CliRunner().invoke(main, ["profiles", "list"]).stdout
    assert listed.startswith("average (measured)")
    assert "Barrick and Mount 1991" in listed and "made up" in listed
