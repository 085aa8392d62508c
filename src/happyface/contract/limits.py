"""Limits: from which values on something is a warning or critical, as modules declare and configurations write it."""

import math
import operator
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from happyface.contract import states
from happyface.contract.units import human, human_duration, parse_quantity
from happyface.errors import ModuleError

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
AHEAD = 60.0
"""Seconds by which the clocks of two machines may differ without anybody being told; later times are in the future."""
_RISING, _FALLING = (">=", ">"), ("<=", "<")


@dataclass(frozen=True)
class Limit:
    """A comparison that makes a value bad, such as ``>= 0.9`` or ``== down``; a list of words compares with each."""

    operator: str
    value: Value | tuple[str, ...]

    def reached(self, value: Value) -> bool:
        """Whether ``value`` is at fault."""
        # With "!=" a value is at fault when it is none of the words.
        if isinstance(self.value, tuple):
            return isinstance(value, str) and (value in self.value) == (self.operator == "==")
        if isinstance(value, str) != isinstance(self.value, str):  # "<" would raise, and "!=" would always hold
            return False
        return _OPERATORS[self.operator](value, self.value)  # type: ignore[arg-type]

    def format(self, unit: str = "") -> str:
        """The comparison as a person reads it: ``≥ 90 %``."""
        return f"{_SIGNS[self.operator]} {_format(self.value, unit)}"


def _format(value: Value | tuple[str, ...], unit: str) -> str:
    if isinstance(value, tuple):
        return " or ".join(value)
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
        """The status of one value; -1 for a value that is not known, and for a time in the future: it has no age.

        Args:
            value: the value; a time in seconds since 1970.
            now: the moment of the rating, the run's, in seconds since 1970; limits of ages need it.
        """
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return states.UNKNOWN
        if self.age and not isinstance(value, str):
            value = now - value
            if value < -AHEAD:
                return states.UNKNOWN
            value = max(0.0, value)
        # Critical first: what reaches it has reached the warning, too.
        if self.critical and self.critical.reached(value):
            return states.CRITICAL
        if self.warning and self.warning.reached(value):
            return states.WARNING
        return states.FINE

    def reason(self, value: Value, unit: str = "", now: float = 0.0) -> str:
        """The limit that ``value`` has reached, such as ``critical ≥ 50 %``; empty when none."""
        status = self.rate(value, now)
        for level, reached, limit in (
            ("critical", states.CRITICAL, self.critical),
            ("warning", states.WARNING, self.warning),
        ):
            if status == reached and limit:
                return f"{level} {self._format(limit, unit)}"
        return ""

    def format(self, unit: str = "") -> str:
        """Both limits as a person reads them."""
        named = (("warning", self.warning), ("critical", self.critical))
        return ", ".join(f"{level} {self._format(limit, unit)}" for level, limit in named if limit)

    def _format(self, limit: Limit, unit: str) -> str:
        if not self.age or isinstance(limit.value, str | tuple):
            return limit.format(unit)
        return f"when older than {human_duration(limit.value)}"


def Below(*, warning: float | None = None, critical: float | None = None) -> Limits:
    """Bad when low: at these values or below them. Raises ModuleError where a value is no number."""
    return Limits(_numeric("<=", warning), _numeric("<=", critical))


def Above(*, warning: float | None = None, critical: float | None = None) -> Limits:
    """Bad when high: at these values or above them. Raises ModuleError where a value is no number."""
    return Limits(_numeric(">=", warning), _numeric(">=", critical))


def Older(*, warning: float | str | None = None, critical: float | str | None = None) -> Limits:
    """Bad when a time lies so far back, at the moment of the run: seconds, or texts such as ``15m`` and ``2h``.

    Raises ModuleError where a value is no duration.
    """
    return Limits(_age(warning), _age(critical), age=True)


def Equal(*, warning: Value | None = None, critical: Value | None = None) -> Limits:
    """Bad at exactly these values, which may be texts or yes/no."""
    return Limits(_exact(warning), _exact(critical))


def OneOf(*, warning: Collection[str] = (), critical: Collection[str] = ()) -> Limits:
    """Bad at any of these words. Raises ModuleError where one is no text."""
    return Limits(_words(warning), _words(critical))


def _numeric(sign: str, value: object) -> Limit | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):  # True is an int
        raise ModuleError(
            f"a limit of Above or Below is a number in the column's own unit, not {value!r}"
            + ("; write it without quotes, 5 GB as 5e9" if isinstance(value, str) else "")
        )
    return Limit(sign, float(value))


def _age(value: float | str | None) -> Limit | None:
    if value is None:
        return None
    try:
        return Limit(">=", parse_quantity(value, "seconds") if isinstance(value, str) else float(value))
    except (TypeError, ValueError) as error:
        raise ModuleError(f"a limit of Older is a duration such as 900 or '15m', not {value!r}") from error


def _exact(value: object) -> Limit | None:
    if value is None:
        return None
    if not isinstance(value, str | bool | int | float):
        raise ModuleError(f"a limit of Equal is one word, number, yes or no, not {value!r}; OneOf takes several words")
    return Limit("==", value if isinstance(value, str | bool) else float(value))


