"""The curves of an instance's columns in the last 24 hours, made from what changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.contract.columns import Column, Table, main_column
from happyface.model.views import TrendPoint
from happyface.store.layout import StoredTable
from happyface.store.schema import instances, results
from happyface.store.strips import in_day
from happyface.store.timeline import Timeline

_MOST_POINTS = 200


def columns_with_curves(table: Table) -> list[Column]:
    """The columns of a module's data whose curves stand on the card: the main one first, then those that ask for it."""
    main = main_column(table)
    return (
        [main, *(column for column in table.columns if column.chart and column.numeric and column != main)]
        if main
        else []
    )


@lru_cache(maxsize=1000)
def _query(tables: tuple[StoredTable, ...]) -> sa.CompoundSelect[Any]:
    """The columns with curves of some modules' instances where they changed, all in one statement."""
    parts = []
    for number, stored in enumerate(tables):
        for column in columns_with_curves(stored.declared):
            place = stored.places[stored.declared.index(column.name)]
            # One type for all parts of the union: columns of whole numbers are among them.
            value = sa.cast(stored.table.c[f"c{place.number}"], sa.Double)
            names = sa.bindparam(f"names_{number}", expanding=True, type_=sa.String)
            parts.append(
                select(instances.c.name, sa.literal(column.name), results.c.run_id, value)
                .join_from(instances, results, in_day(results, instances, "instance_id"))
                .join(stored.table, stored.table.c.dataset_id == results.c.dataset_id, isouter=True)
                .where(instances.c.name.in_(names))
            )
    return sa.union_all(*parts)


def read_trends(
    connection: Connection, timeline: Timeline, named: Mapping[StoredTable, Sequence[str]]
) -> dict[str, dict[str, list[TrendPoint]]]:
    """The curves of some instances, by the instance's name and the column's.

    Args:
        named: the instances by the tables of their data, which have columns with curves.
    """
    if not named or not timeline.ids:
        return {}
    parameters: dict[str, Any] = {f"names_{number}": list(names) for number, names in enumerate(named.values())}
    parameters |= {"first": timeline.ids[0], "last": timeline.ids[-1]}
    changed: dict[tuple[str, str], dict[int, float | None]] = defaultdict(dict)
    for name, column, run_id, value in connection.execute(_query(tuple(named)), parameters).all():
        changed[name, column][run_id] = value
    curves: dict[str, dict[str, list[TrendPoint]]] = defaultdict(dict)
    for (name, column), values in changed.items():
        curves[name][column] = _thinned(_points(timeline, values))
    return curves


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
