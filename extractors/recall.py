"""Results from the store, or made and put there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from extractors.store import FeatureKey, FeatureStore
from extractors.stream import Provenance, Stream


def recall_stream(
    store: FeatureStore | None, provenance: Provenance, make: Callable[[], Stream]
) -> Stream:
    """The Stream with this provenance: stored already, or made now and stored.

    Parameters
    ----------
    store : None keeps nothing
    provenance : known before anything is computed; the result carries it, with the versions of
        libraries that `make` states
    make : computes the Stream
    """
    key = FeatureKey.of(provenance)
    found = None if store is None else store.get(key)
    if isinstance(found, Stream):
        return found
    stream = stamped(make(), provenance)
    if store is not None:
        store.put(key, stream)
    return stream


def recall_document(
    store: FeatureStore | None, provenance: Provenance, make: Callable[[], Any]
) -> Any:
    """As `recall_stream`, for a JSON document."""
    key = FeatureKey.of(provenance)
    found = None if store is None else store.get(key)
    if found is not None and not isinstance(found, Stream):
        return found
    document = make()
    if store is not None:
        store.put(key, document)
    return document


def stamped(stream: Stream, provenance: Provenance) -> Stream:
    """The Stream under a provenance that names every setting, its libraries kept."""
    libraries = {**stream.provenance.libraries, **provenance.libraries}
    return replace(stream, provenance=replace(provenance, libraries=libraries))
