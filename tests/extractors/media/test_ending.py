"""A file that was cut off is told from a whole one by its last bytes, whatever it states."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.media.ending import Ending, ending_of
from extractors.media.recording import probe
from tests.extractors.clips import grey_steps, tone, write_clip

KINDS = [
    ("a.webm", "matroska,webm", {"codec": "libvpx", "audio_codec": "libopus", "live": True}),
    ("a.webm", "matroska,webm", {"codec": "libvpx", "audio_codec": "libopus"}),
    ("a.mkv", "matroska,webm", {}),
    ("a.mp4", "mov,mp4,m4a,3gp,3g2,mj2", {}),
    ("a.mov", "mov,mp4,m4a,3gp,3g2,mj2", {}),
    ("a.ts", "mpegts", {"codec": "mpeg2video", "rate_hz": 25, "audio_codec": "mp2"}),
    ("a.mpg", "mpeg", {"codec": "mpeg2video", "rate_hz": 25, "audio_codec": "mp2"}),
]


@pytest.mark.parametrize(("name", "format_name", "how"), KINDS)
def test_a_whole_file_is_whole_and_a_cut_one_is_cut(tmp_path, name, format_name, how):
    noise = np.random.default_rng(0).integers(0, 255, (50, 48, 64, 3), dtype=np.uint8)
    path = write_clip(tmp_path / name, list(noise), tone(2.0, 48000), audio_rate_hz=48000, **how)
    assert ending_of(path, format_name) is Ending.WHOLE
    content = path.read_bytes()
    cut = tmp_path / f"cut-{name}"
    shares = np.random.default_rng(1).uniform(0.3, 0.95, 40)
    observed = 0
    for share in shares:
        cut.write_bytes(content[: int(share * len(content))])
        observed += ending_of(cut, format_name) is Ending.CUT_OFF
    # A cut on a border cannot be seen; nor can one within the index at the end of a file.
    assert observed >= (38 if name != "a.mov" else 20)


@pytest.mark.parametrize(("name", "format_name", "how"), KINDS[-2:])
def test_what_does_not_follow_on_is_broken(tmp_path, name, format_name, how):
    path = write_clip(tmp_path / name, grey_steps(50), tone(2.0, 48000), audio_rate_hz=48000, **how)
    content = path.read_bytes()
    for share in (0.2, 0.5, 0.8):
        middle = int(share * len(content))
        path.write_bytes(content[:middle] + content[middle - 1027 : middle] + content[middle:])
        assert ending_of(path, format_name) is Ending.BROKEN


def test_a_browser_recording_that_broke_off_says_so(tmp_path):
    path = write_clip(
        tmp_path / "a.webm",
        grey_steps(70),
        tone(7.0, 48000),
        codec="libvpx",
        audio_codec="libopus",
        audio_rate_hz=48000,
        live=True,
    )
    content = path.read_bytes()
    path.write_bytes(content[: int(0.6 * len(content))])
    assert probe(path).problem.startswith("the file is cut off within its last part, after ")


@pytest.mark.parametrize("format_name", ["matroska,webm", "mov,mp4", "mpegts", "mpeg", "wav"])
def test_garbage_is_not_gone_through_for_ever(tmp_path, format_name):
    rng = np.random.default_rng(0)
    for number in range(50):
        path = tmp_path / f"{number}"
        path.write_bytes(rng.bytes(rng.integers(1, 5000)))
        assert ending_of(path, format_name) in Ending


def test_recordings_of_people_are_whole(data):
    for path in [
        *(data / "first-impressions-v2" / "clips").glob("*.mp4"),
        *data.glob("grid/*.mpg"),
    ]:
        assert probe(path).problem == "" and probe(path).remarks == ()
