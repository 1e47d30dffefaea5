"""What ships with the package: folders of the repository, and YAML files by their names."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.yaml_model import did_you_mean, read_model

Model = TypeVar("Model", bound=BaseModel)


def shipped_folder(name: str) -> Path:
    """`data_cards` or `experiments`: beside this package in a checkout, in it once installed."""
    package = Path(str(files("hirenet_sales")))
    installed = package / name
    return installed if installed.is_dir() else package.parent / name


def shipped_names(folder: Path) -> list[str]:
    """Names of the YAML files of a folder that ships."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def read_shipped(
    name_or_path: str | Path,
    folder: Path,
    model: type[Model],
    error: type[HirenetSalesError],
    kind: str,
) -> Model:
    """Read the YAML of a shipped folder with this name, or any by its path.

    Raises
    ------
    HirenetSalesError
        of the kind given, if there is none such, or with every problem of the file.
    """
    name, names = str(name_or_path), shipped_names(folder)
    path = folder / f"{name}.yaml" if name in names else Path(name_or_path)
    if not path.is_file():
        raise error(
            f"{kind} '{name}': neither a file nor one that ships{did_you_mean(name, names)}"
        )
    return read_model(path, model, error)
