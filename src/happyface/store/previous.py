"""What instances stored last, for modules that compare with it."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.contract.columns import Cell
from happyface.contract.module import Previous
from happyface.store.layout import Layout
from happyface.store.moments import Outlines, time_of
from happyface.store.schema import datasets, instances, runs
from happyface.store.values import MOST_ROWS_READ, Page, read_rows

_NEWEST = (
    select(func.max(datasets.c.id))
    .where(datasets.c.instance_id == instances.c.id)
    .correlate(instances)
    .scalar_subquery()
)
_LAST = (
    select(instances.c.name, datasets.c.id, runs.c.time, runs.c.outline_id)
    .join_from(instances, datasets, datasets.c.id == _NEWEST)
    .join(runs, runs.c.id == datasets.c.run_id)
    .where(instances.c.name.in_(sa.bindparam("names", expanding=True, type_=sa.String)))
)


def read_previous(
    connection: Connection, layout: Layout, outlines: Outlines, names: Collection[str]
) -> dict[str, Previous]:
    """The last dataset of some instances, by name, with the time of the run that first stored it."""
    found = {}
    for row in connection.execute(_LAST, {"names": list(names)}).all():
        outline = outlines.get(connection, row.outline_id)
        module = outline.module.get(outline.instance[row.name].module) if row.name in outline.instance else None
        time = time_of(row.time)
        if module is None or time is None:
            continue
        read: dict[str, list[dict[str, Cell]]] = {}
        for name, table in module.tables.items():
            if table.columns:
                stored = layout.find(connection, module.name, table)
                rows = read_rows(connection, stored, [row.id], Page(0, MOST_ROWS_READ, in_order=True)).get(row.id, ())
                columns = [column.name for column in table.columns]
                read[name] = [dict(zip(columns, cells, strict=True)) for cells in rows]
        data = read.pop("", [])
        found[row.name] = Previous(time, data[0] if data else {}, read)
    return found
