"""One's own interviews: what is read from the table, and every kind of wrong table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_tables import TRAITS, recorded_rows, write_csv, write_jsonl

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.shipped import shipped_folder

TEXT = ("text",)


def load(root: Path, **options):
    return load_dataset("recorded", root, **{"streams": TEXT, "cache": root / "cache", **options})


@pytest.mark.parametrize(
    ("write", "name"), [(write_csv, "answers.csv"), (write_jsonl, "answers.jsonl")]
)
def test_table_and_set_agree(tmp_path: Path, write, name: str) -> None:
    rows = recorded_rows()
    write(tmp_path / name, rows)
    found = load(tmp_path)
    assert [t.name for t in found.targets] == [*TRAITS, "hirable"]
    assert found.targets[-1].kind == "binary"
    assert found.level == "interview"
    assert found.answer_labels is None
    by_id = {row["interview"]: row for row in rows}
    assert set(found.ids) == set(by_id)
    for n, name in enumerate(found.ids):
        row = by_id[name]
        assert found.people[n] == row["person"]
        assert found.positions[n] == row["job_title"]
        np.testing.assert_allclose(found.labels[n], [row[t] for t in (*TRAITS, "hirable")])
        assert found.question_ids[n] == ("q0", "q1")
        spoken = [row["text"].split() for row in rows if row["interview"] == name]
        assert [list(words) for words in found.words[n]] == spoken
        for words, values in zip(found.words[n], found.streams["text"][n], strict=True):
            assert values.shape == (len(words), len(found.columns["text"]))


def test_the_default_person_and_question_id(tmp_path: Path) -> None:
    rows = [
        {k: v for k, v in row.items() if k not in ("person", "question_id")}
        for row in recorded_rows()
    ]
    write_csv(tmp_path / "answers.csv", rows)
    found = load(tmp_path)
    assert found.people.tolist() == list(found.ids)
    assert found.question_ids == found.questions


def test_only_the_labels_that_are_there(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k not in TRAITS} for row in recorded_rows()]
    write_csv(tmp_path / "answers.csv", rows)
    assert [t.name for t in load(tmp_path).targets] == ["hirable"]
    with pytest.raises(DatasetError, match="no column openness"):
        load(tmp_path, targets=["openness"])


def test_labels_of_answers_and_of_interviews(tmp_path: Path) -> None:
    rows = recorded_rows()
    rows[1]["openness"] = rows[0]["openness"] / 2
    write_csv(tmp_path / "answers.csv", rows)
    with pytest.raises(DatasetError, match=r"line 3: interview 'i00' has several values of open"):
        load(tmp_path)
    found = load(tmp_path, level="answer")
    assert found.level == "answer"
    np.testing.assert_allclose(found.labels[0, 0], 0.75 * rows[0]["openness"])


def test_a_label_in_one_row_is_that_of_the_interview(tmp_path: Path) -> None:
    rows = recorded_rows()
    expected = [rows[n]["openness"] for n in range(0, len(rows), 2)]
    for row in rows[1::2]:
        row["openness"] = ""
    rows[-1]["openness"] = rows[-2]["openness"]
    rows[-2]["openness"] = ""
    write_csv(tmp_path / "answers.csv", rows)
    np.testing.assert_allclose(load(tmp_path).labels[:, 0], expected)


def test_unknown_labels_are_nan(tmp_path: Path) -> None:
    rows = recorded_rows()
    rows[0]["hirable"] = rows[1]["hirable"] = ""
    write_csv(tmp_path / "answers.csv", rows)
    found = load(tmp_path)
    assert np.isnan(found.labels[:, -1]).tolist() == [True] + [False] * 11


def test_an_official_split_of_ones_own(tmp_path: Path) -> None:
    rows = [
        {**row, "split": "test" if row["interview"] > "i08" else "train"} for row in recorded_rows()
    ]
    write_csv(tmp_path / "answers.csv", rows)
    assert load(tmp_path).official[-1] == ("test", "test")


def test_scores_of_ones_own(tmp_path: Path) -> None:
    text = (shipped_folder("data_cards") / "recorded.md").read_text(encoding="utf-8")
    text = text.replace("position: job_title", "position: role").replace(
        "  hirable: {",
        "  sales: {column: turnover, polarity: reversed, range: [0, 100]}\n  hirable: {",
    )
    (tmp_path / "data_card.md").write_text(text, encoding="utf-8")
    rows = [{"role": row.pop("job_title"), "turnover": 70, **row} for row in recorded_rows()]
    write_csv(tmp_path / "answers.csv", rows)
    found = load(tmp_path, targets=["sales"])
    assert found.targets[0].high == 100
    np.testing.assert_allclose(found.labels, 30)  # turned round on its own scale
    assert found.positions[0] == "job 0"


def test_every_problem_of_a_table_at_once_with_its_line(tmp_path: Path) -> None:
    rows = recorded_rows()
    rows[0]["text"] = "two\nlines"  # so that every row below ends one line later
    rows[1]["openness"] = 1.2
    rows[2]["hirable"] = 0.5
    rows[3]["interview"] = ""
    rows[4]["extraversion"] = "high"
    rows[5]["person"] = "somebody else"
    rows[6]["transcript"] = ""
    for row in rows:
        row.setdefault("transcript", "")
    rows[6]["transcript"] = "notes.docx"
    write_csv(tmp_path / "answers.csv", rows)
    with pytest.raises(DatasetError) as error:
        load(tmp_path)
    told = str(error.value)
    for text in (
        "6 problems",
        "line 4: openness is '1.2', expected a number from 0 to 1",
        "line 5: hirable is '0.5', expected a whole number from 0 to 1",
        "line 6: interview is empty",
        "line 7: extraversion is 'high', expected a number",
        "line 8: person is 'somebody else', but 'person1' above for 'i02'",
        "line 9: the transcript 'notes.docx' is no file that ends in .txt",
    ):
        assert text in told, told


@pytest.mark.parametrize(
    ("drop", "add", "message"),
    [
        ("interview", {}, "no column interview"),
        ("media text", {}, "no column media or transcript or text"),
        (" ".join((*TRAITS, "hirable")), {}, "no column with a label, such as one of openness"),
        ("", {"opennes": 1}, r"unknown column 'opennes'; did you mean 'openness'\?"),
    ],
)
def test_wrong_columns(tmp_path: Path, drop: str, add: dict, message: str) -> None:
    rows = [
        {**{k: v for k, v in row.items() if k not in drop.split()}, **add}
        for row in recorded_rows()
    ]
    write_csv(tmp_path / "answers.csv", rows)
    with pytest.raises(DatasetError, match=message):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("answers.csv", b"", r"no rows"),
        ("answers.csv", b"interview,text\na,b,c\n", r"line 2: more cells than the 2 columns"),
        ("answers.csv", b"interview,text,openness\na,b\n", r"found 2 cells, expected 3"),
        ("answers.csv", b'interview,text\na,"b\n', r"line \d: not a CSV"),
        ("answers.csv", b"interview,text\na,\xff\n", r"not UTF-8 text \(byte 17\)"),
        ("answers.jsonl", b'{"interview": 1}\n{"a"\n', r"line 2: not JSON"),
        ("answers.jsonl", b"[1]\n", r"line 1: expected an object"),
        ("other.csv", b"", r"no answers.csv or answers.jsonl; give the folder"),
    ],
)
def test_no_table(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        load(tmp_path)


def test_a_line_separator_inside_json_is_no_new_line(tmp_path: Path) -> None:
    rows = recorded_rows()
    rows[0]["text"] = "good\u2028tools"
    write_jsonl(tmp_path / "answers.jsonl", rows)
    assert load(tmp_path).words[0][0] == ("good", "tools")


def test_empty_words_are_no_rows_and_are_told(tmp_path: Path) -> None:
    rows = recorded_rows()
    rows[0]["text"] = "[laughs] ..."
    rows[1]["media"] = "not-there.mp4"
    write_csv(tmp_path / "answers.csv", rows)
    found = load(tmp_path)
    assert [len(answer) for answer in found.streams["text"][0]] == [0, 6]
    assert found.problems == (
        "answers.csv, line 2: text holds no spoken word.",
        "answers.csv, line 2: nothing recorded and nothing said.",
        "answers.csv, line 3: not-there.mp4: no such file; text can be read without it.",
    )
    assert not found.completeness.losses


def test_unknown_names(tmp_path: Path) -> None:
    write_csv(tmp_path / "answers.csv", recorded_rows())
    with pytest.raises(ConfigError, match=r"no data set 'recorder'; did you mean 'recorded'\?"):
        load_dataset("recorder", tmp_path)
    with pytest.raises(ConfigError) as error:
        load(tmp_path, streams=("txt",), job=2)
    assert "no stream 'txt'; did you mean 'text'?" in str(error.value)
    assert "unknown option 'job'; did you mean 'jobs'?" in str(error.value)
    with pytest.raises(DatasetError, match="no target 'openess'; did you mean 'openness'"):
        load(tmp_path, targets=["openess"])
    with pytest.raises(DatasetError, match="give its folder with --root"):
        load_dataset("recorded")
    with pytest.raises(DatasetError, match="audio: found 'mfcc', expected egemaps or spectral"):
        load(tmp_path, audio="mfcc")


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "inf", "-Infinity", "1e999", "0,5", "0_1", "yes", "1.0.0", True, [0.5]]
)
def test_a_label_is_a_finite_number(tmp_path: Path, cell: object) -> None:
    rows = recorded_rows()
    rows[2]["openness"] = cell
    write_jsonl(tmp_path / "answers.jsonl", rows)
    with pytest.raises(DatasetError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: answers.jsonl, line 3: openness is {cell!r}, expected a number from 0 to 1."
    )


@pytest.mark.parametrize("cell", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_of_json_that_are_none(tmp_path: Path, cell: str) -> None:
    rows = recorded_rows()
    rows[2]["openness"] = "HERE"
    path = write_jsonl(tmp_path / "answers.jsonl", rows)
    path.write_text(path.read_text().replace('"HERE"', cell))
    message = r"line 3: openness is .*, expected a number from 0 to 1"
    with pytest.raises(DatasetError, match=message):
        load(tmp_path)


def test_a_row_that_stands_twice(tmp_path: Path) -> None:
    rows = recorded_rows()
    write_csv(tmp_path / "answers.csv", [*rows, rows[3]])
    with pytest.raises(DatasetError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: answers.csv, line 26: the same in every cell as answers.csv, line 5; take "
        "one of the two out."
    )


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("q" * 300 + ".mp4", "cannot be the name of a file (File name too long)"),
        ("\ud800.mp4", "half of a pair of surrogates; write the text as UTF-8"),
    ],
)
def test_names_that_no_file_has(tmp_path: Path, cell: str, told: str) -> None:
    rows = recorded_rows()
    rows[1]["media"] = "HERE"
    path = write_jsonl(tmp_path / "answers.jsonl", rows)
    path.write_text(path.read_text().replace("HERE", cell.encode("unicode_escape").decode()))
    with pytest.raises(DatasetError) as error:
        load(tmp_path)
    assert "answers.jsonl, line 2: " in str(error.value)
    assert told in str(error.value)


def test_words_of_the_table_stand_in_for_a_transcript_that_is_lost(tmp_path: Path) -> None:
    rows = recorded_rows()
    for row in rows:
        row["transcript"] = ""
    rows[0]["transcript"] = "absent.srt"
    write_csv(tmp_path / "answers.csv", rows)
    found = load(tmp_path)
    assert found.words[0][0] == tuple(rows[0]["text"].split())
    assert [str(one) for one in found.completeness.losses] == [
        "answers.csv, line 2: absent.srt: no such file; the words of the table are read in its "
        "place."
    ]
