"""One bad answer never loses the others: `analyze` on real files, from the command line.

The good answers of every case are the same three seconds, extracted once into a shared store.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result
from clips import grey_steps, paste, portrait, tone, truncate, write_clip
from toy_assessment import toy_assessment
from toy_faults import Killing, Unforeseen, turned_into
from toy_recording import GOOD_S, RATE_HZ, SAID, write_answer

import hirenet_sales.analyze
from extractors import store
from extractors.face import recording_track
from hirenet_sales.analyze_many import KILLED, analyze_interviews
from hirenet_sales.assessment import STREAM_NAMES, Assessment, json_schema
from hirenet_sales.cli import main
from hirenet_sales.interview import Interview, load_interviews
from hirenet_sales.report import write_report
from hirenet_sales.report.result_folder import PREVIOUS

CHECKPOINT = "fi-v2"
BAD = 2  # number of the bad answer among five
UNEXPECTED = r"an unexpected error \(ZeroDivisionError in {}, line \d+\): "


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> Path:
    """A short answer that nothing is wrong with."""
    return write_answer(tmp_path_factory.mktemp("good") / "good.mp4")


@pytest.fixture(scope="session")
def features(tmp_path_factory) -> Path:
    """A store for all cases."""
    return tmp_path_factory.mktemp("features")


def face(seconds: float = 2.0) -> list[np.ndarray]:
    return [portrait(320, 240, size=0.6)] * round(seconds * RATE_HZ)


def empty_room(seconds: float = 2.0) -> list[np.ndarray]:
    return grey_steps(round(seconds * RATE_HZ), 320, 240)


def bursts(seconds: float) -> np.ndarray:
    """A sound that comes and goes as speech does; a steady tone is taken for noise."""
    wave = tone(seconds)
    wave[:, np.arange(wave.shape[1]) // 4000 % 2 == 1] *= 0.01
    return wave


def no_sound(path: Path) -> None:
    write_clip(path, face(), rate_hz=RATE_HZ)


def silence(path: Path) -> None:
    write_clip(path, face(), np.zeros((1, 32000), np.float32), rate_hz=RATE_HZ)


def no_face(path: Path) -> None:
    write_clip(path, empty_room(), bursts(2.0), rate_hz=RATE_HZ)


def face_at_times(path: Path) -> None:
    write_clip(path, [*face(), *empty_room()], bursts(4.0), rate_hz=RATE_HZ)


def two_faces(path: Path) -> None:
    frame = paste(portrait(640, 360, at=(0.3, 0.5), size=0.6), at=(0.75, 0.5), size=0.5)
    write_clip(path, [frame] * 2 * RATE_HZ, bursts(2.0), rate_hz=RATE_HZ)


def short(path: Path) -> None:
    write_clip(path, face(0.4), bursts(0.4), rate_hz=RATE_HZ)


def zero_bytes(path: Path) -> None:
    path.write_bytes(b"")


def cut_off(path: Path) -> None:
    whole = write_clip(path.with_name("whole.mp4"), face(), bursts(2.0), rate_hz=RATE_HZ)
    truncate(whole, 0.6).rename(path)


def broken_off(path: Path) -> None:
    """The index stands first, so that the beginning can be read."""
    frames = [*face(2.0), *[portrait(320, 240, at=(0.5 + n / 50, 0.5)) for n in range(10)]]
    whole = write_clip(path.with_name("whole.mkv"), frames, bursts(4.0), rate_hz=RATE_HZ)
    truncate(whole, 0.6).rename(path)


def a_text(path: Path) -> None:
    path.write_text("This is not a video.\n" * 40, encoding="utf-8")


def absent(path: Path) -> None:
    """Nothing is written."""


def unknown_codec(path: Path) -> None:
    """Both tracks say that they are of a codec that nobody knows."""
    write_clip(path, face(), bursts(2.0), rate_hz=RATE_HZ)
    content = path.read_bytes()
    for known, unknown in ((b"A_AAC", b"A_ZZZ"), (b"V_MPEG4/ISO/AVC", b"V_ZZZZZ/ISO/AVC")):
        assert known in content
        content = content.replace(known, unknown)
    path.write_bytes(content)


def odd_pixels(path: Path) -> None:
    write_clip(
        path, face(GOOD_S), bursts(GOOD_S), rate_hz=RATE_HZ, codec="ffv1", pixels="gbrp10le",
        audio_codec="pcm_s16le",
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A bad answer: how it is made, and what must be said of it.

    `lost` are the streams that it has not; `says` must stand in its problems.
    """

    make: Callable[[Path], None]
    says: tuple[str, ...]
    lost: tuple[str, ...] = STREAM_NAMES
    status: str = "failed"
    suffix: str = ".mp4"
    transcript: str = ""

    @property
    def media(self) -> str:
        words = "-with-words" if self.transcript.endswith(".txt") else ""
        return f"{self.make.__name__}{words}{self.suffix}"

    @property
    def exit_code(self) -> int:
        return int(self.status != "analysed")


