"""Whether a damaged recording is read as it should be, held against the undamaged one.

No exception but the house's own, no hang, nothing that the file cannot hold, and no silent loss.
A loss is silent if nothing is remarked although more than a tenth of the picture or the sound is
missing: of what the undamaged recording of the same container holds, or of the time that the
recording is taken to last (a gap). Of face time and words, which only `extract_answer` gives, too
much counts as well (a face in a gap, invented words); a word that another replaces is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tests.extractors.damage import TWICE, Damaged, damaged_files
from tests.extractors.damage_reading import Reading, read_recording
from tests.extractors.damage_sample import ALL_CONTAINERS, LENGTH_S, undamaged
from tests.extractors.watchdog import Ended, guarded

LOSS = 0.1  # a larger share that is missing needs a remark
ROUNDING_S = 0.05  # a frame of a codec more or less, at either end
LIMIT_S = 60.0  # reading takes 0.1 s, extracting 3 s; the first one loads the models
MEMORY_BYTES = 4 << 30  # of data, of a process that only decodes
GOOD_VERDICTS = ("in full", "remark", "refused")
VERDICTS = (*GOOD_VERDICTS, "traceback", "hang", "death", "unsound", "silent loss")


@dataclass(frozen=True)
class Trial:
    """What came of one damaged recording.

    Attributes
    ----------
    damaged : the recording
    verdict : one of `VERDICTS`
    detail : reasons, remarks and losses, for a person
    """

    damaged: Damaged
    verdict: str
    detail: str

    def __str__(self) -> str:
        return f"{self.damaged.path.name} ({self.damaged.parameters}): {self.detail}"


def trials(
    sample: Path,
    folder: Path,
    *,
    seed: int,
    count: int,
    read: Callable[[Path], Reading] = read_recording,
) -> Iterator[Trial]:
    """Make damaged recordings and read each, in a process that may hang or die.

    Parameters
    ----------
    sample, folder, seed, count : as for `damaged_files`
    read : gives the Reading of a recording
    """
    wholes = {undamaged(sample, folder, name): name for name in ALL_CONTAINERS}
    made: dict[Path, Damaged] = {}

    def paths() -> Iterator[Path]:
        yield from wholes
        for damaged in damaged_files(sample, folder, seed, count):
            made[damaged.path] = damaged
            yield damaged.path

    memory_bytes = MEMORY_BYTES if read is read_recording else None
    whole: dict[str, Reading] = {}
    for path, outcome in guarded(read, paths(), limit_s=LIMIT_S, memory_bytes=memory_bytes):
        if path in wholes:
            whole[wholes[path]] = outcome
            continue
        damaged = made.pop(path)
        yield Trial(damaged, *verdict(outcome, whole[damaged.container], damaged))


def losses(reading: Reading, whole: Reading, damaged: Damaged) -> list[str]:
    """What differs by more than a tenth from the undamaged recording of the same container.

    Parameters
    ----------
    reading : of the damaged recording
    whole : of the undamaged one
    damaged : says whether everything may be present twice, and how long it ought to last
    """
    differences = []
    share, most = damaged.length_s / LENGTH_S, (2 if damaged.kind in TWICE else 1) + LOSS
    for name, mine, its in (
        ("picture", reading.picture_s, whole.picture_s),
        ("sound", reading.sound_s, whole.sound_s),
        ("face", reading.face_s, whole.face_s),
    ):
        if mine is None or not its:
            continue
        if mine < (1 - LOSS) * share * its or (name == "face" and mine > most * its):
            differences.append(f"{name} {mine:.2f} of {share * its:.2f} s")
        elif mine + ROUNDING_S < (1 - LOSS) * reading.length_s:
            differences.append(f"{name} {mine:.2f} s, said to last {reading.length_s:.2f} s")
    if reading.words is not None and whole.words and share == 1:
        match = SequenceMatcher(None, reading.words, whole.words, autojunk=False)
        same = sum(block.size for block in match.get_matching_blocks())
        missing, more = len(whole.words) - same, len(reading.words) - same
        if missing > LOSS * len(whole.words) or more > (most - 1) * len(whole.words):
            differences.append(f"{missing} of {len(whole.words)} words missing, {more} others")
    return differences


def verdict(outcome: Reading | Ended, whole: Reading, damaged: Damaged) -> tuple[str, str]:
    """One of `VERDICTS`, and the detail; as for `losses`."""
    if isinstance(outcome, Ended):
        return outcome.how, outcome.detail
    if outcome.escaped:
        return "traceback", outcome.escaped
    if outcome.unsound:
        return "unsound", "; ".join(outcome.unsound)
    if outcome.refused:
        return "refused", outcome.refused
    lost = losses(outcome, whole, damaged)
    remarks = [remark for remark in outcome.remarks if remark not in whole.remarks]
    if lost and not remarks:
        return "silent loss", "; ".join(lost)
    return ("remark" if remarks else "in full"), "; ".join([*remarks, *lost])
