"""Arrays over time brought from many moments to few: what a picture can show of them, without losing a peak."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from happyface.model.series import Floats, Series, SeriesSet, Times

_Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Buckets:
    """Pieces of time: seconds since 1970, UTC, and how many runs each of them has."""

    begins: Times
    ends: Times
    runs: _Counts

    @classmethod
    def of(cls, found: SeriesSet, later: int = 0) -> "Buckets":
        """The pieces of a set of series, so many seconds later."""
        return cls(found.begins + later, found.ends + later, found.runs)

    @property
    def single(self) -> bool:
        """Whether each of them is one run."""
        return bool(np.all(self.runs <= 1))

    @property
    def gaps(self) -> npt.NDArray[np.intp]:
        """The positions before which runs are missing."""
        return np.flatnonzero(self.ends[:-1] < self.begins[1:]) + 1

    def filled(self) -> "Buckets":
        """These, with a bucket of no run wherever runs are missing: each one begins where the last one ended."""
        at = self.gaps
        return Buckets(
            np.insert(self.begins, at, self.ends[at - 1]),
            np.insert(self.ends, at, self.begins[at]),
            np.insert(self.runs, at, 0),
        )


@dataclass(frozen=True)
class Values:
    """Lowest, mean and highest value of each bucket; NaN where nothing is known."""

    low: Floats
    mean: Floats
    high: Floats

    @classmethod
    def of(cls, series: Series) -> "Values":
        """The values of a series."""
        return cls(series.low, series.mean, series.high)

    @classmethod
    def unknown(cls, moments: int) -> "Values":
        """Nothing at all."""
        nothing = np.full(moments, np.nan)
        return cls(nothing, nothing, nothing)

    def filled(self, gaps: npt.NDArray[np.intp]) -> "Values":
        """These, with nothing known before some positions."""
        return Values(*(np.insert(values, gaps, np.nan) for values in (self.low, self.mean, self.high)))

    def scaled(self, middle: float, height: float) -> "Values":
        """These around another middle, in parts of a height."""
        return Values(*((values - middle) / height for values in (self.low, self.mean, self.high)))

    @property
    def known(self) -> bool:
        """Whether there is any value."""
        return bool(np.any(np.isfinite(self.mean)))

    @property
    def spread(self) -> bool:
        """Whether lowest and highest differ anywhere."""
        return not (np.array_equal(self.low, self.mean, True) and np.array_equal(self.high, self.mean, True))


def reduce_onto(values: Values, source: Buckets, target: Buckets) -> Values:
    """Values of some buckets over other ones, which are wider or lie elsewhere.

    A target bucket takes what begins in it; where nothing does, what goes on in it. Its mean is weighted by runs.
    """
    if not len(source.begins) or not len(target.begins):
        return Values.unknown(len(target.begins))
    first = np.searchsorted(source.begins, target.begins, "left")
    stop = np.searchsorted(source.begins, target.ends, "left")
    # Nothing begins there: the bucket before it may go on.
    before = np.maximum(first - 1, 0)
    lasts = (first == stop) & (source.ends[before] > target.begins)
    first, stop = np.where(lasts, before, first), np.where(lasts, first, stop)
    weights = np.where(np.isfinite(values.mean), source.runs, 0).astype(np.float64)
    with np.errstate(all="ignore"):
        total = _each(np.add, np.where(weights > 0, values.mean * weights, 0.0), first, stop, 0.0)
        mean = total / _each(np.add, weights, first, stop, 0.0)
    low = _each(np.fmin, values.low, first, stop, np.nan)
    high = _each(np.fmax, values.high, first, stop, np.nan)
    # A sum of many floats may leave the range of its parts by its last digit, or the range of floats altogether.
    return Values(low, np.fmin(np.fmax(mean, low), high), high)


_Edges = npt.NDArray[np.intp]


def _each(compute: np.ufunc, values: Floats, first: _Edges, stop: _Edges, none: float) -> Floats:
    """A function over each ``values[first:stop]``; ``none`` where there is nothing in it."""
    # reduceat goes from each edge to the next, of which every other one is a pair of ours; none may lie at the end.
    edges = np.stack([first, stop], axis=1).ravel()
    found: Floats = compute.reduceat(np.append(values, none), edges)[::2]
    return np.where(first < stop, found, none)
