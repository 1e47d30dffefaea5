"""Run the worked examples of README.md and put their real output and the picture in place.

    python -m tools.readme_examples          # after a new checkpoint; needs chromium

The examples read the synthetic sample interview; extracted features are kept in the usual store.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
README, PICTURE = ROOT / "README.md", ROOT / "docs" / "report.png"
SAMPLE = ROOT / "hirenet_sales" / "sample"
ANALYSE = [str(Path(sys.executable).with_name("hirenet-sales")), "analyze"]
SHOWN_PX = (1280, 720)  # the first screen
COLOURS = 96


def recruiter(folder: Path) -> str:
    """Terminal output for five recordings, one of them empty."""
    candidate = folder / "candidate-007"
    shutil.copytree(SAMPLE, candidate, ignore=shutil.ignore_patterns("*.yaml", "*.md"))
    (candidate / "q4.mp4").write_bytes(b"")
    done = _run([*ANALYSE, candidate.name, "--out", "results"], folder, expected=1)
    return f"$ hirenet-sales analyze {candidate.name} --out results\n{done}"


def python(text: str, folder: Path) -> str:
    """What the Python block of the README prints."""
    [code] = re.findall(r"```python\n(.*?)```\n+<!-- python -->", text, re.DOTALL)
    shutil.copytree(SAMPLE, folder / "hirenet_sales" / "sample")
    return _run([sys.executable, "-P", "-c", code], folder, expected=0)


def picture(folder: Path) -> None:
    """The first part of the sample's report."""
    _run([*ANALYSE, str(SAMPLE), "--out", "picture"], folder, expected=0)
    shot = folder / "report.png"
    width, height = SHOWN_PX
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--window-size={width},{height}", f"--screenshot={shot}"]
    _run([*command, (folder / "picture" / "report.html").as_uri()], folder, expected=0)
    with Image.open(shot) as image:
        small = image.convert("RGB").crop((0, 0, *SHOWN_PX))
    PICTURE.parent.mkdir(exist_ok=True)
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


def _run(command: list[str], folder: Path, *, expected: int) -> str:
    """Standard output and errors together, as a terminal shows them."""
    environment = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != expected:
        sys.exit(f"{command}: exit status {done.returncode}, expected {expected}\n{done.stdout}")
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.rstrip().splitlines())


def _put(text: str, name: str, block: str) -> str:
    before, after = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if text.count(before) != 1 or text.count(after) != 1:
        raise ValueError(f"README.md: expected one block '{name}'")
    head, rest = text.split(before)
    return f"{head}{before}```\n{block}```\n{after}{rest.split(after)[1]}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        readme = README.read_text(encoding="utf-8")
        readme = _put(readme, "recruiter", recruiter(Path(name)))
        readme = _put(readme, "python", python(readme, Path(name)))
        README.write_text(readme, encoding="utf-8")
        picture(Path(name))
