"""Damaged recordings, drawn from a seed: `damaged_files` makes them, one after the other.

Each is named `<container>_<kind>_<seed>_<number>.<suffix>`, and `damaged_file` makes one again from
its name. Bytes come from numpy's Generator of the seed and the number; kinds and containers take
turns, so that some hundred files hold each pair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.extractors.damage_bytes import BYTE_DAMAGE
from tests.extractors.damage_packets import PACKET_DAMAGE, WITHOUT_GAPS
from tests.extractors.damage_sample import (
    ALL_CONTAINERS,
    CONTAINERS,
    FLOAT_CONTAINERS,
    LENGTH_S,
    cut,
    undamaged,
    write_sample,
)

NAME = re.compile(r"(?P<container>[\w-]+)_(?P<kind>[\w-]+)_(?P<seed>\d+)_(?P<number>\d+)\.\w+")
TWICE = ("joined", "duplicated")  # kinds that may hold the recording, or a part of it, twice


@dataclass(frozen=True)
class Damaged:
    """A damaged recording.

    Attributes
    ----------
    path : of the file
    kind : of damage, as in its name
    container : a key of `ALL_CONTAINERS`
    seed, number : what its damage was drawn from
    parameters : what was drawn, for a person
    length_s : seconds that it ought to last; less for a part that was cut out cleanly
    """

    path: Path
    kind: str
    container: str
    seed: int
    number: int
    parameters: str
    length_s: float = LENGTH_S


def pairs() -> list[tuple[str, str]]:
    """Every kind of damage with every container that it can be done to."""
    possible = [
        (kind, container)
        for kind in (*BYTE_DAMAGE, *PACKET_DAMAGE)
        for container in CONTAINERS
        if not (kind in WITHOUT_GAPS and container in WITHOUT_GAPS[kind])
        and (kind != "zero-bytes" or container == "mp4")  # they are all the same file
    ]
    return [*possible, *(("no-number", container) for container in FLOAT_CONTAINERS)]


def damaged_files(sample: Path, folder: Path, seed: int, count: int) -> Iterator[Damaged]:
    """Make damaged copies of a recording of three seconds.

    Parameters
    ----------
    sample : a face that talks; `damage_sample.cut` takes its seconds from it
    folder : where they are written, and the undamaged ones beside them
    seed, count : files 0 to count - 1 of this seed
    """
    for number in range(count):
        yield _damage(sample, folder, seed, number)


def damaged_file(sample: Path, folder: Path, name: str) -> Damaged:
    """Make one again from its name.

    Raises
    ------
    ValueError
        if the name is not that of a damaged file, or the kinds of damage have changed since.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name}: expected <container>_<kind>_<seed>_<number>.<suffix>")
    damaged = _damage(sample, folder, int(match["seed"]), int(match["number"]))
    if damaged.path.name != name:
        raise ValueError(f"{name}: this seed and number now make {damaged.path.name}")
    return damaged


def _damage(sample: Path, folder: Path, seed: int, number: int) -> Damaged:
    possible = pairs()
    turns = np.random.default_rng(seed).permutation(len(possible))
    kind, container = possible[turns[number % len(possible)]]
    source = undamaged(sample, folder, container)
    suffix = ALL_CONTAINERS[container].suffix
    path = folder / f"{container}_{kind}_{seed}_{number}.{suffix}"
    rng = np.random.default_rng([seed, number])
    length_s = LENGTH_S
    if kind in BYTE_DAMAGE:
        content, parameters = BYTE_DAMAGE[kind](source.read_bytes(), suffix, rng)
        path.write_bytes(content)
    elif kind in PACKET_DAMAGE:
        parameters, length_s = PACKET_DAMAGE[kind](source, path, container, rng)
    else:
        pictures, sound = cut(sample)
        spoilt, parameters = _no_numbers(sound, rng)
        write_sample(path, container, pictures, spoilt)
    return Damaged(path, kind, container, seed, number, parameters, length_s)


def _no_numbers(sound: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """Samples that are no numbers, or no sound: a few, a run, everything from a time on, or all."""
    spoilt, length = sound.copy(), sound.shape[1]
    value = rng.choice([np.nan, np.nan, np.inf, -np.inf])
    start = int(rng.integers(length))
    where: dict[str, Callable[[], object]] = {
        "a few": lambda: rng.integers(length, size=20),
        "a run": lambda: slice(start, start + length // 5),
        "a tail": lambda: slice(start, None),
        "all": lambda: slice(None),
    }
    amount = str(rng.choice(list(where)))
    spoilt[:, where[amount]()] = value
    return spoilt, f"{amount} of the samples {value}, from {start}"
