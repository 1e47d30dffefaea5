"""Coverage: the part of an answer for which a track was observed, and its gaps."""

from __future__ import annotations

from dataclasses import dataclass

from extractors.stretch import Stretch, merged

EDGE_S, EDGE_SHARE = 0.5, 0.08  # tolerated difference to the start or end of the answer
REPORTED_S = 0.3  # a missing stretch of at least this length is reported
REPORTED_SHARE = 0.02  # so are shorter ones that make up more than this share of the answer
PARTIAL_SHARE = 0.05  # if more of the answer is missing, it is partial
NAMED = 3  # stretches reported one by one


@dataclass(frozen=True)
class Coverage:
    """When one track of an answer was observed."""

    duration_s: float  # length of the answer, seconds
    # start_s, end_s: of the track
    start_s: float
    end_s: float
    # stretches within the track that were lost, were damaged or have no data, seconds, ascending
    # and apart
    gaps: tuple[Stretch, ...] = ()

    def __post_init__(self) -> None:
        for name in ("duration_s", "start_s", "end_s"):  # plain numbers: they are stored as JSON
            object.__setattr__(self, name, float(getattr(self, name)))
        gaps = tuple((float(start), float(end)) for start, end in self.gaps)
        object.__setattr__(self, "gaps", gaps)

    @property
    def late(self) -> bool:
        """Whether the track starts later than tolerated."""
        return self.start_s > min(EDGE_S, EDGE_SHARE * self.duration_s)

    @property
    def early(self) -> bool:
        """Whether the track ends earlier than tolerated."""
        return self.duration_s - self.end_s > min(EDGE_S, EDGE_SHARE * self.duration_s)

    @property
    def missing(self) -> tuple[Stretch, ...]:
        """Every stretch of the answer without this track, including a late start or early end."""
        edges = []
        if self.late:
            edges.append((0.0, self.start_s))
        if self.early:
            edges.append((self.end_s, self.duration_s))
        return merged([*edges, *self.gaps])

    @property
    def missing_s(self) -> float:
        """Seconds of the answer without this track."""
        return sum(end - start for start, end in self.missing)

    @property
    def share(self) -> float:
        """Observed part of the answer, 0 to 1."""
        if self.duration_s <= 0:
            return 0.0
        return float(max(0.0, 1.0 - self.missing_s / self.duration_s))

    @property
    def partial(self) -> bool:
        """Whether so much is missing that the answer is partial."""
        return self.missing_s >= REPORTED_S and self.missing_s > PARTIAL_SHARE * self.duration_s

    def remarks(self, track: str) -> list[str]:
        """Sentences on the gaps of a track such as "the sound", without the full stop."""
        remarks = []
        if self.late:
            remarks.append(f"{track} starts {self.start_s:.1f} s late")
        if self.early:
            remarks.append(
                f"{track} ends at {self.end_s:.1f} s of {self.duration_s:.1f} s; nothing "
                "after that counts for it"
            )
        lost_s = sum(end - start for start, end in self.gaps)
        long = [gap for gap in self.gaps if gap[1] - gap[0] >= REPORTED_S]
        if long or lost_s > REPORTED_SHARE * self.duration_s:
            where = ", ".join(f"{start:.1f} to {end:.1f} s" for start, end in long[:NAMED])
            others = len(self.gaps) - min(len(long), NAMED)
            stretches = "stretch" if others == 1 else "stretches"
            if where and others:
                where += f" and in {others} more {stretches}"
            elif not where:
                where = f"{others} short {stretches}"
            remarks.append(
                f"{track} is missing or damaged for {lost_s:.1f} s of "
                f"{self.duration_s:.1f} s ({where}); nothing is read from there"
            )
        return remarks


def damaged_packets(count: int, what: str) -> str:
    """Sentence on lost packets of "sound" or "pictures", without the full stop."""
    packets = "1 packet" if count == 1 else f"{count} packets"
    return f"{packets} of its {what} could not be decoded without errors and are left out"
