"""The house stands: imports point down the floors of DESIGN.md, and every import is declared."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("hirenet_sales", "extractors")
EXTRAS = {"whisper": ["openai-whisper"]}  # may not be installed: what their modules belong to

# Floors of DESIGN.md, by the second part of a module's name in hirenet_sales.
FLOORS = {
    0: ["__init__"],
    1: [
        "traits",
        "errors",
        "unforeseen",
        "printable",
        "persist",
        "yaml_file",
        "yaml_model",
        "delimited",
    ],
    2: ["interview", "rules", "ipip50", "uncertainty"],
    3: ["datasets", "models", "evaluation", "assessment", "norms", "job_profiles"],
    4: [
        "assessors",
        "clusters",
        "training",
        "laboratory",
        "explain",
        "audit",
        "report",
        "doctor",
    ],
    5: ["analyze", "analyze_many", "evaluate", "experiment", "salience"],
    6: ["web"],
    7: ["cli"],
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}


def modules() -> list[Path]:
    found = [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))]
    assert found, "no module was found: the test looks in the wrong place"
    return found


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    """Absolute names of everything a module imports, wherever in it, but not for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import, expected an absolute one"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def floor_of(module: str) -> int:
    """The floor of a module or of a name imported from one."""
    parts = module.split(".")
    return FLOOR_OF.get(parts[1], 0) if len(parts) > 1 else 0


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_down(path: Path) -> None:
    name = name_of(path)
    imported = {i for i in imports_of(path) if i.split(".")[0] in PACKAGES}
    if name.startswith("extractors"):
        upward = {i for i in imported if i.startswith("hirenet_sales")}
    else:
        upward = {
            i for i in imported if i.startswith("hirenet_sales") and floor_of(i) > floor_of(name)
        }
    assert not upward, f"{name} imports from above: {sorted(upward)}"


def test_every_module_has_a_floor() -> None:
    homeless = {
        name
        for name in (p.stem if p.is_file() else p.name for p in (ROOT / "hirenet_sales").iterdir())
        if ((ROOT / "hirenet_sales" / f"{name}.py").is_file() or is_package(name))
        and name not in FLOOR_OF
    }
    assert not homeless, f"give {sorted(homeless)} a floor here and in DESIGN.md"


def is_package(name: str) -> bool:
    return (ROOT / "hirenet_sales" / name / "__init__.py").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle(package: str) -> None:
    graph = {}
    known = {name_of(path) for path in modules()}
    for path in modules():
        name = name_of(path)
        if name.startswith(package) and path.name != "__init__.py":  # __init__ only re-exports
            targets = {i if i in known else i.rpartition(".")[0] for i in imports_of(path)}
            graph[name] = {t for t in targets if t in known and t != name}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"imports in a circle: {' > '.join((*trail, name))}"
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            visit(target, (*trail, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_torch_is_told_its_threads_in_one_place() -> None:
    """Where it can be undone: a number that is left set slows down whatever the process does next.

    The place is `extractors.threads.one_torch_thread`.
    """
    callers = {name_of(p) for p in modules() if "set_num_threads" in p.read_text(encoding="utf-8")}
    assert callers == {"extractors.threads"}


def test_no_file_is_called_utils() -> None:
    files = [p for folder in (*PACKAGES, "tests") for p in (ROOT / folder).rglob("*.py")]
    assert not [p for p in files if re.search(r"util|helper|misc|common", p.stem)]


def test_every_import_is_declared() -> None:
    """A fresh installation has what the code imports: nothing rests on a neighbour's dependency."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lists = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    declared = {
        normal(match[1])
        for lines in lists
        for line in lines.splitlines()
        if (match := re.match(r"\s*([A-Za-z][\w.\-]*)", line))
    }
    distributions = packages_distributions()
    undeclared = {}
    others = [p for folder in ("tests", "experiments") for p in (ROOT / folder).rglob("*.py")]
    ours = {*PACKAGES, "experiments", "data_cards", *(path.stem for path in others)}
    for path in (*modules(), *others):
        for name in {i.split(".")[0] for i in imports_of(path)}:
            if name in sys.stdlib_module_names or name in ours:
                continue
            offers = {normal(d) for d in distributions.get(name, EXTRAS.get(name, [name]))}
            if not offers & declared:
                undeclared.setdefault(name, name_of(path))
    assert not undeclared, f"imported, but not in setup.cfg: {undeclared}"


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
