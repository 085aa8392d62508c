"""All numbers of a site in two spans, for what asks which of them moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.contract.columns import Column, Table
from happyface.model.outline import Outline
from happyface.model.series import Floats, RowFilter, SeriesKey, Span, Times, TwoSpans
from happyface.store.layout import KnownTable, Place, table_name
from happyface.store.schema import instances, results
from happyface.store.series.curves import SeriesReading
from happyface.store.series.finding import PLOTTED, Source, find_instances
from happyface.store.series.hiding import Hiding
from happyface.store.series.runs import Flags, RunIds, fetch
from happyface.store.series.values import Cell, held_from, read_named_rows

_CELLS_AT_ONCE = 5_000_000
"""Values of a table that are in memory at once; of a larger one few columns are read at a time."""
_ROWS_AT_ONCE = 500
"""Rows that are tuples at once: with more of them Python's collector has work."""
_OLDER_AT_ONCE = 500


@dataclass(frozen=True, eq=False)
class _Runs:
    """The runs of both spans, and which are of the later one."""

    ids: RunIds
    times: Times
    is_later: Flags

    def parted(self, values: Floats, hidden: Flags | None) -> tuple[Times, Floats, Floats]:
        """The known values of the later span, with their times, and those of the one before."""
        known = ~np.isnan(values)
        if hidden is not None:
            known &= ~hidden
        later = known & self.is_later
        return self.times[later], values[later], values[known & ~self.is_later]


