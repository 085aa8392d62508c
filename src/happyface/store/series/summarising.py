"""Making summaries, once a period is full: what the writer does after a run, so that no reader ever has to."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, func, select

from happyface.contract.columns import Table
from happyface.model.series import SeriesKey, Times
from happyface.store import schema
from happyface.store.engine import writing
from happyface.store.layout import KnownTable, Layout, Place, table_name
from happyface.store.moments import Outlines
from happyface.store.schema import datasets, instances, numbers, results, runs, summaries, summarised_periods
from happyface.store.series.buckets import Places
from happyface.store.series.finding import PLOTTED, Number, Source
from happyface.store.series.periods import BLOCK, BUSY, PERIOD
from happyface.store.series.runs import RunIds, begins_of, fetch, usual_step
from happyface.store.series.summaries import NumberKey, pack
from happyface.store.series.values import Cell, cell_of, read_changes, read_named_rows
from happyface.store.timeline import MISSING
from happyface.store.values import row_counts
from happyface.store.writing.batch import insert_rows

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a cycle may spend on this; what is left, the next one does."""
_LONG = 1.0
"""Seconds that are told in the log."""
_AT_ONCE = 5_000
"""Summaries that are written in one transaction, and so are in memory."""
_MOST_ROWS = 300_000
"""Rows of an instance in a period that are read at once; where there are more, plots read them one by one."""

_FIRST, _LAST = sa.bindparam("first", type_=sa.Integer), sa.bindparam("last", type_=sa.Integer)
_RUNS = select(runs.c.id, runs.c.time, runs.c.outline_id).where(runs.c.id >= _FIRST, runs.c.id <= _LAST)
_CHANGES = (
    select(func.count())
    .select_from(results)
    .where(results.c.instance_id == instances.c.id, results.c.run_id >= _FIRST, results.c.run_id <= _LAST)
    .correlate(instances)
    .scalar_subquery()
)
_DONE = (
    select(numbers.c.instance_id)
    .join_from(numbers, summaries, summaries.c.number_id == numbers.c.id)
    .where(numbers.c.column_id.is_(None), summaries.c.period == sa.bindparam("period"))
)
_BUSY = (
    select(instances.c.id, instances.c.name)
    .where(sa.bindparam("busy") <= _CHANGES, instances.c.id.not_in(_DONE))
    .order_by(instances.c.id)
)

_COUNTS = (
    select(datasets.c.counts)
    .join_from(results, datasets, datasets.c.id == results.c.dataset_id)
    .where(results.c.instance_id == sa.bindparam("instance"), results.c.run_id >= _FIRST, results.c.run_id <= _LAST)
)

_Summary = tuple[NumberKey, bytes]


def summarise(engine: Engine, first: int, end: int) -> int:
    """Summarise the periods from a first one on to before an end, as far as there is time; the first that is left."""
    begun = time.monotonic()
    work = _Work(engine, begun + PATIENCE)
    period = first
    while period < end and work.do(period):
        period += 1
    if (taken := time.monotonic() - begun) > _LONG:
        log.info("Summaries for plots took %.1f s; %d periods of %d runs are left.", taken, end - period, PERIOD)
    return period


@dataclass(frozen=True, eq=False)
class _Period:
    """The runs of one period."""

    number: int
    ids: RunIds
    begins: Places

    @property
    def ends(self) -> dict[str, int]:
        """The first and the last run, as parameters."""
        return {"first": self.number * PERIOD, "last": (self.number + 1) * PERIOD - 1}


