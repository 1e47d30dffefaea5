"""IPIP-50: keys, gaps, reading, reliability against known values, norms, and the real sheets."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner, Result
from toy_people import answer_sheets, write_sheets, write_table

from hirenet_sales.cli import main
from hirenet_sales.errors import QuestionnaireError
from hirenet_sales.questionnaire.ipip50.items import questionnaire
from hirenet_sales.questionnaire.ipip50.norm_tables import (
    DEFAULT_NORMS,
    SHIPPED,
    load_norms,
    make_norms,
    write_norms,
)
from hirenet_sales.questionnaire.ipip50.reliability import (
    alpha_interval,
    cronbach_alpha,
    omega_total,
)
from hirenet_sales.questionnaire.ipip50.results import person_rows, summarise
from hirenet_sales.questionnaire.ipip50.scoring import score_sheets
from hirenet_sales.questionnaire.ipip50.sheets import read_sheets
from hirenet_sales.shipped import shipped_names
from hirenet_sales.traits import TRAITS

FORM = questionnaire()
IDS = [item.id for item in FORM.items]
PUBLISHED = {  # ten-item sums and alphas over the full data set that the real sheets are from
    "extraversion": (30.11, 0.893),
    "neuroticism": (30.97, 0.870),
    "agreeableness": (38.46, 0.833),
    "conscientiousness": (33.47, 0.814),
    "openness": (39.12, 0.794),
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_form_has_the_published_balance_of_keys() -> None:
    positive = {t: int((FORM.keys[FORM.indices(t)] > 0).sum()) for t in TRAITS}
    assert positive == {  # neuroticism: the IPIP's 2 of 10 for stability, turned round
        "openness": 7,
        "conscientiousness": 6,
        "extraversion": 5,
        "agreeableness": 6,
        "neuroticism": 8,
    }
    assert len({item.text for item in FORM.items}) == 50


@pytest.mark.parametrize(
    ("column", "item"),
    [
        ("E1", "E1"),
        ("ext_10", "E10"),
        ("EST04", "N4"),
        ("N 2", "N2"),
        ("AGR7", "A7"),
        ("CSN1", "C1"),
        ("opn-3", "O3"),
        ("q1", "E1"),
        ("Item 50", "O10"),
        ("4", "N1"),
        ("I am the life of the party.", "E1"),
        ("12. Insult people", "A3"),
        ("How accurate? [Don't talk a lot.]", "E2"),
    ],
)
def test_columns_are_known_by_many_names(column: str, item: str) -> None:
    assert IDS[FORM.index_of(column)] == item


@pytest.mark.parametrize("column", ["age", "E11", "N0", "q51", "engnat", "country", "neuroticism"])
def test_other_columns_are_no_items(column: str) -> None:
    assert FORM.index_of(column) is None


@pytest.mark.parametrize("trait", TRAITS)
def test_agreeing_with_every_key_gives_the_whole_trait(trait: str) -> None:
    answers = np.where(FORM.keys > 0, 5.0, 1.0)[None]
    k = TRAITS.index(trait)
    assert score_sheets(answers).sums[0, k] == 50
    assert score_sheets(answers).traits[0, k] == 1
    assert score_sheets(6 - answers).traits[0, k] == 0
    assert score_sheets(np.full((1, 50), 3.0)).traits[0, k] == 0.5


def test_being_stressed_is_neuroticism_and_being_relaxed_is_not() -> None:
    calm = np.full((1, 50), 3.0)
    stressed = calm.copy()
    stressed[0, IDS.index("N1")] = 5  # I get stressed out easily.
    relaxed = calm.copy()
    relaxed[0, IDS.index("N2")] = 5  # I am relaxed most of the time.
    n = TRAITS.index("neuroticism")
    sums = [score_sheets(a).sums[0, n] for a in (relaxed, calm, stressed)]
    assert sums == [28, 30, 32]


@pytest.mark.parametrize(("gaps", "expected"), [(0, 50.0), (1, 50.0), (2, 50.0), (3, None)])
def test_gaps_are_prorated_down_to_eight_answers(gaps: int, expected: float | None) -> None:
    answers = np.where(FORM.keys > 0, 5.0, 1.0)[None]
    answers[0, FORM.indices("openness")[:gaps]] = np.nan
    scores = score_sheets(answers)
    assert np.array_equal(scores.sums[0, 0], np.nan if expected is None else expected, True)
    assert scores.prorated[0].tolist() == [gaps in (1, 2), False, False, False, False]
    assert scores.sums[0, 1] == 50


def test_order_and_names_of_columns_change_nothing(tmp_path) -> None:
    answers = answer_sheets(40)
    answers[3, 7] = np.nan
    plain = read_sheets(write_sheets(tmp_path / "a.csv", answers)).answers
    order = np.random.default_rng(1).permutation(50)
    mixed = write_sheets(tmp_path / "b.tsv", answers[:, order], [IDS[i] for i in order])
    numbered = write_sheets(tmp_path / "c.csv", answers, [f"Q{i}" for i in range(1, 51)])
    spoken = write_sheets(tmp_path / "d.csv", answers, [f"I {i.text.lower()}" for i in FORM.items])
    for path in (mixed, numbered, spoken):
        assert np.array_equal(read_sheets(path).answers, plain, equal_nan=True)
    assert np.array_equal(plain, answers, equal_nan=True)


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ","), ("utf-8", "|")],
)
def test_encodings_and_separators(tmp_path, encoding: str, separator: str) -> None:
    answers = answer_sheets(5).astype(int)
    lines = [separator.join(["id", *IDS]), ""]
    lines += [separator.join(["Zoë", *map(str, row)]) for row in answers]
    path = tmp_path / "sheets.txt"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    sheets = read_sheets(path)
    assert np.array_equal(sheets.answers, answers)
    assert sheets.ids == ["Zoë"] * 5
    assert sheets.rows.tolist() == [3, 4, 5, 6, 7]  # as a spreadsheet counts, the empty row too


def test_words_of_the_form_are_answers(tmp_path) -> None:
    rows = [["Very Accurate"] * 25 + ["neither accurate nor inaccurate"] * 24 + [""]]
    sheets = read_sheets(write_table(tmp_path / "words.csv", IDS, rows))
    assert sheets.answers[0, 0] == 5 and sheets.answers[0, 30] == 3
    assert np.isnan(sheets.answers[0, -1])


@pytest.mark.parametrize("cell", ["6", "-1", "9", "abc", "2.5"])
def test_a_bad_answer_is_named_and_the_other_sheets_are_scored(tmp_path, cell: str) -> None:
    rows = answer_sheets(4).astype(int).astype(object).tolist()
    rows[2][IDS.index("C3")] = cell
    path = write_table(tmp_path / "bad.csv", IDS, rows)
    result = run("ipip50", "score", path, "--json", tmp_path / "out.json")
    assert result.exit_code == 1
    for part in ("bad.csv", "row 4", "column C3", f"'{cell}'", "expected 1 to 5"):
        assert part in result.stderr
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["sheets"] == 3 and len(written["refused"]) == 1


def test_a_short_row_is_named(tmp_path) -> None:
    rows = answer_sheets(3).astype(int).tolist()
    rows[1] = rows[1][:20]
    sheets = read_sheets(write_table(tmp_path / "short.csv", IDS, rows))
    assert len(sheets.answers) == 2
    assert "row 3: 20 cells, expected 50" in sheets.refused[0]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ([*IDS[:-1], "other"], "49 of the 50 items have a column; missing: O10"),
        ([*IDS, "EXT1"], "'E1' and 'EXT1' are both item E1"),
        (["a", "b"], "missing: all of them"),
        ([*IDS, "E1"], "names E1 more than once"),
    ],
)
def test_a_bad_header_is_explained(tmp_path, header: list[str], message: str) -> None:
    path = write_table(tmp_path / "x.csv", header, [[1] * len(header)])
    with pytest.raises(QuestionnaireError, match=message):
        read_sheets(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header"),
        (b"PK\x03\x04rest", "a spreadsheet"),
        (b"E1,E2\n\0\1\2", "not a table of text"),
        (",".join(IDS).encode(), "no usable answer sheet"),
    ],
)
def test_files_that_are_no_tables(tmp_path, content: bytes, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(QuestionnaireError, match=message):
        read_sheets(path)
    assert run("ipip50", "score", path).exit_code == 2


def test_zero_to_four_coding_is_suspected(tmp_path) -> None:
    sheets = read_sheets(write_sheets(tmp_path / "x.csv", answer_sheets(200) - 1))
    assert any("coded 0 to 4" in remark for remark in sheets.remarks)
    assert not read_sheets(write_sheets(tmp_path / "y.csv", answer_sheets(200))).remarks


def test_alpha_of_parallel_items() -> None:
    """Ten items with the correlation r: alpha = 10 r / (1 + 9 r), and omega is the same."""
    rng = np.random.default_rng(0)
    items = 0.6 * rng.normal(size=(40_000, 1)) + 0.8 * rng.normal(size=(40_000, 10))
    expected = 10 * 0.36 / (1 + 9 * 0.36)
    assert cronbach_alpha(items) == pytest.approx(expected, abs=0.005)
    assert omega_total(items) == pytest.approx(expected, abs=0.005)


def test_omega_exceeds_alpha_where_loadings_differ() -> None:
    rng = np.random.default_rng(0)
    loadings = np.array([0.9, 0.8, 0.8, 0.2, 0.2, 0.2, 0.1, 0.1, 0.9, 0.9])
    noise = rng.normal(size=(5000, 10)) * np.sqrt(1 - loadings**2)
    items = rng.normal(size=(5000, 1)) * loadings + noise
    expected = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    assert omega_total(items) == pytest.approx(expected, abs=0.01)
    assert cronbach_alpha(items) < omega_total(items) - 0.02


def test_reliability_is_none_where_it_is_not_defined() -> None:
    assert cronbach_alpha(np.full((1, 10), 3.0)) is None
    assert cronbach_alpha(np.full((50, 10), 3.0)) is None
    assert omega_total(answer_sheets(20)[:, :10]) is None
    assert alpha_interval(None, 0, 10) is None


def test_the_interval_of_alpha_covers_the_true_one() -> None:
    rng = np.random.default_rng(1)
    true = 10 * 0.36 / (1 + 9 * 0.36)
    inside = 0
    for _ in range(300):
        items = 0.6 * rng.normal(size=(60, 1)) + 0.8 * rng.normal(size=(60, 10))
        low, high = alpha_interval(cronbach_alpha(items), 60, 10)
        inside += low <= true <= high
    assert 0.91 <= inside / 300 <= 0.985


def test_percentiles_rise_and_the_median_person_is_in_the_middle() -> None:
    for name in shipped_names(SHIPPED):
        for scale in load_norms(name).scales.values():
            ranks = scale.percentiles(np.arange(10, 51).astype(float))
            assert (np.diff(ranks) >= 0).all() and ranks[0] >= 0 and ranks[-1] <= 100
            sums = np.repeat(np.arange(10.0, 51), scale.counts)
            assert scale.percentiles(sums).mean() == pytest.approx(50)
            assert scale.percentiles(np.array([20.5]))[0] == pytest.approx(ranks[10:12].mean())
            assert np.isnan(scale.percentiles(np.array([np.nan]))[0])


def test_norms_written_and_read_are_the_same(tmp_path) -> None:
    answers = answer_sheets(300)
    answers[0, 0] = np.nan
    norms = make_norms(score_sheets(answers), "mine", "made up")
    assert norms.n == 299
    write_norms(norms, tmp_path / "mine.yaml")
    assert load_norms(tmp_path / "mine.yaml") == norms
    with pytest.raises(QuestionnaireError, match=r"norm table .*neither a file nor one"):
        load_norms("nowhere")


def test_the_csv_of_people_is_complete(tmp_path) -> None:
    answers = answer_sheets(50)
    answers[4, FORM.indices("openness")[:5]] = np.nan
    path = write_sheets(tmp_path / "x.csv", answers)
    result = run("ipip50", "score", path, "--out", tmp_path / "people.csv")
    assert result.exit_code == 0, result.output
    with (tmp_path / "people.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["row"] for row in rows] == [str(i) for i in range(2, 52)]
    assert rows[4]["openness"] == rows[4]["openness_percentile"] == ""
    for row in rows[:4]:
        for trait in TRAITS:
            low, value, high = (float(row[f"{trait}{e}"]) for e in ("_low", "", "_high"))
            assert 0 <= low <= value <= high <= 1
            assert value == pytest.approx((float(row[f"{trait}_sum"]) - 10) / 40)


def test_one_sheet_alone_is_scored(tmp_path) -> None:
    sheets = read_sheets(write_sheets(tmp_path / "one.csv", answer_sheets(1)))
    summary = summarise(sheets, score_sheets(sheets.answers))
    assert summary["scales"]["openness"]["sd"] is None
    assert summary["scales"]["openness"]["alpha"] is None
    rows = person_rows(sheets, score_sheets(sheets.answers), load_norms(DEFAULT_NORMS))
    assert 0 <= rows[0]["openness_percentile"] <= 100
    assert run("ipip50", "score", tmp_path / "one.csv", "--json", tmp_path / "j").exit_code == 0


def test_the_real_sheets_have_the_published_figures(data, tmp_path) -> None:
    """4,930 of the 19,719 sheets: within three standard errors of the published means."""
    path = data / "ipip50" / "responses.tsv"
    if not path.is_file():
        pytest.skip("needs ipip50/responses.tsv")
    result = run("ipip50", "score", path, "--json", tmp_path / "scores.json")
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "scores.json").read_text())
    assert set(written["scales"]) == set(TRAITS)
    for trait, (mean, alpha) in PUBLISHED.items():
        scale = written["scales"][trait]
        assert scale["n"] == 4930
        assert scale["mean"] == pytest.approx(mean, abs=3 * scale["sd"] / 4930**0.5)
        assert scale["alpha"] == pytest.approx(alpha, abs=0.007)
        assert scale["omega"] == pytest.approx(scale["alpha"], abs=0.02)
    neurotic, stable = written["scales"]["neuroticism"], written["emotional_stability"]
    assert neurotic["mean"] + stable["mean"] == pytest.approx(60)
    shipped = load_norms("openpsychometrics2012")
    made = make_norms(score_sheets(read_sheets(path).answers), shipped.name, shipped.source)
    assert made == shipped.model_copy(update={"notes": ""})
