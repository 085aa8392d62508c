"""Reading runs: a constant number of statements a page, whatever the number of instances."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, and_, func, select

from happyface.columns import Cell, Column, Table, main_column
from happyface.outline import InstanceOutline, ModuleOutline, Outline
from happyface.rating import UNKNOWN, Limits
from happyface.results import SourceFact
from happyface.store import schema
from happyface.views import (
    CategoryView,
    InstanceView,
    Moment,
    RatedCell,
    Reader,
    RowsView,
    RunView,
    StripCell,
)

DAY = timedelta(hours=24)
ROWS_AT_ONCE = 25
"""So many rows of a table stand on a category's page; the others come on demand."""
_TREND_POINTS = 200
"""A sparkline has at most about so many points."""

runs, results, datasets, texts = schema.runs, schema.results, schema.datasets, schema.texts
instances, categories, category_results, changes = (
    schema.instances,
    schema.categories,
    schema.category_results,
    schema.changes,
)


@dataclass(frozen=True)
class Found:
    """A run with the number of its outline."""

    view: RunView
    outline_id: int


def _run_view(row: Any) -> Found:
    view = RunView(row.id, datetime.fromtimestamp(row.time, UTC), row.seconds, row.note or "")
    return Found(view, row.outline_id)


def _newest(condition: Any = None) -> Any:
    chosen = select(runs.c.id).order_by(runs.c.time.desc(), runs.c.id.desc()).limit(1)
    return (chosen if condition is None else chosen.where(condition)).scalar_subquery()


_FIRST = select(runs.c.id).order_by(runs.c.time, runs.c.id).limit(1).scalar_subquery()
_RUN = select(runs.c.id, runs.c.time, runs.c.seconds, runs.c.outline_id, texts.c.text.label("note")).join_from(
    runs, texts, runs.c.note_id == texts.c.id, isouter=True
)
_UNTIL = sa.bindparam("until", type_=sa.BigInteger)
_RUNS_AT = _RUN.add_columns(
    _newest().label("newest"), _newest(runs.c.time < _UNTIL).label("shown"), _FIRST.label("first")
).where(runs.c.id.in_([_newest(), _newest(runs.c.time < _UNTIL), _FIRST]))


def find_moment(connection: Connection, asked: datetime | None, now: datetime) -> tuple[Moment, Found] | None:
    """The run that stands for a moment: the newest one at or before the end of its minute; None before any run."""
    until = _end_of_minute(asked) if asked else 2**62
    rows = {row.id: row for row in connection.execute(_RUNS_AT, {"until": until})}
    if not rows:
        return None
    any_row = next(iter(rows.values()))
    shown = _run_view(rows[any_row.shown or any_row.first])
    newest = _run_view(rows[any_row.newest])
    in_future = asked is not None and asked.replace(second=0, microsecond=0) > now
    moment = Moment(asked, shown.view, newest.view, any_row.shown is None, in_future)
    return moment, shown


def _end_of_minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60 + 1) * 60


def find_run(connection: Connection, run_id: int) -> Found | None:
    """A run by its number."""
    row = connection.execute(_RUN.where(runs.c.id == run_id)).first()
    return _run_view(row) if row else None


def find_changes(connection: Connection, run_id: int, hidden: Sequence[str]) -> tuple[datetime | None, datetime | None]:
    """When something last changed its face before a run, and next after it."""
    seen = select(changes.c.run_id)
    if hidden:
        unseen = select(instances.c.id).where(instances.c.name.in_(hidden))
        seen = seen.where(changes.c.instance_id.not_in(unseen))
    before = seen.where(changes.c.run_id < run_id).order_by(changes.c.run_id.desc()).limit(1).scalar_subquery()
    after = seen.where(changes.c.run_id > run_id).order_by(changes.c.run_id).limit(1).scalar_subquery()
    row = connection.execute(
        select(
            select(runs.c.time).where(runs.c.id == before).scalar_subquery().label("before"),
            select(runs.c.time).where(runs.c.id == after).scalar_subquery().label("after"),
        )
    ).one()
    return _moment(row.before), _moment(row.after)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Outlines:
    """The outlines of runs; they never change, so the last few are kept."""

    def __init__(self) -> None:
        self._loaded: dict[int, Outline] = {}

    def get(self, connection: Connection, outline_id: int) -> Outline:
        """The outline of that number."""
        if outline_id not in self._loaded:
            text = connection.scalar(select(texts.c.text).where(texts.c.id == outline_id))
            while len(self._loaded) >= 8:
                self._loaded.pop(next(iter(self._loaded)))
            self._loaded[outline_id] = Outline.load(str(text))
        return self._loaded[outline_id]


