"""Small made-up folders of the data sets that are read from tables."""

from __future__ import annotations

import csv
import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

WORDS = ("I", "sold", "good", "tools", "to", "people", "who", "like", "their", "work")
TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
PROSODY = ("duration", "mean_pitch", "jitter")
MIT_SCALES = (
    "Overall",
    "RecommendHiring",
    "Colleague",
    "Engaged",
    "Excited",
    "EyeContact",
    "Smiled",
    "SpeakingRate",
    "NoFillers",
    "Friendly",
    "Paused",
    "EngagingTone",
    "StructuredAnswers",
    "Calm",
    "NotStressed",
    "Focused",
    "Authentic",
    "NotAwkward",
)


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A CSV with the columns of the first row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """One object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def said(rng: np.random.Generator, count: int = 6) -> str:
    """Some words."""
    return " ".join(rng.choice(WORDS, count))


def traits(rng: np.random.Generator, spread: float = 0.05) -> dict[str, float]:
    """Five traits as raters see them: four go together, neuroticism against them."""
    level = rng.uniform(0.2, 0.8)
    signs = np.array([1, 1, 1, 1, -1])
    values = 0.5 + signs * (level - 0.5) + rng.normal(0, spread, 5)
    return dict(zip(TRAITS, np.round(np.clip(values, 0, 1), 4).tolist(), strict=True))


def recorded_rows(interviews: int = 12, answers: int = 2, seed: int = 0) -> list[dict[str, Any]]:
    """Rows of a table of one's own interviews, with words instead of recordings."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(interviews):
        labels = {**traits(rng), "hirable": int(rng.random() < 0.5)}
        for k in range(answers):
            rows.append(
                {
                    "interview": f"i{n:02d}",
                    "person": f"person{n // 2}",
                    "question": f"Question number {k}?",
                    "question_id": f"q{k}",
                    "job_title": f"job {n % 3}",
                    "media": "",
                    "text": said(rng),
                    **labels,
                }
            )
    return rows


def recruitview_rows(people: int = 12, clips: int = 3, seed: int = 0) -> list[dict[str, Any]]:
    """Rows of metadata.jsonl."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        for k in range(clips):
            scores = {name: 6 * (value - 0.5) for name, value in traits(rng).items()}
            for name in (
                "interview_score",
                "answer_score",
                "speaking_skills",
                "confidence_score",
                "facial_expression",
                "overall_performance",
            ):
                scores[name] = float(rng.normal())
            rows.append(
                {
                    "id": f"{person:03d}{k}",
                    "file_name": f"videos/vid_{person:03d}{k}.mp4",
                    "question_id": k,
                    "question": f"Question {k}?",
                    "user_no": person,
                    **scores,
                    "transcript": f"[00:00 - 00:04] {said(rng)}\n[00:04 - 01:02] {said(rng, 3)}",
                }
            )
    return rows


def write_release(root: Path, rows: Sequence[Mapping[str, str]], protocol: int = 2) -> Path:
    """The official release of First Impressions V2, from rows of its toy table."""
    columns = {"neuroticism": "neuroticism_column", **{t: t for t in TRAITS[:4]}}
    columns["interview"] = "interview"
    for split, word in (("train", "training"), ("validation", "validation")):
        part = [row for row in rows if row["split"] == split]
        labels = {
            key: {row["clip"]: np.float64(row[column]) for row in part}
            for key, column in columns.items()
        }
        spoken = {row["clip"]: row["transcription"] for row in part}
        folder = root / f"{split}-annotation"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("annotation", labels), ("transcription", spoken)):
            pickled = pickle.dumps(content, protocol=protocol)
            (folder / f"{name}_{word}.pkl").write_bytes(pickled)
    return root


def write_mit(root: Path, people: int = 6, questions: int = 3, seed: int = 0) -> Path:
    """Two rounds of each person: transcripts without header, prosody, ratings of two workers."""
    rng = np.random.default_rng(seed)
    transcripts, prosody, ratings = [], [], []
    for person in range(1, people + 1):
        for part in ("p", "pp"):
            spoken = ["Interviewer: Hi, how are you?", "Interviewee: Fine thanks."]
            for k in range(1, questions + 1):
                spoken.append(f"Interviewer: Round {part} question {k}?")
                spoken.append(f"Interviewee: {said(rng, 10)}")
                row = {"participant&question": f"{part.upper()}{person}Q{k}"}
                row |= {name: f"{rng.normal():.4f}" for name in PROSODY}
                prosody.append(row)
            transcripts.append((f"{part}{person}", " | ".join(spoken)))
            for worker in ("w1", "AGGR"):
                scores = {name: f"{rng.uniform(1, 7):.2f}" for name in MIT_SCALES}
                ratings.append({"Participant": f"{part}{person}", "Worker": worker, **scores})
    labels = root / "Labels"
    labels.mkdir(parents=True, exist_ok=True)
    with (labels / "interview_transcripts_by_turkers.csv").open("w", newline="") as file:
        csv.writer(file).writerows(transcripts)
    write_csv(labels / "turker_scores_full_interview.csv", ratings)
    write_csv(root / "Prosody" / "prosodic_features.csv", prosody)
    return root


def write_hirability(root: Path, candidates: int = 10, seed: int = 0) -> Path:
    """answers.csv and votes.csv."""
    rng = np.random.default_rng(seed)
    answers, votes = [], []
    for n in range(candidates):
        for k in range(2):
            answers.append(
                {
                    "candidate": f"c{n}",
                    "job_title": f"job {n % 2}",
                    "question": f"Why job {n % 2}, part {k}?",
                    "text": said(rng),
                }
            )
        for recruiter in range(3):
            vote = ("like", "dislike", "shortlist")[int(rng.integers(3))]
            votes.append({"candidate": f"c{n}", "recruiter": f"r{recruiter}", "vote": vote})
    write_csv(root / "answers.csv", answers)
    write_csv(root / "votes.csv", votes)
    return root
