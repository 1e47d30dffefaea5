"""One clock for every reader, whatever the stamps say, and work bounded by what a file holds."""

from __future__ import annotations

import av
import numpy as np
import pytest

from extractors.media.clock import LONGEST_GAP_S
from extractors.media.layout import layout_of
from extractors.media.recording import probe
from extractors.media.video import read_frames
from extractors.media.waveform import read_audio
from tests.extractors.clips import grey_steps, restamp, tone, write_clip


@pytest.fixture
def clip(tmp_path):
    """Six seconds, ten pictures a second, with a tone."""
    return write_clip(
        tmp_path / "a.mkv", grey_steps(60), tone(6.0), codec="mjpeg", pixels="yuvj420p"
    )


def seconds_of_sound(path) -> float:
    return sum(len(block) for block in read_audio(path, rate_hz=16000)) / 16000


def levels(path) -> list[int]:
    """Numbers of the pictures, as their grey levels tell."""
    return [round((frame.image.mean() - 16) / 2) for frame in read_frames(path)]


def test_a_steady_recording_is_left_as_it_is(clip):
    layout = layout_of(clip)
    assert [track.shifts for track in (*layout.video, *layout.audio)] == [((0, 0.0),)] * 2
    assert layout.jumps == () and layout.stated_s == pytest.approx(6.0, abs=0.1)
    assert layout.video[0].interval_s == pytest.approx(0.1)


@pytest.mark.parametrize("jump_s", [60.0, 300.0, 3500.0, 200000.0])
def test_a_pause_is_cut_down_to_the_longest_gap(clip, tmp_path, jump_s):
    path = restamp(clip, tmp_path / "b.mkv", lambda _, __, t: t if t < 3 else t + jump_s)
    info = probe(path)
    assert info.duration_s == pytest.approx(6.0 + LONGEST_GAP_S, abs=0.2)
    assert info.problem == ""
    (remark,) = info.remarks
    assert remark.startswith(f"its time stamps jump ahead by {jump_s:.0f} s at 3.0 s; 10 s of that")
    times = [frame.time_s for frame in read_frames(path)]
    assert len(times) == 60 and times[-1] == pytest.approx(15.9, abs=0.2)
    assert np.diff(times).max() == pytest.approx(LONGEST_GAP_S, abs=0.3)
    assert seconds_of_sound(path) == pytest.approx(16.0, abs=0.3)


def test_a_pause_of_one_track_is_a_gap_of_that_track(clip, tmp_path):
    path = restamp(
        clip, tmp_path / "b.mkv", lambda kind, _, t: None if kind == "audio" and 1 < t < 5 else t
    )
    info = probe(path)
    assert info.remarks == () and info.duration_s == pytest.approx(6.0, abs=0.1)
    assert seconds_of_sound(path) == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("number", [1, 30, 59])
@pytest.mark.parametrize("late_s", [100.0, 200000.0])
def test_a_lone_stamp_far_away_is_not_believed(clip, tmp_path, number, late_s):
    def stamp(kind, n, t):
        return t + late_s if kind == "video" and n == number else t

    path = restamp(clip, tmp_path / "b.mkv", stamp, decoding=False)
    info = probe(path)
    assert info.duration_s == pytest.approx(6.0, abs=0.2)
    assert info.remarks == ("some of its time stamps are far from all others and are ignored",)
    assert info.problem == ""
    assert levels(path) == pytest.approx(range(60), abs=1)


def test_two_recordings_joined_go_on(tmp_path):
    half = write_clip(
        tmp_path / "a.ts",
        grey_steps(40),
        tone(4.0, 48000),
        codec="mpeg2video",
        audio_codec="mp2",
        audio_rate_hz=48000,
        rate_hz=25,
    )
    path = tmp_path / "b.ts"
    path.write_bytes(half.read_bytes() * 2)
    info = probe(path)
    assert info.duration_s == pytest.approx(8.0, abs=0.3)
    assert any("jump back by" in remark for remark in info.remarks)
    assert len(list(read_frames(path))) >= 78
    assert seconds_of_sound(path) == pytest.approx(8.0, abs=0.3)


def test_a_clock_that_wraps_loses_nothing(tmp_path):
    begin_s = 2**33 / 90000 - 2.0  # MPEG-TS counts 33 bits at 90 kHz
    whole = write_clip(
        tmp_path / "a.mkv", grey_steps(40), codec="mpeg2video", rate_hz=10, pixels="yuv420p"
    )
    path = restamp(whole, tmp_path / "b.ts", lambda _, __, t: t + begin_s)
    assert probe(path).duration_s == pytest.approx(4.0, abs=0.2)
    assert len(list(read_frames(path))) == 40


def test_a_track_that_cannot_be_decoded_and_is_not_needed_is_ignored(tmp_path):
    whole = write_clip(tmp_path / "a.mkv", grey_steps(20), tone(2.0), codec="ffv1")
    path = tmp_path / "b.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as copy:
        video, audio = source.streams.video[0], source.streams.audio[0]
        tracks = [copy.add_stream_from_template(s) for s in (video, audio, audio)]
        for packet in source.demux(video, audio):
            if packet.pts is None:
                continue
            twice = packet.stream is audio
            packet.stream = tracks[packet.stream.index]
            copy.mux(packet)
            if twice:
                packet.stream = tracks[2]
                copy.mux(packet)
    content = path.read_bytes()
    second = content.index(b"A_AAC", content.index(b"A_AAC") + 1)
    path.write_bytes(content[:second] + b"A_ZZZ" + content[second + 5 :])
    info = probe(path)
    assert info.has_audio and info.problem == "" and info.remarks == ()


def test_a_track_without_packets_is_none(clip, tmp_path):
    path = restamp(clip, tmp_path / "b.mkv", lambda kind, _, t: t if kind == "audio" else None)
    info = probe(path)
    assert info.has_audio and not info.has_video


def test_an_estimated_length_is_not_taken_as_stated(tmp_path):
    quiet = np.concatenate([0.4 * np.random.default_rng(0).uniform(-1, 1, 48000), np.zeros(480000)])
    path = tmp_path / "a.mp3"
    with av.open(str(path), "w", options={"write_xing": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=48000, layout="mono")
        stream.codec_context.options = {"compression_level": "5"}
        stream.codec_context.flags |= av.codec.context.Flags.qscale
        frame = av.AudioFrame.from_ndarray(quiet[None].astype(np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    info = probe(path)
    assert info.problem == "" and info.duration_s == pytest.approx(11.0, abs=0.2)


def test_an_answer_ends_with_its_last_packet(tmp_path):
    times = [0.0, 0.1, 0.2, 0.3, 5.0]
    path = write_clip(tmp_path / "a.mkv", grey_steps(5), codec="ffv1", times_s=times)
    assert probe(path).duration_s == pytest.approx(5.1, abs=0.1)
    assert probe(path).frame_rate_hz == pytest.approx(10.0, rel=0.1)


@pytest.mark.parametrize(
    ("name", "longest_s"),
    [
        ("late-frame.mkv", 3.1),
        ("pause-300s.mkv", 13.1),
        ("truncated.webm", 1.9),
        ("aac-header.mp4", 2.3),
        ("h264-packet.mp4", 3.1),
    ],
)
def test_real_damage_is_bounded_and_told(data, name, longest_s):
    info = probe(data / "broken" / name)
    assert info.duration_s < longest_s
    assert len(list(read_frames(data / "broken" / name))) > 40
    assert info.remarks or info.problem or name == "h264-packet.mp4"
