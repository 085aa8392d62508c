"""Statuses, limits and category algorithms: pure functions, with no clock, database or file.

A status is a float from 0.0 (critical) to 1.0 (fine), or -1.0: nothing is known. What is not known is
never bad and never good; it takes no part in any rating.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Literal

from happyface.spelling import nearest_or_all
from happyface.units import human, parse_quantity

CRITICAL, WARNING, FINE, UNKNOWN = 0.0, 0.5, 1.0, -1.0

Type = Literal["rated", "unrated", "plots"]
Value = float | str | bool

Face = Literal["happy", "neutral", "unhappy", "noinfo", "avail_plot", "unavail_plot"]


def face(status: float, type: Type = "rated") -> Face:
    """The face that a status wears."""
    if type == "plots":
        return "avail_plot" if status >= 0.66 else "unavail_plot"
    if status >= 0.66:
        return "happy"
    if status >= 0.33:
        return "neutral"
    return "unhappy" if status >= 0 else "noinfo"


def in_trouble(status: float) -> bool:
    """Whether a shifter should look: neutral, unhappy, or nothing known."""
    return status < 0.66


def worst(statuses: Iterable[float]) -> float:
    """The lowest status that is known; -1 where none is."""
    return min((status for status in statuses if status >= 0), default=UNKNOWN)


_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "<": "<", ">": ">"}


@dataclass(frozen=True)
class Limit:
    """A comparison that makes a value bad, such as ``>= 0.9``."""

    operator: str
    value: Value

    def reached(self, value: Value) -> bool:
        """Whether ``value`` is at fault."""
        if isinstance(value, str) != isinstance(self.value, str):
            return False
        return _OPERATORS[self.operator](value, self.value)  # type: ignore[arg-type]

    def written(self, unit: str = "") -> str:
        """The comparison as a person reads it: ``≥ 90 %``."""
        return f"{_SIGNS[self.operator]} {_written(self.value, unit)}"


def _written(value: Value, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else human(value, unit)


@dataclass(frozen=True)
class Limits:
    """When a column's value is a warning and when it is critical; either may be missing."""

    warning: Limit | None = None
    critical: Limit | None = None

    def rate(self, value: Value | None) -> float:
        """The status of one value; -1 for a value that is not known."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return UNKNOWN
        if self.critical and self.critical.reached(value):
            return CRITICAL
        if self.warning and self.warning.reached(value):
            return WARNING
        return FINE

    def reason(self, value: Value, unit: str = "") -> str:
        """The limit that ``value`` has reached, such as ``critical ≥ 50 %``; empty when none."""
        status = self.rate(value)
        if status == CRITICAL and self.critical:
            return f"critical {self.critical.written(unit)}"
        if status == WARNING and self.warning:
            return f"warning {self.warning.written(unit)}"
        return ""

    def written(self, unit: str = "") -> str:
        """Both limits as a person reads them."""
        named = (("warning", self.warning), ("critical", self.critical))
        return ", ".join(f"{name} {limit.written(unit)}" for name, limit in named if limit)


def _limits(sign: str, warning: Value | None, critical: Value | None) -> Limits:
    return Limits(_limit(sign, warning), _limit(sign, critical))


def _limit(sign: str, value: Value | None) -> Limit | None:
    if value is None:
        return None
    return Limit(sign, value if isinstance(value, str | bool) else float(value))


def Below(*, warning: float | None = None, critical: float | None = None) -> Limits:
    """Bad when low: at these values or below them."""
    return _limits("<=", warning, critical)


def Above(*, warning: float | None = None, critical: float | None = None) -> Limits:
    """Bad when high: at these values or above them."""
    return _limits(">=", warning, critical)


def Equal(*, warning: Value | None = None, critical: Value | None = None) -> Limits:
    """Bad at exactly these values, which may be texts or yes/no."""
    return _limits("==", warning, critical)


_LIMIT = re.compile(r"(warning|critical)\s*(<=|>=|==|!=|<|>|=)\s*(.+)", re.DOTALL)


@lru_cache(maxsize=4096)
def parse_limits(text: str, unit: str = "", kind: str = "number") -> Limits:
    """Read ``warning < 0.2, critical < 0.1``; an empty text is no limit at all.

    Args:
        text: the setting as written.
        unit: the column's unit; numbers may wear its suffixes (``10 GB``, ``15 %``).
        kind: the column's kind: ``number``, ``integer``, ``flag`` or ``text``.

    Raises:
        ValueError: what is wrong with it, and an example.
    """
    found: dict[str, Limit] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _LIMIT.fullmatch(part)
        if not match:
            raise ValueError(f"'{part}' is not a limit; write for example 'warning < 0.2, critical < 0.1'")
        level, sign, value = match.groups()
        if level in found:
            raise ValueError(f"'{level}' is given twice")
        found[level] = Limit("==" if sign == "=" else sign, _limit_value(value.strip(), sign, unit, kind))
    return Limits(found.get("warning"), found.get("critical"))


def _limit_value(text: str, sign: str, unit: str, kind: str) -> Value:
    if kind in ("number", "integer", "time"):
        return parse_quantity(text, unit)
    if sign not in ("=", "==", "!="):
        raise ValueError(f"'{sign}' compares numbers; this column takes '==' or '!='")
    if kind == "flag":
        if text.lower() not in ("yes", "no", "true", "false"):
            raise ValueError(f"'{text}' is not yes or no")
        return text.lower() in ("yes", "true")
    return text.strip("\"'")


def counts(type: Type, category: Type) -> bool:
    """Whether instances of a type take part in the status of a category of a type."""
    return type == category and type != "unrated"


@dataclass(frozen=True)
class Member:
    """What a category's algorithm sees of one of its instances."""

    status: float
    weight: float = 1.0


