"""Parse YAML and JSON files into values with line numbers, without YAML 1.1's surprises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.printable import in_message, why_unwritable

Location = tuple[str | int, ...]
Problem = tuple[Location, str]
Parsed = tuple[Any, dict[Location, int], list[Problem]]

FENCE = "---\n"  # before and after the YAML at the head of a Markdown file

MAX_FILE_BYTES = 4_000_000  # far above any handwritten description; rejects a video early
MAX_INTEGER_DIGITS = 18  # a longer one stays text: no count, but perhaps an id


class _Loader(yaml.SafeLoader):
    """YAML in which everything is text except plain numbers, true, false and null.

    PyYAML's own loader follows YAML 1.1: 12:30 is read as 750, 1_000 as 1000, 007 is 7,
    no is false, and 2026-01-31 a date. Where a model expects one of these, pydantic reads the text.
    """


_Loader.yaml_implicit_resolvers = {}

_DIGITS = f"(?:0|[1-9][0-9]{{0,{MAX_INTEGER_DIGITS - 1}}})"
for _tag, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", f"-?{_DIGITS}", "-0123456789"),
    (
        "float",
        rf"-?{_DIGITS}\.[0-9]*(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
    )


@dataclass(frozen=True)
class ParsedFile:
    """Content of a file.

    Attributes
    ----------
    path : the file
    values : of its YAML or JSON
    lines : line of each; empty for JSON
    problems : what is wrong besides the syntax: keys given twice, text that cannot be written
    body : of a Markdown file, what follows the YAML at its head
    """

    path: Path
    values: Any
    lines: dict[Location, int]
    problems: list[Problem]
    body: str = ""


def parse(path: Path, error: type[HirenetSalesError]) -> ParsedFile:
    """Parse a file: `.json` as JSON, `.md` as YAML between two lines of ---, else as YAML.

    Raises
    ------
    error
        if it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise error(f"{path}: {size} bytes, expected a text file of at most {MAX_FILE_BYTES}")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as invalid:
        raise error(
            f"{path}: not UTF-8 text (byte {invalid.start}); save it as UTF-8 and try again"
        ) from None
    except OSError as invalid:
        raise error(f"{path}: cannot be read ({invalid.strerror})") from None
    suffix, body = path.suffix.lower(), ""
    if suffix == ".md":
        head, *rest = text.split(FENCE, 2)
        if head.strip() or len(rest) != 2:
            raise error(f"{path}: expected YAML between two lines of ---, then Markdown")
        text, body = f"{head}\n{rest[0]}", rest[1].strip()  # every line keeps its number
    try:
        raw, lines, problems = (_parse_json if suffix == ".json" else _parse_yaml)(
            path, text, error
        )
    except RecursionError:
        raise error(f"{path}: nested too deeply to be read") from None
    return ParsedFile(path, raw, lines, [*problems, *_unwritable(raw)], body)


def _parse_yaml(path: Path, text: str, error: type[HirenetSalesError]) -> Parsed:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise error(f"{path}: the file is empty")
        lines: dict[Location, int] = {}
        problems: list[Problem] = []
        _walk(node, (), lines, problems, set())
        return loader.construct_document(node), lines, problems
    except yaml.MarkedYAMLError as invalid:
        line = f"line {invalid.problem_mark.line + 1}: " if invalid.problem_mark else ""
        hint = " (YAML wants spaces, not tabs)" if "'\\t'" in str(invalid.problem) else ""
        raise error(f"{path}: not YAML: {line}{invalid.problem}{hint}") from None
    except (yaml.YAMLError, ValueError) as invalid:  # ValueError: what a tag such as !!int refuses
        raise error(f"{path}: not YAML: {' '.join(str(invalid).split())}") from None


def _parse_json(path: Path, text: str, error: type[HirenetSalesError]) -> Parsed:
    duplicates: list[Problem] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        duplicates.extend(((), f"key '{name}' is given twice") for name in twice)
        return dict(pairs)

    def integer(digits: str) -> int | str:
        return int(digits) if len(digits) <= MAX_INTEGER_DIGITS else digits

    try:
        return json.loads(text, object_pairs_hook=unique, parse_int=integer), {}, duplicates
    except json.JSONDecodeError as invalid:
        raise error(f"{path}: not JSON: line {invalid.lineno}: {invalid.msg}") from None


def parts_of(values: Any) -> Iterator[tuple[Location, Any]]:
    """Every part of parsed values, at any depth, with its location.

    A mapping or list that aliases repeat is given once.
    """
    waiting: list[tuple[Location, Any]] = [((), values)]
    visited: set[int] = set()
    while waiting:
        location, part = waiting.pop()
        if isinstance(part, dict | list):
            if id(part) in visited:
                continue
            visited.add(id(part))
            entries = part.items() if isinstance(part, dict) else enumerate(part)
            waiting += [((*location, name), value) for name, value in entries]
        yield location, part


def _unwritable(raw: Any) -> list[Problem]:
    """Problems of text, at any depth, that cannot be part of a file's name or content."""
    problems: list[Problem] = []
    for location, part in parts_of(raw):
        if isinstance(part, str) and (why := why_unwritable(part)):
            key = location[-1] if location else "text"
            problems.append((location, f"{key}: found '{in_message(part)}', but {why}"))
        for name in part if isinstance(part, dict) else ():
            if isinstance(name, str) and (why := why_unwritable(name)):
                problems.append(((*location, name), f"key '{in_message(name)}', but {why}"))
    return problems


def _walk(
    node: yaml.Node,
    location: Location,
    lines: dict[Location, int],
    problems: list[Problem],
    walked: set[int],
) -> None:
    """Record the line of every key and item; report duplicate keys."""
    lines.setdefault(location, node.start_mark.line + 1)
    if id(node) in walked:  # an alias: walked once, or a small file could grow without end
        return
    walked.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = (*location, str(key.value))
            if name in lines:
                problems.append((name, f"key '{key.value}' is given twice"))
            lines[name] = key.start_mark.line + 1
            _walk(value, name, lines, problems, walked)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*location, index), lines, problems, walked)
