"""Summaries: what a number was in the blocks of a period. A short cut only: where one is missing, rows are read.

A summary is 32 bytes for each block, four floats: the lowest value, the mean, the highest, and in how many runs there
was one. A number that was the same throughout, or not known throughout, is that one float.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, or_, select

from happyface.model.series import Floats
from happyface.store.schema import numbers, summaries
from happyface.store.series.buckets import Cells, Places
from happyface.store.series.finding import Number
from happyface.store.series.periods import BLOCK, PERIOD
from happyface.store.series.runs import Flags, RunIds, SpanRuns, fetch

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


def block_begins(ids: RunIds, missing: Flags) -> Places:
    """The places of the runs with which blocks begin: at every 32nd number, and where runs are missing."""
    return np.flatnonzero(missing | np.append(True, np.diff(ids // BLOCK) > 0)[: len(ids)])


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
class Blocks:
    """The blocks of the periods that lie whole in a span.

    Attributes:
        places: of each block the bucket in which it is.
        sizes: how many runs each has.
        of_period: from which block to before which a period goes.
    """

    places: Places
    sizes: Places
    of_period: Mapping[int, tuple[int, int]]

    def cells(self, found: Sequence[tuple[int, bytes]]) -> Cells:
        """The cells of some summaries, each with its period."""
        whole = [(period, data) for period, data in found if len(data) > _FLOAT.itemsize]
        same = [(period, data) for period, data in found if len(data) == _FLOAT.itemsize]
        parts = [
            np.frombuffer(b"".join(data for _, data in whole), _FLOAT).reshape(-1, 4),
            self._repeated(same),
        ]
        places = self._blocks([period for period, _ in whole] + [period for period, _ in same])
        low, mean, high, known = np.concatenate(parts).T
        is_known = known > 0
        return Cells(self.places[places][is_known], *(part[is_known] for part in (low, mean, high, known)))

    def _repeated(self, found: Sequence[tuple[int, bytes]]) -> Floats:
        """Numbers that stayed the same throughout a period, as if they were in blocks."""
        values = np.frombuffer(b"".join(data for _, data in found), _FLOAT)
        lengths = [self.of_period[period][1] - self.of_period[period][0] for period, _ in found]
        each = np.repeat(values, lengths) if len(values) else values
        sizes = self.sizes[self._blocks([period for period, _ in found])]
        return np.stack([each, each, each, np.where(np.isnan(each), 0, sizes)], axis=1)

    def _blocks(self, periods: Sequence[int]) -> Places:
        ranges = [np.arange(*self.of_period[period]) for period in periods]
        return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)

    def fits(self, period: int, data: bytes) -> bool:
        """Whether a summary is one of these blocks."""
        if period not in self.of_period:
            return False
        first, end = self.of_period[period]
        return len(data) in (_FLOAT.itemsize, (end - first) * 4 * _FLOAT.itemsize)


def make_blocks(runs: SpanRuns, places: Places) -> Blocks:
    """The blocks of some runs that lie in buckets."""
    begins = block_begins(runs.ids, runs.missing)
    periods, firsts = np.unique(runs.ids[begins] // PERIOD, return_index=True)
    ends = np.append(firsts[1:], len(begins))
    of_period = {
        period: (first, end)
        for period, first, end in zip(periods.tolist(), firsts.tolist(), ends.tolist(), strict=True)
        if period in runs.whole
    }
    return Blocks(places[begins], np.diff(np.append(begins, len(runs.ids))), of_period)


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


def read_summaries(
    connection: Connection, wanted: Collection[NumberKey], blocks: Blocks
) -> dict[NumberKey, dict[int, bytes]]:
    """The summaries of some numbers by period, as far as they are of these blocks."""
    if not wanted or not blocks.of_period:
        return {}
    parameters: dict[str, Any] = {
        "instances": sorted({key[0] for key in wanted}),
        "columns": sorted({key[1] for key in wanted if key[1] is not None}),
        "rows": sorted({key[3] for key in wanted if key[3] is not None}),
    }
    ids = {number[0]: tuple(number[1:]) for number in fetch(connection, _NUMBERS, parameters)}
    chosen = {number: key for number, key in ids.items() if key in wanted}
    if not chosen:
        return {}
    parameters = {"numbers": list(chosen), "first": min(blocks.of_period), "last": max(blocks.of_period)}
    found: defaultdict[Any, dict[int, bytes]] = defaultdict(dict)
    for number_id, period, data in fetch(connection, _SUMMARIES, parameters):
        if blocks.fits(period, data):
            found[chosen[number_id]][period] = data
    return found
