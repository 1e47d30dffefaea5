"""Made-up Assessments as rich as real ones: complete, partial, failed, long and hostile."""

from __future__ import annotations

import base64
import io
import math
import random
from pathlib import Path

import av
import numpy as np
from PIL import Image

from hirenet_sales.assessment import (
    STREAM_NAMES,
    AnswerAssessment,
    Assessment,
    Highlight,
    Moment,
    Provenance,
    RuleTrace,
    SalesScore,
    SpeechAssessment,
    StreamAssessment,
    StreamName,
    TraitEstimate,
    WordAssessment,
)
from hirenet_sales.effect import (
    SALES,
    Contribution,
    Counterfactual,
    Direction,
    MeasuredMoment,
    MomentEffect,
    ScoreStep,
    Standing,
)
from hirenet_sales.traits import TRAITS

HOSTILE = "<script>alert('q')</script> \"quoted\" & <img src=http://evil.example/x onerror=x()>"
NO_FACE = "No face was found in any of the 60 sampled frames."
NO_AUDIO = "answer 4 (q4.mp4): no audio track; give a transcript, or run with --streams visual"
ZERO_BYTES = "answer 5 (q5.mp4): the file is empty (0 bytes); record the answer again"

_QUESTIONS = (
    "Tell us about yourself and about the work that you have done so far.",
    "Describe a time when you convinced somebody who did not want to listen at first.",
    HOSTILE,
    "ما هي نقاط قوتك؟ 你的优势是什么？ Was sind Ihre Stärken – und „Schwächen“?",
    "Why do you want to sell?",
)
_SENTENCES = (
    "I started out in a small shop where I um learnt to listen before I talk.",
    "Most customers know what they need but not yet what they can afford.",
    "So so I ask three questions and then I keep quiet until they have answered.",
    "Last year I uh opened eleven accounts and lost two of them again.",
    "What I took from that is to write down every promise the same day.",
)
_STEP_S: dict[StreamName, float] = {"visual": 0.25, "audio": 0.5, "text": 0.4}
BASELINE = {
    "openness": 0.565,
    "conscientiousness": 0.524,
    "extraversion": 0.475,
    "agreeableness": 0.55,
    "neuroticism": 0.48,
    SALES: 5.1,
}
SALES_INTERPOLATED = 5.62
SLICE_S, READ_S = 15.0, 7.0  # of each slice, its first seconds are read by eye and ear
PHRASE_WORDS = 6
MOST_PHRASES, MOST_WINDOWS = 80, 24  # moments of an answer; longer ones beyond


