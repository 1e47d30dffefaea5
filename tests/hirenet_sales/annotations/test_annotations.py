"""Annotated tiers: read back as they were made, matched to answers, and compared with chance."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from pympi import Eaf, TextGrid
from toy_assessment import toy_assessment

from extractors.words.transcript_files import read_transcript
from hirenet_sales.annotations.annotation_file import AnnotatedTier, AnnotationFile
from hirenet_sales.annotations.answer_annotations import AnswerAnnotations, annotations_of
from hirenet_sales.annotations.span_labels import answer_labels
from hirenet_sales.annotations.span_overlap import SpanOverlap, random_overlap, span_overlaps
from hirenet_sales.assessment import AnswerAssessment, Highlight
from hirenet_sales.cli import main
from hirenet_sales.errors import AnnotationError
from hirenet_sales.export.tier import Span

SPANS = [(500, 1250, "smile"), (2000, 2600, "nod & <smile>"), (4000, 9000, "smile")]


def write_eaf(path: Path, name: str = "seen", media: str = "", spans=SPANS) -> Path:
    eaf = Eaf()
    if media:
        eaf.add_linked_file(f"file:///{media}", relpath=f"./{media}", mimetype="video/mp4")
    eaf.add_tier(name)
    for start, end, text in spans:
        eaf.add_annotation(name, start, end, text)
    eaf.to_file(path)
    return path


def write_textgrid(path: Path, codec: str = "utf-8", mode: str = "normal", text: str = "") -> Path:
    grid = TextGrid(xmax=10)
    tier = grid.add_tier("seen")
    for start, end, own in SPANS:
        tier.add_interval(start / 1000, end / 1000, text or own)
    points = grid.add_tier("points", "TextTier")
    points.add_point(1.5, "clap")
    grid.to_file(str(path), codec=codec, mode=mode)
    return path


def answer_of(highlights, duration: float = 20.0, number: int = 0) -> AnswerAssessment:
    made = [Highlight(start=start, end=end, stream="text") for start, end in highlights]
    return (
        toy_assessment()
        .answers[number]
        .model_copy(update={"highlights": made, "duration": duration})
    )


def annotated(answer: AnswerAssessment, spans) -> AnswerAnnotations:
    tier = AnnotatedTier("seen", tuple(Span(a, b, text) for a, b, text in spans))
    return AnswerAnnotations(answer, tier, Path("q1.eaf"))


def words_of(item: AnswerAnnotations, draws: int = 2000, seed: int = 0) -> list[SpanOverlap]:
    """The rows of the stream of words, in which `answer_of` has its highlights."""
    rows, left_out = span_overlaps([item], draws=draws, seed=seed)
    assert not left_out
    return [row for row in rows if row.stream == "text"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["annotations", *map(str, arguments)])


def test_an_eaf_is_read_as_it_was_made(tmp_path) -> None:
    file = AnnotationFile.read(write_eaf(tmp_path / "x.eaf", media="my q1.mp4"))
    spans = file.tier("seen").spans
    assert [(round(1000 * s.start), round(1000 * s.end), s.text) for s in spans] == SPANS
    assert file.media == ("my q1.mp4",)


@pytest.mark.parametrize(
    ("codec", "mode", "text"),
    [
        ("utf-8", "normal", ""),
        ("utf-8", "short", 'a "b" שלום'),
        ("utf-8-sig", "normal", "é"),
        ("utf-16", "normal", "שלום \U0001f600"),
        ("utf-8", "binary", ""),
    ],
)
def test_a_textgrid_is_read_as_it_was_made(tmp_path, codec: str, mode: str, text: str) -> None:
    file = AnnotationFile.read(write_textgrid(tmp_path / "x.TextGrid", codec, mode, text))
    spans = file.tier("seen").spans
    assert [(round(1000 * s.start), round(1000 * s.end)) for s in spans] == [s[:2] for s in SPANS]
    assert [span.text for span in spans] == [text or s[2] for s in SPANS]
    [point] = file.tier("points").spans
    assert (point.start, point.end, point.text) == (1.5, 1.5, "clap")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.eaf", b"<a", "cannot be read as .eaf"),
        ("x.eaf", b"<a/>", "cannot be read as .eaf"),
        ("x.TextGrid", b"", "cannot be read as .TextGrid"),
        (
            "x.TextGrid",
            b"File type\n\n\nxmin = 0\nxmax = 1\ntiers? <exists>\nsize = 5\n",
            "read as",
        ),
        ("x.TextGrid", b"\xff\xfe\x00", "cannot be read as .TextGrid"),
        ("x.txt", b"", "ends in .eaf or .TextGrid, not .txt"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AnnotationError, match=message):
        AnnotationFile.read(tmp_path / name)


@pytest.mark.parametrize("mode", ["eaf", "normal", "short", "binary"])
def test_a_file_that_is_cut_off_is_read_or_refused(tmp_path, mode: str) -> None:
    path = tmp_path / ("x.eaf" if mode == "eaf" else "x.TextGrid")
    whole = write_eaf(path) if mode == "eaf" else write_textgrid(path, mode=mode)
    content, refused = whole.read_bytes(), 0
    for length in range(0, len(content), max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        try:
            assert len(AnnotationFile.read(path).tiers) <= 2
        except AnnotationError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > 50


def test_a_tier_that_is_not_there(tmp_path) -> None:
    file = AnnotationFile.read(write_eaf(tmp_path / "x.eaf"))
    with pytest.raises(AnnotationError, match="no tier 'sene'; did you mean 'seen'"):
        file.tier("sene")


def test_a_recording_with_an_offset_is_refused(tmp_path) -> None:
    eaf = Eaf()
    eaf.add_linked_file("file:///q1.mp4", mimetype="video/mp4", time_origin=1500)
    eaf.to_file(tmp_path / "x.eaf")
    with pytest.raises(AnnotationError, match="an offset of 1500 ms"):
        AnnotationFile.read(tmp_path / "x.eaf")


@pytest.mark.parametrize(
    ("name", "tier", "media", "answer", "expected"),
    [
        ("q2.eaf", "seen", "", None, ["q2"]),
        ("any.eaf", "seen", "q3.webm", None, ["q3"]),
        ("any.eaf", "q4 seen", "", None, ["q4"]),
        ("any.eaf", "seen", "", "q1", ["q1"]),
        ("q2.eaf", "seen", "", "q1", ["q1"]),
    ],
)
def test_a_file_belongs_to_its_answer(
    tmp_path, name: str, tier: str, media: str, answer: str | None, expected: list[str]
) -> None:
    file = AnnotationFile.read(write_eaf(tmp_path / name, tier, media))
    matched = annotations_of(toy_assessment(), [file], "seen", answer)
    assert [item.answer.id for item in matched] == expected


def test_what_belongs_to_no_answer_or_twice_is_refused(tmp_path) -> None:
    assessment = toy_assessment()
    lost = AnnotationFile.read(write_eaf(tmp_path / "any.eaf"))
    with pytest.raises(AnnotationError, match=r"does not follow from the file.*--answer"):
        annotations_of(assessment, [lost], "seen")
    (tmp_path / "b").mkdir()
    twice = [
        AnnotationFile.read(write_eaf(folder / "q1.eaf")) for folder in (tmp_path, tmp_path / "b")
    ]
    with pytest.raises(AnnotationError, match="a second tier 'seen' of answer q1"):
        annotations_of(assessment, twice, "seen")
    with pytest.raises(AnnotationError, match="no answer 'q9'; the answers are q1, q2"):
        annotations_of(assessment, twice[:1], "seen", "q9")


@pytest.mark.parametrize("ending", [".eaf", ".TextGrid"])
def test_what_was_exported_is_a_transcript_again(tmp_path, ending: str) -> None:
    toy_assessment().write(tmp_path / "results" / "assessment.json")
    to = "elan" if ending == ".eaf" else "textgrid"
    out = tmp_path / f"all{ending}"
    exported = ["export", str(tmp_path / "results"), "--to", to, "--out", str(out)]
    CliRunner().invoke(main, [*exported, "--tiers", "words"])
    target = tmp_path / "q2.json"
    assert run(out, "--tier", "words", "--answer", "q2", "--transcript", target).exit_code == 0
    read, answer = read_transcript(target), toy_assessment().answers[1]
    assert [word.text for word in read.words] == [word.text for word in answer.transcript]
    assert read.times == "word" and not read.problems
    for word, original in zip(read.words, answer.transcript, strict=True):
        assert abs(word.start - original.start) <= 0.001 and abs(word.end - original.end) <= 0.001


def test_labels_are_shares_of_the_answer() -> None:
    one = annotated(answer_of([]), [(0.0, 5.0, "smile"), (4.0, 6.0, "nod"), (19.0, 30.0, "nod")])
    other = annotated(answer_of([], number=1), [(0.0, 10.0, "smile")])
    rows, left_out = answer_labels("i", "seen", [one, other])
    assert not left_out
    assert [row["seen: smile"] for row in rows] == pytest.approx([0.25, 0.5])
    assert [row["seen: nod"] for row in rows] == pytest.approx([0.15, 0.0])
    assert [row["answer"] for row in rows] == ["q1", "q2"]


def test_numbers_are_averaged_over_their_time() -> None:
    [row], _ = answer_labels(
        "i", "warmth", [annotated(answer_of([]), [(0.0, 1.0, "2"), (1.0, 4.0, "4,0")])]
    )
    assert row["warmth"] == pytest.approx(3.5)


def test_annotations_that_are_the_highlights_are_no_chance() -> None:
    spans = [(2.0, 3.0), (9.0, 10.5), (15.0, 15.5)]
    row, total = words_of(annotated(answer_of(spans), [(*span, "x") for span in spans]))
    assert row.covered == pytest.approx(1) and row.inside == pytest.approx(1)
    assert row.p < 0.01 and row.random_high < row.covered
    assert (total.answer, total.covered, total.p) == ("all", row.covered, row.p)


def test_annotations_far_from_highlights_overlap_less_than_chance() -> None:
    answer = answer_of([(0.0, 4.0)])
    row, _ = words_of(annotated(answer, [(10.0, 20.0, "x")]))
    assert row.covered == 0 and row.p == 1 and row.random_covered > 0.1


def test_what_covers_the_whole_answer_is_as_good_as_chance() -> None:
    answer = answer_of([(1.0, 2.0), (5.0, 6.0)])
    row, _ = words_of(annotated(answer, [(0.0, 20.0, "x")]))
    assert row.inside == pytest.approx(1) and row.p == 1
    assert row.random_covered == pytest.approx(row.covered)


def test_p_is_uniform_where_annotations_are_random() -> None:
    """Fewer than one in ten of random annotations may come out below .05, and some below .5."""
    dice = np.random.default_rng(5)
    p = []
    for trial in range(120):
        starts = dice.uniform(0, 18, 3)
        answer = answer_of([(3.0, 5.0), (11.0, 12.5)])
        spans = [(start, start + 1.5, "x") for start in starts]
        p.append(words_of(annotated(answer, spans), draws=400, seed=trial)[0].p)
    assert np.mean(np.array(p) <= 0.05) < 0.1
    assert 0.35 < np.mean(np.array(p) <= 0.5) < 0.65


def test_random_spans_stay_apart_and_inside() -> None:
    """Spans that fill the answer cannot move; with all of it they share their whole length."""
    dice = np.random.default_rng(0)
    full = random_overlap([(2.0, 5.0)], np.array([4.0, 6.0]), 10.0, 50, dice)
    assert full == pytest.approx(3.0)
    whole = random_overlap([(0.0, 10.0)], np.array([1.0, 2.5]), 10.0, 50, dice)
    assert whole == pytest.approx(3.5)
    half = random_overlap([(0.0, 5.0)], np.array([1.0]), 10.0, 20_000, dice)
    assert half.mean() == pytest.approx(0.5, abs=0.02) and half.max() <= 1.0 + 1e-9


def test_the_same_seed_gives_the_same_table() -> None:
    items = [annotated(answer_of([(3.0, 5.0)]), [(4.0, 9.0, "x")])]
    assert span_overlaps(items, draws=300, seed=3) == span_overlaps(items, draws=300, seed=3)
    assert span_overlaps(items, draws=300, seed=3) != span_overlaps(items, draws=300, seed=4)


def test_the_command_writes_what_it_prints(tmp_path) -> None:
    toy_assessment().write(tmp_path / "results" / "assessment.json")
    file = write_eaf(tmp_path / "q1.eaf")
    out, numbers, labels = (tmp_path / name for name in ("o.csv", "o.json", "labels.csv"))
    more = ["--out", out, "--json", numbers, "--labels", labels, "--draws", 200]
    done = run(file, "--tier", "seen", "--results", tmp_path / "results", *more)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(out)
    assert table["answer"].tolist() == ["q1"] * 3 + ["all"] * 3
    written = json.loads(numbers.read_text())
    assert written["overlaps"][0]["annotated_s"] == pytest.approx(6.35)
    assert f"{table['covered'][0]:.3f}" in done.stdout
    assert pd.read_csv(labels)["seen: smile"][0] == pytest.approx(5.75 / 21.4)


def test_an_answer_without_highlights_counts_as_not_covered(tmp_path) -> None:
    spans = [(0.0, 4.0, "x")]
    items = [
        annotated(answer_of([(0.0, 4.0)]), spans),
        annotated(answer_of([], number=1), spans),
    ]
    rows, left_out = span_overlaps(items, draws=300)
    assert not left_out
    by_key = {(row.answer, row.stream): row for row in rows}
    none, both = by_key["q2", "text"], by_key["all", "text"]
    assert (none.covered, none.inside, none.p, none.p_holm) == (0.0, None, None, None)
    assert both.covered == pytest.approx(0.5) and both.p == by_key["q1", "text"].p
    assert by_key["all", "visual"].p is None


def test_an_answer_of_unknown_length_is_named(tmp_path) -> None:
    toy_assessment().write(tmp_path / "results" / "assessment.json")
    arguments = ["--tier", "seen", "--results", tmp_path / "results", "--draws", 200]
    done = run(write_eaf(tmp_path / "q5.eaf"), *arguments)
    assert done.exit_code == 1 and "its length is unknown" in done.stderr
    assert "No answer could be compared" in done.stdout


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "nothing to do; give --results"),
        (["--labels", "x.csv"], "need --results"),
        (["--transcript", "x.vtt"], "ends in .json"),
    ],
)
def test_refusals_say_why(tmp_path, more: list[str], message: str) -> None:
    done = run(write_eaf(tmp_path / "q1.eaf"), "--tier", "seen", *more)
    assert done.exit_code == 2 and message in done.stderr