def read_categories(connection: Connection, run_id: int, outline: Outline, reader: Reader) -> list[CategoryView]:
    """The categories that a reader may see, in the site's order, with their statuses in a run."""
    status, sentence = _audience(reader)
    rows = connection.execute(
        select(categories.c.name, status.label("status"), texts.c.text)
        .join_from(category_results, categories, categories.c.id == category_results.c.category_id)
        .join(texts, texts.c.id == sentence, isouter=True)
        .where(category_results.c.run_id == run_id, categories.c.name.in_([each.name for each in outline.categories]))
    )
    found = {row.name: row for row in rows}
    return [
        CategoryView(each, found[each.name].status, found[each.name].text or "")
        if each.name in found
        else CategoryView(each, UNKNOWN)
        for each in outline.categories
        if reader.member or each.access != "restricted"
    ]


def _audience(reader: Reader) -> tuple[Any, Any]:
    """The columns that hold what this reader may know of a category."""
    if reader.member:
        return category_results.c.status, category_results.c.sentence_id
    return category_results.c.open_status, category_results.c.open_sentence_id


def read_strips(
    connection: Connection, run: RunView, shown: Sequence[CategoryView], reader: Reader
) -> dict[str, list[StripCell]]:
    """The last 24 hours of some categories, oldest first."""
    status, sentence = _audience(reader)
    until, since = int(run.time.timestamp()), int((run.time - DAY).timestamp())
    times = {
        row.id: datetime.fromtimestamp(row.time, UTC)
        for row in connection.execute(
            select(runs.c.id, runs.c.time).where(runs.c.time > since, runs.c.time <= until).order_by(runs.c.time)
        )
    }
    if not times or not shown:
        return {}
    wanted = and_(
        category_results.c.run_id.between(min(times), max(times)),
        categories.c.name.in_([e.outline.name for e in shown]),
    )
    joined = sa.join(category_results, categories, categories.c.id == category_results.c.category_id)
    shown_texts = select(sentence).select_from(joined).where(wanted)
    said = {row.id: row.text for row in connection.execute(select(texts).where(texts.c.id.in_(shown_texts)))}
    strips: dict[str, list[StripCell]] = {each.outline.name: [] for each in shown}
    rows = connection.execute(
        select(categories.c.name, category_results.c.run_id, status, sentence)
        .select_from(joined)
        .where(wanted)
        .order_by(category_results.c.category_id, category_results.c.run_id)
    )
    for name, run_id, value, sentence_id in rows:
        if run_id in times:
            strips[name].append(StripCell(times[run_id], value, said.get(sentence_id) or ""))
    return strips


_LAST_CHANGE = (
    select(func.max(changes.c.run_id))
    .where(changes.c.instance_id == results.c.instance_id, changes.c.run_id <= results.c.run_id)
    .correlate(results)
    .scalar_subquery()
)
_SINCE = select(runs.c.time).where(runs.c.id == _LAST_CHANGE).correlate(results).scalar_subquery()
_facts = texts.alias("facts")
_RESULT = (
    select(
        instances.c.id,
        instances.c.name,
        results.c.status,
        results.c.dataset_id,
        texts.c.text.label("sentence"),
        _SINCE.label("since"),
        datasets.c.limited,
        datasets.c.counts,
        _facts.c.text.label("facts"),
    )
    .join_from(instances, results, results.c.instance_id == instances.c.id)
    .join(texts, texts.c.id == results.c.sentence_id, isouter=True)
    .join(datasets, datasets.c.id == results.c.dataset_id, isouter=True)
    .join(_facts, _facts.c.id == datasets.c.facts_id, isouter=True)
)


