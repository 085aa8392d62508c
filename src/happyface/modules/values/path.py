"""Paths into a JSON answer: ``storage.online[0].free``, ``count(nodes)``, ``sum(nodes[*].load)``."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from happyface.kit import number_of

_STEP = re.compile(r'(?:^\.?|\.)(?:"(?P<quoted>[^"]*)"|(?P<key>[^."\[\]()]+))|\[(?P<index>-?\d+|\*)\]')
_FUNCTION = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "mean": lambda numbers: sum(numbers) / len(numbers),
}
_EVERY = "[*]"


@dataclass(frozen=True)
class _Step:
    """One step: a key, a position, or (both None) every element."""

    written: str
    key: str | None = None
    index: int | None = None


@dataclass(frozen=True)
class Path:
    """A path, and what is made of the elements it leads to."""

    steps: tuple[_Step, ...]
    function: str = ""

    def read(self, document: Any) -> Any:
        """The value it leads to. Raises LookupError, whose argument tells where it ends."""
        found, place = [document], ""
        for step in self.steps:
            found = [part for value in found for part in _next(value, step, place)]
            place = (place + step.written).lstrip(".")
        return _combined(self.function, found) if self.function else found[0]


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Read a path. Raises ValueError."""
    match = _FUNCTION.fullmatch(text.strip())
    function, inner = match.groups() if match else ("", text)
    if function and function not in ("count", *_FUNCTIONS):
        raise ValueError(f"'{function}' is not one of count, {', '.join(_FUNCTIONS)}")
    steps = _steps(inner.strip().removeprefix("$"), text)
    every = any(step.written == _EVERY for step in steps)
    if every and not function:
        raise ValueError(f"'{text}' has [*], which needs count, sum, min, max or mean around it")
    return Path((*steps, *([_Step(_EVERY)] if function and not every else [])), function)


def _steps(path: str, text: str) -> list[_Step]:
    steps, position = [], 0
    while position < len(path):
        match = _STEP.match(path, position)
        if not match:
            raise ValueError(f"'{text}' is not a path such as storage.online[0].free")
        steps.append(_step(match))
        position = match.end()
    if not steps and not text.strip().strip("()").endswith("$"):
        raise ValueError("the path is empty; write for example storage.online[0].free")
    return steps


def _step(match: re.Match[str]) -> _Step:
    if match["index"]:
        return _Step(match[0], index=None if match["index"] == "*" else int(match["index"]))
    key = match["quoted"] if match["key"] is None else match["key"].strip()
    return _Step("." + match[0].lstrip("."), key)


def _next(value: Any, step: _Step, place: str) -> list[Any]:
    where = place or "the answer"
    if step.key is not None:
        if not isinstance(value, dict) or step.key not in value:
            raise LookupError(f"there is no '{step.key}' in {where}")
        return [value[step.key]]
    if step.index is None and isinstance(value, dict):
        return list(value.values())
    if not isinstance(value, list):
        raise LookupError(f"{where} is no list")
    return value if step.index is None else [_element(value, step.index, where)]


def _element(values: list[Any], index: int, where: str) -> Any:
    if not -len(values) <= index < len(values):
        raise LookupError(f"{where} has {len(values)} elements, so there is no [{index}]")
    return values[index]


def _combined(function: str, found: list[Any]) -> float:
    if function == "count":
        return len(found)
    numbers = [number_of(value) for value in found]
    if None in numbers:
        raise LookupError(f"{function} needs numbers, and not all elements are numbers")
    if not numbers and function != "sum":
        raise LookupError(f"there is no {function} of nothing")
    return _FUNCTIONS[function](cast(list[float], numbers))
