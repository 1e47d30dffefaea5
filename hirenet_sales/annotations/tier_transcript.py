"""An annotated tier as a transcript that `analyze` takes in place of speech recognition."""

from __future__ import annotations

from pathlib import Path

from hirenet_sales.annotations.annotation_file import AnnotatedTier
from hirenet_sales.errors import AnnotationError
from hirenet_sales.persist import write_json


def write_transcript(path: Path, tier: AnnotatedTier) -> None:
    """Write the annotations as word JSON, which `extractors.words.transcript_files` reads.

    An annotation may be one word, or several, which share its time by their lengths.

    Raises
    ------
    AnnotationError
        if the file would not be read as JSON, or the tier has no words.
    """
    if path.suffix.lower() != ".json":
        raise AnnotationError(f"{path}: a transcript with the times of words ends in .json")
    if not tier.spans:
        raise AnnotationError(f"{path}: the tier '{tier.name}' has no annotation with a text")
    words = [{"text": span.text, "start": span.start, "end": span.end} for span in tier.spans]
    write_json(path, {"words": words})
