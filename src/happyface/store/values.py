"""The values of instances in a run: one statement for each table of their modules, and one for all curves."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.contract import states
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Limits
from happyface.contract.states import FINE, UNKNOWN, State
from happyface.model.outline import InstanceOutline, ModuleOutline, Outline
from happyface.model.views import InstanceView, RatedCell, RowsView, RunView
from happyface.store.layout import Layout, StoredTable
from happyface.store.statuses import bare_view, read_results
from happyface.store.trends import with_trends

ROWS_AT_ONCE = 25
"""How many rows of a table a category's page has; the others are fetched on demand."""
ROWS_OF_CHARTS = 500
"""How many rows of a table with charts are drawn on a card."""
MOST_ROWS_READ = 10_000
"""The most rows that a module's template is handed, or that one page of a table has."""


@dataclass(frozen=True)
class Wanted:
    """Which values of which instances to read.

    Attributes:
        unfolded: of which ones values are wanted at all.
        whole_rows: the modules of which all rows are wanted, in the order of the module.
    """

    instances: Sequence[InstanceOutline]
    unfolded: Callable[[InstanceView], bool] = lambda _: True
    whole_rows: Collection[str] = ()


@dataclass(frozen=True)
class _Stored:
    """An instance with its dataset, from which its view is made."""

    instance: InstanceOutline
    module: ModuleOutline
    row: Any
    run: RunView

    def limits(self, table: str) -> Mapping[str, Limits]:
        """The limits that colour a table."""
        # Of the outline of that time: the past is not coloured by the limits of today.
        return self.instance.limits.get(table, {}) if self.row.limited else {}

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of rows by table."""
        return row_counts(self.row.counts)

    def rated(self, table: Table, rows: Sequence[Sequence[Cell]]) -> list[list[RatedCell]]:
        """Rows of one of its tables with the statuses of their cells."""
        limits, now = self.limits(table.name), self.run.time.timestamp()
        return [rated_cells(table, row, limits, now) for row in rows]


def row_counts(counts: str | None) -> dict[str, int]:
    """The numbers of rows by table, as a dataset has them: ``pool:42,queue:3``."""
    parts = (part.partition(":") for part in (counts or "").split(","))
    return {name: int(count) for name, _, count in parts if name}


_Values = Mapping[tuple[str, str], Mapping[int, Sequence[Sequence[Cell]]]]
"""Rows by module and table, and by dataset."""


def read_views(
    connection: Connection, layout: Layout, outline: Outline, run: RunView, wanted: Wanted
) -> list[InstanceView]:
    """Some instances in a run, with the values of those that are unfolded."""
    found = read_results(connection, run.id, [instance.name for instance in wanted.instances])
    views = [bare_view(outline, instance, run, found.get(instance.name)) for instance in wanted.instances]
    stored = {}
    for view in views:
        row = found.get(view.outline.name)
        if row is not None and row.dataset_id is not None and view.module and wanted.unfolded(view):
            stored[view.outline.name] = _Stored(view.outline, view.module, row, run)
    values = _read_values(connection, layout, list(stored.values()), wanted.whole_rows)
    made = []
    for view in views:
        name = view.outline.name
        if name in stored:
            made.append(_with_values(view, stored[name], values, wanted.whole_rows))
        else:
            made.append(view if wanted.unfolded(view) else replace(view, folded=True))
    return with_trends(connection, layout, run, made)


def _read_values(
    connection: Connection, layout: Layout, stored: Sequence[_Stored], whole_rows: Collection[str]
) -> _Values:
    values: dict[tuple[str, str], Mapping[int, Sequence[Sequence[Cell]]]] = {}
    for module in {dataset.module.name: dataset.module for dataset in stored}.values():
        for name, table in module.tables.items():
            of_module = [dataset for dataset in stored if dataset.module.name == module.name]
            # Tables without a row need no query: the counts are stored with the dataset.
            ids = [dataset.row.dataset_id for dataset in of_module if not name or dataset.counts.get(name)]
            if ids and table.columns:
                in_order = module.name in whole_rows
                few = ROWS_OF_CHARTS if table.charts else ROWS_AT_ONCE
                page = Page(0, MOST_ROWS_READ if in_order else few, in_order)
                values[module.name, name] = read_rows(
                    connection, layout.find(connection, module.name, table), ids, page
                )
    return values


@dataclass(frozen=True)
class Page:
    """A page of rows: from the first one on, so many at most; in the module's order, or worst first."""

    first: int
    count: int
    in_order: bool = False


