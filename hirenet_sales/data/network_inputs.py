"""From interviews to what a network reads: streams by a fixed map, questions and job as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from extractors.recipe import Recipe
from extractors.toolbox import Toolbox
from extractors.words.vectors import WordEncoder
from hirenet_sales.data.completeness import summarised
from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.stream_inputs import INPUT_PARTS, StreamInput
from hirenet_sales.errors import DatasetError
from hirenet_sales.networks.batch import Example

STORED = {"rotation": np.float16}  # by far the largest part; `StreamInput.fit` has rounded it


@dataclass(frozen=True, eq=False)
class Inputs:
    """The fixed maps that were fitted to the training rows.

    Attributes
    ----------
    streams : stream name to its map
    words : name or file of the word vectors of questions and job titles
    """

    streams: dict[str, StreamInput]
    words: str

    @classmethod
    def fit(
        cls, train: InterviewSet, streams: Sequence[str], *, components: int, words: str
    ) -> Inputs:
        """From the rows of the training interviews.

        Parameters
        ----------
        components : number of principal components of a CNN embedding

        Raises
        ------
        DatasetError
            if the training interviews have no row of a stream.
        """
        fitted, missing = {}, []
        for name in streams:
            rows = [x for answers in train.streams.get(name, []) for x in answers if len(x)]
            if rows:
                fitted[name] = StreamInput.fit(
                    np.concatenate(rows), train.columns[name], components
                )
            else:
                missing.append(name)
        if missing:
            raise DatasetError(
                f"{train.dataset}: no training interview has a row of {', '.join(missing)}; "
                f"there are {', '.join(train.streams) or 'no streams'}"
                + "".join(f"\n{sentence}" for sentence in summarised(train.completeness.losses))
            )
        return cls(fitted, words)

    @property
    def widths(self) -> dict[str, int]:
        """Inputs of every stream."""
        return {name: fit.width for name, fit in self.streams.items()}

    @cached_property
    def _encoder(self) -> WordEncoder:
        with Toolbox() as tools:
            return tools.words(Recipe(words=self.words))

    @property
    def word_width(self) -> int:
        """Columns of the vectors of question and job words."""
        return len(self._encoder.columns)

    def examples(self, interviews: InterviewSet) -> list[Example]:
        """What a network reads of each interview; targets on a scale of 0 to 1, NaN = unknown.

        Rows that several interviews share, as masked copies of one do, are mapped once.

        Raises
        ------
        DatasetError
            if a stream has other columns than in training.
        """
        for name, fit in self.streams.items():
            if name in interviews.streams:
                interviews.require_width(name, len(fit.mean))
        texts = {*interviews.positions, *(q for qs in interviews.questions for q in qs)}
        vectors = {text: self._vectors(str(text)) for text in texts}
        by_answer = interviews.answer_labels
        mapped = {
            name: _mapped(fit, interviews.streams[name])
            for name, fit in self.streams.items()
            if name in interviews.streams
        }
        return [
            Example(
                {name: rows[i] for name, rows in mapped.items()},
                [vectors[question] for question in interviews.questions[i]],
                vectors[interviews.positions[i]],
                to_unit(interviews.labels[i], interviews.targets),
                None if by_answer is None else to_unit(by_answer[i], interviews.targets),
            )
            for i in range(len(interviews))
        ]

    def _vectors(self, text: str) -> np.ndarray:
        values, in_vocabulary = self._encoder.encode(text.split())
        result: np.ndarray = values[in_vocabulary]
        return result

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The maps by "stream.part"."""
        return {
            f"{name}.{part}": np.ascontiguousarray(getattr(fit, part), STORED.get(part))
            for name, fit in self.streams.items()
            for part in INPUT_PARTS
        }

    @classmethod
    def of_arrays(
        cls, arrays: Mapping[str, np.ndarray], streams: Sequence[str], words: str
    ) -> Inputs:
        """What `arrays` gave.

        Raises
        ------
        KeyError, ValueError
            if a part is missing or damaged.
        """
        fitted = {
            name: StreamInput(*(_single(arrays[f"{name}.{part}"]) for part in INPUT_PARTS))
            for name in streams
        }
        return cls(fitted, words)


def _mapped(fit: StreamInput, rows: Sequence[Sequence[np.ndarray]]) -> list[list[np.ndarray]]:
    """The rows of every answer of every interview, each array of them mapped once."""
    nothing = np.zeros((0, fit.width), np.float32)
    by_array = {id(x): fit.apply(x) if len(x) else nothing for x in _distinct(rows)}
    return [[by_array[id(x)] for x in answers] for answers in rows]


def _distinct(rows: Sequence[Sequence[np.ndarray]]) -> Iterable[np.ndarray]:
    return {id(x): x for answers in rows for x in answers}.values()


def _single(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def to_unit(labels: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
    """Labels (..., K) from the scales of their targets to [0, 1]; beyond the ends is cut."""
    low, high = _ends(targets)
    values: np.ndarray = np.clip((labels - low) / (high - low), 0.0, 1.0)
    return values


def from_unit(values: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
    """The way back."""
    low, high = _ends(targets)
    result: np.ndarray = low + values * (high - low)
    return result


def _ends(targets: Sequence[Target]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([t.low for t in targets]), np.array([t.high for t in targets])
