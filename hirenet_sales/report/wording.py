"""Wording of the report, in one place for review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hirenet_sales.assessment import StreamName
from hirenet_sales.effect import SALES, Counterfactual, MomentEffect
from hirenet_sales.messages import message

STREAM_LABELS: dict[StreamName, str] = {
    "visual": message("Face"),
    "audio": message("Voice"),
    "text": message("Words"),
}
STREAM_WORDS: dict[StreamName, str] = {
    "visual": "the face",
    "audio": "the voice",
    "text": "the words",
}

# Kassab et al. 2022, Table I: the low and the high end of each trait.
TRAIT_ENDS: dict[str, tuple[str, str]] = {
    "openness": (
        message("Practical, conventional, prefers routine"),
        message("Curious and independent"),
    ),
    "conscientiousness": (
        message("Careless and disorganised"),
        message("Hardworking and dependable"),
    ),
    "extraversion": (message("Reserved and quiet"), message("Outgoing and adventure-seeking")),
    "agreeableness": (
        message("Suspicious and uncooperative"),
        message("Supportive and empathetic"),
    ),
    "neuroticism": (message("Calm and secure"), message("Vulnerable to unpleasant feelings")),
}

STATUS_LABELS = {
    "analysed": message("Analysed"),
    "partial": message("Partly analysed"),
    "failed": message("Not analysed"),
}


@dataclass(frozen=True)
class QualityFigure:
    """A quality measure of a recording: its key in the assessment, its name and its format."""

    key: str
    label: str
    form: str = "{:.0%}"

    def text(self, value: float) -> str:
        """The figure with its unit."""
        return self.form.format(value)


QUALITY_FIGURES = (
    QualityFigure("picture_share", message("Picture usable")),
    QualityFigure("face_share", message("Face in view")),
    QualityFigure("brightness", message("Brightness of the face"), "{:.2f} of 1"),
    QualityFigure("sharpness", message("Sharpness of the face"), "{:.0f}"),
    QualityFigure("sound_share", message("Sound usable")),
    QualityFigure("sound_level_db", message("Level"), "{:.0f} dB of full scale"),
    QualityFigure("clipped_share", message("Overdriven"), "{:.1%}"),
    QualityFigure("snr_db", message("Loud above quiet moments"), "{:.0f} dB"),
    QualityFigure("recognition_confidence", message("Sureness of the recognised words")),
)

TRANSCRIPT_SOURCES = {
    "recognised": message("Recognised from the recording by software; it can be wrong."),
    "given": message("Given with the interview, not recognised from the recording."),
    "corrected": message(
        "Corrected by hand; everything here was measured again with the corrected words."
    ),
    "none": message("There is no transcript."),
}

# Why nothing plays: {0} is the recording, {1} the file beside the page that the player loads.
PLAYER_ERRORS = {
    "missing": "The recording {0} is not where this page looks for it: {1}, seen from the folder "
    "of the page. Whoever moves the page must move that file along.",
    "damaged": "The recording {0} breaks off here: its data are damaged. The measurements below do "
    "not depend on that.",
    "format": "This browser has no decoder for the recording {0}. The measurements below do not "
    "depend on it; another browser may play it.",
}


@dataclass(frozen=True)
class Paper:
    """A paper that the method is based on, and its contribution."""

    reference: str
    taken: str


PAPERS = (
    Paper(
        "Kassab, K., Kashevnik, A., Glekler, E., Mayatin, A. (2022). Human Sales Ability "
        "Estimation Based on Interview Video Analysis.",
        "the expert rule base, the meaning of the trait ends (Table I) and the default questions",
    ),
    Paper(
        "Hemamou, L., Felhi, G., Vandenbussche, V., Martin, J.-C., Clavel, C. (2019). HireNet: a "
        "Hierarchical Attention Model for the Automatic Analysis of Asynchronous Video Job "
        "Interviews. AAAI 2019, arXiv 1907.11062.",
        "the model: attention over moments and over questions",
    ),
    Paper(
        "Li, Y., Wan, J., Miao, Q., Escalera, S., Fang, H., Chen, H., Qi, X., Guo, G. (2020). "
        "CR-Net: A Deep Classification-Regression Network for Multimodal Apparent Personality "
        "Analysis. International Journal of Computer Vision.",
        "face, voice and words regressed together on the same data",
    ),
    Paper(
        "Güçlütürk, Y., Güçlü, U., van Gerven, M. A. J., van Lier, R. (2016). Deep Impression: "
        "Audiovisual Deep Residual Networks for Multimodal Apparent Personality Trait "
        "Recognition. ECCV 2016 Workshops.",
        "apparent personality from raw face and voice",
    ),
    Paper(
        "Güçlütürk, Y., Pérez, M., Güçlü, U., Baró, X., Chen, B., Escalante, H. J., Guyon, I., "
        "Andujar, C., van Lier, R., van Gerven, M. A. J., Jacques Junior, J., Escalera, S. (2017). "
        "Apparent Personality Trait Prediction with Audiovisual Deep Residual Networks.",
        "asking which part of the input moves an estimate by taking it away",
    ),
)


ABOUT_RELEVANCE = (
    "Relevance compares what the words are about with what the question is about and nothing else: "
    "neither how good, true or clever the answer is, nor the person. A good answer may go a long "
    "way round. It plays no part in the estimates."
)


def relevance_sentence(percentile: float, of_others: float) -> str:
    """How an answer's match with its question compares, as one sentence."""
    return (
        f"The words are nearer to their question than those of {_share(percentile)} of reference "
        f"answers are to their own, and nearer than {_share(of_others)} of answers to other "
        "questions."
    )