CASES = [
    Case(no_sound, ("no audio track", "record with sound"), ("audio", "text"), "partial"),
    Case(silence, ("silen", "check the microphone"), ("audio", "text"), "partial"),
    Case(no_face, ("no face was found", "keep the whole face in the picture"), ("visual",),
         "partial", transcript="said.vtt"),
    Case(face_at_times, ("the face was found in only", "keep the face in the picture"), (),
         "analysed", transcript="said.vtt"),
    Case(two_faces, ("more than one face", "check that it is the speaker's"), (), "analysed",
         transcript="said.vtt"),
    Case(short, ("0.4 s long", "record it again")),
    Case(zero_bytes, ("zero bytes", "record or copy it again")),
    Case(cut_off, ("index is missing or damaged", "record or copy it again")),
    Case(broken_off, ("breaks off after",), (), "partial", ".mkv", "said.vtt"),
    Case(a_text, ("not a recording", "expected video such as MP4")),
    Case(absent, ("does not exist", "give the right path")),
    Case(unknown_codec, ("none of its tracks has a known codec", "convert it to MP4"),
         suffix=".mkv"),
    Case(odd_pixels, (), (), "analysed", ".mkv", "said.vtt"),
    Case(no_sound, ("no audio track",), ("audio",), "partial", transcript="said.txt"),
]  # fmt: skip


@pytest.fixture
def interview(tmp_path, good) -> Callable[..., Path]:
    """A function that writes an interview of five answers whose files lie in one folder."""

    def write(bad_name: str = "", bad_transcript: str = "", **more: object) -> Path:
        (tmp_path / "said.vtt").write_text(SAID, encoding="utf-8")
        (tmp_path / "said.txt").write_text("I like to sell.", encoding="utf-8")
        answers = []
        for number in range(1, 6):
            media, transcript = f"q{number}.mp4", "said.vtt"
            if number == BAD and bad_name:
                media, transcript = bad_name, bad_transcript
            else:
                shutil.copy(good, tmp_path / media)
            answer = {"question": f"Question {number}?", "media": media, "transcript": transcript}
            answers.append({key: value for key, value in answer.items() if value})
        path = tmp_path / "interview.yaml"
        path.write_text(yaml.safe_dump({"id": "case", "answers": answers, **more}), "utf-8")
        return path

    return write


