"""YAML and JSON files read into pydantic models, with every problem of a file told at once.

Shared by everything a person writes by hand: interviews, rule bases, experiment configurations.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.printable import in_message
from hirenet_sales.yaml_file import Location, Problem, parse

Model = TypeVar("Model", bound=BaseModel)


def read_model(
    path: Path,
    model: type[Model],
    error: type[HirenetSalesError],
    check: Callable[[dict[str, Any]], Iterable[Problem]] | None = None,
) -> Model:
    """Read one YAML or JSON file.

    Parameters
    ----------
    path : the file; `.json` is read as JSON, everything else as YAML
    model : what it must hold; unknown keys are refused if the model forbids extras
    error : the error to raise
    check : further problems of the raw mapping that pydantic cannot see, such as duplicates

    Raises
    ------
    error
        with every problem of the file, each with its line where the syntax allows one.
    """
    return read_raw(path, error).validate(model, error, check)


@dataclass(frozen=True)
class RawFile:
    """A file that was parsed and not yet validated.

    Attributes
    ----------
    path : the file
    values : its keys and values
    lines : where each stands; empty for JSON
    problems : what is wrong with its syntax, such as a key given twice
    """

    path: Path
    values: dict[str, Any]
    lines: dict[Location, int]
    problems: list[Problem]

    def overridden(self, section: str) -> RawFile:
        """With what stands under the key `section` put over the rest: mappings are merged."""
        over = self.values.get(section)
        if not isinstance(over, dict):
            return self
        lines = dict(self.lines)
        for location, line in self.lines.items():
            if location[:1] == (section,) and len(location) > 1:
                lines[location[1:]] = line
        return replace(self, values=_merged(self.values, over), lines=lines)

    def validate(
        self,
        model: type[Model],
        error: type[HirenetSalesError],
        check: Callable[[dict[str, Any]], Iterable[Problem]] | None = None,
    ) -> Model:
        """As `read_model`, from here on."""
        problems = [*self.problems, *(check(self.values) if check else ())]
        try:
            result = model.model_validate(self.values)
        except ValidationError as invalid:
            problems += [(tuple(e["loc"]), explain(e, model)) for e in invalid.errors()]
        if problems:
            raise error(_report(self.path, problems, self.lines))
        return result


def read_raw(path: Path, error: type[HirenetSalesError]) -> RawFile:
    """Parse a file whose model depends on what stands in it.

    Raises
    ------
    error
        if it cannot be read, or is not a mapping.
    """
    raw, lines, problems = parse(path, error)
    if not isinstance(raw, dict):
        raise error(f"{path}: found {_kind(raw)}, expected keys and values at the top level")
    return RawFile(path, raw, lines, [*problems, *_not_finite(raw)])


def read_values(path: Path, error: type[HirenetSalesError]) -> dict[str, Any]:
    """The keys and values of a file that has no model; every number in it is finite.

    Raises
    ------
    error
        with the first problem of the file, in one sentence.
    """
    raw = read_raw(path, error)
    if raw.problems:
        raise error(_report(path, raw.problems[:1], raw.lines))
    return raw.values


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(base[key], value)
        for key, value in over.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return {**base, **over, **both}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint such as "; did you mean 'job_title'?", else what there is to choose from.

    >>> did_you_mean("jobtitle", ["id", "job_title"])
    "; did you mean 'job_title'?"
    >>> did_you_mean("colour", ["id", "job_title"])
    '; known are id, job_title'
    """
    names = list(known)
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known are {', '.join(names)}" if names else ""


def explain(problem: Any, model: type[BaseModel]) -> str:
    """One pydantic problem in words for a person.

    Parameters
    ----------
    problem : an item of `ValidationError.errors()`
    model : the model that refused the input
    """
    location, kind = problem["loc"], problem["type"]
    name = location[-1] if location else ""
    if kind == "extra_forbidden":
        return f"unknown key '{name}'{did_you_mean(str(name), _known_keys(model, location[:-1]))}"
    if kind == "missing":
        return f"'{name}' is missing"
    found = problem["input"]
    if kind == "value_error":
        return f"{name}: {problem['ctx']['error']}" if name else str(problem["ctx"]["error"])
    text = f"{name}: {problem['msg'][:1].lower()}{problem['msg'][1:]}, found {_kind(found)}"
    if isinstance(found, int | float) and kind == "string_type":
        text += "; put it in quotes, so that it is text"
    return text


def _not_finite(values: dict[str, Any]) -> list[Problem]:
    """Numbers that are none, as .nan and .inf of YAML, and NaN, Infinity and 1e999 of JSON."""
    problems: list[Problem] = []
    waiting: list[tuple[Location, Any]] = [((), values)]
    seen: set[int] = set()  # aliases of YAML
    while waiting:
        location, value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            name = location[-1]
            problems.append((location, f"{name}: found {value}, expected a finite number"))
        elif isinstance(value, dict | list) and id(value) not in seen:
            seen.add(id(value))
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*location, key), part) for key, part in parts]
    return problems


def _report(path: Path, problems: Sequence[Problem], lines: dict[Location, int]) -> str:
    told = []
    for location, text in problems:
        known = location
        while known and known not in lines:
            known = known[:-1]
        place = [f"line {lines[known]}"] if known in lines else []
        owner = location[:-1]
        if owner:
            place.append(_dotted(owner))
        order = lines.get(known, 0)
        told.append((order, f"{', '.join(place)}: {text}" if place else text))
    told = sorted(set(told), key=lambda item: item[0])
    if len(told) == 1:
        return f"{path}: {told[0][1]}"
    return f"{path}: {len(told)} problems\n" + "\n".join(f"  {text}" for _, text in told)


def _dotted(location: Location) -> str:
    """('answers', 1, 'media') as a person counts: "answers 2, media"."""
    words = [f"{part + 1}" if isinstance(part, int) else f", {part}" for part in location]
    return " ".join(words).replace(" ,", ",").removeprefix(", ")


def _known_keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys that the model knows at a location, through lists, mappings and optional parts."""
    current: Any = model
    for part in location:
        current = _inside(_without_none(current), part)
    current = _without_none(current)
    if not _is_model(current):
        return []
    return [field.alias or name for name, field in current.model_fields.items()]


def _inside(annotation: Any, part: str | int) -> Any:
    if _is_model(annotation):
        field = annotation.model_fields.get(part)
        return field.annotation if field else None
    arguments = get_args(annotation)  # list[X] or dict[K, X]
    return arguments[-1] if arguments else None


def _without_none(annotation: Any) -> Any:
    """X of `X | None`."""
    if isinstance(annotation, UnionType) or get_origin(annotation) is Union:
        return next(part for part in get_args(annotation) if part is not NoneType)
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return in_message(repr(value))
