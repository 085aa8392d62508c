"""What a benchmark tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


class NotHere(Exception):
    """A benchmark needs a program that is not installed."""


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        value: the count or the ratio.
        unit: what it counts, or what it is a ratio to.
        bar: the most that it may be; None where it is there for information.
        absolute: the absolute value beside a ratio, which depends on the machine.
    """

    name: str
    value: float
    unit: str
    bar: float | None = None
    absolute: str = ""

    @property
    def ok(self) -> bool:
        """Whether the bar is kept."""
        return self.bar is None or self.value <= self.bar


def paired(ours: Sequence[float], bare: Sequence[float]) -> float:
    """The median of the ratios of runs that were made in pairs."""
    return median(a / b for a, b in zip(ours, bare, strict=True))
