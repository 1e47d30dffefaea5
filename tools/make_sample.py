"""Make the sample interview again: hirenet_sales/sample/q1.mp4 to q5.mp4.

    apt-get install flite libegl1
    pip install vtk trimesh
    python tools/make_sample.py --out hirenet_sales/sample [--only q3]

The candidate does not exist: a head modelled in `sample_head`, the voice `slt` of flite, and the
words below. The sound decides how the mouth moves: flite says when each phone is spoken.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from sample_scene import HEIGHT, WIDTH, Scene
from scipy.ndimage import gaussian_filter1d

BUNDLE = Path(__file__).parents[1] / "extractors" / "assets" / "face_landmarker.task"
FRAME_RATE_HZ = 25
SAMPLE_RATE_HZ = 16_000  # of flite's voice
CURVE_RATE_HZ = 200  # at which movements are drawn before they are sampled by frames
LEAD_S = 0.5  # silence before the first and after the last word


@dataclass(frozen=True)
class Phrase:
    """Words spoken in one breath, how they are spoken, and the silence after them."""

    text: str
    pause_s: float = 0.3
    stretch: float = 1.0
    pitch_hz: float = 185.0
    spread_hz: float = 20.0
    loud: float = 1.0
    smile: float = 0.28
    brow: float = 0.1
    away: float = 0.0  # looks away while thinking


@dataclass(frozen=True)
class SpokenAnswer:
    name: str
    lively: float  # how much the head moves; 1 is average
    phrases: tuple[Phrase, ...]


def think(text: str, pause_s: float = 0.45) -> Phrase:
    """A filled pause: slow, low and soft, the eyes elsewhere."""
    return Phrase(text, pause_s, 1.25, 165.0, 6.0, 0.7, 0.1, 0.15, away=1.0)


ANSWERS = (
    SpokenAnswer("q1", 1.0, (
        think("Um,", 0.3),
        Phrase("hello.", 0.4, 1.05, 200, 26, smile=0.7, brow=0.4),
        Phrase("My name is Robin Sample, and I am thirty four years old.", 0.5, smile=0.45),
        Phrase("I trained as a mechanical engineer,", 0.25, 1.02),
        Phrase("and", 0.1),
        think("uh,"),
        Phrase("for eight years I have sold machines to small factories.", 0.5),
        Phrase("My friends say that I am curious, calm,", 0.35, 1.05, 180),
        Phrase("and a little too fond of making lists.", 0.2, 1.0, 200, 28, smile=0.9, brow=0.3),
    )),
    SpokenAnswer("q2", 0.9, (
        Phrase("The first skill is listening.", 0.5, 1.02, 182),
        Phrase("I ask what a customer does all day,", 0.25),
        Phrase("before I say one word about a product.", 0.6, 1.05, 178, brow=0.35),
        Phrase("The second skill is planning.", 0.45, 1.0, 185),
        Phrase("Every Monday I", 0.1),
        think("um,"),
        Phrase("I write down the names of ten people to call,", 0.3, 0.98),
        Phrase("and by Friday I have called all of them.", 0.7, 1.0, 190, 24, smile=0.5),
        Phrase("I am also good with numbers,", 0.3),
        Phrase("so I can tell a buyer, in plain words, what a machine will cost over five years.",
               0.7, 0.98),
        Phrase("And where would I like to work?", 0.4, 1.0, 195, 30, brow=0.7, smile=0.4),
        Phrase("In a company of forty or fifty people,", 0.2),
        think("uh,"),
        Phrase("one that makes something useful, such as medical devices or clean energy.",
               0.2, 1.0, 188, 22, smile=0.5),
    )),
    SpokenAnswer("q3", 1.7, (
        Phrase("Yes, I do!", 0.35, 0.95, 225, 40, 1.25, smile=0.9, brow=0.6),
        Phrase("I really enjoy it.", 0.4, 0.92, 215, 36, 1.2, smile=0.8, brow=0.3),
        Phrase("No two days are the same,", 0.25, 0.9, 205, 32, 1.15, smile=0.5),
        Phrase("and I love the moment when somebody says,", 0.2, 0.9, 208, 34, 1.15, smile=0.6),
        Phrase("that is exactly what I need.", 0.5, 0.92, 220, 40, 1.25, smile=1.0, brow=0.6),
        Phrase("What I do not enjoy is", 0.1, 0.95, 190, 24, 1.05),
        think("um,", 0.3),
        Phrase("waiting on the telephone.", 0.2, 0.95, 200, 34, 1.1, smile=0.9, brow=0.4),
    )),
    SpokenAnswer("q4", 0.5, (
        Phrase("Honestly,", 0.5, 1.12, 172, 12, 0.75, smile=0.05),
        Phrase("I am a little nervous today.", 0.8, 1.12, 168, 12, 0.7, smile=0.15, brow=0.4),
        Phrase("I have worked alone for two years,", 0.4, 1.1, 168, 12, 0.7, smile=0.0),
        Phrase("and", 0.15, 1.1, 165, 10, 0.7),
        think("uh,", 0.6),
        Phrase("I would like to be part of a team again.", 0.7, 1.1, 170, 14, 0.75, smile=0.1),
        Phrase("Sales is where I learn the most about people,", 0.4, 1.05, 176, 16, 0.85),
        Phrase("and I want to lead a small group, and teach them what I know.", 0.2, 1.04, 180, 20,
               0.9, smile=0.45),
    )),
    SpokenAnswer("q5", 1.2, (
        Phrase("Three things come to mind.", 0.5, 1.0, 190, 24, smile=0.3, brow=0.3),
        Phrase("In my first year I opened a new market,", 0.35, 1.02),
        Phrase("and I found twenty two new customers.", 0.6, 1.0, 195, 28, 1.1, smile=0.6),
        Phrase("Last year,", 0.15),
        think("um,", 0.35),
        Phrase("our team lost its largest account.", 0.4, 1.08, 172, 14, 0.85, smile=0.0),
        Phrase("I went back, I apologized, and I brought it home again.", 0.6, 0.97, 192, 26, 1.1,
               smile=0.5),
        Phrase("And outside of work, I learned to swim.", 0.4, 1.0, 195, 28, smile=0.6, brow=0.3),
        Phrase("That one makes me the proudest.", 0.2, 1.05, 200, 30, smile=1.0, brow=0.4),
    )),
)  # fmt: skip

# What the mouth does for a phone: jaw, wide, round, press.
MOUTHS: dict[str, tuple[float, float, float, float]] = {
    "pau": (0.0, 0.0, 0.0, 0.25),
    **dict.fromkeys(("aa", "ao", "aw", "ay"), (0.75, 0.1, 0.1, 0.0)),
    **dict.fromkeys(("ae", "ah", "eh"), (0.58, 0.3, 0.0, 0.0)),
    **dict.fromkeys(("ax", "er", "ey", "hh"), (0.36, 0.2, 0.0, 0.0)),
    **dict.fromkeys(("ih", "iy", "y"), (0.22, 0.65, 0.0, 0.0)),
    **dict.fromkeys(("ow", "oy"), (0.45, 0.0, 0.7, 0.0)),
    **dict.fromkeys(("uh", "uw", "w"), (0.2, 0.0, 0.95, 0.0)),
    **dict.fromkeys(("m", "b", "p"), (0.0, 0.0, 0.0, 1.0)),
    **dict.fromkeys(("f", "v"), (0.06, 0.15, 0.0, 0.5)),
    **dict.fromkeys(("sh", "ch", "jh", "zh", "r"), (0.16, 0.0, 0.45, 0.0)),
    **dict.fromkeys(("s", "z", "t", "d", "n", "th", "dh", "l"), (0.17, 0.3, 0.0, 0.0)),
    **dict.fromkeys(("k", "g", "ng"), (0.26, 0.15, 0.0, 0.0)),
}


def speak(phrase: Phrase) -> tuple[np.ndarray, list[tuple[str, float]]]:
    """The sound (16 kHz, -1 to 1) and the phones, each with its end in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "phrase.wav"
        command = ["flite", "-voice", "slt", "-psdur", "-t", phrase.text, "-o", str(path)]
        for name, value in (
            ("duration_stretch", phrase.stretch),
            ("int_f0_target_mean", phrase.pitch_hz),
            ("int_f0_target_stddev", phrase.spread_hz),
        ):
            command += ["--setf", f"{name}={value}"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768.0
    phones = [(name, float(end)) for name, end in (p.split(":") for p in printed.split())]
    start = phones[0][1] - 0.04 if phones[0][0] == "pau" else 0.0  # our pauses, not flite's
    end = phones[-2][1] + 0.04 if phones[-1][0] == "pau" else phones[-1][1]
    spoken = [(name, min(t, end) - start) for name, t in phones[1 if start else 0 :]]
    first, last = (int(t * SAMPLE_RATE_HZ) for t in (start, end))
    return phrase.loud * sound[first:last], spoken


@dataclass
class Performance:
    """The sound, and the curves (200 a second) of the movements of the face."""

    sound: np.ndarray
    curves: dict[str, np.ndarray]


def perform(answer: SpokenAnswer, seed: int) -> Performance:
    """Speak the phrases one after the other and draw the movements that go with them."""
    random = np.random.default_rng(seed)
    spoken = [(phrase, *speak(phrase)) for phrase in answer.phrases]
    sounds, at = [np.zeros(int(LEAD_S * SAMPLE_RATE_HZ))], LEAD_S
    marks = []  # (phrase, start, end, phones)
    for phrase, sound, phones in spoken:
        end = at + len(sound) / SAMPLE_RATE_HZ
        marks.append((phrase, at, end, phones))
        sounds += [sound, np.zeros(int(phrase.pause_s * SAMPLE_RATE_HZ))]
        at = end + int(phrase.pause_s * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    sounds.append(np.zeros(int(LEAD_S * SAMPLE_RATE_HZ)))
    sound = np.concatenate(sounds)
    sound = 0.8 * sound + random.normal(0, 0.0008, len(sound))  # a quiet room, not digital zero

    count = int(len(sound) / SAMPLE_RATE_HZ * CURVE_RATE_HZ) + 1
    names = ("jaw", "wide", "round", "press", "smile", "brow", "away", "nod")
    curves = {name: np.zeros(count) for name in names}
    curves["press"] += MOUTHS["pau"][3]
    for phrase, start, end, phones in marks:
        begin = start
        for phone, stop in phones:
            part = slice(int(begin * CURVE_RATE_HZ), int((start + stop) * CURVE_RATE_HZ))
            for name, value in zip(names[:4], MOUTHS[phone], strict=True):
                curves[name][part] = value * (0.55 + 0.45 * phrase.loud if name == "jaw" else 1.0)
            begin = start + stop
        until = end + phrase.pause_s
        part = slice(int((start - 0.1) * CURVE_RATE_HZ), int(until * CURVE_RATE_HZ))
        for name in ("smile", "brow", "away"):
            curves[name][part] = getattr(phrase, name)
        curves["nod"][int((end - 0.15) * CURVE_RATE_HZ) : int((end + 0.1) * CURVE_RATE_HZ)] = 1.0
    widths_s = (0.035, 0.05, 0.05, 0.025, 0.22, 0.16, 0.13, 0.12)
    for name, width_s in zip(names, widths_s, strict=True):
        curves[name] = gaussian_filter1d(curves[name], width_s * CURVE_RATE_HZ, mode="nearest")
    curves["blink"] = blinks(count, [end for _, _, end, _ in marks], random)
    for name, sway_s in (("pitch", 1.1), ("yaw", 1.6), ("roll", 2.0), ("x", 2.4), ("z", 3.0)):
        curves[name] = answer.lively * wander(count, sway_s, random)
    return Performance(sound, curves)


def wander(count: int, scale_s: float, random: np.random.Generator) -> np.ndarray:
    """A slow random movement of variance 1."""
    curve = gaussian_filter1d(random.normal(size=count), scale_s / 2 * CURVE_RATE_HZ, mode="wrap")
    return (curve - curve.mean()) / curve.std()


def blinks(count: int, ends: list[float], random: np.random.Generator) -> np.ndarray:
    """Every two to five seconds, and at the end of about every other phrase."""
    times = list(np.cumsum(random.uniform(2.0, 5.0, 40)))
    times += [end for end in ends if random.random() < 0.5]
    clock = np.arange(count) / CURVE_RATE_HZ
    curve = np.zeros(count)
    for time in times:
        since = clock - time
        shape = np.where(since < 0.08, since / 0.08, 1 - (since - 0.08) / 0.16)
        curve = np.maximum(curve, np.clip(shape, 0, 1))
    return curve


def pictures(scene: Scene, act: Performance) -> Iterator[np.ndarray]:
    """The frames (HEIGHT, WIDTH, 3), 25 a second."""
    step = CURVE_RATE_HZ // FRAME_RATE_HZ
    for i in range(0, len(act.curves["jaw"]), step):
        c = {name: float(curve[i]) for name, curve in act.curves.items()}
        strength = {name: c[name] for name in ("jaw", "wide", "round", "press", "brow", "blink")}
        strength["smile"] = c["smile"] * (1 - 0.6 * c["round"])
        strength["squint"] = 0.4 * c["smile"]
        turn = (
            1.3 * c["pitch"] + 3.0 * c["nod"] - 2.0 * c["away"],
            3.2 * c["yaw"] + 5.0 * c["away"],
            1.2 * c["roll"],
        )
        gaze = (-0.8 * turn[0] - 7.0 * c["away"], -0.8 * turn[1] + 14.0 * c["away"])
        yield scene.frame(strength, turn, (0.35 * c["x"], 0.0, 0.5 * c["z"]), gaze)


def record(path: Path, scene: Scene, act: Performance) -> None:
    """Write picture and sound as H.264 and AAC."""
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", options=options) as container:
        container.metadata["title"] = "Synthetic sample: not a real person"
        video = container.add_stream("libx264", FRAME_RATE_HZ)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "28", "preset": "slow", "tune": "animation", "g": "100"}
        audio = container.add_stream("aac", SAMPLE_RATE_HZ, layout="mono")
        audio.bit_rate = 40_000
        for picture in pictures(scene, act):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        samples = np.clip(act.sound, -1, 1).astype(np.float32)[None]
        sound = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
        sound.sample_rate = SAMPLE_RATE_HZ
        sound.pts = 0
        container.mux(audio.encode(sound))
        container.mux(audio.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", help="one answer: q1 to q5")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    scene = Scene(BUNDLE)
    for seed, answer in enumerate(ANSWERS, start=1):
        if arguments.only in (None, answer.name):
            act = perform(answer, seed)
            record(arguments.out / f"{answer.name}.mp4", scene, act)
            print(f"{answer.name}.mp4: {len(act.sound) / SAMPLE_RATE_HZ:.1f} s")


if __name__ == "__main__":
    main()
