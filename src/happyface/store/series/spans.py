"""All numbers of a site in two spans, for what asks which of them moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.contract.columns import Column, Table
from happyface.model.outline import Outline
from happyface.model.series import Floats, RowFilter, SeriesKey, Span, TwoSpans
from happyface.store.layout import KnownTable, Place, table_name
from happyface.store.schema import instances, results
from happyface.store.series.curves import SeriesReading
from happyface.store.series.finding import PLOTTED, Source, find_instances
from happyface.store.series.hiding import Hiding
from happyface.store.series.runs import Flags, RunIds, fetch
from happyface.store.series.values import Cell, held_from, hold, read_named_rows

_AT_ONCE = 50
"""Instances whose data are read by one statement, and so are in memory."""


@dataclass(frozen=True, eq=False)
class _Runs:
    """The runs of both spans, and which are of the later one."""

    ids: RunIds
    is_later: Flags

    def parted(self, values: Floats, hidden: Flags | None) -> tuple[Floats, Floats]:
        """The known values of the later span, and of the one before."""
        known = ~np.isnan(values)
        if hidden is not None:
            known &= ~hidden
        return values[known & self.is_later], values[known & ~self.is_later]


def read_two_spans(reading: SeriesReading, outline: Outline, span: Span, before: Span) -> Iterator[TwoSpans]:
    """Every number of an outline that is known in one of two spans."""
    found = reading.all_runs.within(Span(min(span.begin, before.begin), max(span.end, before.end)))
    later = (found.times >= span.begin) & (found.times <= span.end)
    earlier = (found.times >= before.begin) & (found.times <= before.end) & ~later
    runs = _Runs(found.ids[later | earlier], later[later | earlier])
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
            names = sorted(ids, key=ids.__getitem__)
            for first in range(0, len(names), _AT_ONCE):
                some = names[first : first + _AT_ONCE]
                yield from self._of_data({ids[name]: name for name in some}, columns, places)

    def _place(self, name: str) -> Place:
        kinds = {column.id: column.kind for column in self.known.columns.values()}
        place = self.known.columns[name].place
        return Place(place, kinds[place])

    @property
    def _ends(self) -> dict[str, Any]:
        return {"first": int(self.runs.ids[0]), "last": int(self.runs.ids[-1])}

    def _of_data(self, names: dict[int, str], columns: Sequence[Column], places: Sequence[Place]) -> Iterator[TwoSpans]:
        query = _query(table_name(self.known.id, ""), tuple(Cell(place).name for place in places))
        rows = fetch(self.connection, query, {"instances": list(names), **self._ends})
        if not rows:
            return
        owners, ids, *cells = zip(*rows, strict=True)
        of_owner, run_ids = np.array(owners, np.int64), np.array(ids, np.int64)
        values = [np.array(column, np.float64) for column in cells]
        for instance_id, name in names.items():
            begin, end = np.searchsorted(of_owner, [instance_id, instance_id + 1])
            for column, place, all_values in zip(columns, places, values, strict=True):
                held = hold(run_ids[begin:end], all_values[begin:end], self.runs.ids)
                yield from self._made(SeriesKey(name, "", column.name), column, place, held)

    def _of_rows(
        self, name: str, instance_id: int, columns: Sequence[Column], places: Sequence[Place]
    ) -> Iterator[TwoSpans]:
        source = Source(instance_id, table_name(self.known.id, self.table.name))
        key, ends = self._place(self.table.key), self._ends
        cells = [Cell(place) for place in places]
        rows = read_named_rows(self.connection, source, key, cells, ends["first"], ends["last"])
        for row, ids, values in rows.busy(1):
            filters = (RowFilter(self.table.key, str(row)),)
            for column, place, some in zip(columns, places, values, strict=True):
                held = rows.at(ids, some, self.runs.ids)
                yield from self._made(SeriesKey(name, self.table.name, column.name, filters), column, place, held)

    def _made(self, key: SeriesKey, column: Column, place: Place, values: Floats) -> Iterator[TwoSpans]:
        if place.kind == "state":
            values = np.where(values < 0, np.nan, values)
        later, earlier = self.runs.parted(values, self.hiding.of(key.instance, self.runs.ids))
        if len(later) or len(earlier):
            yield TwoSpans(key, column, later, earlier)


@lru_cache(maxsize=100)
def _query(table: str, names: tuple[str, ...]) -> sa.Select[Any]:
    """The data of some instances where they changed."""
    module = sa.table(table, sa.column("dataset_id"), *(sa.column(name) for name in names))
    known = sa.and_(module.c.dataset_id == results.c.dataset_id, results.c.status >= 0)
    return (
        select(instances.c.id, results.c.run_id, *(module.c[name] for name in names))
        .join_from(
            instances, results, sa.and_(results.c.instance_id == instances.c.id, held_from(results, instances.c.id))
        )
        .join(module, known, isouter=True)
        .where(instances.c.id.in_(sa.bindparam("instances", expanding=True, type_=sa.Integer)))
        .order_by(instances.c.id, results.c.run_id)
    )