def toy_assessment(minutes: float | None = None, synthetic: bool = True) -> Assessment:
    """Five answers: complete; no face; hostile text; no audio and odd letters; failed.

    `minutes` makes the first answer that long.
    """
    dice = random.Random(20)
    answers = [
        _answer(1, dice, 60 * minutes if minutes else 21.4),
        _answer(2, dice, 14.8, missing={"visual": NO_FACE}),
        _answer(3, dice, 9.2, hostile=True),
        _answer(4, dice, 15.0, missing={"audio": NO_AUDIO}, untimed=True),
        _failed(),
    ]
    traits = {
        "openness": (0.61, 0.46, 0.76),
        "conscientiousness": (0.55, 0.38, 0.71),
        "extraversion": (0.49, 0.31, 0.66),
        "agreeableness": (0.57, 0.43, 0.71),
        "neuroticism": (0.44, 0.27, 0.61),
    }
    rows = (
        ("openness", 0.61, 0.60, 0.64, 7, "positive"),
        ("conscientiousness", 0.55, 0.52, 0.56, 6, "positive"),
        ("extraversion", 0.49, 0.48, 0.51, 6, "positive"),
        ("agreeableness", 0.57, 0.57, 0.63, 2, "negative"),
        ("neuroticism", 0.44, 0.44, 0.48, 6, "negative"),
    )
    estimates = {name: value[0] for name, value in traits.items()} | {SALES: SALES_INTERPOLATED}
    return Assessment(
        standings={
            name: Standing(estimate=100 * (x - 0.1), low=100 * (low - 0.2), high=100 * high)
            for name, (x, low, high) in traits.items()
        },
        baseline=BASELINE,
        contributions=_contributions(random.Random(21), answers, estimates),
        counterfactuals=_counterfactuals(random.Random(22), answers, estimates),
        sales_interpolated=SALES_INTERPOLATED,
        score_steps=[
            ScoreStep(trait="openness", value=0.64, change=0.03, sales=5.6),
            ScoreStep(trait="neuroticism", value=0.48, change=0.04, sales=5.2),
        ],
        id="sample-0042",
        job_title="Account manager, small & medium business",
        language="en",
        synthetic=synthetic,
        traits={name: _estimate(*value) for name, value in traits.items()},
        sales=SalesScore(
            score=5.4,
            low=3.2,
            high=7.4,
            rule_base="kassab2022",
            rule_base_version="1.0",
            trace=[
                RuleTrace(
                    trait=trait, value=v, range_low=low, range_high=high, score=s, direction=way
                )
                for trait, v, low, high, s, way in rows
            ],
        ),
        answers=answers,
        confidence=0.9,
        notices=["Question conditioning was not learnt from this training data."],
        provenance=Provenance(
            software="hirenet-sales 0.1.0",
            created="2026-11-21T10:30:00Z",
            checkpoint="fi-v2",
            checkpoint_sha256="c0ffee" + "0" * 58,
            training_data="First Impressions V2, 2,416 clips of 700 videos",
            sampling="four frames in each slice of 15 s, the voice of its first 7 s",
            rule_base="kassab2022 1.0",
            extractors=[
                {
                    "extractor": "face",
                    "version": "1",
                    "settings": {"hop_s": 0.25, "tracker": "mediapipe"},
                    "libraries": {"mediapipe": "1.2.2"},
                },
                {"extractor": "speech", "version": "1", "settings": {"size": "base"}},
            ],
            sources={f"q{n}": f"{n:064x}" for n in range(1, 6)},
            libraries={"torch": "2.13.0", "opensmile": "2.6.0"},
        ),
    )


def earlier_assessment() -> Assessment:
    """The same as version 1.3 wrote it: highlights are the heaviest moments, nothing has effects.

    Read from JSON, as a file of that version is.
    """
    whole = toy_assessment().model_dump(mode="json")
    for name in (
        "standings",
        "baseline",
        "contributions",
        "counterfactuals",
        "sales_interpolated",
        "score_steps",
        "withheld",
    ):
        del whole[name]
    whole["schema_version"] = "1.3"
    for answer in whole["answers"]:
        for highlight in answer["highlights"]:
            del highlight["effect"], highlight["question"]
        for stream in answer["streams"].values():
            del stream["moments"], stream["unmeasured"]
    return Assessment.model_validate(whole)


def withheld_assessment() -> Assessment:
    """The same answers, of which too little was read for an estimate."""
    toy = toy_assessment()
    unread = StreamAssessment(available=False, reason="Too little was read.")
    answers = [
        answer.model_copy(
            update={
                "traits": None,
                "weight": None,
                "highlights": [],
                "streams": dict.fromkeys(answer.streams, unread),
            }
        )
        for answer in toy.answers
    ]
    return toy.model_copy(
        update={
            "answers": answers,
            "traits": {},
            "standings": {},
            "sales": None,
            "withheld": "11 words were recognised with a mean confidence of 0.31; at least 20 "
            "words at 0.50 are needed.",
            "baseline": None,
            "contributions": [],
            "counterfactuals": [],
            "sales_interpolated": None,
            "score_steps": [],
        }
    )


