"""Word vectors: one row a spoken word, by gensim from GloVe or any word2vec file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from gensim.models import KeyedVectors
from smart_open import open as open_any  # gensim's own reader, which unpacks .gz

from extractors.digest import sha256_of
from extractors.errors import WeightsError
from extractors.stream import Provenance, Stream
from extractors.words.transcript import NOMINAL_WORD_S, Transcript

VERSION = "1"
DEFAULT_VECTORS = "glove_6b_50d"
CHECKED_LINES = 100

# GloVe was trained on text in which contractions are two tokens: do + n't, it + 's.
CONTRACTION = re.compile(r"^(.+?)(n't|'s|'re|'ve|'ll|'d|'m)$")


class WordEncoder(Protocol):
    """Encodes the words of an answer as vectors."""

    @property
    def columns(self) -> tuple[str, ...]:
        """D names, one a dimension."""
        ...

    @property
    def provenance(self) -> Provenance:
        """Identity of the vectors, without a source."""
        ...

    def encode(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 (T, D), and bool (T,): True where the word has one."""
        ...


def words_stream(transcript: Transcript, encoder: WordEncoder) -> Stream:
    """One row a word of a transcript.

    Parameters
    ----------
    transcript : words without times get estimated ones: spread over the answer by length
    encoder : WordVectors, or ContextualWords

    Returns
    -------
    Stream (words, D). An unknown word is not valid. The setting `times` of the provenance says
    the source of the spans. A transcript without words gives an empty Stream with its reason.
    """
    timed = with_times(transcript)
    base = encoder.provenance
    provenance = Provenance(
        base.extractor,
        base.version,
        {**base.settings, "times": timed.times, "language": transcript.language},
        transcript.provenance.source_sha256,
        base.libraries,
    )
    if not timed.words:
        return Stream.empty(encoder.columns, provenance, transcript.reason)
    values, valid = encoder.encode([word.text for word in timed.words])
    spans = np.array([(word.start, word.end) for word in timed.words], dtype=float)
    reason = "" if valid.any() else "none of the words has a vector"
    return Stream(values, spans, encoder.columns, valid, provenance, reason)


def with_times(transcript: Transcript) -> Transcript:
    """The transcript with a time for every word, at 0.4 s a word where no length is known."""
    nominal_s = transcript.duration_s or NOMINAL_WORD_S * len(transcript.words)
    return transcript.with_estimated_times(nominal_s)


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Fixed word vectors."""

    name: str  # of the vectors
    sha256: str  # digest of the file they come from, hexadecimal
    keyed: KeyedVectors  # gensim's KeyedVectors

    @property
    def columns(self) -> tuple[str, ...]:
        """D names, one a dimension."""
        return tuple(f"word{i}" for i in range(self.keyed.vector_size))

    @property
    def provenance(self) -> Provenance:
        """Identity of the vectors, without a source."""
        settings = {"vectors": self.name, "vectors_sha256": self.sha256}
        return Provenance("words", VERSION, settings, "", {"gensim": _gensim_version()})

    def encode(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 (T, D) and which words have one, bool (T,); the other rows are 0."""
        values = np.zeros((len(words), self.keyed.vector_size), dtype=np.float32)
        valid = np.zeros(len(words), dtype=bool)
        for row, word in enumerate(words):
            vector = self.lookup(word)
            if vector is not None:
                values[row], valid[row] = vector, True
        return values, valid

    def lookup(self, word: str) -> np.ndarray | None:
        """The vector of a word as spoken, float32 (D,), or None.

        Tried in turn: as it stands, in lower case, without punctuation round it, and the mean of
        the known parts of a contraction or a hyphenated word.
        """
        plain = word.replace("’", "'")
        for form in (plain, plain.lower(), bare := plain.lower().strip(PUNCTUATION)):
            if form in self.keyed:
                vector: np.ndarray = self.keyed[form]
                return vector
        contraction = CONTRACTION.match(bare)
        parts = list(contraction.groups()) if contraction else re.split(r"[-/&']", bare)
        vectors = [self.keyed[part] for part in parts if part and part in self.keyed]
        return np.mean(vectors, axis=0) if vectors and len(parts) > 1 else None


@cache
def _gensim_version() -> str:
    """Gensim's version, cached: reading it takes longer than encoding an answer."""
    return metadata.version("gensim")


PUNCTUATION = ".,;:!?…\"'“”‘’«»()[]{}<>-–—*_"


@cache
def default_vectors() -> WordVectors:
    """GloVe 6B, 50 dimensions, the 60,000 commonest words (see the NOTICE beside them)."""
    assets = resources.files("extractors") / "assets"
    with resources.as_file(assets / f"{DEFAULT_VECTORS}.npy") as file:
        vectors = np.load(file, allow_pickle=False).astype(np.float32)
        digest = sha256_of(file)
    vocabulary = (assets / f"{DEFAULT_VECTORS}.txt").read_text("utf-8").splitlines()
    return WordVectors(DEFAULT_VECTORS, digest, _keyed(vocabulary, vectors))


def load_vectors(path: str | Path) -> WordVectors:
    """Word vectors from a file: word2vec text or binary (.bin), or GloVe text; .gz too.

    WeightsError if there is no such file, or it does not hold word vectors.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"{path}: no such file; give word vectors in word2vec or GloVe format")
    binary = path.name.lower().removesuffix(".gz").endswith(".bin")
    try:
        keyed = KeyedVectors.load_word2vec_format(
            str(path), binary=binary, no_header=not binary and not _has_header(path)
        )
    except (ValueError, EOFError, IndexError, OSError, OverflowError, MemoryError) as error:
        raise WeightsError(
            f"{path}: not word vectors ({error}); expected a word and its numbers on each line, or "
            "word2vec's binary format in a file that ends in .bin"
        ) from error
    if not len(keyed) or not keyed.vector_size or not np.isfinite(keyed.vectors).all():
        raise WeightsError(f"{path}: holds no word vectors, or some that are not finite")
    return WordVectors(path.name, sha256_of(path), keyed)


def _has_header(path: Path) -> bool:
    """Whether the first line of a text file is word2vec's "number of words, dimensions".

    ValueError if the lines that follow differ in length, which gensim would let pass.
    """
    with open_any(str(path), "rb") as file:
        lines = [line.split() for line in islice(file, CHECKED_LINES)]
    header = bool(lines) and len(lines[0]) == 2 and all(field.isdigit() for field in lines[0])
    lengths = {len(line) for line in lines[header:]}
    if len(lengths) != 1:
        content = f"lines of {sorted(lengths)} fields" if lengths else "no lines"
        raise ValueError(f"{content} at its beginning")
    return header


def _keyed(vocabulary: Sequence[str], vectors: np.ndarray) -> KeyedVectors:
    if vectors.ndim != 2 or len(vocabulary) != len(vectors):
        raise WeightsError(
            f"{DEFAULT_VECTORS}: {len(vocabulary)} words but vectors of shape {vectors.shape}; "
            "install the package again"
        )
    keyed = KeyedVectors(vectors.shape[1], count=0)
    keyed.add_vectors(list(vocabulary), vectors)
    return keyed
