"""Checks of a recording, with their limits and consequences.

One list for the doctor and for docs/recording-checks.md, built from the limits in use.
"""

from __future__ import annotations

from dataclasses import dataclass

from extractors.answer.extract import SHORTEST_S
from extractors.answer.face_features import FACE_SHARE, SEVERAL_SHARE
from extractors.face.recording_track import SKIPPED_SHARE, TURNED_PICTURES
from extractors.face.roll import STEADY_SHARE
from extractors.media.clock import BACKWARDS_S, LONGEST_GAP_S, STRAY_PACKETS
from extractors.media.coverage import EDGE_S, EDGE_SHARE, PARTIAL_SHARE, REPORTED_S, REPORTED_SHARE
from extractors.media.freezing import FROZEN_CHANGE, FROZEN_S
from extractors.media.recording import BREAK_SHARE, BREAK_TOLERANCE_S
from extractors.media.sound import CANCELLED, SILENCE_RMS
from extractors.media.video import PICTURE_REACH_S


@dataclass(frozen=True)
class Check:
    """One check."""

    subject: str  # what is checked
    limit: str  # when the check applies
    # what is done and reported; "partial" = the answer's status, and exit status 1
    consequence: str


CHECKS = (
    Check(
        "file",
        "missing, zero bytes, no container of recordings, damaged at its head",
        "the answer fails; playlists and addresses are never followed",
    ),
    Check(
        "length",
        f"under {SHORTEST_S:g} s",
        "the answer is not read; reported",
    ),
    Check(
        "end of the file",
        f"before the stated length by more than {BREAK_TOLERANCE_S:g} s or {BREAK_SHARE:.0%}, or "
        "within its last part",
        "what came before is used; partial",
    ),
    Check(
        "packets",
        "any that is damaged or cannot be decoded",
        "left out; reported",
    ),
    Check(
        "time without picture or sound",
        f"a stretch of {REPORTED_S:g} s, or {REPORTED_SHARE:.0%} of the answer in all",
        "nothing is read from there and no pause is counted; reported; partial from "
        f"{PARTIAL_SHARE:.0%} of the answer on",
    ),
    Check(
        "a track that starts late or ends early",
        f"more than {EDGE_S:g} s or {EDGE_SHARE:.0%} of the answer",
        f"its rows begin and end with it; reported; partial from {PARTIAL_SHARE:.0%} on",
    ),
    Check(
        "pictures left out one by one",
        f"{SKIPPED_SHARE:.0%} of the answer",
        f"reported; a picture stands for at most {PICTURE_REACH_S:g} s on either side",
    ),
    Check(
        "time stamps that jump",
        f"ahead by more than {LONGEST_GAP_S:g} s in all tracks, or back by more than "
        f"{BACKWARDS_S:g} s",
        f"a jump ahead is cut down to {LONGEST_GAP_S:g} s, after a jump back the answer goes on; "
        f"fewer than {STRAY_PACKETS} stamps far from all others are ignored; reported",
    ),
    Check(
        "a picture that does not move",
        f"no change above {FROZEN_CHANGE:g} of 255 grey levels for {FROZEN_S:g} s",
        f"counts as time without picture; reported; partial from {PARTIAL_SHARE:.0%} on",
    ),
    Check(
        "orientation",
        "a display matrix: quarter turns and mirrors",
        "applied as players do; a mirror and an oblique angle are reported",
    ),
    Check(
        "a face on its side or upside down",
        f"in {STEADY_SHARE:.0%} of {TURNED_PICTURES} pictures, tried in all four orientations",
        "the picture is turned upright; reported; where they disagree nothing is read from the "
        "face, partial",
    ),
    Check(
        "face in the picture",
        f"in less than {FACE_SHARE:.0%} of the pictures",
        "moments without it count for nothing; reported",
    ),
    Check(
        "several faces",
        f"in {SEVERAL_SHARE:.0%} of the pictures",
        "the largest steady one is followed; reported",
    ),
    Check(
        "several video tracks",
        "two that can be decoded",
        "the one that shows a face is read; reported; a track that is not needed is ignored",
    ),
    Check(
        "several sound tracks",
        "two that are not silent, or the first one silent",
        "the one with most speech is read; reported",
    ),
    Check(
        "channels in opposite phase",
        f"their mean has less than {CANCELLED:.0%} of their power",
        "the louder channel is read; reported",
    ),
    Check(
        "silence",
        f"under {SILENCE_RMS:.1e} of full scale (one step of 16 bit)",
        "no voice and no words; reported, partial",
    ),
    Check(
        "samples that are not numbers",
        "any",
        "taken for silence and for a gap; reported",
    ),
)


def as_markdown() -> str:
    """The checks as a table for docs/recording-checks.md."""
    rows = [(check.subject, check.limit, check.consequence) for check in CHECKS]
    head = [("check", "limit", "consequence"), ("---",) * 3]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows]) + "\n"
