"""Norm samples, rule bases checked against them, and rule bases fitted to them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy import stats
from toy_people import answer_sheets, people, write_sheets, write_table

from hirenet_sales.cli import main
from hirenet_sales.errors import NormSampleError
from hirenet_sales.questionnaire.norms.checking import check_rule_base
from hirenet_sales.questionnaire.norms.fitting import fit_rule_base, write_rule_base
from hirenet_sales.questionnaire.norms.norm_sample import read_norm_sample
from hirenet_sales.rules import load_rule_base
from hirenet_sales.traits import TRAITS

CLIPS = ["split", "clip", "youtube_id", "extraversion", "neuroticism_column"]
CLIPS += ["agreeableness", "conscientiousness", "openness", "interview", "transcription"]
SALES = {t: r.direction for t, r in load_rule_base("kassab2022").traits.items()}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def clips(path, traits: np.ndarray):
    """A table as First Impressions V2 is distributed: its last trait is stability."""
    o, c, e, a, n = traits.T
    rows = [
        [
            *("train" if i % 4 else "validation", f"v{i // 3}.{i:03}.mp4", f"v{i // 3}"),
            *(e[i], 1 - n[i], a[i], c[i], o[i], 0.5, 'He said "a, b"\nand left.'),
        ]
        for i in range(len(traits))
    ]
    return write_table(path, CLIPS, rows)


def test_three_layouts_give_the_same_people(tmp_path) -> None:
    traits = people(60)
    own = read_norm_sample(write_table(tmp_path / "own.csv", TRAITS, traits.tolist()))
    card = read_norm_sample(clips(tmp_path / "clips.csv", traits))
    upper = write_table(tmp_path / "t.tsv", ["N", "A", "E", "C", "O"], traits[:, ::-1].tolist())
    for sample in (own, card, read_norm_sample(upper)):
        assert np.allclose(sample.traits, traits)
    assert "emotional stability" in card.polarity and "data card" in card.polarity
    assert own.polarity == "column 'neuroticism' is neuroticism: its name says"
    assert own.sources is None and len(np.unique(card.sources)) == 20
    assert not own.remarks and not card.remarks


def test_an_id_does_not_make_a_table_that_of_a_data_set(tmp_path) -> None:
    """RecruitView calls its traits as the house does and its clips `id`, on another scale."""
    traits = people(60)
    header = ["id", "user_no", *TRAITS]
    rows = [[i, i, *row] for i, row in enumerate(traits.tolist())]
    assert np.allclose(
        read_norm_sample(write_table(tmp_path / "x.csv", header, rows)).traits, traits
    )


def test_splits_are_chosen_by_the_data_card(tmp_path) -> None:
    path = clips(tmp_path / "clips.csv", people(60))
    assert len(read_norm_sample(path, split="train").traits) == 45
    with pytest.raises(NormSampleError, match="no splits are known"):
        read_norm_sample(write_table(tmp_path / "o.csv", TRAITS, [[0.5] * 5]), split="train")


@pytest.mark.parametrize(
    ("column", "polarity", "turned"),
    [
        ("neuroticism", "auto", False),
        ("neuroticism", "stability", True),
        ("neuroticism", "neuroticism", False),
        ("Emotional_Stability", "auto", True),
        ("Emotional_Stability", "neuroticism", False),
    ],
)
def test_polarity_is_told_never_guessed(tmp_path, column, polarity, turned) -> None:
    traits = people(60)
    path = write_table(tmp_path / "x.csv", [*TRAITS[:-1], column], traits.tolist())
    sample = read_norm_sample(path, polarity)
    expected = 1 - traits[:, -1] if turned else traits[:, -1]
    assert np.allclose(sample.traits[:, -1], expected)
    assert ("emotional stability" in sample.polarity) == turned
    assert any("--polarity stability" in remark for remark in sample.remarks) == turned


def test_answer_sheets_are_scored(tmp_path) -> None:
    path = write_sheets(tmp_path / "x.csv", answer_sheets(40))
    sample = read_norm_sample(path)
    assert sample.traits.shape == (40, 5) and "self-reports" in sample.kind
    with pytest.raises(NormSampleError, match="keys fix the polarity"):
        read_norm_sample(path, "stability")


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (
            TRAITS,
            [[0.5, 0.5, 1.2, 0.5, 0.5]],
            "row 2, column extraversion: found 1.2, expected 0 to 1",
        ),
        (TRAITS, [[39, 33, 30, 38, 31]], r"\(sum - 10\) / 40"),
        (TRAITS, [[0.5, "high", 0.5, 0.5, 0.5]], "column conscientiousness: found 'high'"),
        (TRAITS, [[0.5, "", 0.5, 0.5, 0.5]], "no row with all five traits; 1 rows lack one"),
        (TRAITS, [[0.5, 0.5]], "row 2: 2 cells, expected 5"),
        (("openess", *TRAITS[1:]), [[0.5] * 5], "no column for openness.*did you mean 'openess'"),
    ],
)
def test_bad_tables_are_explained(tmp_path, header, rows, message) -> None:
    path = write_table(tmp_path / "x.csv", header, rows)
    with pytest.raises(NormSampleError, match=f"(?s){message}"):
        read_norm_sample(path)
    result = run("rules", "check", "kassab2022", "--norms", path)
    assert result.exit_code == 2 and "x.csv" in result.stderr


def test_rows_without_a_trait_are_counted(tmp_path) -> None:
    rows = [*people(9).tolist(), [0.5, "NA", 0.5, 0.5, 0.5]]
    sample = read_norm_sample(write_table(tmp_path / "x.csv", TRAITS, rows))
    assert len(sample.traits) == 9 and sample.left_out == 1


def test_a_fitted_rule_base_is_centred_on_its_own_sample(tmp_path) -> None:
    path = write_table(tmp_path / "x.csv", TRAITS, people(3000).tolist())
    sample = read_norm_sample(path)
    rules, fits = fit_rule_base(sample, SALES, "mine")
    write_rule_base(rules, tmp_path / "mine.yaml")
    assert load_rule_base(tmp_path / "mine.yaml") == rules
    check = check_rule_base(rules, sample)
    for trait, row in check.rows.items():
        assert row.mean_score == pytest.approx(5.5, abs=0.2)
        assert sum(row.shares) == pytest.approx(1)
        assert max(abs(share - 0.1) for share in row.shares) < 0.03
        assert row.interval[0] < row.mean_score < row.interval[1]
        assert fits[trait].ks < 0.03 and not row.remark
    assert check.score_mean == pytest.approx(np.mean([r.mean_score for r in check.rows.values()]))


@pytest.mark.parametrize("distribution", ["normal", "beta"])
def test_the_distribution_that_made_the_data_is_found(tmp_path, distribution: str) -> None:
    rng = np.random.default_rng(0)
    made = stats.norm(0.5, 0.12) if distribution == "normal" else stats.beta(1.2, 4)
    values = np.clip(made.rvs((4000, 5), random_state=rng), 0, 1)
    sample = read_norm_sample(write_table(tmp_path / "x.csv", TRAITS, values.tolist()))
    rules, fits = fit_rule_base(sample, SALES, "x")
    deciles = made.ppf(np.linspace(0.1, 0.9, 9))
    for trait in TRAITS:
        assert fits[trait].distribution == distribution
        assert np.allclose(rules.traits[trait].cuts, deciles, atol=0.015)


def test_directions_mirror_the_scores(tmp_path) -> None:
    sample = read_norm_sample(write_table(tmp_path / "x.csv", TRAITS, people(500).tolist()))
    one, _ = fit_rule_base(sample, dict.fromkeys(TRAITS, "positive"), "a")
    other, _ = fit_rule_base(sample, dict.fromkeys(TRAITS, "negative"), "b")
    assert np.allclose(one.scores(sample.traits) + other.scores(sample.traits), 11)


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        (people(20), "20 people, expected at least 50"),
        (np.full((60, 5), 0.5), "1 different values"),
        (
            np.tile((np.arange(60) % 2 * 0.9 + np.arange(60) / 600)[:, None], 5),
            "do not make ten ranges",
        ),
    ],
)
def test_samples_that_give_no_rule_base(tmp_path, traits, message) -> None:
    sample = read_norm_sample(write_table(tmp_path / "x.csv", TRAITS, traits.tolist()))
    with pytest.raises(NormSampleError, match=message):
        fit_rule_base(sample, SALES, "x", "normal")


def test_a_mirrored_row_is_pointed_at(tmp_path) -> None:
    """The agreeableness row of the paper, on people like those it was made for."""
    rng = np.random.default_rng(0)
    middle = [0.566, 0.522, 0.476, 0.548, 0.480]
    traits = np.clip(rng.normal(middle, 0.145, (4000, 5)), 0, 1)
    sample = read_norm_sample(write_table(tmp_path / "x.csv", TRAITS, traits.tolist()))
    check = check_rule_base(load_rule_base("kassab2022"), sample)
    assert [trait for trait, row in check.rows.items() if row.remark] == ["agreeableness"]
    assert "does not fit its own text" in check.rows["agreeableness"].remark
    centred = check_rule_base(load_rule_base("kassab2022-centred"), sample)
    assert not centred.remarks


def test_rules_fit_then_show_then_check(tmp_path) -> None:
    norms = write_table(tmp_path / "norms.csv", TRAITS, people(400).tolist())
    out = tmp_path / "care.yaml"
    arguments = [f"--direction={t}=positive" for t in ("agreeableness", "openness")]
    result = run("rules", "fit", norms, "--out", out, *arguments)
    assert result.exit_code == 0, result.output
    fitted = load_rule_base(out)
    assert fitted.name == "care" and fitted.traits["agreeableness"].direction == "positive"
    assert fitted.traits["neuroticism"].direction == "negative"
    assert "norms.csv" in fitted.source and str(tmp_path) not in fitted.source
    shown = run("rules", "show", out, "--json", tmp_path / "show.json")
    assert shown.exit_code == 0 and "care 1.0" in shown.stdout
    checked = run("rules", "check", out, "--norms", norms, "--json", tmp_path / "check.json")
    assert checked.exit_code == 0, checked.output
    rows = json.loads((tmp_path / "check.json").read_text())["rows"]
    assert list(rows) == list(TRAITS)
    assert all(len(row["shares"]) == 10 for row in rows.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rules", "show", "kasab2022"], "did you mean 'kassab2022'"),
        (
            ["rules", "fit", "n.csv", "--out", "o.yaml", "--direction", "opennes=positive"],
            "openness",
        ),
        (
            ["rules", "fit", "n.csv", "--out", "o.yaml", "--direction", "openness=up"],
            "=positive or",
        ),
        (["rules", "fit", "n.csv", "--out", "kassab2022.yaml"], "ships already"),
        (["rules", "check", "kassab2022", "--norms", "missing.csv"], "cannot be read"),
    ],
)
def test_mistakes_are_explained(tmp_path, monkeypatch, arguments, message) -> None:
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "n.csv", TRAITS, people(60).tolist())
    result = run(*arguments)
    assert result.exit_code == 2 and message in result.stderr


def test_rules_list_names_those_that_ship() -> None:
    assert {"kassab2022", "kassab2022-centred"} <= {
        line.split()[0] for line in run("rules", "list").stdout.splitlines()
    }


def test_first_impressions_shows_the_row_that_is_off(first_impressions, tmp_path) -> None:
    """The reference figures are of 6,000 labels; 5,844 of them are in the shared table."""
    out = tmp_path / "check.json"
    table = first_impressions / "clips.csv"
    result = run(
        "rules", "check", "kassab2022", "--norms", table, "--split", "train", "--json", out
    )
    assert result.exit_code == 0, result.output
    written = json.loads(out.read_text())
    rows = written["rows"]
    assert rows["agreeableness"]["mean_score"] == pytest.approx(3.57, abs=0.03)
    assert rows["agreeableness"]["shares"][0] == pytest.approx(0.277, abs=0.005)
    assert rows["agreeableness"]["shares"][9] == pytest.approx(0.036, abs=0.003)
    for trait in set(TRAITS) - {"agreeableness"}:
        assert rows[trait]["mean_score"] == pytest.approx(5.5, abs=0.12)
    assert "emotional stability" in written["norms"]["polarity"]
    sample = read_norm_sample(table, split="train")
    fitted, _ = fit_rule_base(sample, SALES, "x", "normal")
    centred = load_rule_base("kassab2022-centred")
    for trait in TRAITS:
        assert np.allclose(fitted.traits[trait].cuts, centred.traits[trait].cuts, atol=0.008)


@pytest.mark.parametrize(
    "command",
    [
        "ipip50",
        "ipip50 score",
        "ipip50 norms",
        "ipip50 items",
        "rules",
        "rules list",
        "rules show",
        "rules check",
        "rules fit",
        "clusters",
        "profiles",
        "profiles list",
        "profiles compare",
    ],
)
def test_help(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0 and result.output.startswith("Usage: ")
