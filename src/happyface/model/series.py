"""Numbers over time, as the store hands them to plots: arrays of numpy, without what a reader may not see.

Only plots import this: numpy takes longer to import than a page takes to make.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from happyface.contract.columns import Column
from happyface.contract.limits import Limits

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
"""Seconds since 1970, UTC."""

Aggregate = Literal["mean", "sum", "min", "max", "count"]
"""How the rows of one run become one number."""


@dataclass(frozen=True)
class RowFilter:
    """Rows to take, or to leave out: those whose column is, as a text, the value."""

    column: str
    value: str
    exclude: bool = False


@dataclass(frozen=True)
class SeriesKey:
    """One number of a site over time.

    Attributes:
        instance: ``category:NAME`` for the status of a category.
        table: empty for the values of ``Data``.
        column: empty for the status of the instance.
        filters: which rows of the table count.
        aggregate: how those that count become one number in a run; one row alone is its own mean.
    """

    instance: str
    table: str = ""
    column: str = ""
    filters: tuple[RowFilter, ...] = ()
    aggregate: Aggregate = "mean"


@dataclass(frozen=True)
class Span:
    """From when to when, in seconds since 1970, UTC; both ends belong to it."""

    begin: int
    end: int


@dataclass(frozen=True)
class Series:
    """One number over the buckets of a :class:`SeriesSet`; NaN where nothing is known, or no run was made.

    In a bucket of one run the three are the same.

    Attributes:
        column: the column as it is declared now, else as it was last; None for a status.
        limits: the effective limits of the column in the newest run in which the instance is.
        problem: why there is none, as a sentence; the arrays are then of NaN alone.
    """

    key: SeriesKey
    low: Floats
    mean: Floats
    high: Floats
    column: Column | None = None
    limits: Limits | None = None
    problem: str = ""


@dataclass(frozen=True)
class SeriesSet:
    """Several numbers over the same buckets of time.

    Attributes:
        begins: of each bucket: the time of its first run.
        ends: of each bucket: the time of the run after its last one; where runs are missing, the usual step later.
        runs: how many runs each bucket has.
    """

    begins: Times
    ends: Times
    runs: Times
    series: Mapping[SeriesKey, Series]


@dataclass(frozen=True)
class TwoSpans:
    """The values of a number in the runs of a span and of one before it; unknown ones are left out.

    ``times`` are those of ``values``: of the runs, in the order in which these were made.
    """

    key: SeriesKey
    column: Column
    times: Times
    values: Floats
    before: Floats


@dataclass(frozen=True)
class StatusPiece:
    """A time in which an instance or a category kept its status: seconds since 1970, UTC.

    ``sentence`` is the one with which it began: it may change in each run, and nobody could see that in a picture.
    """

    begin: int
    end: int
    status: float
    sentence: str = ""


@dataclass(frozen=True)
class PlotInstance:
    """An instance and the numbers of it that can be plotted: columns by table, '' the table of ``Data``.

    Attributes:
        name: ``category:NAME`` for a category, of which the status can be plotted.
        row_columns: the names of all columns of each table of rows, by which these can be filtered.
    """

    name: str
    title: str
    category: str
    tables: Mapping[str, Sequence[Column]] = field(default_factory=dict)
    row_columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
