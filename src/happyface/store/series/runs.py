"""All runs with their times, kept in memory; and those of a span, with the places where some are missing."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.model.series import Span, Times
from happyface.store.schema import runs
from happyface.store.series.periods import BLOCK, PERIOD
from happyface.store.timeline import MISSING, USUAL_STEP

RunIds = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_DAY = 86400
_SINCE = select(runs.c.id, runs.c.time).where(runs.c.id >= sa.bindparam("first")).order_by(runs.c.id)


def fetch(connection: Connection, statement: sa.Executable, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement as the driver's own tuples: making SQLAlchemy's takes as long as reading them."""
    with connection.execute(statement, parameters) as result:
        cursor: Any = result.cursor
        return list(cursor.fetchall())


@dataclass(frozen=True, eq=False)
class AllRuns:
    """Every run that there is, by its number, which grows; its time may not.

    Attributes:
        steps: the usual time between two runs in seconds, by period.
    """

    ids: RunIds
    times: Times
    steps: Times

    def followed_by(self, ids: RunIds, times: Times) -> "AllRuns":
        """These runs and those that were written after them."""
        all_ids, all_times = np.concatenate([self.ids, ids]), np.concatenate([self.times, times])
        first = int(all_ids[len(self.ids) - 1] if len(self.ids) else 0) // PERIOD
        added = [_step_of(all_ids, all_times, period) for period in range(first, int(all_ids[-1]) // PERIOD + 1)]
        return AllRuns(all_ids, all_times, np.array([*self.steps[:first], *added], np.int64))

    @cached_property
    def _in_order(self) -> "SpanRuns | None":
        """All runs at once; None where some clock went wrong. Nearly always there, and a span is then a slice of it."""
        return None if (np.diff(self.times) <= 0).any() else self._chosen(np.arange(len(self.ids)))

    def within(self, span: Span) -> "SpanRuns":
        """The runs of a span whose clock was right.

        One that ran ahead is left out: a run with a later number has a time that is not later. Looked for among those
        of a day before the span as well, for what ran ahead into it.
        """
        if self._in_order is not None:
            begin, end = np.searchsorted(self.times, [span.begin, span.end + 1])
            return self._in_order.part(int(begin), int(end))
        near = np.flatnonzero((self.times > span.begin - _DAY) & (self.times <= span.end))
        times = self.times[near]
        later = np.append(np.minimum.accumulate(times[::-1])[::-1][1:], np.iinfo(np.int64).max)
        chosen = near[(times < later) & (times >= span.begin)]
        found = self._chosen(chosen)
        if len(chosen):
            following = self.times[(self.ids > found.ids[-1]) & (self.times > span.end)][:1]
            step = self.steps[found.ids[-1] // PERIOD]
            if len(following) and following[0] - found.times[-1] <= MISSING * step:
                found.ends[-1] = following[0]
        return found

    def _chosen(self, chosen: RunIds) -> "SpanRuns":
        ids, times = self.ids[chosen], self.times[chosen]
        steps = self.steps[ids // PERIOD]
        missing = np.append(True, np.diff(times) > MISSING * steps[1:])[: len(ids)]
        ends = times + steps
        ends[:-1] = np.where(missing[1:], ends[:-1], times[1:])
        blocks, periods = (begins_of(ids, length) for length in (BLOCK, PERIOD))
        return SpanRuns(self, ids, times, ends, missing, np.union1d(blocks, np.flatnonzero(missing)), periods)


@dataclass(frozen=True, eq=False)
class SpanRuns:
    """The runs of a span, oldest first, with growing numbers and times.

    Attributes:
        ends: until when each holds: the time of the run after it; where that is missing, the usual step later.
        missing: whether runs are missing before each; true of the first one.
        block_begins: the places at which blocks begin: at every 32nd number, and where runs are missing.
        period_begins: the place of the first run of each period.
    """

    all: AllRuns
    ids: RunIds
    times: Times
    ends: Times
    missing: Flags
    block_begins: RunIds
    period_begins: RunIds

    def part(self, begin: int, end: int) -> "SpanRuns":
        """Those from a place on to before another one."""
        missing = self.missing[begin:end].copy()
        missing[:1] = True
        begins = (_part_of(places, begin, end) for places in (self.block_begins, self.period_begins))
        return SpanRuns(self.all, self.ids[begin:end], self.times[begin:end], self.ends[begin:end], missing, *begins)

    @cached_property
    def periods(self) -> RunIds:
        """The periods of the runs."""
        return self.ids[self.period_begins] // PERIOD

    @cached_property
    def is_whole(self) -> Flags:
        """Of which of these periods all runs are here that there are."""
        counts = np.diff(np.append(self.period_begins, len(self.ids)))
        first, end = (np.searchsorted(self.all.ids, (self.periods + more) * PERIOD) for more in (0, 1))
        whole: Flags = counts == end - first
        return whole


def begins_of(ids: RunIds, length: int) -> RunIds:
    """The places at which the numbers of runs, divided by a length, have another whole part than before."""
    return np.flatnonzero(np.append(True, np.diff(ids // length) > 0)[: len(ids)])


def _part_of(places: RunIds, begin: int, end: int) -> RunIds:
    """The places that lie in a part, counted from its begin, which is one itself."""
    first, last = np.searchsorted(places, [begin + 1, end])
    return np.append(0, places[first:last] - begin)[: end - begin]


_NONE = AllRuns(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


class KnownRuns:
    """The runs of a database: read once, then only those that were added, for a complete run never changes."""

    def __init__(self) -> None:
        self._runs = _NONE

    def read(self, connection: Connection) -> AllRuns:
        """All runs that there are now."""
        known = self._runs  # once: another thread may put newer ones there meanwhile
        last = int(known.ids[-1]) if len(known.ids) else 0
        rows = fetch(connection, _SINCE, {"first": last})
        if len(known.ids):
            if not rows or tuple(rows[0]) != (last, int(known.times[-1])):  # another database was restored
                known, rows = _NONE, fetch(connection, _SINCE, {"first": 0})
            else:
                rows = rows[1:]
        if rows:
            ids, times = zip(*rows, strict=True)
            known = known.followed_by(np.array(ids, np.int64), np.array(times, np.int64))
        self._runs = known
        return known


def _step_of(ids: RunIds, times: Times, period: int) -> int:
    """The usual time between two runs of a period; of one that is not full yet, that of the newest runs."""
    first, end = (int(place) for place in np.searchsorted(ids, [period * PERIOD, (period + 1) * PERIOD]))
    if ids[-1] < (period + 1) * PERIOD - 1:
        first = max(0, end - PERIOD)
    return usual_step(times[first:end])


def usual_step(times: Times) -> int:
    """The usual time between two runs, in seconds."""
    steps = np.diff(times)
    steps = np.sort(steps[steps > 0])
    return int(steps[(len(steps) - 1) // 2]) if len(steps) else USUAL_STEP