def read_two_spans(reading: SeriesReading, outline: Outline, span: Span, before: Span) -> Iterator[TwoSpans]:
    """Every number of an outline that is known in one of two spans."""
    found = reading.all_runs.within(Span(min(span.begin, before.begin), max(span.end, before.end)))
    later = (found.times >= span.begin) & (found.times <= span.end)
    earlier = (found.times >= before.begin) & (found.times <= before.end) & ~later
    both = later | earlier
    runs = _Runs(found.ids[both], found.times[both], later[both])
    if not len(runs.ids):
        return
    hiding = Hiding(reading.connection, reading.reader, reading.access, list(outline.instance))
    ids = find_instances(reading.connection, outline.instance)
    for module in outline.modules:
        names = [instance.name for instance in outline.instances if instance.module == module.name]
        of_module = {name: ids[name] for name in names if name in ids}
        for table in module.tables.values():
            known = reading.layout.find_known(reading.connection, module.name, table.name)
            numbers = _Numbers(reading.connection, runs, hiding, table, known) if known and of_module else None
            yield from numbers.read(of_module) if numbers else ()


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The numbers of one module's table."""

    connection: Connection
    runs: _Runs
    hiding: Hiding
    table: Table
    known: KnownTable

    def read(self, ids: dict[str, int]) -> Iterator[TwoSpans]:
        """Those of some instances."""
        columns = [
            column
            for column in self.table.columns
            if column.kind in PLOTTED and column.kind != "time" and column.name in self.known.columns
        ]
        places = [self._place(column.name) for column in columns]
        if self.table.name and self.table.key in self.known.columns and columns:
            for name, instance_id in ids.items():
                yield from self._of_rows(name, instance_id, columns, places)
        elif not self.table.name and columns:
            yield from self._of_data({number: name for name, number in ids.items()}, columns, places)

    def _place(self, name: str) -> Place:
        kinds = {column.id: column.kind for column in self.known.columns.values()}
        place = self.known.columns[name].place
        return Place(place, kinds[place])

    @property
    def _ends(self) -> dict[str, Any]:
        return {"first": int(self.runs.ids[0]), "last": int(self.runs.ids[-1])}

    def _of_data(self, names: dict[int, str], columns: Sequence[Column], places: Sequence[Place]) -> Iterator[TwoSpans]:
        changes = _Results.read(self.connection, list(names), self._ends)
        at_once = max(1, _CELLS_AT_ONCE // max(1, len(changes.datasets)))
        for first in range(0, len(columns), at_once):
            some = list(zip(columns, places, strict=True))[first : first + at_once]
            cells = [Cell(place).name for _, place in some]
            values = changes.values(self.connection, table_name(self.known.id, ""), cells)
            for instance_id, name in names.items():
                rows = changes.held(instance_id, self.runs.ids)
                hidden = self.hiding.of(name, self.runs.ids)
                for (column, place), all_values in zip(some, values, strict=True):
                    key = SeriesKey(name, "", column.name)
                    yield from self._made(key, column, place, all_values[rows], hidden)

    def _of_rows(
        self, name: str, instance_id: int, columns: Sequence[Column], places: Sequence[Place]
    ) -> Iterator[TwoSpans]:
        source = Source(instance_id, table_name(self.known.id, self.table.name))
        key, ends = self._place(self.table.key), self._ends
        cells = [Cell(place) for place in places]
        rows = read_named_rows(self.connection, source, key, cells, ends["first"], ends["last"])
        hidden = self.hiding.of(name, self.runs.ids)
        for row, ids, values in rows.busy(1):
            filters = (RowFilter(self.table.key, str(row)),)
            for column, place, some in zip(columns, places, values, strict=True):
                held = rows.at(ids, some, self.runs.ids)
                made = SeriesKey(name, self.table.name, column.name, filters)
                yield from self._made(made, column, place, held, hidden)

    def _made(
        self, key: SeriesKey, column: Column, place: Place, values: Floats, hidden: Flags | None
    ) -> Iterator[TwoSpans]:
        if place.kind == "state":
            values = np.where(values < 0, np.nan, values)
        times, later, earlier = self.runs.parted(values, hidden)
        if len(later) or len(earlier):
            yield TwoSpans(key, column, times, later, earlier)


_DATASET = sa.func.coalesce(sa.case((results.c.status >= 0, results.c.dataset_id)), 0)
_RESULTS = (
    select(instances.c.id, results.c.run_id, _DATASET)
    .join_from(instances, results, sa.and_(results.c.instance_id == instances.c.id, held_from(results, instances.c.id)))
    .where(instances.c.id.in_(sa.bindparam("instances", expanding=True, type_=sa.Integer)))
    .order_by(instances.c.id, results.c.run_id)
)


@dataclass(frozen=True, eq=False)
class _Results:
    """Where some instances changed, in the order of their numbers and runs, and the dataset from there on; or 0.

    Values are looked up here, and not by the database: it would go through its table in the order of instances, while
    it lies there in the order of time, which takes twice as long.
    """

    owners: RunIds
    ids: RunIds
    datasets: RunIds
    before: int

    @staticmethod
    def read(connection: Connection, instance_ids: Sequence[int], ends: dict[str, Any]) -> "_Results":
        """Those that hold in the runs from a first to a last one."""
        rows = fetch(connection, _RESULTS, {"instances": list(instance_ids), **ends})
        owners, ids, datasets = np.array(rows, np.int64).reshape(-1, 3).T
        # Datasets are numbered as they come: those of the time itself have larger numbers than all from before it.
        before = int(datasets[ids <= ends["first"]].max(initial=0))
        return _Results(np.ascontiguousarray(owners), np.ascontiguousarray(ids), datasets, before)

    def held(self, instance_id: int, run_ids: RunIds) -> RunIds:
        """The row of an instance that holds in each of some runs; -1 where there is none."""
        begin, end = np.searchsorted(self.owners, [instance_id, instance_id + 1])
        places = np.searchsorted(self.ids[begin:end], run_ids, "right") - 1
        return np.where(places < 0, -1, places + begin)

    def values(self, connection: Connection, table: str, names: Sequence[str]) -> list[Floats]:
        """Some columns in each of the rows; and NaN as the last, for where there is none."""
        older = np.unique(self.datasets[(self.datasets > 0) & (self.datasets <= self.before)]).tolist()
        query = _cells(table, tuple(names))
        parts = [
            _columns(connection, query.where(sa.column("dataset_id").in_(older[first : first + _OLDER_AT_ONCE])))
            for first in range(0, len(older), _OLDER_AT_ONCE)
        ]
        parts.append(_columns(connection, query.where(sa.column("dataset_id") > self.before)))
        parts.append([np.array([np.iinfo(np.int64).max]), *[np.array([np.nan])] * len(names)])
        ids, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(ids)
        # The last of them is none that is asked for, so that each search ends at one.
        found = order[np.searchsorted(ids, self.datasets, sorter=order)]
        is_found = ids[found] == self.datasets
        return [np.append(np.where(is_found, column[found], np.nan), np.nan) for column in columns]


def _cells(table: str, names: tuple[str, ...]) -> sa.Select[Any]:
    module = sa.table(table, sa.column("dataset_id"), *(sa.column(name) for name in names))
    return select(module)


def _columns(connection: Connection, query: sa.Select[Any]) -> list[Any]:
    """The columns of a query, the first one of numbers of datasets; few rows at a time are Python's."""
    count = len(query.selected_columns)
    parts = [[np.zeros(0, np.int64), *[np.zeros(0)] * (count - 1)]]
    with connection.execute(query) as result:
        cursor: Any = result.cursor
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            ids, *cells = zip(*rows, strict=True)
            parts.append([np.array(ids, np.int64), *(np.array(column, np.float64) for column in cells)])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]
