"""Who speaks: names are taken off, sentences with a colon stay, the interviewer is left out."""

import pytest

from extractors.words.passage import Passage, Turn
from extractors.words.speakers import attribute


def spoken(*lines: str) -> tuple[list[tuple[str, str]], set[str]]:
    """Each line's speaker and text, and who is not the candidate."""
    result = attribute([Passage((Turn(line),)) for line in lines])
    turns = [(t.speaker, t.text.strip()) for p in result.passages for t in p.turns]
    return turns, set(result.others)


@pytest.mark.parametrize(
    ("lines", "expected", "others"),
    [
        (
            ["John Smith: hello", "Interviewer: why"],
            [("John Smith", "hello"), ("Interviewer", "why")],
            {"Interviewer"},
        ),
        (
            ["Interviewer: why", "because", "and so", "Recruiter: how", "like this"],
            [("Interviewer", "why"), ("", "because"), ("", "and so"), ("Recruiter", "how"),
             ("", "like this")],
            {"Interviewer", "Recruiter"},
        ),
        (
            ["Interviewer 1: why", "Ada: because", "and so", "HR (Bo): how", "Ada: so"],
            [("Interviewer 1", "why"), ("Ada", "because"), ("Ada", "and so"), ("HR (Bo)", "how"),
             ("Ada", "so")],
            {"Interviewer 1", "HR (Bo)"},
        ),
        (
            ["Candidate: I sell", "Bo Li: why", "Candidate: so"],
            [("Candidate", "I sell"), ("Bo Li", "why"), ("Candidate", "so")],
            {"Bo Li"},
        ),
        (
            ["Interviewer: why", "Candidate: so", "and on", "Strategy: we sold"],
            [("Interviewer", "why"), ("Candidate", "so"), ("Candidate", "and on"),
             ("Candidate", "Strategy: we sold")],
            {"Interviewer"},
        ),
        (["Q: why", "A: so"], [("Q", "why"), ("A", "so")], {"Q"}),
        ([">> Bob: why", ">> because"], [("Bob", "why"), ("", ">> because")], set()),
        (["- Moderator: why", "- so"], [("Moderator", "why"), ("", "- so")], {"Moderator"}),
        (["[Interviewer] why", "[laughs] so"], [("Interviewer", "why"), ("", "[laughs] so")],
         {"Interviewer"}),
        (["Speaker 1: hi", "and so"], [("Speaker 1", "hi"), ("Speaker 1", "and so")], set()),
        (["Jane Doe (she/her): hi", "Jane Doe (she/her): so"],
         [("Jane Doe (she/her)", "hi"), ("Jane Doe (she/her)", "so")], set()),
        (["张三：你好", "张三：谢谢"], [("张三", "你好"), ("张三", "谢谢")], set()),
        (["jo: a", "jo: b", "al: c", "al: d"],
         [("jo", "a"), ("jo", "b"), ("al", "c"), ("al", "d")], set()),
    ],
)  # fmt: skip
def test_names_are_taken_off(lines: list[str], expected: list, others: set[str]) -> None:
    assert spoken(*lines) == (expected, others)


@pytest.mark.parametrize(
    "lines",
    [
        ["My answer: yes"],
        ["I said: no", "My answer: yes", "and so on"],
        ["Yes: I did", "Yes: I do", "and more"],
        ["At 10:30 we met", "At 11:30 we left"],
        ["Question: would I do it again", "of course"],
        ["See https://example.org", "See https://example.com"],
        ["[Music]", "[Music]", "so"],
        ["A: b", "so"],
    ],
)
def test_sentences_with_a_colon_are_words(lines: list[str]) -> None:
    assert spoken(*lines) == ([("", line) for line in lines], set())


def test_of_two_the_one_who_asks_is_the_interviewer() -> None:
    lines = ["Bo: Why sales?", "Ada: Since I like to talk to people, and did so for years.",
             "Bo: How long?", "Ada: For six years, in two teams, one of which I led."]  # fmt: skip
    assert spoken(*lines)[1] == {"Bo"}
    assert spoken(*[line.replace("?", ".") for line in lines])[1] == set()
    assert spoken(*[line.replace(".", "?") for line in lines])[1] == set()
    assert spoken(*lines, "Cy: And so on.", "Cy: Yes.")[1] == set()


def test_a_stated_speaker_is_never_looked_for_in_the_text() -> None:
    result = attribute([Passage((Turn("Interviewer: why", "Ada"), Turn("so", "Bo")))])
    assert [(t.speaker, t.text) for t in result.passages[0].turns] == [
        ("Ada", "Interviewer: why"),
        ("Bo", "so"),
    ]
    assert (result.names, result.speakers) == ((), ("Ada", "Bo"))
