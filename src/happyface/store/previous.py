"""What instances stored last, for modules that compare with it."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.contract.columns import Cell
from happyface.contract.module import Previous
from happyface.model.outline import ModuleOutline
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
        rows = _read_tables(connection, layout, module, row.id)
        data = rows.pop("", [])
        found[row.name] = Previous(time, data[0] if data else {}, rows)
    return found


def _read_tables(
    connection: Connection, layout: Layout, module: ModuleOutline, dataset_id: int
) -> dict[str, list[dict[str, Cell]]]:
    """The rows of a dataset by table, each by the names of its columns; '' is the table of ``Data``."""
    rows = {}
    for name, table in module.tables.items():
        if table.columns:
            stored = layout.find(connection, module.name, table)
            found = read_rows(connection, stored, [dataset_id], Page(0, MOST_ROWS_READ, in_order=True))
            columns = [column.name for column in table.columns]
            rows[name] = [dict(zip(columns, cells, strict=True)) for cells in found.get(dataset_id, ())]
    return rows
