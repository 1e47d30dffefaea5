"""Transcript: the words of an answer, with their times if available."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from extractors.errors import TranscriptError
from extractors.stream import Provenance
from extractors.stretch import Stretch, overlap_s, without

EDGE_WORD_S = 0.1  # length of a word that was timed within a gap
NOMINAL_WORD_S = 0.4  # 150 words a minute, for text that belongs to no recording
DOUBTFUL = 0.5  # below this probability the recogniser was more likely wrong than right

Source = Literal["recognised", "given"]
Times = Literal["word", "cue", "even", "none"]


@dataclass(frozen=True)
class Word:
    """One spoken word.

    Attributes
    ----------
    text : as written, with its punctuation
    start, end : seconds from the start of the answer; None where unknown
    probability : the recogniser's, [0, 1]; None in a transcript that was given
    """

    text: str
    start: float | None = None
    end: float | None = None
    probability: float | None = None


def is_doubtful(probability: float | None) -> bool:
    """Whether a word, or a span by its mean, bears a mark of doubt wherever it is shown.

    A word of a transcript that was given has no probability and no mark.

    >>> is_doubtful(0.29), is_doubtful(0.5), is_doubtful(None)
    (True, False, False)
    """
    return probability is not None and probability < DOUBTFUL


@dataclass(frozen=True)
class Transcript:
    """The words of an answer.

    Attributes
    ----------
    words : in the order they were spoken
    language : ISO 639-1 code; "" where unknown
    duration_s : length of the answer, seconds; 0 where unknown
    source : "recognised" from speech, or "given" by the user
    times : source of the words' times: "word" (each word was timed), "cue" (spread over a
        subtitle by length), "even" (spread over the answer by length) or "none"
    provenance : origin of the words
    reason : why there are no words; "" for a transcript with words
    problems : limitations of its use, sentences for the user
    partial : whether spoken words are missing; see `problems`
    unrecognised : stretches, start and end in seconds, with voice activity but without words:
        nothing was recognised there, or the text was rejected as hallucinated
    """

    words: tuple[Word, ...]
    language: str
    duration_s: float
    source: Source
    times: Times
    provenance: Provenance = field(default_factory=lambda: Provenance("transcript", "1"))
    reason: str = ""
    problems: tuple[str, ...] = ()
    partial: bool = False
    unrecognised: tuple[Stretch, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.words))
        stretches = tuple((float(start), float(end)) for start, end in self.unrecognised)
        object.__setattr__(self, "unrecognised", stretches)
        object.__setattr__(self, "problems", tuple(self.problems))
        if not self.words and not self.reason:
            raise ValueError("a transcript without words needs a reason")

    @property
    def text(self) -> str:
        """All words, separated by spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def timed(self) -> bool:
        """Whether every word has a start and an end."""
        return all(word.start is not None and word.end is not None for word in self.words)

    @property
    def confidence(self) -> float | None:
        """Mean probability of the words that have one, [0, 1]; None where none has."""
        probabilities = [word.probability for word in self.words if word.probability is not None]
        return sum(probabilities) / len(probabilities) if probabilities else None

    def with_estimated_times(self, duration_s: float | None = None) -> Transcript:
        """Estimate missing times: words without one share their gap in proportion to length.

        `duration_s` is that of the answer, by default the transcript's own. `times` becomes "even"
        where no word had a time.
        """
        if self.timed:
            return self
        duration_s = self.duration_s if duration_s is None else duration_s
        ends = [word.end for word in self.words if word.end is not None]
        words = fill_times(self.words, 0.0, max([duration_s, *ends]))
        times: Times = self.times if ends else "even"
        return replace(self, words=tuple(words), times=times, duration_s=duration_s)

    def clear_of(self, gaps: Sequence[Stretch]) -> Transcript:
        """Move words out of stretches without sound, in seconds, ascending and apart.

        Recognisers let a word begin in the silence that fills a gap. Such a word is reduced to its
        longest part outside; one entirely within a gap is moved to its nearer edge.
        """
        if not gaps:
            return self
        words, latest = [], 0.0
        for word in self.words:
            if (
                word.start is not None
                and word.end is not None
                and overlap_s(gaps, word.start, word.end)
            ):
                start, end = _outside(word.start, word.end, gaps)
                word = replace(word, start=max(start, latest), end=max(end, latest))
            latest = latest if word.start is None else word.start
            words.append(word)
        return replace(self, words=tuple(words))

    @property
    def sha256(self) -> str:
        """Digest of the transcript with everything that is said of it, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """As JSON that `from_json` reads."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Transcript:
        """Read the output of `to_json`; TranscriptError if the text is not such JSON."""
        try:
            values = json.loads(text)
            words = tuple(Word(**word) for word in values.pop("words"))
            provenance = Provenance(**values.pop("provenance"))
            return cls(words=words, provenance=provenance, **values)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise TranscriptError(f"not a stored transcript: {error}; make it again") from error


def _outside(start: float, end: float, gaps: Sequence[Stretch]) -> Stretch:
    parts = without(start, end, gaps)
    if parts:
        return max(parts, key=lambda part: part[1] - part[0])
    first, last = next(gap for gap in gaps if gap[0] <= start and end <= gap[1])
    if start - first < last - end and first > 0:
        return max(0.0, first - EDGE_WORD_S), first
    return last, last + EDGE_WORD_S


def fill_times(words: Sequence[Word], start_s: float, end_s: float) -> list[Word]:
    """Divide each gap between `start_s` and `end_s` among its words without a time.

    A word with a start but no end, or the reverse, counts as lacking both. All words are timed
    then, ascending; a word's share is its number of characters plus one.
    """
    filled: list[Word] = []
    waiting: list[Word] = []

    def settle(until_s: float) -> None:
        before_s = start_s
        if filled and filled[-1].end is not None:
            before_s = filled[-1].end
        until_s = max(until_s, before_s)
        total = sum(len(word.text) + 1 for word in waiting)
        done = 0
        for word in waiting:
            begin = before_s + (until_s - before_s) * done / total
            done += len(word.text) + 1
            end = before_s + (until_s - before_s) * done / total if done < total else until_s
            filled.append(replace(word, start=begin, end=end))
        waiting.clear()

    for word in words:
        if word.start is None or word.end is None:
            waiting.append(word)
        else:
            settle(word.start)
            filled.append(word)
    settle(end_s)
    return filled