@lru_cache(maxsize=1000)
def _rows_query(stored: StoredTable, in_order: bool) -> sa.Select[Any]:
    table = stored.table
    query = select(*stored.selected).where(table.c.dataset_id.in_(sa.bindparam("datasets", expanding=True)))
    if stored.declared.name:
        # A range of the key: OFFSET would read all the rows before the page.
        place = table.c.position if in_order else table.c.rank
        query = query.where(place >= sa.bindparam("first"), place < sa.bindparam("end"))
        query = query.order_by(table.c.dataset_id, place)
    return query


def read_rows(
    connection: Connection, stored: StoredTable, dataset_ids: Sequence[int], page: Page
) -> dict[int, list[Sequence[Cell]]]:
    """A page of the rows of some datasets in one table, by dataset."""
    parameters: dict[str, Any] = {"datasets": list(dataset_ids)}
    if stored.declared.name:
        parameters |= {"first": page.first, "end": page.first + page.count}
    found: dict[int, list[Sequence[Cell]]] = {}
    for row in connection.execute(_rows_query(stored, page.in_order), parameters).all():
        found.setdefault(row[0], []).append(stored.cells(row))
    return found


def read_page(
    connection: Connection, layout: Layout, view: InstanceView, row: Any, table: Table, page: Page
) -> RowsView:
    """A page of one table of an instance."""
    if view.module is None or row is None or row.dataset_id is None or not table.columns:
        return RowsView(table, (), 0, page.first, page.in_order)
    stored = _Stored(view.outline, view.module, row, view.run)
    found = read_rows(connection, layout.find(connection, view.module.name, table), [row.dataset_id], page)
    rows = stored.rated(table, found.get(row.dataset_id, ()))
    return RowsView(table, rows, stored.counts.get(table.name, 0), page.first, page.in_order)


def _with_values(
    view: InstanceView,
    stored: _Stored,
    values: _Values,
    whole_rows: Collection[str],
) -> InstanceView:
    module, dataset_id = stored.module, stored.row.dataset_id
    data_table, in_order = module.tables.get(""), module.name in whole_rows
    data = values.get((module.name, ""), {}).get(dataset_id)
    cells = stored.rated(data_table, data)[0] if data_table and data else []
    rows = []
    for name, table in module.tables.items():
        if name:
            found = values.get((module.name, name), {}).get(dataset_id, ())
            rated = stored.rated(table, found if in_order else found[:ROWS_AT_ONCE])
            charted = found if len(found) > len(rated) else ()
            rows.append(RowsView(table, rated, stored.counts.get(name, 0), 0, in_order, charted))
    return replace(view, cells=cells, rows=rows)


def rated_cells(table: Table, row: Sequence[Cell], limits: Mapping[str, Limits], now: float = 0.0) -> list[RatedCell]:
    """The cells of a stored row with the statuses that their limits give them at a time."""
    return [
        _rated_cell(column, value, limits.get(column.name), now)
        for column, value in zip(table.columns, row, strict=False)
    ]


def _rated_cell(column: Column, value: Cell, limits: Limits | None, now: float) -> RatedCell:
    own = value.status if isinstance(value, State) else UNKNOWN
    if limits is None or value is None:
        return RatedCell(column, value, own)
    limited = limits.rate(value, now)
    reason = limits.reason(value, column.unit, now) if UNKNOWN < limited < FINE else ""
    return RatedCell(column, value, states.worst((own, limited)), reason)
