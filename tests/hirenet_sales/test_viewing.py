"""Recordings for the report: small copies, as they are, or none, and the reason for no player."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from clips import grey_steps, portrait, tone, write_clip

from hirenet_sales import viewing
from hirenet_sales.interview import Answer, Interview
from hirenet_sales.viewing import EMBED, RECORDINGS, viewable_recordings

MISSING, EMPTY = "no such file", "the file has zero bytes"


def interview_of(*media: Path) -> Interview:
    answers = [
        Answer(f"q{n}", "Why?", media=path, media_name=path.name) for n, path in enumerate(media, 1)
    ]
    return Interview("a", "seller", "en", tuple(answers))


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    frames = [portrait(320, 240)] * 20
    write_clip(folder / "small.mp4", grey_steps(20), tone(2.0))
    write_clip(folder / "iphone.mov", frames, tone(2.0))
    write_clip(folder / "old.avi", frames, tone(2.0), codec="mpeg4", audio_codec="mp2")
    grain = np.random.default_rng(0).integers(0, 60, (20, 240, 320, 3), dtype=np.uint8)
    write_clip(folder / "large.mp4", list(grain), tone(2.0))
    (folder / "empty.mp4").write_bytes(b"")
    return folder


@pytest.mark.parametrize("embed", EMBED)
@pytest.mark.parametrize(
    ("name", "plays_as_it_is", "is_small"),
    [
        ("small.mp4", True, True),
        ("iphone.mov", True, True),
        ("large.mp4", True, False),
        ("old.avi", False, False),
    ],
)
def test_what_is_shown_of_a_recording(
    tmp_path, clips, embed, name, plays_as_it_is, is_small
) -> None:
    source = clips / name
    before = source.read_bytes()
    with viewable_recordings(interview_of(source), tmp_path, embed) as media:
        shown = media[name]
        if embed == "none":
            assert shown.path is None and "on request" in shown.note
        elif embed == "all":
            assert shown.path == (source if plays_as_it_is else None)
            assert plays_as_it_is or ("kind of file (AVI" in shown.note and name in shown.note)
        else:
            assert shown.path is not None and shown.embed
            assert (shown.path == source) is is_small
            with av.open(str(shown.path)) as file:
                assert file.streams.video[0].codec_context.name == "h264"
            assert shown.poster.startswith(b"\xff\xd8")
    assert not list(tmp_path.iterdir())  # what is embedded leaves nothing behind
    assert source.read_bytes() == before


@pytest.mark.parametrize("embed", ["small", "all"])
@pytest.mark.parametrize(("name", "reason"), [("gone.mp4", MISSING), ("empty.mp4", EMPTY)])
def test_the_true_reason_is_given(tmp_path, clips, embed, name, reason) -> None:
    with viewable_recordings(interview_of(clips / name), tmp_path, embed) as media:
        shown = media[name]
    assert shown.path is None and shown.note.startswith(f"{name}: {reason}")
    assert str(clips) not in shown.note and shown.note.endswith(".")


def test_more_than_fits_into_a_page_lies_beside_it(tmp_path, clips, monkeypatch) -> None:
    names = ("large.mp4", "small.mp4", "empty.mp4")
    interview = interview_of(*(clips / name for name in names))
    monkeypatch.setattr(viewing, "EMBED_LIMIT_BYTES", 1000)
    for _ in range(2):  # a second run replaces the files of the first
        with viewable_recordings(interview, tmp_path, "small") as media:
            assert [media[name].embed for name in names[:2]] == [False, False]
            assert media["large.mp4"].path == tmp_path / RECORDINGS / "q1.mp4"
        assert sorted(p.name for p in (tmp_path / RECORDINGS).iterdir()) == ["q1.mp4", "q2.mp4"]
    assert (clips / "small.mp4").read_bytes() == (tmp_path / RECORDINGS / "q2.mp4").read_bytes()
    with viewable_recordings(interview, tmp_path, "none"):
        pass
    assert not list(tmp_path.iterdir())


def test_nothing_of_the_readers_own_is_removed(tmp_path, clips) -> None:
    own = tmp_path / RECORDINGS / "mine.mp4"
    own.parent.mkdir()
    shutil.copy(clips / "small.mp4", own)
    with viewable_recordings(interview_of(clips / "large.mp4"), tmp_path, "small"):
        pass
    assert [path.name for path in own.parent.iterdir()] == ["mine.mp4"]
