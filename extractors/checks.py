"""Checks: what is looked at in a recording, at which limits, and what comes of it.

One list for the doctor and for docs/recording-checks.md, with the limits that are really used.
"""

from __future__ import annotations

from dataclasses import dataclass

from extractors.answer.extract import SHORTEST_S
from extractors.answer.face import FACE_SHARE, SEVERAL_SHARE
from extractors.face.roll import STEADY_SHARE
from extractors.face.watching import SKIPPED_SHARE, TURNED_PICTURES
from extractors.media.clock import BACKWARDS_S, LONGEST_GAP_S, STRAY_PACKETS
from extractors.media.coverage import EDGE_S, EDGE_SHARE, PARTIAL_SHARE, SAID_S, SAID_SHARE
from extractors.media.frames import PICTURE_REACH_S
from extractors.media.freezing import FROZEN_CHANGE, FROZEN_S
from extractors.media.recording import BREAK_SHARE, BREAK_TOLERANCE_S
from extractors.media.sound import CANCELLED, SILENCE_RMS


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    subject : what is looked at
    limit : from where on it counts
    consequence : what is done and told; "partial" = the answer's status, and exit status 1
    """

    subject: str
    limit: str
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
        "the answer is not read; told",
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
        "left out; told",
    ),
    Check(
        "time without picture or sound",
        f"a stretch of {SAID_S:g} s, or {SAID_SHARE:.0%} of the answer in all",
        "nothing is read from there and no pause is counted; told; partial from "
        f"{PARTIAL_SHARE:.0%} of the answer on",
    ),
    Check(
        "a track that starts late or ends early",
        f"more than {EDGE_S:g} s or {EDGE_SHARE:.0%} of the answer",
        f"its rows begin and end with it; told; partial from {PARTIAL_SHARE:.0%} on",
    ),
    Check(
        "pictures left out one by one",
        f"{SKIPPED_SHARE:.0%} of the answer",
        f"told; a picture stands for at most {PICTURE_REACH_S:g} s on either side",
    ),
    Check(
        "time stamps that jump",
        f"ahead by more than {LONGEST_GAP_S:g} s in all tracks, or back by more than "
        f"{BACKWARDS_S:g} s",
        f"a jump ahead is cut down to {LONGEST_GAP_S:g} s, after a jump back the answer goes on; "
        f"fewer than {STRAY_PACKETS} stamps far from all others are not believed; told",
    ),
    Check(
        "a picture that does not move",
        f"no change above {FROZEN_CHANGE:g} of 255 grey levels for {FROZEN_S:g} s",
        f"counts as time without picture; told; partial from {PARTIAL_SHARE:.0%} on",
    ),
    Check(
        "orientation",
        "a display matrix: quarter turns and mirrors",
        "applied as players do; a mirror and an oblique angle are told",
    ),
    Check(
        "a face on its side or upside down",
        f"in {STEADY_SHARE:.0%} of {TURNED_PICTURES} pictures that are looked at in all four ways",
        "the picture is turned upright; told; where they do not agree nothing is read from the "
        "face, partial",
    ),
    Check(
        "face in the picture",
        f"in less than {FACE_SHARE:.0%} of the pictures",
        "moments without it count for nothing; told",
    ),
    Check(
        "several faces",
        f"in {SEVERAL_SHARE:.0%} of the pictures",
        "the largest steady one is followed; told",
    ),
    Check(
        "several video tracks",
        "two that can be decoded",
        "the one that shows a face is read; told; a track that is not needed is ignored",
    ),
    Check(
        "several sound tracks",
        "two that are not silent, or the first one silent",
        "the one with most speech is read; told",
    ),
    Check(
        "channels in opposite phase",
        f"their mean has less than {CANCELLED:.0%} of their power",
        "the louder channel is read; told",
    ),
    Check(
        "silence",
        f"under {SILENCE_RMS:.1e} of full scale (one step of 16 bit)",
        "no voice and no words; told, partial",
    ),
    Check(
        "samples that are no numbers",
        "any",
        "taken for silence and for a gap; told",
    ),
)


def as_markdown() -> str:
    """The checks as a table for docs/recording-checks.md."""
    rows = [(check.subject, check.limit, check.consequence) for check in CHECKS]
    head = [("what is looked at", "from where on it counts", "what comes of it"), ("---",) * 3]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows]) + "\n"
