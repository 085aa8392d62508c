"""The curves on an instance's card: its numbers in the last 24 hours, made from what changed."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.contract.columns import Cell, Column, Table, main_column
from happyface.contract.limits import Limits, parse_limits
from happyface.contract.states import FINE, UNKNOWN
from happyface.model.views import InstanceView, RatedCell, RunView, Trend, TrendPoint
from happyface.store.layout import Layout, StoredTable
from happyface.store.schema import instances, results
from happyface.store.strips import in_day
from happyface.store.timeline import Timeline, read_timeline

_MOST_POINTS = 200
_MOST_AT_FAULT = 3
"""More curves of one card than this would be looked at by nobody."""
_MOST_ROWS = 2000
"""A row's curve is looked for among all rows of a day's datasets: of so many rows in one run on a page."""


class _Number(NamedTuple):
    """A number that has a curve: a column of ``Data``, or of the row of a table that a cell names."""

    column: Column
    table: Table | None = None
    key: Cell = None
    limits: Limits | None = None

    @property
    def table_name(self) -> str:
        """The name of its table; empty for ``Data``."""
        return self.table.name if self.table else ""


_Curve = tuple[str, str, str]
"""The instance, the table and the column of a number: no table has two rows with curves."""


def with_trends(
    connection: Connection, layout: Layout, run: RunView, views: Sequence[InstanceView]
) -> list[InstanceView]:
    """Some instances of a run with their curves. Those without values have none."""
    wanted = _within_reason(views)
    asked = _asked(connection, layout, wanted)
    curves = _read(connection, run, asked) if asked else {}
    return [_with_curves(view, numbers, curves) if numbers else view for view, numbers in wanted]


def _with_curves(
    view: InstanceView, numbers: Sequence[_Number], curves: Mapping[_Curve, list[TrendPoint]]
) -> InstanceView:
    found = [(number, curves.get((view.outline.name, number.table_name, number.column.name), [])) for number in numbers]
    return replace(view, trends=[Trend(number.column, points, *number[1:]) for number, points in found])


def _within_reason(views: Sequence[InstanceView]) -> list[tuple[InstanceView, list[_Number]]]:
    """The numbers that have curves; those of rows as long as there are not too many rows to go through."""
    found, rows_left = [], _MOST_ROWS
    for view in views:
        numbers = []
        for number in _numbers(view):
            rows_left -= sum(rows.total for rows in view.rows if rows.table is number.table)
            if rows_left >= 0 or not number.table:
                numbers.append(number)
        found.append((view, numbers))
    return found


def _numbers(view: InstanceView) -> list[_Number]:
    """The numbers at fault, else the main one; then those that ask for a curve."""
    data = view.module.tables.get("") if view.module and view.cells else None
    main = main_column(data)
    at_fault = _at_fault(view.cells) or _named_by_rules(view)
    first = [_Number(column) for column in at_fault] or _row_at_fault(view) or ([_Number(main)] if main else [])
    drawn = {number.column.name for number in first if not number.table}
    asked = [column for column in data.columns if column.chart and column.name not in drawn] if data else []
    return [*first, *map(_Number, asked)]


def _at_fault(cells: Sequence[RatedCell]) -> list[Column]:
    found = [cell for cell in cells if cell.column.numeric and UNKNOWN < cell.status < FINE]
    return [cell.column for cell in sorted(found, key=lambda cell: cell.status)][:_MOST_AT_FAULT]


def _named_by_rules(view: InstanceView) -> list[Column]:
    """The numbers of the rating expression that an instance in trouble has met."""
    rule = view.outline.rules.get("critical" if view.face == "unhappy" else "warning", "") if view.in_trouble else ""
    words = re.findall(r"\w+", rule)
    found = {cell.column.name: cell.column for cell in view.cells if cell.column.numeric}
    return [found[word] for word in dict.fromkeys(words) if word in found][:_MOST_AT_FAULT]


def _row_at_fault(view: InstanceView) -> list[_Number]:
    """The worst number of the worst row that has a name."""
    bad = [
        (cell.status, rows.table, cells, cell.column)
        for rows in view.rows
        for cells in (rows.rows if rows.table.counts and rows.table.key else ())
        for cell in cells
        if UNKNOWN < cell.status < FINE
    ]
    numbers = (_of_row(*found[1:]) for found in sorted(bad, key=lambda found: found[0]))
    return [number for number in numbers if number][:1]


def _of_row(table: Table, cells: Sequence[RatedCell], at_fault: Column) -> _Number | None:
    """The number of a row that is at fault: the column itself, or the one that has its limits from the row."""
    value = {cell.column.name: cell.value for cell in cells}
    column = at_fault if at_fault.numeric else next((column for column in table.columns if column.limits_in), None)
    key = value[table.key]
    if column is None or key is None:
        return None
    unit = str(value[column.unit_in] or "") if column.unit_in else column.unit
    limits = _limits(str(value[column.limits_in] or ""), unit) if column.limits_in else None
    return _Number(replace(column, unit=unit), table, key, limits)


def _limits(text: str, unit: str) -> Limits:
    try:
        return parse_limits(text, unit)
    except ValueError:  # it may be limits of words, or whatever a module writes
        return Limits()


class _Part(NamedTuple):
    """A column to read; ``by_key``: of the rows that have a key."""

    stored: StoredTable
    column: str
    by_key: bool

    def place(self, column: str) -> "sa.Column[Any]":
        """A column of its table in the database."""
        found: sa.Column[Any] = self.stored.table.c[f"c{self.stored.places[self.stored.declared.index(column)].number}"]
        return found


class _Asked(NamedTuple):
    """A column to read, of which instances, and the key of the row where it is one's."""

    part: _Part
    instances: list[str]
    key: Cell = None


