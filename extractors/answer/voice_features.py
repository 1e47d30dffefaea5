"""Voice features of one answer: the 26 clip statistics and eGeMAPS."""

from __future__ import annotations

from dataclasses import dataclass

from extractors.cached import cached
from extractors.errors import MediaError
from extractors.media.recording import MediaInfo
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Stream
from extractors.voice.egemaps import egemaps_provenances, egemaps_streams
from extractors.voice.spectral import spectral_provenance, spectral_stream

STEP_S = 0.1  # of the descriptors: a 10 ms track of an hour would take 36 MB and shows no more


@dataclass(frozen=True, eq=False)
class VoiceFeatures:
    """Voice features of one answer."""

    streams: dict[str, Stream]  # "spectral", and if requested "egemaps" and "functionals"
    problems: tuple[str, ...] = ()  # whole sentences
    partial: bool = False  # whether part of the sound could not be read; see `problems`


def no_sound_message(info: MediaInfo) -> str:
    """Message for a recording whose sound cannot be decoded."""
    return (
        f"{info.path.name}: no audio track that can be decoded; record with sound, or give a "
        "transcript for the words"
    )


def extract_voice(info: MediaInfo, recipe: Recipe, *, store: FeatureStore | None) -> VoiceFeatures:
    """Extract all voice features of an answer; errors as `extract_answer`."""
    path, sha256 = info.path, info.sha256
    lengths = (recipe.slice_s, recipe.shortest_s)
    spectral = spectral_provenance(sha256, recipe.slice_s, recipe.spectral_window_s, lengths[1])
    egemaps = egemaps_provenances(sha256, *lengths, STEP_S)
    names = ("spectral", "egemaps", "functionals")[: 3 if recipe.egemaps else 1]
    if not info.has_audio:
        empty = [Stream.empty((), p, "no audio track") for p in (spectral, *egemaps)]
        return VoiceFeatures(dict(zip(names, empty, strict=False)), (no_sound_message(info),))

    def compute_spectral() -> list[Stream]:
        return [
            spectral_stream(
                path,
                slice_s=lengths[0],
                window_s=recipe.spectral_window_s,
                shortest_s=lengths[1],
                source_sha256=sha256,
            )
        ]

    def compute_egemaps() -> tuple[Stream, Stream]:
        return egemaps_streams(
            path, slice_s=lengths[0], shortest_s=lengths[1], step_s=STEP_S, source_sha256=sha256
        )

    try:
        results = cached(store, [spectral], compute_spectral)
        if recipe.egemaps:
            results += cached(store, egemaps, compute_egemaps)
    except MediaError as error:
        empty = [Stream.empty((), p, str(error)) for p in (spectral, *egemaps)]
        return VoiceFeatures(dict(zip(names, empty, strict=False)), (str(error),))
    streams = dict(zip(names, results, strict=True))
    return VoiceFeatures(streams, _problems(path.name, streams))


def _problems(name: str, streams: dict[str, Stream]) -> tuple[str, ...]:
    statistics, functionals = streams["spectral"], streams.get("functionals")
    if statistics.reason:
        return (f"{name}: {statistics.reason}; check the microphone and record again",)
    if functionals is not None and functionals.reason:
        return (f"{name}: {functionals.reason}; check that the speaker can be heard",)
    return ()
