"""Find the files named in a description, with a message if one cannot be used."""

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


def non_file_kind(path: Path) -> str:
    """The kind of a path that is not an ordinary file, such as "a folder"; "" for a file.

    OSError or ValueError if there is nothing, or the path cannot be one.
    """
    return KINDS.get(stat.S_IFMT(path.stat().st_mode), "")


def find_file(kind: str, name: str, folder: Path) -> tuple[Path | None, str]:
    """The absolute path of a file that a description names, and a sentence if it cannot be used.

    A name is taken literally: white space counts, `~name` is a name, and only `~/` at its beginning
    is the home folder. `kind` is its role, such as "media", for the message. The path is None if
    the name is no valid one, or not that of an ordinary file.
    """
    subject = f"The {kind} '{in_message(name)}'"
    try:
        path = _resolve(name, folder)
        other = non_file_kind(path)
    except (FileNotFoundError, NotADirectoryError):
        return folder / name, (
            f"{subject} does not exist; put it there, or give the right path, relative to the file "
            f"that names it{_similar_hint(folder / name)}."
        )
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        return None, f"{subject} cannot be opened ({why}); give the path of a file."
    if other:
        return None, f"{subject} is {other}; give the path of a file."
    return path.resolve(), ""


def _resolve(name: str, folder: Path) -> Path:
    path = folder / name
    if path.exists():
        return path
    if name.startswith("~/"):
        return Path(name).expanduser()
    return _equal_after_normalisation(path) or path


def _equal_after_normalisation(path: Path) -> Path | None:
    """The path that is equal after Unicode normalisation: é is one character or two.

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


def _similar_hint(path: Path) -> str:
    """A hint if a file's name differs only in white space or capitals."""
    wanted = _letters(path.name)
    similar = [p.name for p in _entries(path.parent) if _letters(p.name) == wanted]
    if len(similar) != 1:
        return ""
    return f" ('{in_message(similar[0])}' differs from it in white space or capitals)"


def _letters(name: str) -> str:
    return "".join(normalize("NFC", name).casefold().split())


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
