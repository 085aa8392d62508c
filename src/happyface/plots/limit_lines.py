"""The limits of a column as lines of a plot."""

from collections.abc import Sequence
from dataclasses import dataclass

from happyface.contract.limits import Limits
from happyface.contract.states import Face


@dataclass(frozen=True)
class LimitLine:
    """A limit of a column: ``warning ≥ 5``, and the face that what reaches it wears."""

    value: float
    face: Face
    label: str


def limit_lines(limits: Limits, unit: str) -> tuple[LimitLine, ...]:
    """The limits that are numbers; those of times are ages in seconds."""
    named: tuple[tuple[Face, Limits], ...] = (
        ("neutral", Limits(warning=limits.warning, age=limits.age)),
        ("unhappy", Limits(critical=limits.critical, age=limits.age)),
    )
    found = []
    for face, only in named:
        limit = only.warning or only.critical
        if limit and isinstance(limit.value, int | float) and not isinstance(limit.value, bool):
            found.append(LimitLine(float(limit.value), face, only.format(unit)))
    return tuple(found)


def limits_near(limits: Sequence[LimitLine], low: float, high: float) -> list[LimitLine]:
    """The limits that would not press what goes from ``low`` to ``high`` flat."""
    room = 4 * (high - low) or max(abs(high), 1.0)
    return [limit for limit in limits if low - room <= limit.value <= high + room]
