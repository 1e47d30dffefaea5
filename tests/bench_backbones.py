"""Frames per second of every CNN: `python -m tests.bench_backbones`, or the end of `make bench`.

Inference on random frames of 64 x 64, in batches against one by one; the same frames, alternately,
medians of several rounds. Frames per second of processor time stand beside those of wall time,
because on a busy machine only the former can be compared. The nine of Table III need the extra
keras and are left out without it.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from statistics import median

import torch

from hirenet_sales.networks.backbones import BACKBONES, LITE, build_backbone

FRAMES, BATCH, PX = 32, 32, 64
ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_backbones", description=__doc__)
    parser.add_argument("--frames", type=int, default=FRAMES, help=f"default {FRAMES}")
    parser.add_argument("--threads", type=int, help="default: what torch takes")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    report_backbones(arguments.frames)


def report_backbones(frames: int = FRAMES) -> None:
    """Print one line a CNN: frames a second in batches, one by one, and their ratio."""
    with_keras = importlib.util.find_spec("keras") is not None
    print(
        f"CNNs, inference on {frames} frames of {PX} x {PX}, {torch.get_num_threads()} threads on "
        f"{os.cpu_count()} cores; frames a second, in brackets a second of processor time"
    )
    for name in BACKBONES if with_keras else (LITE,):
        batched, single = speeds(name, frames)
        print(
            f"  {name:<19} batches of {BATCH}: {batched[0]:6.1f} ({batched[1]:6.1f}), one by one: "
            f"{single[0]:6.1f} ({single[1]:6.1f}), ratio {batched[0] / single[0]:4.1f} x "
            f"({batched[1] / single[1]:4.1f} x)",
            flush=True,
        )
    if not with_keras:
        print("  the nine of Table III are left out: pip install 'hirenet-sales[keras]'")


Speed = tuple[float, float]


def speeds(name: str, frames: int) -> tuple[Speed, Speed]:
    """Frames a second of wall and of processor time: in batches, and one by one."""
    cnn = build_backbone(name).eval()
    pictures = torch.rand(frames, PX, PX, 3)
    rounds: dict[int, list[Speed]] = {BATCH: [], 1: []}
    with torch.inference_mode():
        for size in rounds:
            cnn(pictures[:size])  # the first call allocates
        for _ in range(ROUNDS):
            for size, found in rounds.items():
                wall, cpu = time.perf_counter(), time.process_time()
                for part in pictures.split(size):
                    cnn(part)
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                found.append((frames / wall, frames / cpu))
    batched, single = (
        (median(wall for wall, _ in found), median(cpu for _, cpu in found))
        for found in rounds.values()
    )
    return batched, single


if __name__ == "__main__":
    main()