def read_results(connection: Connection, run_id: int, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The results of some instances, or of all, in a run, by name."""
    query = _RESULT.where(results.c.run_id == run_id)
    rows = connection.execute(query if names is None else query.where(instances.c.name.in_(list(names))))
    return {row.name: row for row in rows}


def read_trouble(connection: Connection, run_id: int) -> dict[str, Any]:
    """The results of all instances in a run that are not well, by name."""
    rows = connection.execute(_RESULT.where(results.c.run_id == run_id, results.c.status < 0.66))
    return {row.name: row for row in rows}


def bare_view(outline: Outline, instance: InstanceOutline, run: RunView, row: Any) -> InstanceView:
    """An instance in a run without its values."""
    module = outline.module.get(instance.module)
    if row is None:
        return InstanceView(instance, module, run, UNKNOWN, "It was not looked at in this run.", missing=True)
    facts = tuple(SourceFact(**each) for each in json.loads(row.facts)) if row.facts else ()
    return InstanceView(instance, module, run, row.status, row.sentence or "", _moment(row.since), facts=facts)


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
    found = read_results(connection, run.id, (each.name for each in wanted))
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
                values[module.name, name] = read_table(connection, module.name, table, ids, 0, rows_at_once)
    return values


def read_table(
    connection: Connection, module: str, table: Table, dataset_ids: Sequence[int], start: int, count: int
) -> dict[int, list[tuple[Cell, ...]]]:
    """The rows of some datasets in one table, in their order."""
    stored = schema.module_table(module, table)
    query = select(*stored.c).where(stored.c.dataset_id.in_(dataset_ids))
    if table.name:
        query = query.where(stored.c.position >= start, stored.c.position < start + count)
        query = query.order_by(stored.c.dataset_id, stored.c.position)
    found: dict[int, list[tuple[Cell, ...]]] = {}
    keys = 2 if table.name else 1
    for row in connection.execute(query):
        found.setdefault(row[0], []).append(tuple(row)[keys:])
    return found


def _read_trends(
    connection: Connection, run: RunView, shown: Sequence[_Shown]
) -> dict[str, list[tuple[float, float | None]]]:
    """The main columns of some instances in the last 24 hours, all in one statement."""
    since = int((run.time - DAY).timestamp())
    parts = []
    for module in {each.module.name: each.module for each in shown}.values():
        table = module.tables.get("")
        column = main_column(table)
        if table and column:
            names = [each.instance.name for each in shown if each.module.name == module.name]
            stored = schema.module_table(module.name, table)
            parts.append(
                select(instances.c.name, runs.c.time, sa.cast(stored.c[column.name], sa.Double).label("value"))
                .select_from(runs)
                .join(results, results.c.run_id == runs.c.id)
                .join(instances, instances.c.id == results.c.instance_id)
                .join(stored, stored.c.dataset_id == results.c.dataset_id, isouter=True)
                .where(runs.c.time > since, runs.c.id <= run.id, instances.c.name.in_(names))
            )
    trends: dict[str, list[tuple[float, float | None]]] = {}
    if parts:
        for name, time, value in connection.execute(sa.union_all(*parts)):
            trends.setdefault(name, []).append((time, value))
    for trend in trends.values():
        trend.sort(key=lambda point: point[0])
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
    return InstanceView(
        view.outline,
        view.module,
        view.run,
        view.status,
        view.sentence,
        view.since,
        view.missing,
        cells,
        rows,
        view.facts,
        trend,
        main_column(data_table),
    )


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
    return RatedCell(column, value, limits.rate(value), limits.reason(value, column.unit))
