"""Result files with fixed names, and the handling of earlier ones.

An old result is never mistaken for a new one. Results to be replaced are renamed when an analysis
begins, and deleted when the new ones are complete: after a run that failed or was killed, there is
no result under the usual name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from hirenet_sales.errors import OutputError
from hirenet_sales.persist import clear_leftovers


@dataclass(frozen=True)
class ResultFiles:
    """Files with fixed names in a folder.

    Attributes
    ----------
    path : the folder; created when the results are written
    PREVIOUS : name of every result to its name while an earlier one is set aside
    """

    path: Path
    PREVIOUS: ClassVar[Mapping[str, str]] = {}

    def check_names(self) -> None:
        """Refuse names that cannot be written; remove temporary files of a run that was killed.

        OutputError if something with the name of a result is not an ordinary file.
        """
        for name, previous in self.PREVIOUS.items():
            clear_leftovers(self.path / name)
            for taken in (self.path / name, self.path / previous):
                if taken.exists() and not taken.is_file():
                    raise OutputError(
                        f"{taken}: is not an ordinary file, and results are to be written there; "
                        "remove it, or give another folder with --out"
                    )

    def refusal(self, other: str) -> OutputError:
        """The error for a folder that holds other results."""
        return OutputError(
            f"{self.path}: holds {other}; give another folder with --out, or replace it with "
            "--overwrite"
        )

    def set_aside(self) -> list[str]:
        """Rename existing results to their previous names; returns the names that existed."""
        moved = []
        for name, previous in self.PREVIOUS.items():
            with contextlib.suppress(FileNotFoundError):  # none, or another run was faster
                (self.path / name).replace(self.path / previous)
                moved.append(name)
        return moved

    def put_back(self, names: Sequence[str]) -> None:
        """Undo `set_aside`, which returned `names`: nothing was analysed, so they remain valid."""
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                (self.path / self.PREVIOUS[name]).replace(self.path / name)

    def drop_previous(self) -> None:
        """Delete the results set aside: the new ones are complete."""
        for previous in self.PREVIOUS.values():
            (self.path / previous).unlink(missing_ok=True)

    @contextlib.contextmanager
    def earlier_named(self) -> Iterator[None]:
        """Add a note to any error, naming the results that are from an earlier run."""
        try:
            yield
        except BaseException as error:
            with contextlib.suppress(OSError, ValueError):  # no folder, or no path
                names = [*self.PREVIOUS, *self.PREVIOUS.values()]
                names = [name for name in names if (self.path / name).is_file()]
                if names:
                    dated = " and ".join(f"{name} of {self.date(name)}" for name in names)
                    error.add_note(f"{self.path}: of an earlier run: {dated}.")
            raise

    def date(self, name: str) -> str:
        """When a result was written, such as "2026-11-28 11:21 UTC"."""
        written = datetime.fromtimestamp((self.path / name).stat().st_mtime, UTC)
        return f"{written:%Y-%m-%d %H:%M} UTC"
