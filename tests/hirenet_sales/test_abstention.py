"""Abstention: what is below a declared limit is not read, and the reason is told."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from extractors.answer.extract import AnswerFeatures
from extractors.quality import Quality
from extractors.stream import Provenance, Stream
from extractors.words.transcript import Transcript, Word
from hirenet_sales.abstention import ROWS_OF, load_abstention_policy
from hirenet_sales.analyze import analyze_interview
from hirenet_sales.assessment import STREAM_NAMES, Assessment
from hirenet_sales.errors import AbstentionError
from hirenet_sales.interview import load_interviews

GOOD = Quality(
    picture_share=1.0,
    face_share=0.9,
    brightness=0.5,
    sharpness=200.0,
    sound_share=1.0,
    sound_level_db=-20.0,
    clipped_share=0.0,
    snr_db=25.0,
    recognition_confidence=0.9,
)
POLICY = load_abstention_policy()


def answer(seconds: float = 15.0, words: int = 40, probability: float | None = 0.9, **changes):
    """Features of an answer that nothing is wrong with, or one with its quality changed."""
    spoken = tuple(Word("word", probability=probability) for _ in range(words))
    rows = Stream(np.ones((1, 1)), [[0, 1]], ("x",), [True], Provenance("toy", "1"))
    return AnswerFeatures(
        sha256="0" * 64,
        duration_s=seconds,
        media=None,
        streams={name: rows for names in ROWS_OF.values() for name in names},
        transcript=Transcript(spoken, "en", seconds, "recognised", "none") if spoken else None,
        fluency=None,
        thumbnails=(),
        slices=np.array([[0.0, seconds]]),
        problems=(),
        quality=dataclasses.replace(GOOD, **changes),
    )


def unread(features: AnswerFeatures, streams=STREAM_NAMES) -> dict[str, str]:
    return POLICY.applied(features, streams, "q1.mp4").unread


def test_a_good_answer_is_read() -> None:
    assert unread(answer()) == {}
    assert POLICY.withholding([answer()], STREAM_NAMES) == ""


BELOW = [
    ({"words": POLICY.words.least - 1}, "text", "too few"),
    ({"probability": POLICY.words.confidence - 0.01}, "text", "too unsure"),
    ({"face_share": POLICY.face.share - 0.01}, "visual", "too rarely"),
    ({"seconds": 2.0, "face_share": 0.3}, "visual", "too briefly"),
    ({"brightness": POLICY.face.darkest - 0.01}, "visual", "too dark"),
    ({"brightness": POLICY.face.brightest + 0.01}, "visual", "too bright"),
    ({"sharpness": POLICY.face.sharpness - 0.1}, "visual", "too blurred"),
    ({"sound_share": 0.01}, "audio", "too little sound"),
    ({"sound_level_db": POLICY.voice.level_db - 1}, "audio", "too quiet"),
    ({"snr_db": POLICY.voice.snr_db - 0.1}, "audio", "stand out"),
]


@pytest.mark.parametrize(("changes", "stream", "reason"), BELOW)
def test_a_stream_below_a_limit_is_not_read(changes, stream: str, reason: str) -> None:
    told = unread(answer(**changes))
    assert list(told) == [stream]
    assert told[stream].startswith("q1.mp4: ") and reason in told[stream]
    assert told[stream].endswith(".") and "expected" in told[stream]


@pytest.mark.parametrize(("changes", "stream", "_"), BELOW)
def test_a_stream_that_nobody_would_read_is_not_judged(changes, stream: str, _) -> None:
    others = [name for name in STREAM_NAMES if name != stream]
    assert unread(answer(**changes), others) == {}


AT = [
    {"words": POLICY.words.least},
    {"probability": POLICY.words.confidence + 1e-6},  # a mean of many is rounded
    {"face_share": POLICY.face.share},
    {"brightness": POLICY.face.darkest},
    {"brightness": POLICY.face.brightest},
    {"sharpness": POLICY.face.sharpness},
    {"sound_level_db": POLICY.voice.level_db},
    {"snr_db": POLICY.voice.snr_db},
    {"probability": None},
    *({name: None} for name in dataclasses.asdict(GOOD)),
]


@pytest.mark.parametrize("changes", AT, ids=str)
def test_the_limit_itself_is_enough_and_what_was_not_measured_is_not_judged(changes) -> None:
    assert unread(answer(**changes)) == {}


def test_an_interview_is_withheld_where_it_is_too_short_in_all() -> None:
    least = POLICY.interview.least_s
    half = answer(seconds=least / 2, words=3)
    assert f"at least {least:g} s" in POLICY.withholding([half], STREAM_NAMES)
    assert POLICY.withholding([half, half], STREAM_NAMES) == ""


def test_an_interview_is_withheld_where_nothing_is_left_to_read() -> None:
    noise = answer(probability=0.2, brightness=0.01, snr_db=1.0)
    judged = POLICY.applied(noise, STREAM_NAMES, "q1.mp4")
    assert set(judged.unread) == set(STREAM_NAMES)
    assert "No answer" in POLICY.withholding([judged, judged], STREAM_NAMES)
    assert POLICY.withholding([judged, answer()], STREAM_NAMES) == ""


def test_no_stream_of_an_answer_is_a_failure_and_no_abstention() -> None:
    nothing = dataclasses.replace(answer(), streams={})
    assert POLICY.withholding([nothing], STREAM_NAMES) == ""


def test_a_policy_is_a_file_that_is_checked(tmp_path: Path) -> None:
    content = json.loads(POLICY.model_dump_json())
    path = tmp_path / "strict.yaml"
    path.write_text(yaml.safe_dump({**content, "version": "2"}), encoding="utf-8")
    assert load_abstention_policy(path).version == "2"
    content["words"]["confidence"] = 1.5
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(AbstentionError, match="confidence"):
        load_abstention_policy(path)


def written(folder: Path, *texts: str) -> Assessment:
    """An analysis of answers of which only the words are given."""
    answers = []
    for number, text in enumerate(texts, start=1):
        (folder / f"q{number}.txt").write_text(text, encoding="utf-8")
        answers.append({"question": f"Question {number}?", "transcript": f"q{number}.txt"})
    path = folder / "interview.yaml"
    path.write_text(yaml.safe_dump({"id": "case", "answers": answers}), encoding="utf-8")
    [interview] = load_interviews(path)
    return analyze_interview(interview, out_dir=folder / "out", store=folder / "store")


LONG = "I like to sell because people tell me what they need and I can help them with it every day."


def test_estimates_are_withheld_and_everything_else_is_written(tmp_path: Path) -> None:
    assessment = written(tmp_path, "No idea.", "Sorry.")
    assert assessment.withheld and not assessment.traits and assessment.sales is None
    assert not assessment.read_in_full  # exit status 1
    assert Assessment.read(tmp_path / "out" / "assessment.json") == assessment
    for one, spoken in zip(assessment.answers, ["No idea.", "Sorry."], strict=True):
        assert one.traits is None and one.status == "failed"
        assert "too few" in one.problems[0]
        assert " ".join(word.text for word in one.transcript) == spoken
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Not enough to say" in html and assessment.withheld in html


def test_an_answer_below_the_limits_changes_nothing_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    alone = written(tmp_path / "one", LONG)
    beside = written(tmp_path / "two", LONG, "Sorry.")
    assert beside.traits == alone.traits and not beside.withheld
    assert beside.answers[1].traits is None and "too few" in beside.answers[1].problems[0]
    assert beside.provenance.abstention == POLICY
