"""What a run folder holds besides the results, so that it is enough to repeat the run."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from hirenet_sales import __version__
from hirenet_sales.experiment.experiment_file import resolved
from hirenet_sales.experiment.kind import Experiment, RunPaths
from hirenet_sales.persist import write_json, write_whole

CONFIG = "experiment.yaml"
RECORD = "run.json"


def write_record(config: Experiment, paths: RunPaths, *, quick: bool) -> None:
    """Write experiment.yaml, with every default, and run.json; a resumed run adds its start."""
    paths.folder.mkdir(parents=True, exist_ok=True)
    write_whole(paths.folder / CONFIG, resolved(config))
    path = paths.folder / RECORD
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    record = {
        "experiment": config.name,
        "quick": quick,
        "seeds": list(config.seeds),
        "root": None if paths.root is None else str(paths.root),
        "starts": [*before.get("starts", []), _start()],
    }
    write_json(path, record)


def _start() -> dict[str, Any]:
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "hirenet_sales": __version__,
        **git_state(Path(__file__).parent),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "libraries": {
            str(d.metadata["Name"]): d.version
            for d in sorted(distributions(), key=lambda d: str(d.metadata["Name"]).lower())
        },
    }


def git_state(folder: Path) -> dict[str, Any]:
    """The commit of the checkout that holds `folder`, and whether files differ from it.

    Both None outside a checkout, or where git is not installed.
    """
    git = ["git", "-C", str(folder)]
    arguments = (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
    try:
        commit, changes = (
            subprocess.run([*git, *own], capture_output=True, text=True, check=True).stdout.strip()
            for own in arguments
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return {"git_commit": None, "git_changed": None}
    return {"git_commit": commit, "git_changed": bool(changes)}
