"""One grammar of cues: what is read, as a table, and what is refused with its line."""

import pytest

from extractors.errors import TranscriptError
from extractors.words.cues import read_cues, seconds


def cues(text: str) -> list[tuple[float, float, str]]:
    passages, _, _ = read_cues("a.vtt", text)
    return [(p.start_s, p.end_s, " / ".join(t.text for t in p.turns)) for p in passages]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("00:00:01.500", 1.5),
        ("00:00:01,500", 1.5),
        ("00:01.500", 1.5),
        ("00:01,5", 1.5),
        ("00:00:00,05", 0.05),
        ("0:01", 1.0),
        ("00:59.9999", 59.9999),
        ("90:00.000", 5400.0),
        ("101:00:00.000", 363600.0),
    ],
)
@pytest.mark.parametrize("header", ["WEBVTT\n\n", "1\n"])
def test_times_are_read_alike_in_both_formats(clock: str, expected: float, header: str) -> None:
    assert seconds(clock) == expected
    assert cues(f"{header}{clock} --> 999:00:00,0\nhi\n") == [(expected, 3596400.0, "hi")]


ONE, TWO = "00:00.000 --> 00:02.400", "00:02.400 --> 00:04.000"
BOTH = [(0.0, 2.4, "so"), (2.4, 4.0, "we")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"WEBVTT\n\n{ONE}\nso\n\n{TWO}\nwe\n", BOTH),
        (f"WEBVTT - a title\nKind: captions\n\n1\n{ONE}\nso\n\n2\n{TWO}\nwe", BOTH),
        (f"WEBVTT\n{ONE}\nso\n{TWO}\nwe", BOTH),
        (f"{ONE}\nso\n\n{TWO}\nwe\n", BOTH),
        (f"\n\n1\n{ONE}\nso\n2\n{TWO}\nwe\n", BOTH),
        (f"\ufeff1\r\n{ONE}\r\nso\r\n\r\n2\r\n{TWO}\r\nwe\r\n", BOTH),
        (f"1\r{ONE}\rso\r\r2\r{TWO}\rwe", BOTH),
        (f"WEBVTT\n\nSTYLE\n::cue {{ a: b }}\n\nREGION\nid:a\n\n{ONE}\nso\n\n{TWO}\nwe", BOTH),
        (f"WEBVTT\n\nNOTE a\nb c\n\n{ONE}\nso\n\nNOTE\nd\n\n{TWO}\nwe", BOTH),
        (f"{ONE} align:start line:0%\nso\n\n{TWO} X1:40 X2:600 Y1:20 Y2:50\nwe", BOTH),
        (f"{ONE}-->\nso".replace("-->\n", "\n").replace(" --> ", "-->") + f"\n\n{TWO}\nwe", BOTH),
        (f"a name of a cue\n{ONE}\nso\n\n4b-7\n{TWO}\nwe", BOTH),
        (f"{ONE}\n\nso\n\n{TWO}\nwe", BOTH),
        (f"1\n{ONE}\n \nso\n\n2\n{TWO}\nwe\n\n3\n", BOTH),
        (f"{ONE} so\n{TWO}\nwe", [(0.0, 2.4, " so"), (2.4, 4.0, "we")]),
        (f"{ONE}\n\nso\nit\n\nis\n\n{TWO}\nwe", [(0.0, 2.4, "so / it / is"), (2.4, 4.0, "we")]),
        (f"1\n{ONE}\n2021\n\n2\n{TWO}\n42\n", [(0.0, 2.4, "2021"), (2.4, 4.0, "42")]),
        (f"1\n{ONE}\n\n2\n{TWO}\nwe", BOTH[1:]),
        (f"{ONE}\n[Music]\n\n{TWO}\n<i>we</i> &amp; {{\\an8}}you", [
            (0.0, 2.4, "[Music]"), (2.4, 4.0, "we & you"),
        ]),
        ("WEBVTT\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_cues(text: str, expected: list) -> None:
    assert cues(text) == expected


def test_voices_and_the_language_of_the_header() -> None:
    text = f"WEBVTT\nLanguage: de\n\n{ONE}\n<v.loud Ann>Hi <v Bob>Yes</v>\n"
    passages, inline, language = read_cues("a.vtt", text)
    assert [(t.speaker, t.text) for t in passages[0].turns] == [("Ann", "Hi "), ("Bob", "Yes")]
    assert (inline, language) == (False, "de")


def test_rolling_captions_without_times_inside_say_each_row_once() -> None:
    rows = ["so today", "we talk", "of sales", "and more"]
    shown = [f"{a}\n{b}" for a, b in zip(["", *rows], rows, strict=False)]
    text = "".join(f"00:0{n}.000 --> 00:0{n + 1}.000\n{both}\n\n" for n, both in enumerate(shown))
    assert [text for _, _, text in cues(text)] == rows
    assert [t for _, _, t in cues(f"{ONE}\nyes\n\n{TWO}\nyes")] == ["yes", "yes"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "hello",
            "a.vtt, line 1: expected WEBVTT or a line of times such as 00:00:01.000 --> "
            "00:00:04.000, and no line of the file is one; name plain text .txt",
        ),
        (
            "WEBVTT\n\n00:01.000 --> 00:0x.000\nhi",
            "a.vtt, line 3: '00:01.000 --> 00:0x.000' is no line of times; expected such as "
            "00:00:01.000 --> 00:00:04.000",
        ),
        (
            f"{ONE}\nhi\n\n00:03 -> 00:04\nyou",
            "a.vtt, line 4: '00:03 -> 00:04' is no line of times; expected such as "
            "00:00:01.000 --> 00:00:04.000",
        ),
        (
            "WEBVTT\n\n00:05.000 --> 00:04.000\nhi",
            "a.vtt, line 3: the cue ends at 00:04.000, before it starts at 00:05.000",
        ),
        (
            f"WEBVTT\n\nso we\n\n{ONE}\nhi",
            "a.vtt, line 3: 'so we' stands before the first line of times, so it belongs to no "
            "cue; give it times, or take it out",
        ),
        (
            f"{ONE}\n\nso we talk\n{TWO}\nhi",
            "a.vtt, line 3: 'so we talk' may be the text of the empty cue in line 1 or the name "
            "of the cue below; take out the blank line above it, or put one below",
        ),
    ],
)
def test_what_is_no_cue_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        read_cues("a.vtt", text)
    assert str(caught.value) == message
