"""Compare every command with what is expected of it: `python -m tests.pins [NAME ...]`.

With --write, what has changed is printed and expected from now on; a file whose numbers moved
within their tolerance stays as it is. NAME is that of a file in expected/. Of most, many values
are compared by a summary: to see which of them have changed, --whole DIR of two commits.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.pins import arithmetic
from tests.pins.catalogue import EXPECTED, PINS, changes, save, write
from tests.pins.workshop import Absent, Workshop

SHOWN = 20  # changes of a pin that are printed; 0 prints all


def main() -> None:
    """Make, compare, perhaps write; exit status 1 if something has changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.pins", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: every pin")
    parser.add_argument("--write", action="store_true", help="expect what has changed")
    parser.add_argument("--shown", type=int, default=SHOWN, help=f"changes a pin (default {SHOWN})")
    parser.add_argument("--whole", type=Path, metavar="DIR", help="write all of each pin there")
    arguments = parser.parse_args()
    if arguments.whole:
        arguments.whole.mkdir(parents=True, exist_ok=True)
    unknown = [name for name in arguments.names if name not in PINS]
    if unknown:
        parser.error(f"no pin {', '.join(unknown)}; expected some of {', '.join(PINS)}")
    elsewhere = not arithmetic.alike()
    if elsewhere and arguments.write and arguments.names and arithmetic.RECORD.is_file():
        parser.error(
            "this processor rounds differently from that of the expected numbers; write all of "
            "them, without NAME, so that they belong together"
        )
    if arguments.write and not arguments.names:
        EXPECTED.mkdir(exist_ok=True)
        arithmetic.record()
        arithmetic.alike.cache_clear()
    elif elsewhere:
        print("This processor rounds differently: what is trained is compared loosely.")
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        for name in arguments.names or PINS:
            start = time.perf_counter()
            try:
                content = PINS[name].make(workshop)
            except Absent as reason:
                print(f"{name}: skipped, {reason}")
                continue
            if arguments.whole:
                save(content, arguments.whole / f"{name}.json")
            lines = changes(name, content)
            seconds = f"{time.perf_counter() - start:.1f} s"
            if lines and arguments.write:
                write(name, content)
            outcome = f"{len(lines)} changes" if lines else "unchanged"
            print(f"{name}: {outcome} ({seconds})", flush=True)
            for line in lines[: arguments.shown or None]:
                print(f"  {line}")
            status = status or int(bool(lines) and not arguments.write)
    if arguments.write and not arguments.names:
        for path in EXPECTED.glob("*.json"):
            if path.stem not in PINS:
                path.unlink()
                print(f"{path.stem}: is no pin any more, removed")
    sys.exit(status)


main()
