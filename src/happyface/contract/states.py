"""Statuses and faces.

A status is a float from 0.0 (critical) to 1.0 (fine), or -1.0: nothing is known. What is not known is never bad and
never good; it takes no part in any rating.
"""

import math
from collections.abc import Iterable
from typing import Any, Literal, Self

CRITICAL, WARNING, FINE, UNKNOWN = 0.0, 0.5, 1.0, -1.0

Type = Literal["rated", "unrated", "plots"]
HAPPY_FROM, NEUTRAL_FROM = 0.66, 0.33
"""The statuses from which on a face is happy or neutral."""

Face = Literal["happy", "neutral", "unhappy", "noinfo", "avail_plot", "unavail_plot"]


class State(str):
    """A word with a status of its own: ``State.critical("down")``, ``State.fine("down, acknowledged")``.

    Everywhere else it is that word. ``status`` is a status, or -1 where the word says that nothing is known.
    """

    __slots__ = ("status",)

    status: float

    def __new__(cls, word: str, status: float = UNKNOWN) -> Self:
        made = super().__new__(cls, word)
        made.status = status
        return made

    @classmethod
    def critical(cls, word: str) -> Self:
        """A word that is critical."""
        return cls(word, CRITICAL)

    @classmethod
    def warning(cls, word: str) -> Self:
        """A word that is a warning."""
        return cls(word, WARNING)

    @classmethod
    def fine(cls, word: str) -> Self:
        """A word that is well."""
        return cls(word, FINE)

    @classmethod
    def unknown(cls, word: str) -> Self:
        """A word that says nothing about how well it is: it takes no part in any rating."""
        return cls(word, UNKNOWN)

    def __reduce__(self) -> tuple[type[Self], tuple[str, float]]:
        return type(self), (str(self), self.status)


def plain_status(value: Any) -> float:
    """A status as a plain float; True is fine and False is critical.

    Raises:
        ValueError: it is not a number from 0 to 1, nor -1.
    """
    try:
        # float() would read "1"; and NaN fails both comparisons below.
        status = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        status = math.nan
    if not (0 <= status <= 1 or status == -1):
        text = f"“{value}”" if isinstance(value, str) else f"{str(value)[:40]} ({type(value).__name__})"
        raise ValueError(f"{text} is not a status, which is 0.0 to 1.0, or -1")
    return status


def face(status: float, type: Type = "rated") -> Face:
    """The face that a status wears."""
    if type == "plots":
        return "avail_plot" if status >= HAPPY_FROM else "unavail_plot"
    if status >= HAPPY_FROM:
        return "happy"
    if status >= NEUTRAL_FROM:
        return "neutral"
    return "unhappy" if status >= 0 else "noinfo"


def in_trouble(status: float) -> bool:
    """Whether a shifter should look: neutral, unhappy, or nothing known."""
    return status < HAPPY_FROM


def worst(statuses: Iterable[float]) -> float:
    """The lowest status that is known; -1 where none is."""
    return min((status for status in statuses if status >= 0), default=UNKNOWN)
