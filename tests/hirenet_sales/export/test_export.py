"""Export: opened again by other programs' libraries, everything is where and what it was."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from pympi import Eaf, TextGrid
from toy_assessment import HOSTILE, earlier_assessment

from extractors.store import FeatureKey, FeatureStore
from extractors.stream import Provenance, Stream
from extractors.words.transcript_files import read_transcript
from hirenet_sales.assessment import Assessment, Highlight
from hirenet_sales.cli import main
from hirenet_sales.effect import Contribution, MeasuredMoment, MomentEffect
from hirenet_sales.export.descriptors import DESCRIPTORS
from hirenet_sales.export.formats import KINDS
from hirenet_sales.export.rows import ROWS

ODD = '<b>&amp; "so" \U0001f600 שלום \x07\x0b end'
FACE = Provenance("face:mediapipe", "1.3", {"rate_hz": 8.0, "window_s": 0.5}, f"{1:064x}")
VOICE = Provenance("egemaps-lld", "2", {"step_s": 0.1}, f"{1:064x}")


def rich_assessment() -> Assessment:
    """An earlier toy with one effect, one contribution, odd text and odd spans of words.

    One word has no length, and two overlap.
    """
    toy = earlier_assessment()
    effects = {
        "extraversion": MomentEffect(effect=0.021, low=-0.01, high=0.01, direction="raises"),
        "sales": MomentEffect(effect=-0.1, low=-0.2, high=0.2, direction="none"),
    }
    first = toy.answers[0]
    words = list(first.transcript)
    words[1] = words[1].model_copy(update={"text": ODD})
    words[2] = words[2].model_copy(update={"end": words[2].start})  # no length
    words[4] = words[4].model_copy(update={"start": words[3].start})  # overlaps the one before
    highlight = Highlight(start=1.0, end=2.25, stream="text", effect=effects, words="a & b")
    text = first.streams["text"].model_copy(
        update={"moments": [MeasuredMoment(start=1.0, end=2.25, effects=effects)]}
    )
    first = first.model_copy(
        update={
            "transcript": words,
            "highlights": [*first.highlights, highlight],
            "streams": {**first.streams, "text": text},
        }
    )
    extractors = [
        {"extractor": p.extractor, "version": p.version, "settings": dict(p.settings)}
        for p in (FACE, VOICE)
    ]
    return toy.model_copy(
        update={
            "answers": [first, *toy.answers[1:]],
            "contributions": [
                Contribution(
                    trait="openness", question="q1", stream="visual", effect=0.01, low=0, high=0.02
                )
            ],
            "provenance": toy.provenance.model_copy(update={"extractors": extractors}),
        }
    )


def fill(store: FeatureStore) -> None:
    """Descriptors of the first answer: windows of the face that overlap, and a step without one."""
    starts = np.arange(8) * 0.25
    for provenance, columns, length in (
        (FACE, ("AU12_r", "pose_Rx", "x_0"), 0.5),
        (VOICE, ("F0",), 0.25),
    ):
        values = np.arange(8 * len(columns)).reshape(8, -1) / 10
        stream = Stream(
            values, np.stack([starts, starts + length], 1), columns, starts != 0.5, provenance
        )
        store.put(FeatureKey.of(provenance), stream)


@pytest.fixture
def folder(tmp_path):
    rich_assessment().write(tmp_path / "results" / "assessment.json")
    fill(FeatureStore(tmp_path / "store"))
    return tmp_path / "results"


def run(folder, to: str, out, *more: object) -> Result:
    arguments = ["export", folder, "--to", to, "--out", out, "--store", folder.parent / "store"]
    return CliRunner().invoke(main, [str(a) for a in (*arguments, *more)])


def spans_of(path, name: str) -> list[tuple[int, int, str]]:
    """Milliseconds and texts of a tier that is opened again."""
    if path.suffix == ".eaf":
        return sorted(Eaf(path).get_annotation_data_for_tier(name))
    grid = TextGrid(str(path))
    return [(round(a * 1000), round(b * 1000), t) for a, b, t in grid.get_tier(name).intervals if t]


def names_of(path) -> list[str]:
    if path.suffix == ".eaf":
        return list(Eaf(path).get_tier_names())
    return [name for _, name in TextGrid(str(path)).get_tier_name_num()]


def test_every_kind_has_rows() -> None:
    assert (*ROWS, *DESCRIPTORS) == KINDS


@pytest.mark.parametrize(("to", "ending"), [("elan", ".eaf"), ("textgrid", ".TextGrid")])
def test_times_are_right_to_a_millisecond(folder, to: str, ending: str) -> None:
    done = run(folder, to, folder.parent / "out", "--answer", "q2", "--tiers", "words,attention")
    assert done.exit_code == 0, done.output
    path = folder.parent / "out" / f"q2{ending}"
    answer = rich_assessment().answers[1]
    expected = [(round(w.start * 1000), round(w.end * 1000), w.text) for w in answer.transcript]
    assert spans_of(path, "words") == expected
    steps = answer.streams["audio"].timeline
    for (start, end, text), step in zip(spans_of(path, "attention audio"), steps, strict=True):
        assert abs(start / 1000 - step.start) <= 0.0005 and abs(end / 1000 - step.end) <= 0.0005
        assert float(text) == pytest.approx(step.value, rel=1e-3)
    assert "attention visual" not in names_of(path)  # nothing was seen of the second answer


@pytest.mark.parametrize("ending", [".eaf", ".TextGrid"])
def test_all_answers_go_into_one_file(folder, ending: str) -> None:
    to = "elan" if ending == ".eaf" else "textgrid"
    path = folder.parent / f"all{ending}"
    done = run(folder, to, path)
    assert done.exit_code == 1 and "answer q5: no file and no tier" in done.stderr
    names = names_of(path)
    assert {"q1 words", "q1 pauses", "q1 highlights text", "q1 contributions visual"} <= set(names)
    assert {"q1 moments text", "q1 face AU12_r", "q1 voice F0", "q2 words"} <= set(names)
    assert len(names) == len(set(names)) and not any(name.startswith("q5") for name in names)
    for name in names:  # what ELAN and Praat refuse
        spans = spans_of(path, name)
        assert all(end > start >= 0 for start, end, _ in spans)
        assert all(one[1] <= other[0] for one, other in pairwise(spans)), name


@pytest.mark.parametrize("ending", [".eaf", ".TextGrid"])
def test_odd_text_and_odd_spans_survive(folder, ending: str) -> None:
    path = folder.parent / f"q1{ending}"
    run(folder, "elan" if ending == ".eaf" else "textgrid", path, "--answer", "q1")
    words = rich_assessment().answers[0].transcript
    spans = sorted(spans_of(path, "words") + spans_of(path, "words 2"))
    assert len(spans) == len(words)
    by_start = {start: (end, text) for start, end, text in spans_of(path, "words")}
    text = by_start[round(words[1].start * 1000)][1]
    assert text == '<b>&amp; "so" \U0001f600 שלום \ufffd end'
    at = round(words[2].start * 1000)
    assert by_start[at][0] == at + 1
    [(start, end, highlight)] = [s for s in spans_of(path, "highlights text") if "raises" in s[2]]
    assert (start, end, highlight) == (1000, 2250, "raises extraversion by 0.021: a & b")


def test_hostile_text_is_text(folder) -> None:
    path = folder.parent / "q3.eaf"
    run(folder, "elan", path, "--answer", "q3")
    assert spans_of(path, "words")[0][2] == HOSTILE
    assert "<script" not in path.read_text(encoding="utf-8")


def test_an_eaf_links_its_recording(folder) -> None:
    media = folder.parent / "my interview"
    media.mkdir()
    run(folder, "elan", folder.parent / "out", "--answer", "q1", "--media", media)
    [link] = Eaf(folder.parent / "out" / "q1.eaf").get_linked_files()
    assert link["RELATIVE_MEDIA_URL"] == "../my%20interview/q1.webm"
    assert link["MIME_TYPE"] == "video/webm"
    run(folder, "elan", folder.parent / "all.eaf", "--tiers", "words")
    links = Eaf(folder.parent / "all.eaf").get_linked_files()
    assert [each["RELATIVE_MEDIA_URL"] for each in links] == [f"./q{n}.webm" for n in (1, 2, 3)]


def test_an_export_is_the_same_twice(folder) -> None:
    one, other = folder.parent / "one.eaf", folder.parent / "other.eaf"
    for path in (one, other, other):
        run(folder, "elan", path)
    assert one.read_bytes() == other.read_bytes()
    assert not list(folder.parent.glob("*.bak"))


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_tables_are_read_by_pandas(folder, to: str) -> None:
    pytest.importorskip("pyarrow")
    out = folder.parent / "tables"
    assert run(folder, to, out).exit_code == 0
    read = pd.read_csv if to == "csv" else pd.read_parquet
    tables = {path.stem: read(path) for path in out.iterdir()}
    assert set(tables) == set(KINDS) - {"sentences"}
    assessment = rich_assessment()
    words = tables["words"]
    assert len(words) == sum(len(answer.transcript) for answer in assessment.answers)
    assert list(words.columns[:5]) == ["interview", "answer", "question", "start", "end"]
    assert words["text"][1] == ODD if to == "parquet" else "שלום" in words["text"][1]
    assert words.loc[words["answer"] == "q4", "start"].isna().all()
    [effect] = tables["moments"].query("trait == 'extraversion'").to_dict("records")
    assert effect["effect"] == 0.021 and effect["direction"] == "raises"
    assert tables["contributions"]["stream"].tolist() == ["visual"]
    assert len(tables["face"]) == 7 and {"AU12_r", "pose_Rx", "x_0"} <= set(tables["face"])
    assert tables["pauses"]["seconds"].min() >= 0.5 - 1e-9


def test_one_table_holds_all_tiers(folder) -> None:
    path = folder.parent / "tiers.csv"
    assert run(folder, "csv", path).exit_code == 0
    table = pd.read_csv(path)
    assert set(table["kind"]) == set(KINDS) - {"sentences"}
    face = table[table["tier"] == "face AU12_r"]
    assert face["value"].tolist() == pytest.approx([0.0, 0.3, 0.9, 1.2, 1.5, 1.8, 2.1])
    assert "face x_0" not in set(table["tier"])  # a landmark's coordinate, which is in face.csv
    assert (face["end"].to_numpy()[:-1] <= face["start"].to_numpy()[1:]).all()


def test_captions_are_read_back(folder) -> None:
    out = folder.parent / "captions"
    done = run(folder, "webvtt", out)
    assert done.exit_code == 1 and "answer q4: no captions, since no word has a time" in done.stderr
    answer = rich_assessment().answers[1]
    read = read_transcript(out / "q2.vtt")
    assert [word.text for word in read.words] == [word.text for word in answer.transcript]


def test_several_interviews(folder, tmp_path) -> None:
    many = tmp_path / "many"
    for name in ("a", "b"):
        rich_assessment().model_copy(update={"id": name}).write(many / name / "assessment.json")
    (many / "c").mkdir()
    (many / "c" / "assessment.json").write_text("{}")
    done = run(folder, "csv", tmp_path / "tables")
    many_done = CliRunner().invoke(
        main, ["export", str(many), "--to", "csv", "--out", str(tmp_path / "all")]
    )
    assert done.exit_code == 0
    assert many_done.exit_code == 1 and "c/assessment.json" in many_done.stderr
    words = pd.read_csv(tmp_path / "all" / "words.csv")
    assert words["interview"].unique().tolist() == ["a", "b"]
    arguments = ["export", str(many), "--to", "elan", "--tiers", "words", "--out"]
    CliRunner().invoke(main, [*arguments, str(tmp_path / "eaf")])
    assert (tmp_path / "eaf" / "b" / "q1.eaf").is_file()
    refused = CliRunner().invoke(main, [*arguments, str(tmp_path / "one.eaf")])
    assert refused.exit_code == 2 and "one file holds one interview, and 2" in refused.stderr


def test_descriptors_that_are_not_in_the_store(folder) -> None:
    empty = ["--store", folder.parent / "elsewhere"]
    by_default = run(folder, "csv", folder.parent / "a", "--answer", "q1", *empty)
    asked = run(folder, "csv", folder.parent / "b", "--tiers", "words,face", *empty)
    assert by_default.exit_code == 0 and "remark: sample-0042, answer q1: no face" in (
        by_default.stderr
    )
    assert asked.exit_code == 1 and "run `hirenet-sales analyze`" in asked.stderr
    assert (folder.parent / "b" / "words.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "webvtt", "--out", "x.vtt"], "captions are of one answer, and 5"),
        (["--to", "csv", "--out", "x", "--answer", "q9"], "no answer 'q9'; its answers are q1, q2"),
        (["--to", "csv", "--out", "x", "--tiers", "wordz"], "found wordz, expected some of words,"),
        (["--to", "elan", "--out", "x", "--answer", "q5"], "nothing to export"),
    ],
)
def test_refusals_say_why(folder, monkeypatch, arguments: list[str], message: str) -> None:
    monkeypatch.chdir(folder.parent)
    done = CliRunner().invoke(main, ["export", str(folder), *arguments])
    assert done.exit_code == 2 and message in done.stderr
    assert not (folder.parent / "x").exists()
