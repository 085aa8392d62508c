"""Limits: from which values on something is a warning or critical, as modules declare and configurations write it."""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from happyface.contract import states
from happyface.contract.units import human, parse_quantity

Value = float | str | bool

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
    """When a column's value is a warning and when it is critical; either may be missing.

    ``age`` marks limits of times: what is compared is how many seconds a time lies before the moment of the rating.
    """

    warning: Limit | None = None
    critical: Limit | None = None
    age: bool = False

    def __bool__(self) -> bool:
        return self.warning is not None or self.critical is not None

    def rate(self, value: Value | None, now: float = 0.0) -> float:
        """The status of one value; -1 for a value that is not known.

        Args:
            value: the value; a time in seconds since 1970.
            now: the moment of the rating, the run's, in seconds since 1970; limits of ages need it.
        """
        if self.age and isinstance(value, int | float):
            value = max(0.0, now - value)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return states.UNKNOWN
        if self.critical and self.critical.reached(value):
            return states.CRITICAL
        if self.warning and self.warning.reached(value):
            return states.WARNING
        return states.FINE

    def reason(self, value: Value, unit: str = "", now: float = 0.0) -> str:
        """The limit that ``value`` has reached, such as ``critical ≥ 50 %``; empty when none."""
        status = self.rate(value, now)
        if status == states.CRITICAL and self.critical:
            return f"critical {self.critical.written(unit)}"
        if status == states.WARNING and self.warning:
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
