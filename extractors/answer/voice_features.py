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


def no_sound_message(info: MediaInfo) -> str:
    """Message for a recording whose sound cannot be decoded."""
    return (
        f"{info.path.name}: no audio track that can be decoded; record with sound, or give a "
        "transcript for the words"
    )


def extract_voice(info: MediaInfo, recipe: Recipe, *, store: FeatureStore | None) -> VoiceFeatures:
    """Extract all voice features of an answer; errors as `extract_answer`."""
    slicing = {"slice_s": recipe.slice_s, "shortest_s": recipe.shortest_s}
    window_s, row_s = recipe.spectral_window_s, recipe.spectral_row_s
    spectral = spectral_provenance(info.sha256, window_s=window_s, row_s=row_s, **slicing)
    egemaps = egemaps_provenances(info.sha256, step_s=STEP_S, **slicing)
    names = ("spectral", "egemaps", "functionals")[: 3 if recipe.egemaps else 1]

    def empty(reason: str, problem: str) -> VoiceFeatures:
        streams = [Stream.empty((), p, reason) for p in (spectral, *egemaps)]
        return VoiceFeatures(dict(zip(names, streams, strict=False)), (problem,))

    if not info.has_audio:
        return empty("no audio track", no_sound_message(info))
    try:
        results = cached(
            store,
            [spectral],
            lambda: [spectral_stream(info.path, window_s=window_s, row_s=row_s, **slicing)],
        )
        if recipe.egemaps:
            results += cached(
                store, egemaps, lambda: egemaps_streams(info.path, step_s=STEP_S, **slicing)
            )
    except MediaError as error:
        return empty(str(error), str(error))
    streams = dict(zip(names, results, strict=True))
    return VoiceFeatures(streams, _problems(info.path.name, streams))


def _problems(name: str, streams: dict[str, Stream]) -> tuple[str, ...]:
    statistics, functionals = streams["spectral"], streams.get("functionals")
    if statistics.reason:
        return (f"{name}: {statistics.reason}; check the microphone and record again",)
    if functionals is not None and functionals.reason:
        return (f"{name}: {functionals.reason}; check that the speaker can be heard",)
    return ()
