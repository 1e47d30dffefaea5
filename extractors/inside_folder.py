"""Safe paths into a folder of untrusted origin: no name or link may lead out of it."""

from __future__ import annotations

from pathlib import Path

from extractors.errors import ExtractionError

SHOWN = 80  # characters of a name quoted in a message


def resolve_inside(folder: str | Path, name: str | Path) -> Path:
    """Resolve an untrusted file name inside a folder.

    Parameters
    ----------
    folder : may itself be a link
    name : relative to the folder

    Raises
    ------
    ExtractionError
        if the name leads out of the folder, as `..`, an absolute path or a link can, or to no
        regular file.
    """
    if not isinstance(name, str | Path):
        raise ExtractionError(f"found {name!r:.{SHOWN}}, expected the name of a file")
    path, shown = Path(folder) / name, f"{str(name)!r:.{SHOWN}}"
    try:
        inside = path.resolve().is_relative_to(Path(folder).resolve())
        regular = inside and path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL, too long a name
        reason = getattr(error, "strerror", None) or error
        raise ExtractionError(
            f"{shown} is no name of a file ({reason}); give the name of a file in its folder"
        ) from error
    if not inside:
        raise ExtractionError(
            f"{shown} leads out of its folder {Path(folder).name}, and nothing else is read; put "
            "the file itself into the folder and give its name alone"
        )
    if not regular:
        raise ExtractionError(f"no file {shown}; the folder is incomplete, copy all of it again")
    return path
