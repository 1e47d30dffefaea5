"""`hirenet-sales init`: a commented interview.yaml to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from hirenet_sales.errors import InterviewError


def write_template(folder: str | Path) -> Path:
    """Write a commented interview.yaml into a folder, which is created if needed.

    InterviewError if the file exists already, or the folder cannot be written.
    """
    path = Path(folder) / "interview.yaml"
    text = files("hirenet_sales.interview").joinpath("template.yaml").read_text(encoding="utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:  # "x": never overwrites
            file.write(text)
    except FileExistsError:
        raise InterviewError(f"{path}: exists already, nothing was written") from None
    except OSError as error:
        raise InterviewError(f"{path}: cannot be written ({error.strerror})") from None
    return path
