"""Speed and memory of an analysis, as ratios: `python -m tests.bench`, or `make bench`.

Speed: five answers of 15 s at 720p, all streams, from recordings to the report, with an empty
store; then the same interview again.
Memory: one answer and another that is several times as long. Every run is a process of its own,
runs alternate, and medians are printed. Processor time stands beside wall time, because on a busy
machine only the former can be compared. The clips are the sample interview, enlarged and looped.
At the end: frames a second of each CNN (bench_backbones.py), and interviews a second in training
(bench_training.py).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from statistics import median

import av
import cv2
import numpy as np

SAMPLE = Path(__file__).parents[1] / "hirenet_sales" / "sample"
ANSWERS, ANSWER_S = 5, 15
WIDTH, HEIGHT = 1280, 720
REAL_TIME_GOAL, PEAK_GOAL_MB, GROWTH_GOAL = 4.0, 2000.0, 1.10


def main() -> None:
    """Make the clips, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind (default 3)")
    parser.add_argument("--long", action="store_true", help="memory of 60 minutes: half an hour")
    parser.add_argument("--clips", type=Path, help="a folder of recordings instead of the sample")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        path, store = map(Path, arguments.worker)
        print(json.dumps(analyse(path, store)))
        return
    sources = sorted((arguments.clips or SAMPLE).glob("*.mp4"))[:ANSWERS]
    if not sources:
        sys.exit(f"{arguments.clips or SAMPLE}: no .mp4 file; expected recordings of a face")
    minutes = (5, 60) if arguments.long else (1, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        interview = folder / "interview"
        interview.mkdir()
        for number, source in enumerate(sources, start=1):
            enlarged(source, interview / f"q{number}.mp4")
        shorter, longer = (
            looped(interview / "q1.mp4", folder / f"{m}min.mp4", 60 * m) for m in minutes
        )
        cold, again, short, long = [], [], [], []
        for number in range(arguments.runs):
            store = folder / f"store{number}"
            cold.append(run(interview, store))
            again.append(run(interview, store))
            if number == 0 or not arguments.long:
                short.append(run(shorter, folder / f"short{number}"))
                long.append(run(longer, folder / f"long{number}"))
    report(cold, again, short, long, minutes)
    subprocess.run([sys.executable, "-m", "tests.bench_backbones"], check=True)
    subprocess.run([sys.executable, "-m", "tests.bench_training"], check=True)


def report(
    cold: list[dict], again: list[dict], short: list[dict], long: list[dict], minutes: tuple
) -> None:
    """Print the ratios and the goals."""
    factors = sorted(r["seconds"] / r["wall"] for r in cold)
    print(
        f"real-time factor {median(factors):.1f} x ({factors[0]:.1f} to {factors[-1]:.1f}), "
        f"goal at least {REAL_TIME_GOAL:.1f} x: {cold[0]['seconds']:.0f} s of answers in "
        f"{median(r['wall'] for r in cold):.1f} s, {median(r['cpu'] for r in cold):.1f} s of "
        f"processor time on {os.cpu_count()} cores"
    )
    factors = [r["seconds"] / r["wall"] for r in again]
    print(f"second run {median(factors):.0f} x ({median(r['wall'] for r in again):.1f} s)")
    peak = max(r["peak_mb"] for r in cold)
    print(f"peak memory {peak:.0f} MB, goal below {PEAK_GOAL_MB:.0f} MB")
    growth = median(r["peak_mb"] for r in long) / median(r["peak_mb"] for r in short)
    print(
        f"peak memory {minutes[1]} min / {minutes[0]} min {growth:.2f}, goal at most "
        f"{GROWTH_GOAL:.2f}: {median(r['peak_mb'] for r in long):.0f} MB and "
        f"{median(r['peak_mb'] for r in short):.0f} MB"
    )


def run(path: Path, store: Path) -> dict:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.bench", "--worker", str(path), str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def analyse(path: Path, store: Path) -> dict:
    """From recordings to the report; wall and processor seconds after imports, peak memory."""
    import faster_whisper  # noqa: F401  these are imported late, where they are needed
    import mediapipe  # noqa: F401
    import opensmile  # noqa: F401

    from hirenet_sales.analyze import analyze_interview
    from hirenet_sales.interview import load_interviews

    def processor_s() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    wall, cpu = time.perf_counter(), processor_s()
    (interview,) = load_interviews(path)
    assessment = analyze_interview(interview, out_dir=store / "out", store=store)
    wall, cpu = time.perf_counter() - wall, processor_s() - cpu
    for answer in assessment.answers:
        if answer.status != "analysed" or not all(s.available for s in answer.streams.values()):
            sys.exit(f"{answer.media}: {' '.join(answer.problems)} A face and a voice are needed.")
    status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent process
    peak_kb = next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)
    seconds = sum(answer.duration or 0.0 for answer in assessment.answers)
    return {"seconds": seconds, "wall": wall, "cpu": cpu, "peak_mb": peak_kb / 1024}


def enlarged(source: Path, path: Path) -> Path:
    """The first 15 s of a recording at 1280 x 720, over again where it is shorter."""
    pictures, sound, rate = [], [], Fraction(25)
    with av.open(str(source)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        rate = Fraction(video.average_rate or 25)
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48000)
        for frame in container.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                pictures.append(_on_canvas(frame.to_ndarray(format="rgb24")))
            else:
                sound += [part.to_ndarray() for part in resampler.resample(frame)]
            if len(pictures) > ANSWER_S * rate + 1:
                break
    waveform = np.concatenate(sound, axis=1)
    waveform = np.resize(waveform, (1, ANSWER_S * 48000)).astype(np.float32)
    with av.open(str(path), "w") as container:
        out = container.add_stream("libx264", rate=rate, options={"preset": "veryfast"})
        out.width, out.height, out.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        heard = container.add_stream("aac", rate=48000, layout="mono")
        for number in range(round(ANSWER_S * rate)):
            picture = pictures[number % len(pictures)]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(out.encode(frame))
        container.mux(out.encode())
        for begin in range(0, waveform.shape[1], 1024):
            part = np.ascontiguousarray(waveform[:, begin : begin + 1024])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48000, begin
            container.mux(heard.encode(frame))
        container.mux(heard.encode())
    return path


def _on_canvas(picture: np.ndarray) -> np.ndarray:
    """As large as fits, in the middle of a grey canvas."""
    height, width = picture.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    canvas = np.full((HEIGHT, WIDTH, 3), 128, dtype=np.uint8)
    top, left = (HEIGHT - large.shape[0]) // 2, (WIDTH - large.shape[1]) // 2
    canvas[top : top + large.shape[0], left : left + large.shape[1]] = large
    return canvas


def looped(source: Path, path: Path, seconds: int) -> Path:
    """A recording over and over, its packets copied, so that an hour is made in a moment."""
    with av.open(str(path), "w") as container:
        tracks: dict[int, av.stream.Stream] = {}
        offset_s = 0.0
        while offset_s < seconds:
            with av.open(str(source)) as again:
                if not tracks:
                    templates = {s.index: s for s in again.streams}
                    tracks = {
                        i: container.add_stream_from_template(s) for i, s in templates.items()
                    }
                for packet in again.demux():
                    if packet.dts is None:
                        continue
                    shift = round(offset_s / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = tracks[packet.stream_index]
                    container.mux(packet)
            offset_s += ANSWER_S + 0.1  # past the sound, which ends a frame later than the picture
    return path


if __name__ == "__main__":
    main()
