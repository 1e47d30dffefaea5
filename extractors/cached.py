"""Results from the store, or made now and put there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from extractors.store import FeatureKey, FeatureStore
from extractors.stream import Provenance, Stream


def recall(
    store: FeatureStore | None,
    provenances: Sequence[Provenance],
    make: Callable[[], Sequence[Stream | Any]],
) -> list[Any]:
    """The results with these provenances: all stored already, or all made now and stored.

    Parameters
    ----------
    store : None keeps nothing
    provenances : known before anything is computed
    make : computes all results in one go, in this order: Streams or JSON documents

    Returns
    -------
    list of Streams and documents. A Stream carries its provenance from `provenances`, which names
    every setting, with the versions of libraries that `make` stated.
    """
    keys = [FeatureKey.of(provenance) for provenance in provenances]
    if store is not None:
        stored = [found for key in keys if (found := store.get(key)) is not None]
        if len(stored) == len(keys):
            return stored
    made = [_stamped(r, p) for r, p in zip(make(), provenances, strict=True)]
    if store is not None:
        for key, result in zip(keys, made, strict=True):
            store.put(key, result)
    return made


def _stamped(result: Stream | Any, provenance: Provenance) -> Stream | Any:
    if not isinstance(result, Stream):
        return result
    libraries = {**result.provenance.libraries, **provenance.libraries}
    return replace(result, provenance=replace(provenance, libraries=libraries))
