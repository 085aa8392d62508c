"""The values of instances in a run: one statement for each table of their modules, and one for all sparklines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, and_, func, select

from happyface.contract.columns import Cell, Column, Table, main_column
from happyface.contract.limits import Limits
from happyface.contract.states import FINE, UNKNOWN
from happyface.model.outline import InstanceOutline, ModuleOutline, Outline
from happyface.model.views import InstanceView, RatedCell, RowsView, RunView
from happyface.store import schema
from happyface.store.schema import instances, results, runs
from happyface.store.statuses import DAY, bare_view, read_results

ROWS_AT_ONCE = 25
"""So many rows of a table stand on a category's page; the others come on demand."""
_TREND_POINTS = 200
"""A sparkline has at most about so many points."""


@dataclass(frozen=True)
class _Shown:
    """An instance of a page on the way to its view."""

    instance: InstanceOutline
    module: ModuleOutline
    row: Any

    def limits(self, table: str) -> Mapping[str, Limits]:
        """The limits that colour a table."""
        return self.instance.limits.get(table, {}) if self.row.limited else {}

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of rows by table."""
        return {
            name: int(n) for name, _, n in (each.partition(":") for each in (self.row.counts or "").split(",")) if name
        }


def read_views(
    connection: Connection, outline: Outline, run: RunView, wanted: Sequence[InstanceOutline], rows_at_once: int
) -> list[InstanceView]:
    """Some instances in a run, with their values: one statement for each table of their modules, and two more."""
    found = read_results(connection, run.id, [each.name for each in wanted])
    shown = {
        each.name: _Shown(each, outline.module[each.module], row)
        for each in wanted
        if (row := found.get(each.name)) is not None and row.dataset_id is not None and each.module in outline.module
    }
    values = _read_values(connection, list(shown.values()), rows_at_once)
    trends = _read_trends(connection, run, list(shown.values()))
    views = []
    for instance in wanted:
        view = bare_view(outline, instance, run, found.get(instance.name))
        if each := shown.get(instance.name):
            view = _with_values(view, each, values, trends)
        views.append(view)
    return views


_Values = Mapping[tuple[str, str], Mapping[int, list[tuple[Cell, ...]]]]


def _read_values(connection: Connection, shown: Sequence[_Shown], rows_at_once: int) -> _Values:
    """The stored rows by (module, table) and dataset; of row tables the first ones."""
    values: dict[tuple[str, str], dict[int, list[tuple[Cell, ...]]]] = {}
    for module in {each.module.name: each.module for each in shown}.values():
        for name, table in module.tables.items():
            ids = [
                each.row.dataset_id
                for each in shown
                if each.module.name == module.name and (not name or each.counts.get(name))
            ]
            if ids and table.columns:
                values[module.name, name] = read_table(connection, module.name, table, ids, rows_at_once)
    return values


@lru_cache(maxsize=1000)
def _table_query(module: str, table: Table) -> sa.Select[Any]:
    stored = schema.module_table(module, table)
    query = select(*stored.c).where(stored.c.dataset_id.in_(sa.bindparam("datasets", expanding=True)))
    if table.name:
        query = query.where(stored.c.position < sa.bindparam("count"))
        query = query.order_by(stored.c.dataset_id, stored.c.position)
    return query


def read_table(
    connection: Connection, module: str, table: Table, dataset_ids: Sequence[int], count: int
) -> dict[int, list[tuple[Cell, ...]]]:
    """The first rows of some datasets in one table, in their order."""
    given = {"datasets": list(dataset_ids)} | ({"count": count} if table.name else {})
    found: dict[int, list[tuple[Cell, ...]]] = {}
    keys = 2 if table.name else 1
    for row in connection.execute(_table_query(module, table), given).all():
        found.setdefault(row[0], []).append(row[keys:])
    return found


_BEFORE = select(runs.c.id).where(runs.c.time <= sa.bindparam("since")).order_by(runs.c.time.desc()).limit(1)
_LAST_DAY = and_(
    results.c.run_id > func.coalesce(_BEFORE.scalar_subquery(), 0), results.c.run_id <= sa.bindparam("run_id")
)


@lru_cache(maxsize=1000)
def _trends_query(modules: tuple[tuple[str, Table], ...]) -> sa.CompoundSelect[Any]:
    """The main columns of some modules' instances in the last 24 hours, all in one statement."""
    parts = []
    for number, (module, table) in enumerate(modules):
        stored, column = schema.module_table(module, table), main_column(table)
        if column:
            parts.append(
                select(instances.c.name, runs.c.time, sa.cast(stored.c[column.name], sa.Double))
                .select_from(results)
                .join(runs, runs.c.id == results.c.run_id)
                .join(instances, instances.c.id == results.c.instance_id)
                .join(stored, stored.c.dataset_id == results.c.dataset_id, isouter=True)
                .where(_LAST_DAY, instances.c.name.in_(sa.bindparam(f"names_{number}", expanding=True)))
            )
    return sa.union_all(*parts)


def _read_trends(
    connection: Connection, run: RunView, shown: Sequence[_Shown]
) -> dict[str, list[tuple[float, float | None]]]:
    """The main columns of some instances in the last 24 hours, oldest first."""
    named: dict[tuple[str, Table], list[str]] = {}
    for each in shown:
        table = each.module.tables.get("")
        if table and main_column(table):
            named.setdefault((each.module.name, table), []).append(each.instance.name)
    trends: dict[str, list[tuple[float, float | None]]] = {name: [] for names in named.values() for name in names}
    if named:
        given: dict[str, Any] = {f"names_{number}": names for number, names in enumerate(named.values())}
        given |= {"since": int((run.time - DAY).timestamp()), "run_id": run.id}
        for name, time, value in connection.execute(_trends_query(tuple(named)), given).all():
            trends[name].append((time, value))
    for trend in trends.values():
        trend.sort()
    return trends


def _with_values(
    view: InstanceView, shown: _Shown, values: _Values, trends: Mapping[str, list[tuple[float, float | None]]]
) -> InstanceView:
    data_table = shown.module.tables.get("")
    stored = values.get((shown.module.name, ""), {}).get(shown.row.dataset_id)
    cells = rated_cells(data_table, stored[0], shown.limits("")) if data_table and stored else []
    rows = [
        RowsView(
            table,
            [
                rated_cells(table, row, shown.limits(name))
                for row in values.get((shown.module.name, name), {}).get(shown.row.dataset_id, ())
            ],
            shown.counts.get(name, 0),
        )
        for name, table in shown.module.tables.items()
        if name
    ]
    trend = _thinned(trends.get(shown.instance.name, []))
    return replace(view, cells=cells, rows=rows, trend=trend, main=main_column(data_table))


def _thinned(trend: list[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    step = len(trend) // _TREND_POINTS + 1
    return trend if step == 1 else trend[::-step][::-1]


def rated_cells(table: Table, row: Sequence[Cell], limits: Mapping[str, Limits]) -> list[RatedCell]:
    """The cells of a stored row with the statuses that their limits give them."""
    return [
        _rated_cell(column, value, limits.get(column.name)) for column, value in zip(table.columns, row, strict=False)
    ]


def _rated_cell(column: Column, value: Cell, limits: Limits | None) -> RatedCell:
    if limits is None or value is None:
        return RatedCell(column, value, UNKNOWN)
    status = limits.rate(value)
    return RatedCell(column, value, status, limits.reason(value, column.unit) if status < FINE else "")