def analyze(path: Path, out: Path, features: Path, *options: str) -> Result:
    arguments = ["analyze", path, "--out", out, "--store", features, "--checkpoint", CHECKPOINT]
    result = CliRunner().invoke(main, [*map(str, arguments), "--whisper", "tiny.en", *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def read(out: Path) -> dict:
    found = json.loads((out / "assessment.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, json.loads(json_schema()))
    return found


@dataclass(frozen=True)
class Outcome:
    """What became of the bad answers of one exit code, between two good ones."""

    result: Result
    folder: Path
    answers: dict[str, dict]  # by file


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, good, features) -> dict[int, Outcome]:
    """By exit code; analysed together, since models are loaded for each analysis anew."""
    found = {}
    for code in (0, 1):
        folder = tmp_path_factory.mktemp("bad")
        (folder / "said.vtt").write_text(SAID, encoding="utf-8")
        (folder / "said.txt").write_text("I like to sell.", encoding="utf-8")
        rows = [("first.mp4", "said.vtt"), ("last.mp4", "said.vtt")]
        for name, _ in rows:
            shutil.copy(good, folder / name)
        for case in CASES:
            if case.exit_code == code:
                case.make(folder / case.media)
                rows.insert(-1, (case.media, case.transcript))
        answers = [
            {"question": "Why?", "media": media} | ({"transcript": words} if words else {})
            for media, words in rows
        ]
        path = folder / "interview.yaml"
        path.write_text(yaml.safe_dump({"id": "case", "answers": answers}), "utf-8")
        result = analyze(path, folder / "out", features)
        read_back = read(folder / "out")["answers"]
        by_file = {media: answer for (media, _), answer in zip(rows, read_back, strict=True)}
        found[code] = Outcome(result, folder, by_file)
    return found


@pytest.mark.parametrize("code", [0, 1])
def test_bad_answers_lose_no_other(outcomes: dict[int, Outcome], code: int) -> None:
    result, answers = outcomes[code].result, outcomes[code].answers
    assert result.exit_code == code, result.output
    for name in ("first.mp4", "last.mp4"):
        assert answers[name]["status"] == "analysed" and not answers[name]["problems"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.media)
def test_what_is_said_of_a_bad_answer(outcomes: dict[int, Outcome], case: Case) -> None:
    outcome = outcomes[case.exit_code]
    bad = outcome.answers[case.media]
    assert bad["status"] == case.status
    assert {n for n, s in bad["streams"].items() if not s["available"]} == set(case.lost)
    assert (bad["weight"] is None) == (case.status == "failed")
    told = " ".join(bad["problems"])
    for words in case.says:
        assert words in told
    assert all(problem in outcome.result.stderr for problem in bad["problems"])
    assert bool(told) == bool(case.says)
    assert not told or case.media in told
    assert str(outcome.folder) not in told, "a report names files, not folders"
    assert (outcome.folder / "out" / "report.html").stat().st_size > 10_000


def test_another_language_is_a_remark(tmp_path, features, interview) -> None:
    result = analyze(interview(language="de"), tmp_path / "out", features)
    assert result.exit_code == 0, result.output
    assert "the interview is in 'de'" in result.stdout
    assert any("trained on English" in notice for notice in read(tmp_path / "out")["notices"])


def test_a_transcript_alone_is_no_fault(tmp_path, features, interview) -> None:
    path = interview()
    description = yaml.safe_load(path.read_text("utf-8"))
    del description["answers"][BAD - 1]["media"]
    path.write_text(yaml.safe_dump(description), "utf-8")
    result = analyze(path, tmp_path / "out", features)
    assert result.exit_code == 0, result.output
    answer = read(tmp_path / "out")["answers"][BAD - 1]
    assert answer["status"] == "partial" and answer["streams"]["text"]["available"]
    assert "no recording was given" in result.stderr


def test_everything_that_was_kept_can_be_forgotten(tmp_path, interview) -> None:
    assert analyze(interview(), tmp_path / "out", tmp_path / "store").exit_code == 0
    assert len(list((tmp_path / "store").rglob("*.safetensors"))) > 5
    named = read(tmp_path / "out")["provenance"]["sources"]
    assert set(named) == {f"q{n}{what}" for n in range(1, 6) for what in ("", " transcript")}
    arguments = ["forget", tmp_path / "out" / "assessment.json", "--store", tmp_path / "store"]
    done = CliRunner().invoke(main, ["store", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


@pytest.mark.parametrize("debug", [False, True])
def test_an_unexpected_error_is_that_of_its_answer(
    tmp_path, features, interview, monkeypatch, debug: bool
) -> None:
    path = interview()

    def broken(source, *arguments, **options):
        if source.media.name == f"q{BAD}.mp4":
            raise ZeroDivisionError(f"of {source.media}")
        return extract(source, *arguments, **options)

    extract = hirenet_sales.analyze.extract_answer
    monkeypatch.setattr(hirenet_sales.analyze, "extract_answer", broken)
    result = analyze(path, tmp_path / "out", features, *["--debug"] * debug)
    assert result.exit_code == 1, result.output
    found = read(tmp_path / "out")["answers"]
    assert [answer["status"] == "analysed" for answer in found] == [n != BAD for n in range(1, 6)]
    [told] = found[BAD - 1]["problems"]
    assert re.fullmatch(
        rf"q2\.mp4: {UNEXPECTED.format('test_analyze.py')}"
        r"of q2\.mp4; please report it; --debug shows the traceback\.",
        told,
    )
    assert told in result.stderr
    assert ("Traceback" in result.stderr) is debug


@pytest.fixture
def three(tmp_path, good) -> list[Interview]:
    """Three interviews of one good answer."""
    for name in "abc":
        shutil.copy(good, tmp_path / f"{name}.mp4")
        (tmp_path / f"{name}.vtt").write_text(SAID, "utf-8")
    table = tmp_path / "many.csv"
    rows = [f"{name},Why?,{name}.mp4,{name}.vtt\n" for name in "abc"]
    table.write_text("interview,question,media,transcript\n" + "".join(rows), "utf-8")
    return load_interviews(table)


@pytest.mark.parametrize(
    ("fault", "jobs", "told"),
    [
        (Unforeseen, 1, UNEXPECTED.format("hirenet_sales/analyze.py")),
        (Unforeseen, 2, UNEXPECTED.format("hirenet_sales/analyze.py")),
        pytest.param(Killing, 2, re.escape(KILLED), marks=pytest.mark.slow),  # a second pool
    ],
)
def test_an_unexpected_error_is_that_of_its_interview(
    tmp_path, features, three, fault: type[Interview], jobs: int, told: str
) -> None:
    out = tmp_path / "out"
    (out / "b").mkdir(parents=True)
    shutil.copy(write_report(toy_assessment(), tmp_path / "r.html"), out / "b" / "report.html")
    outcomes = analyze_interviews(
        [three[0], turned_into(fault, three[1]), three[2]],
        out_dir=out,
        checkpoint=CHECKPOINT,
        rule_base="kassab2022",
        streams=STREAM_NAMES,
        store=features,
        jobs=jobs,
        overwrite=True,
    )
    assert [outcome.interview_id for outcome in outcomes] == ["a", "b", "c"]
    assert re.match(told, outcomes[1].error), outcomes[1].error
    for outcome in (outcomes[0], outcomes[2]):
        assert not outcome.error
        assert Assessment.read(outcome.folder / "assessment.json") == outcome.assessment
    assert not list(out.rglob("*.part"))


def test_one_hopeless_interview_of_two(tmp_path, features, good) -> None:
    shutil.copy(good, tmp_path / "a.mp4")
    (tmp_path / "a.vtt").write_text(SAID, "utf-8")
    (tmp_path / "b.mp4").write_bytes(b"")
    a_text(tmp_path / "c.mp4")
    table = tmp_path / "many.csv"
    table.write_text(
        "interview,question,media,transcript\nann,Why?,a.mp4,a.vtt\n"
        "bob,Why?,b.mp4,\nbob,How?,c.mp4,\n",
        "utf-8",
    )
    result = analyze(table, tmp_path / "out", features)
    assert result.exit_code == 1, result.output
    [answer] = read(tmp_path / "out" / "ann")["answers"]
    assert answer["transcript"]
    assert "failed bob" in result.stderr
    assert "b.mp4: the file has zero bytes" in result.stderr
    assert "c.mp4: not a recording" in result.stderr
    assert not (tmp_path / "out" / "bob").exists()


def test_of_many_nothing_is_analysed(tmp_path, features) -> None:
    a_text(tmp_path / "a.mp4")
    table = tmp_path / "many.csv"
    table.write_text("interview,question,media\nann,Why?,a.mp4\nbob,Why?,b.mp4\n", "utf-8")
    result = analyze(table, tmp_path / "out", features)
    assert result.exit_code == 2
    assert "failed ann" in result.stderr and "failed bob" in result.stderr
    assert not (tmp_path / "out").exists()


def test_names_that_are_not_utf8_are_analysed_and_shown(tmp_path, features, good) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    path = folder / os.fsdecode(b"\xe9t\xe9.mkv")
    no_sound(path)
    result = analyze(path, folder / "out", features)
    assert result.exit_code == 1, result.output
    [answer] = read(folder / "out")["answers"]
    assert answer["media"] == r"\xe9t\xe9.mkv"
    assert r"\xe9t\xe9.mkv: no audio track" in answer["problems"][0]
    assert r"\xe9t\xe9.mkv" in (folder / "out" / "report.html").read_text("utf-8")
    assert r"caf\xe9/out/report.html" in result.stdout


def test_a_pipe_is_no_recording(tmp_path, features, interview) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    result = analyze(interview("pipe.mp4", "said.vtt"), tmp_path / "out", features)
    assert result.exit_code == 1, result.output
    answer = read(tmp_path / "out")["answers"][BAD - 1]
    assert answer["problems"] == ["The media 'pipe.mp4' is a named pipe; give the path of a file."]
    assert answer["status"] == "partial" and answer["streams"]["text"]["available"]


def test_the_reason_of_a_stream_names_no_folder(tmp_path, features, interview) -> None:
    broken = tmp_path / "face.csv"
    broken.write_text("frame,timestamp\n1,x\n", "utf-8")
    path = interview()
    description = yaml.safe_load(path.read_text("utf-8"))
    no_sound(tmp_path / "q1.mp4")
    description["answers"][0] |= {"openface": "face.csv"}
    write_clip(tmp_path / "q2.mp4", sound=bursts(2.0))
    path.write_text(yaml.safe_dump(description), "utf-8")
    assert analyze(path, tmp_path / "out", features).exit_code == 1
    written = (tmp_path / "out" / "assessment.json").read_text("utf-8")
    assert "q2.mp4: no video track" in written
    assert str(tmp_path) not in written
    assert str(tmp_path) not in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_nothing_analysable(tmp_path, features) -> None:
    zero_bytes(tmp_path / "q1.mp4")
    a_text(tmp_path / "q2.mp4")
    result = analyze(tmp_path, tmp_path / "out", features)
    assert result.exit_code == 2
    assert "no answer could be analysed" in result.stderr
    assert "q1: q1.mp4: the file has zero bytes" in result.stderr
    assert "q2: q2.mp4: not a recording" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": [{"id": "a", "question": "?", "media": "q1.mp4"}] * 2}, "id 'a' is that of"),
        ({"job_tilte": "Clerk"}, "did you mean 'job_title'?"),
    ],
)
def test_an_unusable_description(tmp_path, features, interview, change, message) -> None:
    result = analyze(interview(**change), tmp_path / "out", features)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture
def five(tmp_path) -> Path:
    """A folder of five recordings, each of its own."""
    folder = tmp_path / "five"
    folder.mkdir()
    for number in range(1, 6):
        frame = portrait(320, 240, at=(0.3 + number / 20, 0.5), size=0.6)
        write_clip(folder / f"q{number}.mp4", [frame] * RATE_HZ, rate_hz=RATE_HZ)
    return folder


HOSTILE = "x\x1b[31mRED\x07\x1b]0;pwn\x07 [bold]b[/bold] :smile: <script>"


def test_control_characters_reach_no_terminal(tmp_path, features, interview) -> None:
    (tmp_path / "\x1b[7m.mp4").write_bytes(b"")
    result = analyze(interview("\x1b[7m.mp4", job_title=HOSTILE), tmp_path / "out", features)
    assert result.exit_code == 1
    assert "\x1b" not in result.output and "\x07" not in result.output
    assert r"x\x1b[31mRED\x07\x1b]0;pwn\x07 [bold]b[/bold] :smile: <script>" in " ".join(
        result.stdout.split()
    )
    assert r"(\x1b[7m.mp4)" in result.stderr
    assert read(tmp_path / "out")["job_title"] == HOSTILE
    assert "&lt;script&gt;" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGTERM, 143, "Terminated."), (signal.SIGINT, 130, "Interr")],
)
def test_a_signal_ends_with_a_sentence(tmp_path, five, monkeypatch, number, code, said) -> None:
    look = recording_track.track_video
    interrupt = signal.getsignal(signal.SIGINT)

    def stopped(path: Path, *arguments: object, **options: object) -> object:
        if path.name == "q2.mp4":
            signal.raise_signal(number)
        return look(path, *arguments, **options)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
    monkeypatch.setattr(recording_track, "track_video", stopped)
    out, kept = tmp_path / "out", tmp_path / "store"
    before = signal.getsignal(signal.SIGTERM)
    try:
        result = analyze(five, out, kept, "--streams", "visual")
    finally:
        signal.signal(signal.SIGINT, interrupt)
    assert result.exit_code == code
    assert result.stderr.startswith(f"{said}")
    assert "Finished work is kept; run the same command again to resume." in result.stderr
    assert not out.exists() and list(kept.rglob("*.safetensors"))
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_old_result_is_never_taken_for_a_new_one(tmp_path, five) -> None:
    out, arguments = tmp_path / "out", (tmp_path / "store", "--streams", "visual")
    assert analyze(five, out, *arguments).exit_code == 0
    first = (out / "report.html").read_bytes()
    assert {path.name for path in out.iterdir()} == {"assessment.json", "report.html"}

    # A description that cannot be used: nothing is touched, and it is said what stands there.
    (five / "q1.webm").write_bytes(b"")
    result = analyze(five, out, *arguments)
    assert result.exit_code == 2
    assert re.search(r"of an earlier run: assessment\.json of \d{4}-\d\d-\d\d", result.stderr)
    assert (out / "report.html").read_bytes() == first
    (five / "q1.webm").unlink()

    # Nothing can be analysed: the old results are set aside.
    for number in range(2, 6):
        (five / f"q{number}.mp4").unlink()
    result = analyze(five, out, arguments[0], "--streams", "text")
    assert result.exit_code == 2, result.output
    assert "report.previous.html of" in result.stderr
    assert {path.name for path in out.iterdir()} == set(PREVIOUS.values())
    assert (out / PREVIOUS["report.html"]).read_bytes() == first

    # What is left of the interview replaces them; it is too little for an estimate.
    assert analyze(five, out, *arguments).exit_code == 1
    assert read(out)["withheld"]
    assert {path.name for path in out.iterdir()} == {"assessment.json", "report.html"}


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, five, monkeypatch) -> None:
    looked: list[str] = []
    look = recording_track.track_video

    def counted(path: Path, *arguments: object, **options: object) -> object:
        if interrupted and len(looked) == 2:
            raise KeyboardInterrupt
        looked.append(path.name)
        return look(path, *arguments, **options)

    monkeypatch.setattr(recording_track, "track_video", counted)
    arguments = (five, tmp_path / "out", tmp_path / "store", "--streams", "visual")
    interrupted = True
    result = analyze(*arguments)
    assert result.exit_code == 130
    assert "Finished work is kept" in result.stderr
    assert not (tmp_path / "out").exists()
    interrupted = False
    assert analyze(*arguments).exit_code == 0
    assert looked == [f"q{number}.mp4" for number in range(1, 6)], "an answer was read twice"
    first = read(tmp_path / "out")
    assert analyze(*arguments).exit_code == 0
    assert len(looked) == 5
    again = read(tmp_path / "out")
    assert again["traits"] == first["traits"] and again["answers"] == first["answers"]


def test_a_full_disk_is_told(tmp_path, five, monkeypatch) -> None:
    def no_room(path: Path, **_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(store, "whole_file", no_room)
    result = analyze(five, tmp_path / "out", tmp_path / "store", "--streams", "visual")
    assert result.exit_code == 2
    assert "the disk is full" in result.stderr and "--store DIR" in result.stderr
    assert "Traceback" not in result.output