def _share(percent: float) -> str:
    """A percentage that a finite sample can bear: never none, never all."""
    if percent < 1:
        return "less than 1 %"
    return "more than 99 %" if percent > 99 else f"{percent:.0f} %"


NO_TIMES = "The words have no times, so their effects cannot be drawn over the recording."
NOT_MEASURED = "No moment of it was measured."
DIRECTION_SIGNS = {"raises": "▲", "lowers": "▼", "none": "·"}
_QUOTED_WORDS = 10  # of a moment's words in its name


def nothing_measurable(moments: int) -> str:
    """What is shown instead of a lane in which no moment can be told from chance."""
    if moments == 1:
        return "The one moment that was read does not measurably change an estimate."
    return f"None of the {moments} moments that were read measurably changes an estimate."


def estimate_label(name: str) -> str:
    """A trait's name, or that of the sales score."""
    return "Sales score" if name == SALES else trait_label(name)


def effect_text(value: float, estimate: str) -> str:
    """An effect with its sign unless it rounds to 0: two digits of a sales score, else three."""
    digits = 2 if estimate == SALES else 3
    text = signed(value, digits)
    return text if round(value, digits) else text[1:]


def value_of(value: float, estimate: str) -> str:
    """An estimate: one digit of a sales score, two of a trait."""
    return f"{value:.1f}" if estimate == SALES else f"{value:.2f}"


def change_label(change: Counterfactual, numbers: Mapping[str, int]) -> str:
    """What a counterfactual changes; `numbers` are those of the questions by id of the answer."""
    number = numbers.get(change.question or "", 0)
    if change.kind == "without_stream" and change.stream:
        return f"Without {STREAM_WORDS[change.stream]}"
    if change.kind == "without_question":
        return f"Without question {number} and its answer"
    if change.kind == "other_question":
        return f"With another question {number}:"
    return "With another job title:"


def span(start: float, end: float) -> str:
    """When a moment is: its one instant, or from when to when it was read."""
    return clock(start) if end <= start else f"{clock(start)} – {clock(end)}"


def effects_in_words(effects: Mapping[str, MomentEffect]) -> str:
    """What a moment measurably does: "raises extraversion, lowers the sales score"."""
    parts = [
        f"{e.direction} {'the sales score' if name == SALES else trait_label(name).lower()}"
        for name, e in effects.items()
        if e.direction != "none"
    ]
    return ", ".join(parts) or "no measurable effect"


def moment_name(
    start: float, end: float, words: str, effects: Mapping[str, MomentEffect] | None = None
) -> str:
    """What a moment's button is called: its time, its words and what it does."""
    when = f"Play {clock(start)}" if end <= start else f"Play {clock(start)} to {clock(end)}"
    spoken = words.split()
    quote = " ".join(spoken[:_QUOTED_WORDS]) + (" …" if len(spoken) > _QUOTED_WORDS else "")
    parts = [when, f"“{quote}”" if quote else "", effects_in_words(effects) if effects else ""]
    return ", ".join(filter(None, parts))


def data_set_name(training_data: str) -> str:
    """The name alone of the data that a model was trained on, without split and licence."""
    return training_data.split(" (")[0].split(",")[0]


def clock(seconds: float) -> str:
    """Seconds as a clock time: 7.25 -> "0:07.2", 3725 -> "1:02:05.0"."""
    tenths = int(seconds * 10 + 1e-6)  # cut, not rounded: a seek must not land after the moment
    minutes, remainder = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    lead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{lead}:{remainder // 10:02d}.{remainder % 10}"


def duration(seconds: float) -> str:
    """A duration in words: 14.2 -> "14 s", 3725 -> "62 min 5 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"


def times(value: float) -> str:
    """A value of interest: 1.8 -> "×1.80", the average being ×1.00."""
    return f"×{value:.2f}" if value < 10 else f"×{value:.1f}"


def signed(value: float, digits: int = 2) -> str:
    """A change with its sign: 0.034 -> "+0.03", -0.034 -> "−0.03"."""
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def trait_label(trait: str) -> str:
    """A trait's name as a heading."""
    return trait.replace("_", " ").capitalize()