Algorithm = Callable[[Sequence[Member]], float]
"""A category algorithm: the known members (never empty) to a status."""


def _worst(members: Sequence[Member]) -> float:
    return min(member.status for member in members)


def _best(members: Sequence[Member]) -> float:
    return max(member.status for member in members)


def _average(members: Sequence[Member]) -> float:
    total = sum(member.weight for member in members)
    if total <= 0:
        return UNKNOWN
    return sum(member.status * member.weight for member in members) / total


def _at_least(count: int) -> Algorithm:
    def at_least(members: Sequence[Member]) -> float:
        if len(members) < count:
            return UNKNOWN
        nth = sorted((member.status for member in members), reverse=True)[count - 1]
        return FINE if face(nth) == "happy" else nth

    return at_least


ALGORITHMS: dict[str, Algorithm] = {
    "worst": _worst,
    "average": _average,
    "weighted": _average,
    "best": _best,
}
_AT_LEAST = re.compile(r"at_least\(\s*(\d+)\s*\)")


def algorithm_names() -> list[str]:
    """What a category may name as its ``algorithm``: ours, then those of installed packages."""
    installed = {point.name for point in entry_points(group="happyface.algorithms")}
    return [*ALGORITHMS, "at_least(N)", *sorted(installed - set(ALGORITHMS))]


def find_algorithm(name: str) -> Algorithm:
    """The algorithm of a category's configuration.

    Raises:
        ValueError: no such algorithm, or it does not load.
    """
    if name in ALGORITHMS:
        return ALGORITHMS[name]
    if match := _AT_LEAST.fullmatch(name):
        if int(match[1]) < 1:
            raise ValueError("at_least(N) needs a number of 1 or more")
        return _at_least(int(match[1]))
    for point in entry_points(group="happyface.algorithms", name=name):
        try:
            loaded: Algorithm = point.load()
        except Exception as error:
            raise ValueError(f"the algorithm '{name}' of package {point.value} does not load: {error}") from error
        return loaded
    raise ValueError(f"there is no algorithm '{name}'{nearest_or_all(name, algorithm_names())}")


def category_status(members: Iterable[Member], algorithm: Algorithm) -> float:
    """The status of a category from the members that count; -1 when nothing is known of any of them."""
    known = [member for member in members if member.status >= 0]
    status = algorithm(known) if known else UNKNOWN
    return status if 0 <= status <= 1 else UNKNOWN
