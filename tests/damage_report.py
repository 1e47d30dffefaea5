"""How damaged recordings are read: `python -m tests.damage_report --count 500 --seed 0`.

Prints, for each kind of damage and for each container, how many files were read in full, in part
with a remark, or refused with a reason, and what must never be: tracebacks, hangs, deaths of the
process, more than a file can hold, and silent losses (`tests/extractors/damage_trial.py` says how
they are counted). What must never be is listed with the name that `--again` makes the file from.
Exit status 1 if anything of it was met.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pandas as pd

from tests.extractors.damage import damaged_file
from tests.extractors.damage_reading import ExtractedAnswer, read_recording
from tests.extractors.damage_sample import SAMPLE
from tests.extractors.damage_trial import GOOD_VERDICTS, VERDICTS, Trial, trials

LISTED = 12  # files of one reason


def main() -> None:
    """Make the files, read them, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.damage_report", description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="damaged files (default 500)")
    parser.add_argument("--seed", type=int, default=0, help="of the damage (default 0)")
    parser.add_argument(
        "--through",
        choices=("extractors", "extract_answer"),
        default="extractors",
        help="decode only (default), or face tracker and speech recogniser, too: 3 s a file",
    )
    parser.add_argument("--cells", action="store_true", help="one row for each kind and container")
    parser.add_argument("--again", nargs=2, metavar=("NAME", "DIR"), help="make one file in DIR")
    arguments = parser.parse_args()
    if arguments.again:
        name, folder = arguments.again
        Path(folder).mkdir(parents=True, exist_ok=True)
        damaged = damaged_file(SAMPLE, Path(folder), name)
        print(f"{damaged.path}: {damaged.kind}, {damaged.parameters}")
        return
    read = ExtractedAnswer() if arguments.through == "extract_answer" else read_recording
    with tempfile.TemporaryDirectory() as folder:
        tried = []
        of_seed = {"seed": arguments.seed, "count": arguments.count}
        try:
            for trial in trials(SAMPLE, Path(folder), read=read, **of_seed):
                tried.append(trial)
                if trial.verdict not in GOOD_VERDICTS:
                    print(f"{len(tried)}: {trial.verdict}: {trial}", file=sys.stderr, flush=True)
                trial.damaged.path.unlink()
        except KeyboardInterrupt:
            print(f"Interrupted after {len(tried)} of {arguments.count} files.", file=sys.stderr)
    report(tried, cells=arguments.cells)
    sys.exit(any(trial.verdict not in GOOD_VERDICTS for trial in tried))


def report(tried: list[Trial], *, cells: bool = False) -> None:
    """Print the tables and the list of what must never be."""
    rows = pd.DataFrame(
        [(t.damaged.kind, t.damaged.container, t.verdict) for t in tried],
        columns=["kind", "container", "verdict"],
    )
    for keys in [["kind"], ["container"], *([["kind", "container"]] if cells else [])]:
        table = pd.crosstab([rows[key] for key in keys], rows["verdict"])
        table = table.reindex(columns=list(VERDICTS), fill_value=0)
        table.insert(0, "files", table.sum(axis=1))
        if len(keys) == 1:
            table.loc["all"] = table.sum()
        table.columns.name = None
        print(f"{table.to_string()}\n")
    for verdict in VERDICTS:
        if verdict in GOOD_VERDICTS:
            continue
        reasons: dict[str, list[Trial]] = defaultdict(list)
        for trial in tried:
            if trial.verdict == verdict:
                reasons[trial.detail if verdict == "traceback" else ""].append(trial)
        for reason, those in sorted(reasons.items(), key=lambda item: -len(item[1])):
            print(f"{len(those)} x {verdict}{': ' if reason else ''}{reason}")
            for trial in those[:LISTED] if reason else those:
                print(f"  {trial.damaged.path.name if reason else trial}")


if __name__ == "__main__":
    main()