def _asked(
    connection: Connection, layout: Layout, wanted: Sequence[tuple[InstanceView, Sequence[_Number]]]
) -> list[_Asked]:
    of_data: dict[_Part, list[str]] = defaultdict(list)
    of_rows = []
    for view, numbers in wanted:
        module = view.module
        if module is None:
            continue
        for number in numbers:
            stored = layout.find(connection, module.name, number.table or module.tables[""])
            part = _Part(stored, number.column.name, number.table is not None)
            if number.table:
                of_rows.append(_Asked(part, [view.outline.name], number.key))
            else:
                of_data[part].append(view.outline.name)
    return [*(_Asked(part, names) for part, names in of_data.items()), *of_rows]


@lru_cache(maxsize=1000)
def _query(parts: tuple[_Part, ...]) -> sa.CompoundSelect[Any]:
    """Columns where they changed, all in one statement; each row begins with the number of its part."""
    selects = []
    for number, part in enumerate(parts):
        table = part.stored.table
        joined = table.c.dataset_id == results.c.dataset_id
        if part.by_key:
            key = part.place(part.stored.declared.key)
            joined = sa.and_(joined, key == sa.bindparam(f"key_{number}", type_=key.type))
        # One type for all parts of the union: columns of whole numbers are among them.
        value = sa.cast(part.place(part.column), sa.Double)
        selects.append(
            select(sa.literal(number), instances.c.name, results.c.run_id, value)
            .join_from(instances, results, in_day(results, instances, "instance_id"))
            .join(table, joined, isouter=True)
            .where(instances.c.name.in_(sa.bindparam(f"names_{number}", expanding=True, type_=sa.String)))
        )
    return sa.union_all(*selects)


def _read(connection: Connection, run: RunView, asked: Sequence[_Asked]) -> dict[_Curve, list[TrendPoint]]:
    timeline = read_timeline(connection, run)
    if not timeline.ids:
        return {}
    parameters: dict[str, Any] = {"first": timeline.ids[0], "last": timeline.ids[-1]}
    for number, (part, names, key) in enumerate(asked):
        # A State is a text to the drivers, and not all of them look for that.
        plain = str.__str__(key) if isinstance(key, str) else key
        parameters |= {f"names_{number}": names} | ({f"key_{number}": plain} if part.by_key else {})
    query = _query(tuple(some.part for some in asked))
    changed: dict[_Curve, dict[int, float | None]] = defaultdict(dict)
    for number, name, run_id, value in connection.execute(query, parameters).all():
        part = asked[number].part
        changed[name, part.stored.declared.name, part.column][run_id] = value
    return {curve: _thinned(_points(timeline, values)) for curve, values in changed.items()}


def _points(timeline: Timeline, values: Mapping[int, float | None]) -> list[TrendPoint]:
    ordered = sorted(values.items())
    places = [timeline.place(run_id) for run_id, _ in ordered]
    known = [value for _, value in ordered]
    if places[0] > 0:  # the instance came to be within the day
        places, known = [0, *places], [None, *known]
    points: list[TrendPoint] = []
    until: float | None = None
    for number, begin, end in timeline.pieces(places):
        if until is not None and begin > until:
            points.append((until, None))
        if not points or points[-1][1] != known[number]:
            points.append((begin, known[number]))
        until = end
    # A curve begins with its first value, not with a gap.
    while points and points[0][1] is None:
        points.pop(0)
    last = timeline.times[-1]
    if points and points[-1][0] < last:
        points.append((last, points[-1][1]))
    return points


def _thinned(points: list[TrendPoint]) -> list[TrendPoint]:
    """Fewer points where there are too many to be seen: of each part the lowest, the highest, and the gap."""
    if len(points) <= _MOST_POINTS:
        return points
    # Rounded up; of each part two points are kept, three where there is a gap in it.
    size = -(-len(points) // (_MOST_POINTS // 2))
    kept: list[TrendPoint] = []
    for start in range(0, len(points) - 1, size):
        part = points[start : min(start + size, len(points) - 1)]
        known = [(value, time) for time, value in part if value is not None]
        chosen = {min(known)[1], max(known)[1]} if known else set()
        gap = next((time for time, value in part if value is None), None)
        kept += [point for point in part if point[0] in chosen or point[0] == gap]
    return [*kept, points[-1]]
