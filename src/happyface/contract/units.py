"""Quantities: the types that columns and settings are declared with, read from text and written for people.

Sizes are bytes, times are seconds, shares run from 0 to 1.
"""

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator


@dataclass(frozen=True)
class Unit:
    """What a number of a column counts; it decides how the number is written and which suffixes it may wear."""

    name: str


Bytes = Annotated[float, Unit("bytes")]
BytesPerSecond = Annotated[float, Unit("bytes/s")]
Seconds = Annotated[float, Unit("seconds")]
Share = Annotated[float, Unit("share")]
"""A part of a whole, 0 to 1; shown in percent."""
Percent = Annotated[float, Unit("percent")]

# kB, k and K are 1000, KiB is 1024. Suffixes are compared in small letters: 10 Mb are megabytes, never bits.
_SIZE = {"": 1.0, "b": 1.0} | {
    f"{prefix}{ending}": float(base**power)
    for ending, base in (("b", 1000), ("", 1000), ("ib", 1024))
    for power, prefix in enumerate("kmgtpe", start=1)
}
_TIME = {
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400.0),
    "ms": 0.001,
}
_SUFFIXES = {
    "bytes": _SIZE,
    "bytes/s": {f"{name}/s": factor for name, factor in _SIZE.items()} | _SIZE,
    "seconds": _TIME,
    "share": {"": 1.0, "%": 0.01},
    "percent": {"": 1.0, "%": 1.0},
}
_EXAMPLES = {
    "bytes": "a size such as 10 GB",
    "bytes/s": "a rate such as 10 MB/s",
    "seconds": "a duration such as 90, 15m or 2h",
    "share": "a share such as 0.15 or 15 %",
    "percent": "a number in percent such as 15",
}
_NUMBER = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s].*?)?\s*", re.ASCII)


def parse_quantity(text: str, unit: str = "") -> float:
    """Read ``15m``, ``10 GB``, ``15 %`` or a bare number as a number of ``unit``.

    Raises ValueError with what was expected.
    """
    expected = _EXAMPLES.get(unit, "a number")
    match = _NUMBER.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' is not {expected}")
    suffixes = _SUFFIXES.get(unit, {"": 1.0})
    factor = suffixes.get((match[2] or "").lower())
    if factor is None and match[2] not in unit.split("|"):  # "5 jobs" for a column whose unit is "job|jobs"
        raise ValueError(f"'{text}' is not {expected}")
    try:  # decimally, so that 70 % is 0.7 and not a little more: values are compared with it
        number = float(Decimal(match[1]) * Decimal(repr(factor or 1.0)))
    except ArithmeticError as error:
        raise ValueError(f"'{text}' is not {expected}") from error
    if math.isinf(number):
        raise ValueError(f"'{text}' is not {expected}")
    return number


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return parse_quantity(value, "seconds") if isinstance(value, str) else value


def _size(value: object) -> object:
    return parse_quantity(value, "bytes") if isinstance(value, str) else value


Duration = Annotated[float, BeforeValidator(_duration)]
"""A setting in seconds, written ``90``, ``15m``, ``2h`` or ``1d``."""
Size = Annotated[float, BeforeValidator(_size)]
"""A setting in bytes, written ``500``, ``10 MB`` or ``2 GiB``."""


def human(value: float, unit: str = "") -> str:
    """A number with its unit, short enough for a shifter: 1.2 TB, 2 h 5 min, 63.1 %."""
    if math.isnan(value) or math.isinf(value):
        return "unknown"
    if unit == "share":
        return f"{_short(value * 100)} %"
    if unit == "percent":
        return f"{_short(value)} %"
    if unit == "bytes":
        return _scaled(value, "B")
    if unit == "bytes/s":
        return _scaled(value, "B/s")
    if unit == "seconds":
        return human_duration(value)
    one, _, many = unit.partition("|")
    return f"{_short(value)} {one if value == 1 or not many else many}".rstrip()


def _short(value: float) -> str:
    """Three significant digits for small numbers, thousands separated in large ones."""
    if value == 0:
        return "0"
    size = abs(value)
    # From here on one decimal would be rounded to 1000.0.
    if size >= 999.95:
        return f"{value:,.0f}".replace(",", "\u202f")  # a narrow blank at which no line breaks
    decimals = 1 if size >= 10 else 2 if size >= 0.1 else min(12, 2 - math.floor(math.log10(size)))
    if value == round(value):
        return str(round(value))
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def _scaled(value: float, ending: str) -> str:
    size, prefixes = abs(value), ["", "k", "M", "G", "T", "P", "E"]
    power = 0
    while size >= 999.5 and power < len(prefixes) - 1:  # what rounds to 1000 kB is 1 MB
        size, power = size / 1000, power + 1
    return f"{_short(math.copysign(size, value))} {prefixes[power]}{ending}"


def human_duration(seconds: float) -> str:
    """A duration by its two largest parts: 45 s, 12 min, 4 h 30 min, 3 d 4 h."""
    if seconds < 0:
        return f"-{human_duration(-seconds)}"
    if seconds < 1:
        return f"{_short(seconds * 1000)} ms" if seconds else "0 s"
    if seconds < 60:
        return f"{_short(seconds)} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours and days < 30 else f"{days} d"


def count_of(number: int, one: str, many: str) -> str:
    """``1 thing needs``, ``4 things need``."""
    return f"{number} {one if number == 1 else many}"
