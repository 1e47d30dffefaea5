"""Cached computation: results from the store, or computed now and stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from extractors.store import FeatureKey, FeatureStore
from extractors.stream import Provenance, Stream


def cached(
    store: FeatureStore | None,
    provenances: Sequence[Provenance],
    compute: Callable[[], Sequence[Stream | Any]],
) -> list[Any]:
    """Results for these provenances, from the store (None stores nothing), or computed and stored.

    `compute` computes all of them at once, in this order: Streams or JSON documents. A Stream
    carries its provenance from `provenances`, which names every setting, with the library versions
    that `compute` reported.
    """
    keys = [FeatureKey.of(provenance) for provenance in provenances]
    if store is not None:
        stored = [result for key in keys if (result := store.get(key)) is not None]
        if len(stored) == len(keys):
            return stored
    results = [_stamped(r, p) for r, p in zip(compute(), provenances, strict=True)]
    if store is not None:
        for key, result in zip(keys, results, strict=True):
            store.put(key, result)
    return results


def _stamped(result: Stream | Any, provenance: Provenance) -> Stream | Any:
    if not isinstance(result, Stream):
        return result
    libraries = {**result.provenance.libraries, **provenance.libraries}
    return replace(result, provenance=replace(provenance, libraries=libraries))