def _words(words: Collection[str]) -> Limit | None:
    # A str is a collection of its letters.
    if isinstance(words, str) or not all(isinstance(word, str) for word in words):
        raise ModuleError(f"OneOf takes sets of words such as critical={{'down', 'fail'}}, not {words!r}")
    # Sorted: a set has another order in each process, and the outline with these words is stored once per text.
    return Limit("==", tuple(sorted(words))) if words else None


def check_limits(limits: Limits, kind: str, unit: str = "") -> None:
    """Raise ValueError, with a sentence, for limits that a column of some kind can never reach, or always would."""
    for level, limit in (("warning", limits.warning), ("critical", limits.critical)):
        if limit:
            _check_kind(level, limit, limits.age, kind)
            _check_range(level, limit, kind, unit)
    _check_order(limits)


def _check_kind(level: str, limit: Limit, age: bool, kind: str) -> None:
    value = limit.value
    if age != (kind == "time"):
        raise ValueError(
            f"{level}: only a time has an age; this column is {_KINDS[kind]}"
            if age
            else f"{level}: a time is rated by its age: Older(…), or 'warning > 15m' in a configuration"
        )
    fits = {
        "text": isinstance(value, str | tuple),
        "state": isinstance(value, str | tuple),
        "flag": isinstance(value, bool),
        "file": False,
    }.get(kind, isinstance(value, int | float) and not isinstance(value, bool))
    if not fits:
        raise ValueError(f"{level}: {_format(value, '')} can never be reached: this column is {_KINDS[kind]}")


_KINDS = {
    "number": "a number",
    "integer": "a whole number",
    "flag": "yes or no",
    "text": "a text",
    "state": "a state",
    "time": "a time",
    "file": "a file",
}


def _check_range(level: str, limit: Limit, kind: str, unit: str) -> None:
    """Refuse limits far outside 0 to 1 for a share: whoever writes 20 most likely means percent."""
    value = limit.value
    if unit == "share" and isinstance(value, float) and not -1 <= value <= 1.5:
        raise ValueError(f"{level}: a share runs from 0 to 1, so {value:g} is never reached; write {value / 100:g}")


def _check_order(limits: Limits) -> None:
    """Refuse a warning that only values reach which are critical already: it would never show."""
    warning, critical = limits.warning, limits.critical
    if not warning or not critical or isinstance(warning.value, str | bool | tuple):
        return
    if isinstance(critical.value, str | bool | tuple):
        return
    falls, rises = (warning.operator in signs and critical.operator in signs for signs in (_FALLING, _RISING))
    if (falls and warning.value < critical.value) or (rises and warning.value > critical.value):
        raise ValueError("the warning would never show, since what reaches it is critical already: exchange the two")


_WRITTEN = {sign: operator for operator, sign in _SIGNS.items()}
"""The operators by their signs: what a page says can be copied to the configuration."""
_LIMIT = re.compile(r"(warning|critical)\s*(<=|>=|==|!=|<|>|=|≤|≥|≠)\s*(.+)", re.DOTALL)
# A comma separates limits only before the next level: lists of words have commas of their own.
_NEXT = re.compile(r",\s*(?=(?:warning|critical)\s*[<>=!≤≥≠])")


@lru_cache(maxsize=4096)  # `status_of` asks for an instance's limits once per row
def parse_limits(text: str, unit: str = "", kind: str = "number") -> Limits:
    """Read ``warning < 0.2, critical < 0.1``; an empty text is no limit at all.

    Args:
        text: the setting as written.
        unit: the column's unit; numbers may wear its suffixes (``10 GB``, ``15 %``).
        kind: the column's kind: ``number``, ``integer``, ``flag``, ``text``, ``state`` or ``time``.

    Raises:
        ValueError: what is wrong with it, and an example.
    """
    found: dict[str, Limit] = {}
    for part in filter(None, (part.strip().rstrip(",") for part in _NEXT.split(text))):
        match = _LIMIT.fullmatch(part)
        if not match:
            raise ValueError(f"'{part}' is not a limit; write for example 'warning < 0.2, critical < 0.1'")
        level, sign, value = match.groups()
        if level in found:
            raise ValueError(f"'{level}' is given twice")
        found[level] = Limit(_WRITTEN.get(sign, sign), _parse_value(value.strip(), sign, unit, kind))
    limits = Limits(found.get("warning"), found.get("critical"), age=kind == "time")
    check_limits(limits, kind, unit)
    return limits


def _parse_value(text: str, sign: str, unit: str, kind: str) -> Value | tuple[str, ...]:
    if kind in ("number", "integer", "time"):
        return parse_quantity(text, "seconds" if kind == "time" else unit)
    if _WRITTEN.get(sign, sign) not in ("==", "!="):
        raise ValueError(f"'{sign}' compares numbers; this column takes '==' or '!='")
    if kind == "flag":
        if text.lower() not in ("yes", "no", "true", "false"):
            raise ValueError(f"'{text}' is not yes or no")
        return text.lower() in ("yes", "true")
    words = tuple(word.strip().strip("\"'") for word in text.split(","))
    return words[0] if len(words) == 1 else words
