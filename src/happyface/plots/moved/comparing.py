"""How far the values of numbers in one span differ from those in another: the two-sample Kolmogorov–Smirnov test.

Numbers with as many values are compared together, a row of an array each: for one alone numpy takes longer to be called
than to compute.
"""

from dataclasses import dataclass

import numpy as np

from happyface.model.series import Floats

FEWEST = 3
"""Of fewer values nobody can say how they lie."""
_SLIGHT = 0.05
"""What moves by less than this part of its size, and by less than it did before, only drifts: all counters do."""


@dataclass(frozen=True)
class Side:
    """The values of one span in a few figures; ``values`` is how many there are."""

    mean: float
    low: float
    high: float
    values: int

    @property
    def constant(self) -> bool:
        """Whether it was the same all the time."""
        return self.low == self.high


def sides_of(values: Floats) -> list[Side]:
    """The figures of each row; all values are finite."""
    lows, highs, means = values.min(axis=1), values.max(axis=1), values.mean(axis=1)
    if not np.isfinite(means).all():  # the sum has grown too large, and the mean cannot
        means = (values / values.shape[1]).sum(axis=1)
    # What is added up is rounded, and a mean may so come to lie beside the values.
    rows = zip(means.clip(lows, highs).tolist(), lows.tolist(), highs.tolist(), strict=True)
    return [Side(mean, low, high, values.shape[1]) for mean, low, high in rows]


def distances(values: Floats, before: Floats) -> tuple[Floats, Floats]:
    """How far the distributions in the rows of two arrays lie apart.

    Returns:
        The Kolmogorov–Smirnov statistic, 0 to 1: the largest difference of the shares of values below any limit; and
        the area between these shares, in the number's own unit: by how much values have moved on average.
    """
    every = np.concatenate((values, before), axis=1)
    order = every.argsort(axis=1)
    now, then = values.shape[1], before.shape[1]
    # In whole numbers, so that what is equal is so exactly: a value is worth as much as there are of the others.
    apart = np.abs(np.where(order < now, then, -now).cumsum(axis=1)[:, :-1])
    lying = np.diff(np.take_along_axis(every, order, axis=1))
    # Between equal values there is no limit to look at.
    largest = np.where(lying > 0, apart, 0).max(axis=1)
    return largest / (now * then), (apart * lying).sum(axis=1) / (now * then)


def is_slight(now: Side, before: Side, moved_by: float) -> bool:
    """Whether values that moved by so much on average did no more than they always do."""
    size = max(abs(now.low), abs(now.high), abs(before.low), abs(before.high))
    return moved_by < _SLIGHT * size and moved_by < before.high - before.low
