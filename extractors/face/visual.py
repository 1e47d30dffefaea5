"""CNN embeddings of aligned face crops over time."""

from __future__ import annotations

from importlib.metadata import version

import cv2
import numpy as np

from extractors.face.cnn import CnnEncoder, LiteEncoder
from extractors.face.tracking import VideoTrack
from extractors.stream import Provenance, Stream

__all__ = ["CnnEncoder", "LiteEncoder", "VisualExtractor"]

SPAN_S = 0.125  # a crop stands for one step of the face track


class VisualExtractor:
    """CNN embeddings of a tracked face over time.

    Parameters
    ----------
    cnn : a CnnEncoder, or the name of one with weights of its own
    """

    def __init__(self, cnn: str | CnnEncoder = "efficientnet-lite2") -> None:
        self.cnn: CnnEncoder = LiteEncoder(cnn) if isinstance(cnn, str) else cnn

    def embed(self, track: VideoTrack, *, source_sha256: str = "") -> Stream:
        """One row a crop; a crop without a face is a row that is not valid.

        A track that was computed with this `cnn` as its encoder already has the vectors.
        """
        valid = track.crop_valid
        provenance = Provenance(
            extractor=f"visual:{self.cnn.name}",
            version=self.cnn.version,
            settings={"crop_px": track.crop_size_px},
            source_sha256=source_sha256,
            libraries={"torch": version("torch"), "opencv": cv2.__version__},
        )
        if not valid.any():
            reason = f"no face found in {len(valid)} frames; is the speaker in the picture?"
            return Stream.empty(self.cnn.columns, provenance, reason)
        if track.encoder is None:
            values = np.zeros((len(valid), len(self.cnn.columns)), dtype=np.float32)
            values[valid] = self.cnn.encode(track.crops[valid])
        elif track.encoder == (self.cnn.name, self.cnn.version):
            values = track.embeddings
        else:
            encoder = " ".join(track.encoder)
            raise ValueError(
                f"the track was encoded by {encoder}, not by {self.cnn.name} {self.cnn.version}"
            )
        starts = track.crop_times_s
        spans = np.stack([starts, starts + SPAN_S], axis=1)
        return Stream(values, spans, self.cnn.columns, valid, provenance)
