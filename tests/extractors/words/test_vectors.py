import gzip

import numpy as np
import pytest

from extractors.errors import WeightsError
from extractors.words.transcript import Transcript, Word
from extractors.words.vectors import default_vectors, load_vectors, words_stream

LINES = ["sell 1.0 0.0 0.5", "buy -1.0 0.25 0.5", "n't 0.0 0.0 3.0", "do 1.0 0.0 1.0"]


def said(*words: Word, **fields) -> Transcript:
    times = "word" if words and words[0].start is not None else "none"
    fields = {"duration_s": 4.0, "source": "given", "times": times, **fields}
    return Transcript(words=words, language="en", **fields)


@pytest.mark.parametrize("word", ["Hello,", "don't", "it’s", "well-known", "(Sales)", "10", "I'm"])
def test_spoken_forms_are_known_to_the_vectors_in_the_package(word):
    assert default_vectors().lookup(word) is not None


def test_neighbours_in_meaning_are_near():
    keyed = default_vectors().keyed
    assert keyed.similarity("customer", "client") > keyed.similarity("customer", "lemon") + 0.2


@pytest.mark.parametrize("word", ["", "—", "...", "qwzxv", "'"])
def test_what_is_no_word_has_no_vector(word):
    assert default_vectors().lookup(word) is None


def test_one_row_a_word_and_unknown_ones_are_not_valid():
    stream = words_stream(
        said(Word("Good", 0.0, 0.4), Word("qwzxv", 0.4, 1.0), Word("sales!", 1.0, 2.0)),
        default_vectors(),
    )
    assert stream.valid.tolist() == [True, False, True]
    assert stream.spans.tolist() == [[0.0, 0.4], [0.4, 1.0], [1.0, 2.0]]
    assert stream.values.shape == (3, 50)
    assert stream.provenance.settings["times"] == "word"


@pytest.mark.parametrize(("duration_s", "end"), [(4.0, 4.0), (0.0, 0.8)])
def test_missing_times_are_estimated_and_said_so(duration_s, end):
    stream = words_stream(
        said(Word("good"), Word("work"), duration_s=duration_s), default_vectors()
    )
    assert stream.provenance.settings["times"] == "even"
    assert stream.spans[-1, 1] == pytest.approx(end)


def test_no_words_is_an_empty_stream_with_the_reason():
    stream = words_stream(said(reason="no speech was found"), default_vectors())
    assert (len(stream), stream.reason) == (0, "no speech was found")


def test_text_files_with_and_without_header_and_packed_agree(tmp_path):
    glove, word2vec, packed = (tmp_path / n for n in ("g.txt", "w.txt", "g.txt.gz"))
    glove.write_text("\n".join(LINES) + "\n")
    word2vec.write_text("4 3\n" + "\n".join(LINES) + "\n")
    packed.write_bytes(gzip.compress(glove.read_bytes()))
    for path in (glove, word2vec, packed):
        vectors = load_vectors(path)
        assert vectors.columns == ("word0", "word1", "word2")
        np.testing.assert_array_equal(vectors.lookup("Buy"), [-1.0, 0.25, 0.5])
        np.testing.assert_array_equal(vectors.lookup("don't"), [0.5, 0.0, 2.0])


def test_binary_files(tmp_path):
    (tmp_path / "g.txt").write_text("\n".join(LINES) + "\n")
    keyed = load_vectors(tmp_path / "g.txt").keyed
    keyed.save_word2vec_format(str(tmp_path / "w.bin"), binary=True)
    np.testing.assert_array_equal(load_vectors(tmp_path / "w.bin").lookup("sell"), [1.0, 0.0, 0.5])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"one two three\n"),
        ("a.txt", b""),
        ("a.txt", b"sell 1.0 2.0\nbuy 1.0\n"),
        ("a.txt", b"sell 1.0 nan\n"),
        ("a.bin", b"rubbish"),
        ("a.txt.gz", b"not packed"),
    ],
)
def test_other_files_are_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=r"word vectors"):
        load_vectors(tmp_path / name)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match="no such file"):
        load_vectors(tmp_path / "none.txt")
