"""Numbers of sources that do not always tell them."""

import math
import re
from collections.abc import Iterable
from typing import TypeVar

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)

Number = TypeVar("Number", int, float)


def number_of(value: object) -> float | None:
    """A JSON number, or a text that is one, if it is finite."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def total(numbers: Iterable[Number | None]) -> Number | None:
    """The sum; None when one of the numbers is not known."""
    every = list(numbers)
    known = [number for number in every if number is not None]
    return sum(known) if len(known) == len(every) else None
