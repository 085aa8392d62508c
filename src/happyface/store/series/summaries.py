"""Summaries: what a number was in the blocks of a period. A short cut only: where one is missing, rows are read.

A summary is 32 bytes for each block, four floats: the lowest value, the mean, the highest, and in how many runs there
was one. A number that was the same throughout, or not known throughout, is that one float.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, or_, select

from happyface.model.series import Floats
from happyface.store.schema import numbers, summaries
from happyface.store.series.buckets import Cells, Places
from happyface.store.series.finding import Number
from happyface.store.series.runs import Flags, SpanRuns, fetch

_FLOAT = np.dtype("<f8")

NumberKey = tuple[int, int | None, int | None, str | None]
"""Instance, column, the column that names rows and the row: a number as ``numbers`` has it."""


def number_key(number: Number) -> NumberKey | None:
    """The number as it is summarised; None for one that never is."""
    if number.aggregate == "count":
        return None
    column_id = number.place.number if number.place else None
    conditions = number.source.conditions
    if number.row is not None:
        return number.source.instance_id, column_id, conditions[0].place.number, number.row
    is_single = number.place is None or not number.key.table
    return (number.source.instance_id, column_id, None, None) if is_single and not conditions else None


def pack(values: Floats, begins: Places) -> bytes:
    """The summary of a number, from its value in each run of a period."""
    known = ~np.isnan(values)
    if not known.any() or (known.all() and (values == values[0]).all()):
        return values[:1].astype(_FLOAT).tobytes()
    counts = np.add.reduceat(known.astype(np.float64), begins)
    sizes = np.diff(np.append(begins, len(values)))
    shares = np.where(known, values, 0) / np.repeat(np.maximum(counts, 1), sizes)
    low, high = np.fmin.reduceat(values, begins), np.fmax.reduceat(values, begins)
    mean = np.clip(np.add.reduceat(shares, begins), low, high)
    return np.stack([low, mean, high, counts], axis=1).astype(_FLOAT).tobytes()


@dataclass(frozen=True, eq=False)
class Found:
    """The summaries of a number, by period."""

    periods: Places
    data: Sequence[bytes]

    def of(self, chosen: Flags) -> "Found":
        """Some of them."""
        if chosen.all():
            return self
        return Found(self.periods[chosen], [self.data[place] for place in np.flatnonzero(chosen).tolist()])


@dataclass(frozen=True, eq=False)
class Blocks:
    """The blocks of some runs.

    Attributes:
        places: of each block the bucket in which it is.
        sizes: how many runs each has.
        begins: of each period, counted from the first one on, its first block.
        counts: how many blocks it has; none where some of its runs are not here.
    """

    places: Places
    sizes: Places
    first_period: int
    begins: Places
    counts: Places

    def cells(self, found: Found) -> Cells:
        """The cells of some summaries."""
        lengths = np.fromiter(map(len, found.data), np.int64, len(found.data))
        varied, same = found.of(lengths > _FLOAT.itemsize), found.of(lengths == _FLOAT.itemsize)
        rows = np.frombuffer(b"".join(varied.data), _FLOAT).reshape(-1, 4)
        places = np.concatenate([self._of(varied.periods), self._of(same.periods)])
        low, mean, high, known = np.concatenate([rows, self._repeated(same)]).T
        is_known = known > 0
        return Cells(self.places[places][is_known], *(part[is_known] for part in (low, mean, high, known)))

    def _repeated(self, found: Found) -> Floats:
        """Numbers that stayed the same throughout a period, as if they were in blocks."""
        values = np.frombuffer(b"".join(found.data), _FLOAT)
        repeated = np.repeat(values, self.counts[found.periods - self.first_period])
        sizes = self.sizes[self._of(found.periods)]
        return np.stack([repeated, repeated, repeated, np.where(np.isnan(repeated), 0, sizes)], axis=1)

    def _of(self, periods: Places) -> Places:
        """The blocks of some periods, one after another."""
        counts, begins = self.counts[periods - self.first_period], self.begins[periods - self.first_period]
        return np.arange(int(counts.sum())) + np.repeat(begins - np.cumsum(counts) + counts, counts)

    def fitting(self, found: Found) -> Found:
        """The summaries that are of these blocks."""
        lengths = np.fromiter(map(len, found.data), np.int64, len(found.data))
        counts = self.counts[found.periods - self.first_period]
        return found.of((counts > 0) & ((lengths == _FLOAT.itemsize) | (lengths == counts * 4 * _FLOAT.itemsize)))


def make_blocks(runs: SpanRuns, places: Places) -> Blocks:
    """The blocks of some runs that lie in buckets."""
    firsts = runs.block_begins
    sizes = np.diff(np.append(firsts, len(runs.ids)))
    begins = np.searchsorted(firsts, runs.period_begins)
    counts = np.where(runs.is_whole, np.diff(np.append(begins, len(firsts))), 0)
    by_period = np.zeros((2, int(runs.periods[-1] - runs.periods[0]) + 1), np.int64)
    by_period[:, runs.periods - runs.periods[0]] = begins, counts
    return Blocks(places[firsts], sizes, int(runs.periods[0]), *by_period)


_IN_INSTANCES = sa.bindparam("instances", expanding=True, type_=sa.Integer)
_IN_COLUMNS = sa.bindparam("columns", expanding=True, type_=sa.Integer)
_IN_ROWS = sa.bindparam("rows", expanding=True, type_=sa.String)
_NUMBERS = select(numbers).where(
    numbers.c.instance_id.in_(_IN_INSTANCES),
    or_(numbers.c.column_id.is_(None), numbers.c.column_id.in_(_IN_COLUMNS)),
    or_(numbers.c.row_name.is_(None), numbers.c.row_name.in_(_IN_ROWS)),
)
_SUMMARIES = select(summaries.c.number_id, summaries.c.period, summaries.c.blocks).where(
    summaries.c.number_id.in_(sa.bindparam("numbers", expanding=True, type_=sa.Integer)),
    summaries.c.period >= sa.bindparam("first"),
    summaries.c.period <= sa.bindparam("last"),
)


def read_summaries(connection: Connection, wanted: Collection[NumberKey], blocks: Blocks) -> dict[NumberKey, Found]:
    """The summaries of some numbers, as far as they are of these blocks."""
    if not wanted:
        return {}
    parameters: dict[str, Any] = {
        "instances": sorted({key[0] for key in wanted}),
        "columns": sorted({key[1] for key in wanted if key[1] is not None}),
        "rows": sorted({key[3] for key in wanted if key[3] is not None}),
    }
    ids = {number[0]: tuple(number[1:]) for number in fetch(connection, _NUMBERS, parameters)}
    chosen: dict[int, Any] = {number: key for number, key in ids.items() if key in wanted}
    if not chosen:
        return {}
    first = blocks.first_period
    parameters = {"numbers": list(chosen), "first": first, "last": first + len(blocks.counts) - 1}
    rows = fetch(connection, _SUMMARIES, parameters)
    if not rows:
        return {}
    owners, periods, data = zip(*rows, strict=True)
    of_number, of_period = np.array(owners, np.int64), np.array(periods, np.int64)
    everything = Found(of_period, data)
    return {key: blocks.fitting(everything.of(of_number == number)) for number, key in chosen.items()}
