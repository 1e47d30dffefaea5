"""The house stands: imports point down the floors of DESIGN.md, and every import is declared."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from itertools import pairwise
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
        "unexpected",
        "printable",
        "messages",
        "persist",
        "yaml_file",
        "yaml_model",
        "delimited",
        "run_log",
        "shipped",
    ],
    2: ["interview", "rules", "uncertainty", "abstention", "relevance", "networks"],
    3: [
        "data",
        "questionnaire",
        "evaluation",
        "effect",
        "assessment",
        "captions",
        "rating",
        "standing",
    ],
    4: ["training", "agreement"],
    5: ["models"],
    6: ["assessors", "explain", "audit", "report", "doctor", "release", "export", "annotations"],
    7: [
        "analyze",
        "analyze_many",
        "correct",
        "evaluate",
        "evaluate_relevance",
        "evaluate_explanations",
        "faithfulness",
        "experiment",
        "salience",
        "viewing",
    ],
    8: ["web"],
    9: ["cli"],
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}


def modules() -> list[Path]:
    result = [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))]
    assert result, "no module was found: the test looks in the wrong place"
    return result


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax of a module, which many tests here walk through."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path, *, types: bool = False) -> frozenset[str]:
    """Absolute names of everything a module imports, wherever in it; for types alone if asked."""
    tree = tree_of(path)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if not types and isinstance(node, ast.If)
        if ast.unparse(node.test).endswith("TYPE_CHECKING")
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
    return frozenset(names)


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


def imports() -> dict[str, set[str]]:
    """The modules that each module imports, for types alone too.

    Without those of hirenet_sales itself, which offers names of others and imports them late.
    """
    paths = {name_of(path): path for path in modules()}
    graph = {name: set() for name in paths}
    for name in paths.keys() - {"hirenet_sales"}:
        for target in imports_of(paths[name], types=True):
            module = target if target in paths else target.rpartition(".")[0]
            graph[name] |= {module} & paths.keys() - {name}
    return graph


def circle_of(graph: dict[str, set[str]]) -> list[str]:
    """Names that import each other in a circle, the first one again at the end; [] if none do."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))  # graphlib names the imported one first
    return []


def package_of(module: str) -> str:
    """The second part of a module's name: a package, or a module that lies beside them."""
    return ".".join(module.split(".")[:2])


def test_every_import_of_ours_exists() -> None:
    """Mypy is told to ignore modules that are missing, since libraries without types look so."""
    ours = {name_of(path) for path in modules()}
    missing = {
        f"{name_of(path)}: {target}"
        for path in (*modules(), *(ROOT / "tests").rglob("*.py"))
        for target in imports_of(path, types=True)
        if target.split(".")[0] in PACKAGES
        if not {target, target.rpartition(".")[0]} & ours
    }
    assert not missing


def test_modules_import_each_other_in_no_circle() -> None:
    circle = circle_of(imports())
    assert not circle, f"imports in a circle: {' > '.join(circle)}"


def test_packages_import_each_other_in_no_circle() -> None:
    """Those of one floor neither, which `test_imports_point_down` lets import each other."""
    pairs = [(one, other) for one, targets in imports().items() for other in targets]
    graph: dict[str, set[str]] = {}
    for one, other in pairs:
        graph.setdefault(package_of(one), set()).update({package_of(other)} - {package_of(one)})
    circle = circle_of(graph)
    steps = list(pairwise(circle))
    where = [f"{a} > {b}" for a, b in pairs if (package_of(a), package_of(b)) in steps]
    assert not circle, f"{' > '.join(circle)} by {sorted(where)}"


@pytest.mark.parametrize(
    ("graph", "circle"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}}, ["a", "b", "a"]),
        ({"x": {"a"}, "a": {"b"}, "b": {"c"}, "c": {"a"}}, ["a", "b", "c", "a"]),
    ],
)
def test_a_circle_is_detected(graph: dict[str, set[str]], circle: list[str]) -> None:
    detected = circle_of(graph)
    assert len(detected) == len(circle) and set(detected) == set(circle)
    assert all(other in graph[one] for one, other in pairwise(detected))


def test_torch_is_told_its_threads_in_one_place() -> None:
    """Where it can be undone: a number that is left set slows down whatever the process does next.

    The place is `extractors.threads.single_torch_thread`.
    """
    callers = {name_of(p) for p in modules() if "set_num_threads" in p.read_text(encoding="utf-8")}
    assert callers == {"extractors.threads"}


def test_polarity_is_turned_in_one_place() -> None:
    """By `traits.flip_polarity`: nobody writes np.where(mask, 1 - x, x), or low + high - x,."""
    by_hand = {
        f"{name_of(path)}: {ast.unparse(node)}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.where"
        for one, other in (node.args[1:], node.args[:0:-1])
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub)
        if ast.unparse(one.right) == ast.unparse(other)
        if isinstance(one.left, ast.Constant) or isinstance(getattr(one.left, "op", 0), ast.Add)
    }
    assert not by_hand


MEDIA_READERS = {"av", "soundfile", "wave", "librosa", "torchaudio", "torchvision", "imageio"}
PICTURE_READERS = {"Image.open", "cv2.imread", "cv2.imdecode", "cv2.VideoCapture"}
LOOKED_AT = {f"extractors.media.recording.{name}" for name in ("MediaInfo", "probe")}


def test_only_extractors_open_media() -> None:
    """What a model reads of pictures and sound comes from extractors' own functions.

    Below them lies extractors.media; of it, others may only ask what a file holds.
    """
    readers = {}
    for path in modules():
        if not name_of(path).startswith("hirenet_sales"):
            continue
        imported = imports_of(path, types=True)
        below = {i for i in imported if i.startswith("extractors.media.")} - LOOKED_AT
        foreign = {i for i in imported if i.split(".")[0] in MEDIA_READERS}
        called = {
            ast.unparse(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)
        }
        if wrong := below | foreign | (called & PICTURE_READERS):
            readers[name_of(path)] = sorted(wrong)
    assert not readers


def test_digests_and_temporary_files_are_made_in_one_place() -> None:
    """By persist; where a writer makes its own, an interrupt leaves half a file."""
    by_hand = re.compile(r"import hashlib|[\"}]\.part\"|np\.savez?\(|\.write_text\(")
    own = {
        name_of(path)
        for path in modules()
        if name_of(path).startswith("hirenet_sales") and path.stem != "persist"
        if by_hand.search(path.read_text(encoding="utf-8"))
    }
    assert not own


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
    others = [p for folder in ("tests", "tools") for p in (ROOT / folder).rglob("*.py")]
    ours = {*PACKAGES, "tools", *(path.stem for path in others)}
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
