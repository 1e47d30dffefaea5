"""Playback in a browser: whether a recording plays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extractors.media.container import audio_tracks, codec_of, open_recording, video_tracks

# What Chromium, Firefox and Safari all play, by FFmpeg's names of its decoders: pictures, sound.
MP4_CODECS = {"h264"}, {"aac", "mp3", "mp3float"}
WEBM_CODECS = {"vp8", "vp9", "libvpx", "libvpx-vp9"}, {"opus", "libopus", "vorbis", "libvorbis"}
PLAYABLE_PIXELS = {"yuv420p", "yuvj420p"}  # 8 bits, 4:2:0


@dataclass(frozen=True)
class Playability:
    """Whether browsers play a recording.

    Attributes
    ----------
    mime : type of its container, such as "video/mp4"; "" if browsers do not play it
    reason : why they do not, a whole sentence without the name of the file; "" if they do
    """

    mime: str
    reason: str = ""


def playability(path: str | Path) -> Playability:
    """Whether the browsers in use play a recording, by its container, codecs and pixels.

    The name of the file is ignored: a QuickTime file with H.264 and AAC plays as an MP4 does.
    MediaError as `open_recording`: missing, empty, damaged, or not a recording.
    """
    with open_recording(Path(path)) as container:
        formats = set(container.format.name.split(","))
        title = container.format.long_name
        pictures, sounds = video_tracks(container)[:1], audio_tracks(container)[:1]
        codecs = [[str(codec_of(track)) for track in tracks] for tracks in (pictures, sounds)]
        pixels = [str(track.codec_context.pix_fmt) for track in pictures]
    if "mp4" in formats:
        mime, playable = "video/mp4", MP4_CODECS
    elif "webm" in formats:
        mime, playable = "video/webm", WEBM_CODECS
    else:
        return Playability("", f"Browsers do not play this kind of file ({title}).")
    for what, own, fine in zip(("pictures are", "sound is"), codecs, playable, strict=True):
        if own and own[0] not in fine:
            why = f"Its {what} coded as {own[0]} in a {title} file, which not every browser plays."
            return Playability("", why)
    if pixels and pixels[0] not in PLAYABLE_PIXELS:
        why = f"Its pictures are stored as {pixels[0]}, which not every browser plays."
        return Playability("", why)
    return Playability(mime)
