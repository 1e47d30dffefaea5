"""One vector an answer by Doc2Vec (Le and Mikolov 2014) on its words.

The distributed bag of words by gensim. Two things are done by hand, because gensim's
`infer_vector` starts from Python's hash of the text, which differs from process to process: the
start is drawn from the model's seed, and so are the negative samples. Training answers are inferred
like all others, so that learners see vectors of one kind.
"""

from __future__ import annotations

import numpy as np
from gensim.models.doc2vec import Doc2Vec, TaggedDocument, train_document_dbow
from gensim.utils import simple_preprocess

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.vector_model import AnswerVectors

LONGEST_WORD = 30
FEWEST, MOST = 2, 10**9  # times that a word of the vocabulary occurs, and that a checkpoint may say


class DocumentVectors(AnswerVectors):
    """Doc2Vec of the spoken words.

    Parameters
    ----------
    size : of the vectors
    epochs : passes over the training answers, and over an answer whose vector is inferred
    """

    def __init__(self, size: int, epochs: int) -> None:
        self.size, self.epochs = size, epochs
        self._model: Doc2Vec | None = None
        self._seed = 0

    def fit(self, train: InterviewSet, seed: int) -> None:
        """Train on all answers with words.

        Raises
        ------
        DatasetError
            if no word occurs twice.
        """
        self._seed = seed
        spoken = [tokens(words) for answers in train.words for words in answers]
        documents = [TaggedDocument(words, [n]) for n, words in enumerate(spoken) if words]
        model = self._new(seed)
        model.build_vocab(documents)
        if not len(model.wv):
            raise DatasetError(f"{train.dataset}: no word occurs twice; Doc2Vec cannot learn")
        model.train(documents, total_examples=model.corpus_count, epochs=model.epochs)
        self._model = model

    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        return [
            np.array([self._infer(tokens(words)) for words in answers]).reshape(-1, self.size)
            for answers in interviews.words
        ]

    def parameters(self) -> int:
        """Numbers of the output layer, which every inferred vector is read with."""
        return 0 if self._model is None else int(self._model.syn1neg.size)

    @property
    def width(self) -> int:
        return self.size

    def state(self) -> ModelState:
        """See AnswerVectors: words and how often they occurred, most frequent first."""
        assert self._model is not None, "fit comes first"
        vectors = self._model.wv
        words = list(vectors.index_to_key)
        counts = [int(vectors.get_vecattr(word, "count")) for word in words]
        metadata = {"words": words, "counts": counts, "seed": self._seed}
        return ModelState(metadata, {"output": self._model.syn1neg})

    def restore(self, state: ModelState) -> None:
        words, counts, seed = (state.metadata[key] for key in ("words", "counts", "seed"))
        output = state.arrays["output"]
        if not all(isinstance(word, str) for word in words) or len(set(words)) != len(words):
            raise ValueError("words that are no texts, or that come twice")
        if not all(isinstance(n, int) and FEWEST <= n <= MOST for n in counts):
            raise ValueError(f"a word that occurred less than {FEWEST} or more than {MOST} times")
        if not isinstance(seed, int) or not 0 <= seed < 2**32:
            raise ValueError(f"seed {seed!r:.80}, expected a whole number from 0 to 4294967295")
        expected = (len(words), self.size)
        if not words or len(counts) != len(words) or output.shape != expected:
            raise ValueError(
                f"{len(counts)} counts and an output layer {output.shape}, expected {len(words)} "
                f"and {expected}"
            )
        model = self._new(seed, sorted_vocab=0)  # in the order of the output layer
        model.build_vocab_from_freq(dict(zip(words, counts, strict=True)))
        model.syn1neg = np.array(output, np.float32, order="C")
        self._model, self._seed = model, seed

    def _new(self, seed: int, sorted_vocab: int = 1) -> Doc2Vec:
        return Doc2Vec(
            dm=0,
            vector_size=self.size,
            epochs=self.epochs,
            min_count=FEWEST,
            negative=5,
            sample=1e-4,
            workers=1,  # more would learn in an order that differs from run to run
            seed=seed,
            sorted_vocab=sorted_vocab,
        )

    def _infer(self, words: list[str]) -> np.ndarray:
        model = self._model
        assert model is not None, "fit comes first"
        if not any(word in model.wv for word in words):
            return np.full(self.size, np.nan)
        rng = np.random.default_rng(self._seed)
        model.random = np.random.RandomState(self._seed)
        vector = ((rng.random((1, self.size)) - 0.5) / self.size).astype(np.float32)
        for alpha in np.linspace(model.alpha, model.min_alpha, self.epochs):
            train_document_dbow(
                model,
                words,
                [0],
                alpha,
                learn_words=False,
                learn_hidden=False,
                doctag_vectors=vector,
                doctags_lockf=np.ones(1, np.float32),
            )
        values: np.ndarray = vector[0].astype(float)
        return values


def tokens(words: tuple[str, ...]) -> list[str]:
    """Words in lower case, without punctuation."""
    tokens: list[str] = simple_preprocess(" ".join(words), min_len=1, max_len=LONGEST_WORD)
    return tokens
