"""Playback: what browsers play, by what a file holds and not by its name."""

from pathlib import Path

import av
import pytest
from clips import grey_steps

from extractors.errors import MediaError
from extractors.media.playback import playability


def clip(path: Path, container: str, codec: str, pixels: str = "yuv420p") -> Path:
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for frame in grey_steps(5):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("container", "codec", "pixels", "mime", "reason"),
    [
        ("mp4", "libx264", "yuv420p", "video/mp4", ""),
        ("mov", "libx264", "yuv420p", "video/mp4", ""),  # QuickTime's own brand
        ("webm", "libvpx", "yuv420p", "video/webm", ""),
        ("mov", "mpeg4", "yuv420p", "", "Its pictures are coded as mpeg4 in a QuickTime"),
        ("mp4", "libx264", "yuv444p", "", "Its pictures are stored as yuv444p"),
        ("avi", "mpeg4", "yuv420p", "", "Browsers do not play this kind of file (AVI"),
    ],
)
def test_what_browsers_play(tmp_path, container, codec, pixels, mime, reason) -> None:
    path = clip(tmp_path / "q1.bin", container, codec, pixels)
    result = playability(path)
    assert result.mime == mime and bool(result.reason) is not bool(mime)
    assert result.reason.startswith(reason)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "zero bytes"), (b"RIFF....AVI LIST", "index is missing")]
)
def test_what_is_no_recording_says_so(tmp_path, content, reason) -> None:
    path = tmp_path / "q1.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=reason):
        playability(path)
