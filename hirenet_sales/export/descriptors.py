"""Face and voice descriptors over time, from the feature store that an analysis filled.

An assessment holds only their summaries. Its provenance names the recordings and the settings of
the extractors, which together are the address of the very streams that it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import pandas as pd

from extractors.store import FeatureKey, FeatureStore
from extractors.stream import Provenance, Stream
from extractors.voice.egemaps import LLD_NAME
from hirenet_sales.assessment import Assessment

DescriptorKind = Literal["face", "voice"]
DESCRIPTORS: tuple[DescriptorKind, ...] = get_args(DescriptorKind)
FACE = "face:"  # first part of the name of every extractor of face descriptors
GET_THEM = (
    "run `hirenet-sales analyze` on the interview again with --store DIR, and export with the same "
    "--store DIR"
)


@dataclass(frozen=True)
class Descriptors:
    """Streams of descriptors by kind, those of one answer.

    Attributes
    ----------
    streams : rows that were observed, one a step of 0.25 s (face) or 0.1 s (voice)
    missing : why a kind is not among them, in words
    """

    streams: dict[DescriptorKind, Stream] = field(default_factory=dict)
    missing: dict[DescriptorKind, str] = field(default_factory=dict)

    def table(self, kind: DescriptorKind) -> pd.DataFrame:
        """One row a step: start, end (seconds), and a column a descriptor; empty if missing."""
        stream = self.streams.get(kind)
        if stream is None:
            return pd.DataFrame()
        valid = stream.valid
        values = pd.DataFrame(stream.values[valid], columns=list(stream.columns))
        values.insert(0, "start", stream.spans[valid, 0])
        values.insert(1, "end", stream.spans[valid, 1])
        return values


def read_descriptors(
    assessment: Assessment,
    answer: str,
    store: FeatureStore,
    kinds: Sequence[str] = DESCRIPTORS,
) -> Descriptors:
    """The descriptors of one answer that the analysis put into a store.

    Parameters
    ----------
    answer : id of the answer
    """
    result = Descriptors()
    for kind in DESCRIPTORS:
        if kind not in kinds:
            continue
        provenances = list(_provenances(assessment, answer, kind))
        if not provenances:
            result.missing[kind] = f"the analysis read no {kind}"
            continue
        stream = next(filter(None, (_stored(store, p) for p in provenances)), None)
        if stream is None:
            result.missing[kind] = f"not in the store {store.root}; {GET_THEM}"
        elif not stream.observed:
            result.missing[kind] = stream.reason or f"no {kind} was observed"
        else:
            result.streams[kind] = stream
    return result


def _provenances(assessment: Assessment, answer: str, kind: DescriptorKind) -> Iterator[Provenance]:
    """What the store's keys are made of, for every extractor of this kind."""
    source = assessment.provenance.sources.get(answer)
    for extractor in assessment.provenance.extractors if source else ():
        name = str(extractor.get("extractor", ""))
        if name.startswith(FACE) if kind == "face" else name == LLD_NAME:
            settings: dict[str, Any] = extractor.get("settings", {})
            yield Provenance(name, str(extractor.get("version", "")), settings, source or "")


def _stored(store: FeatureStore, provenance: Provenance) -> Stream | None:
    try:
        value = store.get(FeatureKey.of(provenance))
    except ValueError:  # a digest or a name that no store has
        return None
    return value if isinstance(value, Stream) else None
