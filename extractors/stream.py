"""Stream: the result of every extractor.

A Stream is a table over time: one row a moment, one column a feature, a mask of the rows that were
really observed, and the provenance of the values. A failed extraction is an empty Stream with a
reason; zeros never stand in for data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save as to_safetensors


@dataclass(frozen=True)
class Provenance:
    """Origin of extracted values.

    Attributes
    ----------
    extractor, version : name and version of the extractor; a new version invalidates stored results
    settings : the options that change the result, JSON values only
    source_sha256 : digest of the source file, hexadecimal
    libraries : versions of the libraries used
    """

    extractor: str
    version: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    source_sha256: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Stream:
    """Features over time.

    Attributes
    ----------
    values : float32 (T, D)
    spans : float64 (T, 2), start and end of each row, seconds from the start of the answer
    columns : D names
    valid : bool (T,), True = really observed
    provenance : origin of the values
    reason : why the Stream is empty; "" for a Stream with rows

    Raises
    ------
    ValueError
        if the shapes disagree, a valid row is not finite, or an empty Stream has no reason.
    """

    values: np.ndarray
    spans: np.ndarray
    columns: tuple[str, ...]
    valid: np.ndarray
    provenance: Provenance
    reason: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__  # frozen: normalise the dtypes once, here
        put(self, "values", np.ascontiguousarray(self.values, dtype=np.float32))
        put(self, "spans", np.ascontiguousarray(self.spans, dtype=np.float64))
        put(self, "valid", np.ascontiguousarray(self.valid, dtype=bool))
        put(self, "columns", tuple(self.columns))
        steps, width = self.values.shape if self.values.ndim == 2 else (-1, -1)
        name = self.provenance.extractor
        if width != len(self.columns):
            raise ValueError(
                f"{name}: values have shape {self.values.shape}, "
                f"expected (T, {len(self.columns)}) for {len(self.columns)} columns"
            )
        if self.spans.shape != (steps, 2) or self.valid.shape != (steps,):
            raise ValueError(
                f"{name}: {steps} rows of values, but spans {self.spans.shape} "
                f"and valid {self.valid.shape}"
            )
        if not np.isfinite(self.values[self.valid]).all():
            raise ValueError(f"{name}: a row marked valid holds a value that is not finite")
        if (self.spans[:, 1] < self.spans[:, 0]).any():
            raise ValueError(f"{name}: a span ends before it starts")
        if steps == 0 and not self.reason:
            raise ValueError(f"{name}: an empty Stream needs a reason")

    @classmethod
    def empty(cls, columns: Sequence[str], provenance: Provenance, reason: str) -> Stream:
        """An empty Stream for a failed extraction, with the reason in words."""
        width = len(columns)
        return cls(
            np.zeros((0, width)), np.zeros((0, 2)), tuple(columns), np.zeros(0), provenance, reason
        )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def observed(self) -> bool:
        """Whether at least one row was really observed."""
        return bool(self.valid.any())

    def to_bytes(self) -> bytes:
        """As a safetensors file: three tensors, the rest as JSON in the header."""
        header = {
            "columns": list(self.columns),
            "provenance": asdict(self.provenance),
            "reason": self.reason,
        }
        arrays = {"values": self.values, "spans": self.spans, "valid": self.valid}
        return to_safetensors(arrays, metadata={"stream": json.dumps(header, sort_keys=True)})

    @classmethod
    def load(cls, path: str | Path) -> Stream:
        """Read a Stream written by `to_bytes`; ValueError if the file is none."""
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if "stream" not in metadata:
                raise ValueError(f"{path}: a safetensors file, but not a Stream")
            header = json.loads(metadata["stream"])
            return cls(
                file.get_tensor("values"),
                file.get_tensor("spans"),
                tuple(header["columns"]),
                file.get_tensor("valid"),
                Provenance(**header["provenance"]),
                header["reason"],
            )
