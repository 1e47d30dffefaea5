"""Read YAML and JSON files into pydantic models, reporting all problems of a file at once.

Used for all handwritten files: interviews, rule bases, experiment configurations.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.printable import in_message
from hirenet_sales.yaml_file import Location, ParsedFile, Problem, parse, parts_of

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """A file or a part of one: unknown keys are refused, and it does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    model : its schema; unknown keys are refused if the model forbids extras
    error : the error to raise
    check : further problems of the raw mapping that pydantic cannot see, such as duplicates

    Raises
    ------
    error
        with every problem of the file, each with its line where the syntax allows one.
    """
    return read_raw(path, error).validate(model, error, check)


@dataclass(frozen=True)
class RawFile(ParsedFile):
    """A parsed file of keys and values, not yet validated."""

    values: dict[str, Any]

    def overridden(self, section: str) -> RawFile:
        """The file with the values of the key `section` merged over the others."""
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
        """Validate against a model; see `read_model`."""
        problems = [*self.problems, *(check(self.values) if check else ())]
        try:
            result = model.model_validate(self.values)
        except ValidationError as invalid:
            problems += [(tuple(e["loc"]), explain(e, model)) for e in invalid.errors()]
        if problems:
            raise error(_report(self.path, problems, self.lines))
        return result


def read_raw(path: Path, error: type[HirenetSalesError]) -> RawFile:
    """Parse a file whose model depends on its content.

    Raises
    ------
    error
        if it cannot be read, or is not a mapping.
    """
    file = parse(path, error)
    values = file.values
    if not isinstance(values, dict):
        raise error(f"{path}: found {_kind(values)}, expected keys and values at the top level")
    return RawFile(path, values, file.lines, [*file.problems, *_not_finite(values)], file.body)


def read_values(path: Path, error: type[HirenetSalesError]) -> dict[str, Any]:
    """Read the keys and values of a file without a model; all numbers are finite.

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


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A hint such as "; did you mean 'job_title'?", else a list of the choices.

    >>> did_you_mean("jobtitle", ["id", "job_title"])
    "; did you mean 'job_title'?"
    >>> did_you_mean("colour", ["id", "job_title"])
    '; known are id, job_title'
    """
    names = list(choices)
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known are {', '.join(names)}" if names else ""


def require_one(what: str, name: str, choices: Iterable[str]) -> str:
    """The name, if it is one of the choices.

    Raises
    ------
    ValueError
        else, with the one that was probably meant.
    """
    if name not in choices:
        raise ValueError(f"no {what} '{name}'{did_you_mean(name, choices)}")
    return name


def explain(problem: Any, model: type[BaseModel]) -> str:
    """Describe a pydantic problem in plain words.

    Parameters
    ----------
    problem : an item of `ValidationError.errors()`
    model : the model that refused the input
    """
    location, kind = problem["loc"], problem["type"]
    name = location[-1] if location else ""
    if kind == "extra_forbidden":
        return f"unknown key '{name}'{did_you_mean(str(name), _allowed_keys(model, location[:-1]))}"
    if kind == "missing":
        return f"'{name}' is missing"
    value = problem["input"]
    if kind == "value_error":
        return f"{name}: {problem['ctx']['error']}" if name else str(problem["ctx"]["error"])
    text = f"{name}: {problem['msg'][:1].lower()}{problem['msg'][1:]}, found {_kind(value)}"
    if isinstance(value, int | float) and kind == "string_type":
        text += "; put it in quotes, so that it is text"
    return text


def _not_finite(values: dict[str, Any]) -> list[Problem]:
    """Problems of numbers that are not finite: .nan and .inf in YAML; NaN, 1e999 ... in JSON."""
    return [
        (location, f"{location[-1]}: found {value}, expected a finite number")
        for location, value in parts_of(values)
        if isinstance(value, float) and not math.isfinite(value)
    ]


def _report(path: Path, problems: Sequence[Problem], lines: dict[Location, int]) -> str:
    reports = []
    for location, text in problems:
        keyed = location
        while keyed and keyed not in lines:
            keyed = keyed[:-1]
        where = [f"line {lines[keyed]}"] if keyed in lines else []
        owner = location[:-1]
        if owner:
            where.append(_dotted(owner))
        order = lines.get(keyed, 0)
        reports.append((order, f"{', '.join(where)}: {text}" if where else text))
    reports = sorted(set(reports), key=lambda item: item[0])
    if len(reports) == 1:
        return f"{path}: {reports[0][1]}"
    return f"{path}: {len(reports)} problems\n" + "\n".join(f"  {text}" for _, text in reports)


def _dotted(location: Location) -> str:
    """A location in words, counted from 1: ('answers', 1, 'media') is "answers 2, media"."""
    words = [f"{part + 1}" if isinstance(part, int) else f", {part}" for part in location]
    return " ".join(words).replace(" ,", ",").removeprefix(", ")


def _allowed_keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The model's keys at a location, through lists, mappings and optional parts."""
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