def write_clip(path: Path, seconds: float = 2.0) -> Path:
    """A small playable recording: VP8 in WebM, a grey that changes."""
    with av.open(str(path), "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(round(seconds * 10)):
            grey = np.full((48, 64, 3), (index * 12) % 256, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())
    return path


def _estimate(estimate: float, low: float, high: float) -> TraitEstimate:
    return TraitEstimate(estimate=estimate, low=low, high=high)


def _answer(
    number: int,
    dice: random.Random,
    duration: float,
    missing: dict[StreamName, str] | None = None,
    hostile: bool = False,
    untimed: bool = False,
) -> AnswerAssessment:
    missing = missing or {}
    words = _words(dice, duration, hostile, untimed)
    streams = {
        name: StreamAssessment(available=False, reason=missing[name])
        if name in missing
        else StreamAssessment(
            available=True,
            weight=round(dice.uniform(0.6, 1.5), 3),
            timeline=[] if name == "text" and untimed else _moments(dice, duration, _STEP_S[name]),
        )
        for name in STREAM_NAMES
    }
    effects = random.Random(100 + number)
    streams = {
        name: stream.model_copy(
            update={"moments": _measured(effects, name, duration, words, untimed)}
        )
        if stream.available
        else stream
        for name, stream in streams.items()
    }
    if (audio := streams["audio"]).available and duration < 10:
        streams["audio"] = audio.model_copy(
            update={"moments": [], "unmeasured": "The answer has one window of voice alone."}
        )
    return AnswerAssessment(
        id=f"q{number}",
        question=_QUESTIONS[number - 1],
        media=f"q{number}.webm",
        duration=duration,
        status="partial" if missing else "analysed",
        problems=[f"Only part of the answer could be read: {r}" for r in missing.values()],
        weight=round(dice.uniform(0.6, 1.5), 3),
        streams=streams,
        highlights=[
            h for name in STREAM_NAMES for h in _top(f"q{number}", name, streams[name], words)
        ],
        traits={t: _estimate(0.5, 0.3, 0.7) for t in ("openness", "neuroticism")},
        language="en",
        transcript=words,
        transcript_source="given" if untimed else "recognised",
        speech=SpeechAssessment(
            words=len(words),
            words_per_minute=None if untimed else 60 * len(words) / duration,
            pauses=None if untimed else 3,
            pause_seconds=None if untimed else 2.4,
            fillers=4,
            repetitions=1,
        ),
        face_summary={} if "visual" in missing else {"AU12_r": 0.83, "pose_Rx": -0.0412},
        audio_summary={} if "audio" in missing else {"F0semitoneFrom27.5Hz_sma3nz_amean": 31.2},
    )


def _failed() -> AnswerAssessment:
    gone = {name: StreamAssessment(available=False, reason=ZERO_BYTES) for name in STREAM_NAMES}
    return AnswerAssessment(
        id="q5",
        question=_QUESTIONS[4],
        media="q5.mp4",
        duration=None,
        status="failed",
        problems=[ZERO_BYTES],
        weight=None,
        streams=gone,
    )


def _moments(dice: random.Random, duration: float, step: float) -> list[Moment]:
    """Weights with a few swells, scaled so that their mean is 1, as values of interest are."""
    count = max(2, int(duration / step))
    centres = [dice.uniform(0, count) for _ in range(3)]
    raw = [
        0.3
        + dice.random() * 0.4
        + sum(2 * math.exp(-(((i - c) / (0.03 * count + 1)) ** 2)) for c in centres)
        for i in range(count)
    ]
    mean = sum(raw) / count
    return [
        Moment(start=i * step, end=min((i + 1) * step, duration), value=value / mean)
        for i, value in enumerate(raw)
    ]


def _measured(
    dice: random.Random,
    name: StreamName,
    duration: float,
    words: list[WordAssessment],
    untimed: bool,
) -> list[MeasuredMoment]:
    """Phrases that cover the words, stills of the face, windows of 3 s of the voice."""
    slices = np.arange(0, duration, SLICE_S)
    if name == "text":
        step = max(PHRASE_WORDS, -(-len(words) // MOST_PHRASES))
        spans = [(i, min(i + step, len(words)) - 1) for i in range(0, len(words), step)]
        return [
            MeasuredMoment(
                start=0.0 if untimed else words[first].start or 0.0,
                end=0.0 if untimed else words[last].end or 0.0,
                first_word=first,
                last_word=last,
                effects=_effects(dice),
            )
            for first, last in spans
        ]
    length, hop = (0.0, 2.7) if name == "visual" else (3.0, 1.0)
    starts = [
        float(s + t)
        for s in slices
        for t in np.arange(0, READ_S + hop - length - 1e-9, hop)
        if s + t + length <= duration
    ]
    joined = -(-len(starts) // MOST_WINDOWS)
    groups = [starts[i : i + joined] for i in range(0, len(starts), joined)]
    return [MeasuredMoment(start=g[0], end=g[-1] + length, effects=_effects(dice)) for g in groups]


def _effects(dice: random.Random) -> dict[str, MomentEffect]:
    """About one moment in three is measurable for a trait."""
    effects = {}
    for name in (*TRAITS, SALES):
        unit = 0.2 if name == SALES else 0.01
        effect = dice.gauss(0, unit)
        ways: tuple[Direction, Direction] = ("raises", "lowers")
        effects[name] = MomentEffect(
            effect=effect,
            low=-1.6 * unit,
            high=1.6 * unit,
            direction="none" if abs(effect) < 1.6 * unit else ways[effect < 0],
        )
    return effects


def _contributions(
    dice: random.Random, answers: list[AnswerAssessment], estimates: dict[str, float]
) -> list[Contribution]:
    """For each estimate, shares that sum to what is between it and the baseline."""
    pairs = [(a.id, n) for a in answers for n in STREAM_NAMES if a.streams[n].available]
    result = []
    for name, estimate in estimates.items():
        unit = 0.6 if name == SALES else 0.02
        shares = [dice.gauss(0, unit) for _ in pairs]
        rest = (estimate - BASELINE[name] - sum(shares)) / len(shares)
        result += [
            Contribution(
                trait=name,
                question=question,
                stream=stream,
                effect=share + rest,
                low=share + rest - unit / 10,
                high=share + rest + unit / 10,
            )
            for (question, stream), share in zip(pairs, shares, strict=True)
        ]
    return result


def _counterfactuals(
    dice: random.Random, answers: list[AnswerAssessment], estimates: dict[str, float]
) -> list[Counterfactual]:
    def changed() -> dict[str, float]:
        return {name: estimates[name] + dice.gauss(0, 0.02) for name in TRAITS}

    return [
        *(
            Counterfactual(kind="without_stream", stream=n, traits=changed(), sales=5.3)
            for n in STREAM_NAMES
        ),
        *(
            Counterfactual(kind="without_question", question=a.id, traits=changed(), sales=5.7)
            for a in answers
            if a.status != "failed"
        ),
        Counterfactual(
            kind="other_question", question="q1", text=HOSTILE, traits=changed(), sales=5.5
        ),
    ]


def _top(
    question: str, name: StreamName, stream: StreamAssessment, words: list[WordAssessment]
) -> list[Highlight]:
    def strength(moment: MeasuredMoment) -> float:
        return sum(abs(effect.effect) for trait, effect in moment.effects.items() if trait != SALES)

    best = sorted((m for m in stream.moments if m.measurable), key=strength, reverse=True)[:3]
    result = []
    for i, moment in enumerate(best):
        values = [
            w.value for w in stream.timeline if w.end > moment.start and w.start <= moment.end
        ]
        spoken = (
            words[moment.first_word : (moment.last_word or 0) + 1]
            if moment.first_word is not None
            else [w for w in words if w.start and moment.start <= w.start < moment.end]
        )
        result.append(
            Highlight(
                start=moment.start,
                end=moment.end,
                value=max(values, default=None),
                question=question,
                effect=moment.effects,
                stream=name,
                words=" ".join(w.text for w in spoken) if name != "visual" else None,
                thumbnail=_thumbnail(i) if name == "visual" else None,
            )
        )
    return result


def _thumbnail(shade: int) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (56, 56), (90 + 40 * shade, 110, 130)).save(buffer, "JPEG", quality=60)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _words(
    dice: random.Random, duration: float, hostile: bool, untimed: bool
) -> list[WordAssessment]:
    texts = [HOSTILE] if hostile else []
    while len(texts) < duration / _STEP_S["text"]:
        texts += dice.choice(_SENTENCES).split()
    texts = texts[: int(duration / _STEP_S["text"])]
    result, time = [], 0.2
    for text in texts:
        end = time + 0.3
        result.append(
            WordAssessment(
                text=text,
                start=None if untimed else round(time, 2),
                end=None if untimed else round(end, 2),
                probability=None if untimed else round(dice.uniform(0.4, 1), 3),
                value=round(dice.expovariate(1.0), 3),
            )
        )
        time = end + dice.choice((0.02, 0.05, 0.1, 0.35))
    return result
