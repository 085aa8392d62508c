"""Buckets: neighbouring runs that share one point of a curve."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from happyface.model.series import Floats, Times
from happyface.store.series.periods import BLOCK
from happyface.store.series.runs import SpanRuns

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Buckets:
    """The buckets of some runs.

    Attributes:
        places: the bucket of each run.
        begins: of each bucket the time of its first run; ``ends``, until when its last one holds.
        counts: how many runs each has.
        size: how many runs it may have at most.
    """

    places: Places
    begins: Times
    ends: Times
    counts: Times
    size: int = 1


@dataclass(frozen=True, eq=False)
class Cells:
    """What is known of a number in some places: of a run, or of a block of runs.

    Attributes:
        places: the bucket of each; they need not be in order.
        known: in how many runs there is a value.
    """

    places: Places
    low: Floats
    mean: Floats
    high: Floats
    known: Floats


def bucket_size(count: int, points: int | None) -> int:
    """How many runs a bucket has, for about so many buckets; None: one for each run."""
    if points is None:
        return 1
    size = max(1, -(-count // max(1, points)))
    # The same whether there are summaries or not: what is drawn must not depend on them.
    return size if size < BLOCK else (size + BLOCK // 2) // BLOCK * BLOCK


def make_buckets(runs: SpanRuns, points: int | None) -> Buckets:
    """The buckets of the runs of a span: they begin at run numbers that divide evenly, and where runs are missing."""
    size = bucket_size(len(runs.ids), points)
    # Large ones are made of whole blocks, so only these have to be looked at.
    at = runs.block_begins if size >= BLOCK else np.arange(len(runs.ids))
    first = at[runs.missing[at] | np.append(True, np.diff(runs.ids[at] // size) > 0)[: len(at)]]
    last = np.append(first[1:], len(runs.ids))[: len(first)] - 1
    counts = last - first + 1
    return Buckets(np.repeat(np.arange(len(first)), counts), runs.times[first], runs.ends[last], counts, size)


def cells_of(places: Places, values: Floats) -> Cells:
    """The cells of single runs, with their values; those without one left out."""
    known = ~np.isnan(values)
    values = values[known]
    return Cells(places[known], values, values, values, np.ones(len(values)))


def reduce_cells(parts: list[Cells], count: int) -> tuple[Floats, Floats, Floats]:
    """The lowest value, the mean by runs and the highest value of each bucket; NaN where nothing is known."""
    low, mean, high, total = np.full(count, np.inf), np.zeros(count), np.full(count, -np.inf), np.zeros(count)
    for part in parts:
        np.minimum.at(low, part.places, part.low)
        np.maximum.at(high, part.places, part.high)
        np.add.at(total, part.places, part.known)
    for part in parts:
        # Divided before they are added up: the sum of two large numbers may be none.
        np.add.at(mean, part.places, part.mean * (part.known / total[part.places]))
    empty = total == 0
    low[empty] = mean[empty] = high[empty] = np.nan
    return low, np.clip(mean, low, high), high
