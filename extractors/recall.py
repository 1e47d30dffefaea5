"""Results from the store, or made now and put there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from extractors.store import FeatureKey, FeatureStore
from extractors.stream import Provenance, Stream


def recall_streams(
    store: FeatureStore | None,
    provenances: Sequence[Provenance],
    make: Callable[[], Sequence[Stream]],
) -> list[Stream]:
    """The Streams with these provenances: stored already, or made now and stored.

    Parameters
    ----------
    store : None keeps nothing
    provenances : known before anything is computed; the results carry them, with the versions of
        libraries that `make` states
    make : computes all of the Streams in one go, in this order
    """
    keys = [FeatureKey.of(provenance) for provenance in provenances]
    if store is not None:
        stored = [found for key in keys if isinstance(found := store.get(key), Stream)]
        if len(stored) == len(keys):
            return stored
    made = [_stamped(s, p) for s, p in zip(make(), provenances, strict=True)]
    if store is not None:
        for key, stream in zip(keys, made, strict=True):
            store.put(key, stream)
    return made


def recall_document(
    store: FeatureStore | None, provenance: Provenance, make: Callable[[], Any]
) -> Any:
    """As `recall_streams`, for one JSON document."""
    key = FeatureKey.of(provenance)
    found = None if store is None else store.get(key)
    if found is not None and not isinstance(found, Stream):
        return found
    document = make()
    if store is not None:
        store.put(key, document)
    return document


def _stamped(stream: Stream, provenance: Provenance) -> Stream:
    """The Stream under a provenance that names every setting, its libraries kept."""
    libraries = {**stream.provenance.libraries, **provenance.libraries}
    return replace(stream, provenance=replace(provenance, libraries=libraries))
