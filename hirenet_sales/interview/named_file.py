"""A file that a description names: looked for as it is written, and what is wrong with it said."""

from __future__ import annotations

import stat
from pathlib import Path
from unicodedata import normalize

from hirenet_sales.printable import in_message

# What is opened as a file and never ends, or cannot be opened at all.
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind_of_no_file(path: Path) -> str:
    """What stands at a path instead of an ordinary file, such as "a folder"; "" for a file.

    Raises
    ------
    OSError, ValueError
        if there is nothing, or the path cannot be one.
    """
    return KINDS.get(stat.S_IFMT(path.stat().st_mode), "")


def find_file(kind: str, name: str, folder: Path) -> tuple[Path | None, str]:
    """The file of a name, as the name is written: white space counts, `~name` is a name.

    Parameters
    ----------
    kind : what it is to be, such as "media"; for the message
    name : relative to the folder, or absolute; `~/` at its beginning is the home folder
    folder : that of the description

    Returns
    -------
    path : absolute; None if the name can be no path, or what it names is no ordinary file
    problem : a whole sentence; "" if the file is there
    """
    told = f"The {kind} '{in_message(name)}'"
    try:
        path = _looked_for(name, folder)
        other = kind_of_no_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return folder / name, (
            f"{told} does not exist; put it there, or give the right path, relative to the file "
            f"that names it{_alike(folder / name)}."
        )
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        return None, f"{told} cannot be opened ({why}); give the path of a file."
    if other:
        return None, f"{told} is {other}; give the path of a file."
    return path.resolve(), ""


def _looked_for(name: str, folder: Path) -> Path:
    path = folder / name
    if path.exists():
        return path
    if name.startswith("~/"):
        return Path(name).expanduser()
    return _equal_after_normalisation(path) or path


def _equal_after_normalisation(path: Path) -> Path | None:
    """The path whose names are the same letters: é is one character or two in Unicode.

    macOS writes two, keyboards one.
    """
    current = Path(path.anchor)
    for part in path.parts[1:]:
        exact = current / part
        if not exact.exists():
            wanted = normalize("NFC", part)
            same = [p for p in _entries(current) if normalize("NFC", p.name) == wanted]
            if len(same) != 1:
                return None
            exact = same[0]
        current = exact
    return current


def _alike(path: Path) -> str:
    """A hint where a file's name differs in white space and capitals alone."""
    wanted = _letters(path.name)
    alike = [p.name for p in _entries(path.parent) if _letters(p.name) == wanted]
    if len(alike) != 1:
        return ""
    return f" ('{in_message(alike[0])}' differs from it in white space or capitals)"


def _letters(name: str) -> str:
    return "".join(normalize("NFC", name).casefold().split())


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
