"""ELAN: tiers as an .eaf file (EAF 2.8), written by pympi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pympi import Eaf

from hirenet_sales.assessment import Assessment
from hirenet_sales.export.linked_media import LinkedMedia
from hirenet_sales.export.tier import Tier, layers, one_line
from hirenet_sales.persist import whole_file

FIRST_TIER = "default"  # pympi's, which is empty


def write_eaf(
    path: Path,
    assessment: Assessment,
    tiers: Mapping[str, Sequence[Tier]],
    media: Mapping[str, LinkedMedia | None],
) -> None:
    """Write the tiers of one answer or of several as one .eaf.

    Times are those of each answer's own recording. Of several answers, the names of tiers begin
    with the answer's id, and the recordings lie side by side: ELAN starts them together, and shows
    the one that is chosen under Edit > Linked Files. The participant of every tier is the answer.

    Parameters
    ----------
    tiers : by the id of the answer
    media : by the id of the answer, None without a recording
    """
    eaf = Eaf(author=assessment.provenance.software)
    eaf.remove_tier(FIRST_TIER)
    eaf.adocument["DATE"] = assessment.provenance.created
    eaf.header = {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    for link in filter(None, media.values()):
        eaf.add_linked_file(link.url, relpath=link.url, mimetype=link.mime_type)
    for name, value in _properties(assessment).items():
        eaf.add_property(name, one_line(value))
    for answer, own in tiers.items():
        for tier in own:
            for name, spans in layers(tier):
                unique = f"{answer} {name}" if len(tiers) > 1 else name
                eaf.add_tier(one_line(unique), part=one_line(answer))
                for start, end, text in spans:
                    eaf.add_annotation(one_line(unique), start, end, text)
    with whole_file(path) as part:
        part.unlink()  # pympi renames what it finds
        eaf.to_file(part, pretty=False)  # a third smaller, with a tier for every descriptor


def _properties(assessment: Assessment) -> dict[str, str]:
    provenance = assessment.provenance
    return {
        "interview": assessment.id,
        "job_title": assessment.job_title,
        "synthetic": str(assessment.synthetic).lower(),
        "software": provenance.software,
        "checkpoint": provenance.checkpoint,
        "checkpoint_sha256": provenance.checkpoint_sha256,
        "rule_base": provenance.rule_base,
    }