class _Work:
    """The summaries that one cycle makes."""

    def __init__(self, engine: Engine, until: float) -> None:
        self._engine, self._until = engine, until
        self._layout, self._outlines = Layout(), Outlines()

    def do(self, number: int) -> bool:
        """Summarise a period. Returns whether it is done: there may be no time left."""
        with self._engine.connect() as connection:
            self._layout.load(connection)
            parameters = {"first": number * PERIOD, "last": (number + 1) * PERIOD - 1}
            rows = sorted(fetch(connection, _RUNS, parameters))
            made: list[_Summary] = []
            for summaries_of_one in self._made(connection, number, rows) if rows else ():
                made += summaries_of_one
                if len(made) >= _AT_ONCE:
                    self._write(number, made)
                    made = []
                if time.monotonic() > self._until:
                    self._write(number, made)
                    return False
        self._write(number, made, is_done=True)
        return True

    def _made(self, connection: Connection, number: int, rows: Sequence[tuple[Any, ...]]) -> Iterator[list[_Summary]]:
        """The summaries of each busy instance in turn; none where a clock went wrong."""
        ids, times = (np.array(column, np.int64) for column in list(zip(*rows, strict=True))[:2])
        if (np.diff(times) <= 0).any():
            return
        period = _Period(number, ids, np.union1d(begins_of(ids, BLOCK), np.flatnonzero(_missing(times))))
        busy = connection.execute(_BUSY, {**period.ends, "period": number, "busy": BUSY}).all()
        modules = self._modules(connection, {row[2] for row in rows})
        for instance_id, name in busy:
            yield list(self._of_instance(connection, period, instance_id, modules.get(name, {})))

    def _modules(self, connection: Connection, outline_ids: set[int]) -> dict[str, dict[str, dict[str, Table]]]:
        """The tables of each instance as they were declared, by its modules: more than one where that was changed."""
        found: dict[str, dict[str, dict[str, Table]]] = defaultdict(dict)
        for outline_id in sorted(outline_ids):
            outline = self._outlines.get(connection, outline_id)
            for instance in outline.instances:
                if instance.module in outline.module:
                    found[instance.name][instance.module] = outline.module[instance.module].tables
        return found

    def _of_instance(
        self, connection: Connection, period: _Period, instance_id: int, modules: dict[str, dict[str, Table]]
    ) -> Iterator[_Summary]:
        for module, tables in modules.items() if len(modules) == 1 else ():
            for name, table in tables.items():
                known = self._layout.known.get((module, name))
                if known and name and table.key and _rows_of(connection, period, instance_id, name) <= _MOST_ROWS:
                    yield from _of_rows(connection, period, instance_id, known, table)
                elif known and not name:
                    places = _plotted(known)
                    yield from _of_source(connection, period, Source(instance_id, table_name(known.id, "")), places)
        # Last, for it says that the instance is done.
        yield from _of_source(connection, period, Source(instance_id), [None])

    def _write(self, period: int, made: Sequence[_Summary], is_done: bool = False) -> None:
        with writing(self._engine) as connection:
            if connection.scalar(select(summarised_periods).where(summarised_periods.c.period == period)) is not None:
                return  # another process was quicker
            ids = _number_ids(connection, [key for key, _ in made])
            taken = set(connection.scalars(select(summaries.c.number_id).where(summaries.c.period == period)))
            rows = [(ids[key], period, data) for key, data in made if ids[key] not in taken]
            if rows:
                insert_rows(connection, summaries, rows)
            if is_done:
                insert_rows(connection, summarised_periods, [(period,)])
            connection.commit()


def _missing(times: Times) -> Any:
    return np.append(True, np.diff(times) > MISSING * usual_step(times))


def _rows_of(connection: Connection, period: _Period, instance_id: int, table: str) -> int:
    """How many rows of a table an instance stored in a period."""
    found = connection.scalars(_COUNTS, {**period.ends, "instance": instance_id})
    return sum(row_counts(counts).get(table, 0) for counts in found)


def _plotted(known: KnownTable) -> list[Place]:
    """The places of a table's columns that are numbers over time."""
    found = {column.place: Place(column.place, column.kind) for column in known.columns.values()}
    return [place for place in found.values() if place.kind in PLOTTED]


def _of_source(
    connection: Connection, period: _Period, source: Source, places: Sequence[Place | None]
) -> Iterator[_Summary]:
    """The summaries of an instance's status, or of the columns of its data."""
    found = [Number(SeriesKey("", column="status"), source, place) for place in places]
    if not found:
        return
    cells = [cell_of(number) for number in found]
    changes = read_changes(connection, source, cells, int(period.ids[0]), int(period.ids[-1]))
    for number in found:
        column_id = number.place.number if number.place else None
        data = pack(changes.at(number, period.ids), period.begins)
        yield (source.instance_id, column_id, None, None), data


def _of_rows(
    connection: Connection, period: _Period, instance_id: int, known: KnownTable, table: Table
) -> Iterator[_Summary]:
    """The summaries of the rows that were there often enough, each under one name."""
    key = known.columns.get(table.key)
    places = _plotted(known)
    if key is None or key.kind != "text" or not places:
        return
    source = Source(instance_id, table_name(known.id, table.name))
    key_place = Place(key.place, key.kind)
    first, last = int(period.ids[0]), int(period.ids[-1])
    rows = read_named_rows(connection, source, key_place, [Cell(place) for place in places], first, last)
    for name, ids, columns in rows.busy(BUSY):
        for place, values in zip(places, columns, strict=True):
            values = np.where(values < 0, np.nan, values) if place.kind == "state" else values
            data = pack(rows.at(ids, values, period.ids), period.begins)
            yield (instance_id, place.number, key.place, name), data


_ALL_NUMBERS = select(numbers).where(numbers.c.instance_id.in_(sa.bindparam("instances", expanding=True)))


def _number_ids(connection: Connection, keys: Sequence[NumberKey]) -> dict[NumberKey, int]:
    """The numbers of some numbers; new ones are written."""
    found: dict[NumberKey, int] = {}
    of_instances = sorted({key[0] for key in keys})
    for number, *key in connection.execute(_ALL_NUMBERS, {"instances": of_instances}) if keys else ():
        found[tuple(key)] = number
    following = (connection.scalar(select(func.max(numbers.c.id))) or 0) + 1
    new = [key for key in dict.fromkeys(keys) if key not in found]
    rows = [(following + place, *key) for place, key in enumerate(new)]
    if rows:
        insert_rows(connection, schema.numbers, rows)
    return found | {key: following + place for place, key in enumerate(new)}
