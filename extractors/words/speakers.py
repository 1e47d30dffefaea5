"""Speaker attribution: strips speaker names from a transcript, and finds the interviewer's words.

A name stands at the beginning of a cue or a line, as "Name:", "[Name]" or ">> Name:", or in
WebVTT's <v Name>. "My answer: yes" begins in the same way, so a "Name:" counts as one only if

- it is a role ("Interviewer", "Candidate") or as general as "Speaker 1"; or
- ">>" stands before it, or an interviewer is named in the file and no candidate; or
- every passage with words begins with a name, as in files of Zoom, and there are two or more; or
- the same one begins two passages or more, and is no common word such as "Yes".

In all but the first case each of its words begins with a capital, too, where the script has any;
or names stand everywhere, and each twice on average. A name holds until the next one, or until ">>"
or "- ", unless only interviewers are named: then what bears no name is the candidate's. "Q:" and
"A:" are roles where both occur.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from extractors.words.passage import Passage, Turn

LONGEST_NAME = 80  # letters that are looked at
MOST_NAME_WORDS = 6  # "Dr. Ana Maria de Souza (Acme)"
CHANGE = r"(?P<change>>{2,3}|[-–—](?=\s))"
CHANGED = re.compile(CHANGE)
LABEL = re.compile(
    rf"(?:{CHANGE}\s*)?(?:\[(?P<bracket>[^\][<>]{{1,40}})\]\s*:?"
    r"|(?P<name>[^\W\d_][^:：<>\[\]?!;]{0,39}?)(?:\s*:(?=\s|<|$)|\s*：))"
)
IN_BRACKETS = re.compile(r"\([^)]*\)")  # Jane Doe (she/her)
GENERAL = re.compile(
    r"(?:unknown )?(?:speaker|spk|participant|person|voice|sprecher(?:in)?|intervenant)"
    r"[ _#-]*(?:\d{1,3}|[a-z])?"
)
INTERVIEWER_WORDS = {
    "interviewer", "interviewers", "interviewerin", "recruiter", "recruiters", "recruiterin",
    "moderator", "moderatorin", "entrevistador", "entrevistadora", "recruteur", "recruteuse",
    "intervistatore", "intervistatrice",
}  # fmt: skip
INTERVIEWER_NAMES = {"host", "hr", "hr manager", "hiring manager", "panel", "panelist"}
CANDIDATE_WORDS = {
    "candidate", "interviewee", "applicant", "respondent", "kandidat", "kandidatin", "bewerber",
    "bewerberin", "candidat", "candidato", "candidata", "entrevistado", "entrevistada",
}  # fmt: skip
ASKS, ANSWERS = {"q", "question"}, {"a", "answer"}
COMMON = {
    "yes", "no", "so", "well", "and", "but", "or", "because", "first", "second", "third", "then",
    "finally", "now", "also", "okay", "ok", "right", "example", "note", "result", "results",
    "reason", "goal", "situation", "task", "action", "strength", "strengths", "weakness",
    "weaknesses", "today", "summary", "why", "how", "what", "who", "when", "where", "plus",
    "ja", "nein", "oui", "non", "si", "sí",
}  # fmt: skip
PARTICLES = {
    "de", "da", "di", "do", "dos", "del", "della", "der", "den", "van", "von", "la", "le", "bin",
    "ben", "ibn", "al", "el", "y", "e",
}  # fmt: skip
ASKING_SHARE, ANSWERING_SHARE, TALKING_SHARE = 0.5, 0.25, 0.5
QUESTION_MARKS = ("?", "？", "؟")


@dataclass(frozen=True)
class Attribution:
    """Passages with a speaker for every turn, "" where nobody is named."""

    passages: tuple[Passage, ...]  # without the speaker names before the words
    names: tuple[str, ...]  # the names that were stripped, in order of appearance
    others: frozenset[str]  # speakers who are not the candidate

    @property
    def speakers(self) -> tuple[str, ...]:
        """Named speakers with at least one word, in order of appearance."""
        turns = (turn for passage in self.passages for turn in passage.turns)
        return tuple(dict.fromkeys(turn.speaker for turn in turns if turn.speaker and turn.text))


def attribute(passages: Sequence[Passage]) -> Attribution:
    """Attribute every turn to its speaker, and tell the candidate from the others.

    Those with an interviewer's role are not; where a candidate is named, all others who are named
    are not. Of exactly two speakers without a role, the interviewer is the one half of whose turns
    or more end in a question, if at most a quarter of the other's do and the other says more than
    twice as many words.
    """
    accepted = _accepted(passages)
    stated = {turn.speaker for p in passages for turn in p.turns if turn.speaker}
    folds = {name.casefold() for name in accepted}
    letters = bool(folds & ASKS) and bool(folds & ANSWERS)
    roles = {name: _role(name, letters) for name in accepted | stated}
    holds = any(role != "interviewer" for role in roles.values())
    attributed, names, speaker = [], [], ""
    for passage in passages:
        speaker = speaker if holds else ""
        turns = []
        for turn in passage.turns:
            text = turn.text.lstrip()
            label = LABEL.match(text)
            if turn.speaker is not None:
                speaker = turn.speaker
            elif label and _name(label) in accepted:
                speaker, text = _name(label), text[label.end() :]
                names.append(speaker)
            elif CHANGED.match(text):
                speaker = ""
            turns.append(Turn(text, speaker))
        attributed.append(replace(passage, turns=tuple(_joined(turns))))
    return Attribution(tuple(attributed), tuple(dict.fromkeys(names)), _others(attributed, roles))


def _name(label: re.Match[str]) -> str:
    return " ".join((label["bracket"] or label["name"]).split())


def _accepted(passages: Sequence[Passage]) -> set[str]:
    """The labels that are names, by the rules at the top of this file."""
    unnamed = [turn.text.lstrip() for p in passages for turn in p.turns if turn.speaker is None]
    labels = [label for label in map(LABEL.match, unnamed) if label]
    counts = Counter(_name(label) for label in labels if label["name"])
    pair = any(n.casefold() in ASKS for n in counts) and any(
        n.casefold() in ANSWERS for n in counts
    )
    asks_alone = {_role(name) for name in map(_name, labels)} - {""} == {"interviewer"}
    accepted = set()
    for label in labels:
        name = _name(label)
        fold = name.casefold()
        recurs = counts[name] > 1 and fold not in COMMON | ASKS | ANSWERS
        marked = (label["change"] or "").startswith(">") and bool(label["name"])
        beside = asks_alone and bool(label["name"]) and fold not in COMMON | ASKS | ANSWERS
        if (
            _role(name)
            or GENERAL.fullmatch(fold)
            or (pair and fold in ASKS | ANSWERS)
            or ((recurs or marked or beside) and is_name(name))
        ):
            accepted.add(name)
    firsts = [p.turns[0] for p in passages if any(c.isalnum() for t in p.turns for c in t.text)]
    heads = [LABEL.match(turn.text.lstrip()) if turn.speaker is None else None for turn in firsts]
    everywhere = {_name(head) for head in heads if head}
    if len(heads) > 1 and all(heads):
        recur = 2 * len(everywhere) <= len(heads)
        if recur or all(map(is_name, everywhere)):
            accepted |= everywhere
    return accepted


def is_name(name: str) -> bool:
    """Whether text looks like a name: few words, with capitals where the script has them."""
    words = re.findall(r"[^\W\d_][\w'’.-]*", IN_BRACKETS.sub("", name))
    return 0 < len(words) <= MOST_NAME_WORDS and all(
        not word[0].islower() or word in PARTICLES for word in words
    )


def _role(name: str, letters: bool = False) -> str:
    """The role of a name, interviewer or candidate; "" for neither. Q and A count if `letters`."""
    fold = name[:LONGEST_NAME].casefold()
    words = set(re.findall(r"[^\W\d_]+", fold))
    fold = re.sub(r"[\W\d_]+$", "", IN_BRACKETS.sub("", fold))
    if words & INTERVIEWER_WORDS or fold in INTERVIEWER_NAMES or (letters and fold in ASKS):
        return "interviewer"
    return "candidate" if words & CANDIDATE_WORDS or (letters and fold in ANSWERS) else ""


def _joined(turns: Sequence[Turn]) -> Iterator[Turn]:
    """Join consecutive turns of one speaker."""
    for speaker, group in groupby(turns, key=lambda turn: turn.speaker):
        yield Turn("\n".join(turn.text for turn in group), speaker)


def _others(passages: Sequence[Passage], roles: dict[str, str]) -> frozenset[str]:
    candidates = {name for name, role in roles.items() if role == "candidate"}
    if candidates:
        return frozenset(roles) - candidates
    interviewers = frozenset(name for name, role in roles.items() if role == "interviewer")
    return interviewers or _who_asks(passages, roles)


def _who_asks(passages: Sequence[Passage], names: Collection[str]) -> frozenset[str]:
    if len(names) != 2:
        return frozenset()
    texts: dict[str, list[str]] = {name: [] for name in names}
    for turn in _joined([t for p in passages for t in p.turns if t.text.strip()]):
        if turn.speaker:
            texts[turn.speaker].append(turn.text.strip())
    if not all(texts.values()):
        return frozenset()
    asking = {n: sum(t.endswith(QUESTION_MARKS) for t in ts) / len(ts) for n, ts in texts.items()}
    words = {name: sum(len(text.split()) for text in spoken) for name, spoken in texts.items()}
    first, second = texts
    for one, other in ((first, second), (second, first)):
        if (
            asking[one] >= ASKING_SHARE
            and asking[other] <= ANSWERING_SHARE
            and words[one] < TALKING_SHARE * words[other]
        ):
            return frozenset({one})
    return frozenset()
