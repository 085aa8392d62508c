"""What names the rows of an instance: the values of the key column of its newest dataset that has rows."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.model.outline import Outline
from happyface.store.layout import Layout, table_name
from happyface.store.schema import instances, results
from happyface.store.series.hiding import Hiding


def read_keys(
    connection: Connection, layout: Layout, outline: Outline, name: str, table: str, hiding: Hiding
) -> list[str]:
    """The names of the rows of an instance's table, in the module's order; none where it declares no key."""
    module = outline.module.get(outline.instance[name].module)
    declared = module.tables.get(table) if module else None
    known = layout.find_known(connection, module.name, table) if module and declared else None
    column = known.columns.get(declared.key) if known and declared else None
    if known is None or column is None:
        return []
    cell: sa.ColumnClause[Any] = sa.column(f"c{column.place}")
    rows = sa.table(table_name(known.id, table), cell, sa.column("dataset_id"), sa.column("position"))
    newest = connection.execute(_newest(rows), {"name": name}).first()
    if newest is None or hiding.is_hidden(name, newest.run_id):
        return []
    query = select(cell).where(rows.c.dataset_id == newest.dataset_id, cell.is_not(None)).order_by(rows.c.position)
    return list(dict.fromkeys(str(key) for key in connection.scalars(query)))


def _newest(rows: sa.TableClause) -> sa.Select[Any]:
    """The newest result of an instance whose dataset has rows."""
    return (
        select(results.c.run_id, results.c.dataset_id)
        .join_from(results, instances, instances.c.id == results.c.instance_id)
        .where(instances.c.name == sa.bindparam("name", type_=sa.String))
        .where(sa.exists().where(rows.c.dataset_id == results.c.dataset_id))
        .order_by(results.c.run_id.desc())
        .limit(1)
    )
