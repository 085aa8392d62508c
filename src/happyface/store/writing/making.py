"""Making the tables and columns that modules declare and the database lacks."""

import logging
from contextlib import AbstractContextManager, nullcontext

import sqlalchemy as sa
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.schema import CreateTable

from happyface.contract import columns
from happyface.contract.columns import Column, Table
from happyface.contract.declaration import LONGEST_NAME
from happyface.contract.quoting import one_line
from happyface.model.outline import ModuleOutline
from happyface.store import schema
from happyface.store.layout import KnownColumn, KnownTable, Layout, Place, make_table, table_name
from happyface.store.writing.door import LONGEST_KEY

log = logging.getLogger(__name__)

_MOST_COLUMNS = 500
"""The most columns of a table: MariaDB takes 1,017, PostgreSQL 1,600, SQLite 2,000; a state needs two."""
_MOST_TABLES = 100
"""The most tables of a module."""


class Unmakeable(Exception):
    """Why the tables of a module cannot be made, as the end of a sentence."""


def make_tables(connection: Connection, layout: Layout, module: ModuleOutline) -> bool:
    """Make what a module declares and the database lacks. Returns whether there was anything to make.

    Raises:
        Unmakeable: it cannot be stored as it is declared.
    """
    # Nearly always: an outline changes more often than the tables of its modules.
    if all(_is_known(layout.known.get((module.name, name)), table) for name, table in module.tables.items()):
        return False
    # All is checked before anything is made: of a module that is refused no tables are left behind.
    _check(layout, module)
    for name, table in module.tables.items():
        known = layout.known.get((module.name, name))
        if known is None:
            known = _make(connection, module.name, table)
        else:
            _alter(connection, known, table)
        _index_key(connection, known, table)
    return True


def _is_known(known: KnownTable | None, table: Table) -> bool:
    if known is None:
        return False
    found = [(known.columns.get(column.name), column) for column in table.columns]
    return all(
        known_column is not None
        and known_column.kind == column.kind
        and (known_column.indexed or column.name != table.key)
        for known_column, column in found
    )


def _check(layout: Layout, module: ModuleOutline) -> None:
    if len(module.tables) > _MOST_TABLES:
        raise Unmakeable(f"it declares {len(module.tables)} tables; {_MOST_TABLES} are the most")
    for name, table in module.tables.items():
        if len(table.columns) > _MOST_COLUMNS:
            where = f"its row class {name}" if name else "its Data"
            raise Unmakeable(f"{where} has {len(table.columns)} columns; {_MOST_COLUMNS} are the most")
        for column in table.columns:
            _check_kind(layout.known.get((module.name, name)), table, column)


def _check_kind(known: KnownTable | None, table: Table, column: Column) -> None:
    before = known.columns.get(column.name) or _renamed_from(known, table, column) if known else None
    if before is None or before.kind == column.kind or (before.kind, column.kind) == ("integer", "number"):
        return
    # A column keeps its kind: its older cells would be read as values of the new one.
    where = f"{table.name}.{column.name}" if table.name else column.name
    raise Unmakeable(
        f"its column {where} was stored as {before.kind} and is declared as {column.kind} now; give it a new name"
    )


def _renamed_from(known: KnownTable, table: Table, column: Column) -> KnownColumn | None:
    """The column that a renamed one was; none while that name is still declared, too."""
    taken = {declared.name for declared in table.columns}
    return known.columns.get(column.was) if column.was and column.was not in taken else None


def _make(connection: Connection, module: str, table: Table) -> KnownTable:
    """Make a table, and write down that it is there."""
    known = KnownTable(_next_id(connection, schema.module_tables))
    first = _next_id(connection, schema.module_columns)
    for number, column in enumerate(table.columns, start=first):
        known.columns[column.name] = KnownColumn(number, column.kind, number, False)
    made = make_table(known.id, table.name, dict.fromkeys(known.places(table)))
    # MariaDB commits with each table that is made: what a killed process did not come to write down holds nothing.
    made.drop(connection, checkfirst=True)
    _execute(connection, f"the table {table.name or 'of Data'}", CreateTable(made))
    connection.execute(
        insert(schema.module_tables).values(id=known.id, module_id=_module_id(connection, module), name=table.name)
    )
    for column in table.columns:
        _record_column(connection, known, column)
    return known


def _module_id(connection: Connection, name: str) -> int:
    found = connection.scalar(select(schema.modules.c.id).where(schema.modules.c.name == name))
    if found is None:
        found = _next_id(connection, schema.modules)
        connection.execute(insert(schema.modules).values(id=found, name=name))
    return found


def _record_column(connection: Connection, known: KnownTable, column: Column) -> None:
    """Write down that a column is there."""
    found = known.columns[column.name]
    connection.execute(
        insert(schema.module_columns).values(
            id=found.id,
            table_id=known.id,
            name=column.name,
            kind=found.kind,
            unit=column.unit[:LONGEST_NAME] or None,
            place_id=None if found.place == found.id else found.place,
            indexed=found.indexed,
        )
    )


def _alter(connection: Connection, known: KnownTable, table: Table) -> None:
    """Add the columns that a table lacks, rename those that are renamed, and widen whole numbers to numbers."""
    for column in table.columns:
        found, was = known.columns.get(column.name), _renamed_from(known, table, column)
        if found is None and was is not None:
            number = _next_id(connection, schema.module_columns)
            known.columns[column.name] = found = KnownColumn(number, was.kind, was.place, was.indexed)
            _record_column(connection, known, column)
        elif found is None:
            number = _next_id(connection, schema.module_columns)
            known.columns[column.name] = found = KnownColumn(number, column.kind, number, False)
            _add(connection, table_name(known.id, table.name), Place(number, column.kind))
            _record_column(connection, known, column)
        if found.kind != column.kind:
            _widen(connection, table_name(known.id, table.name), Place(found.place, column.kind))
            _record_kind(connection, known, found.place, column.kind)


def _add(connection: Connection, table: str, place: Place) -> None:
    there = {found["name"] for found in sa.inspect(connection).get_columns(table)}
    for column in place.columns():
        if column.name in there:  # of a process that was killed before it could write that down
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column.name}")
        kind = column.type.compile(connection.dialect)
        _execute(connection, "a column", sa.text(f"ALTER TABLE {table} ADD {column.name} {kind}"))


_WIDEN = {
    "postgresql": "ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind}",
    "mysql": "ALTER TABLE {table} MODIFY {name} {kind}",
    "mariadb": "ALTER TABLE {table} MODIFY {name} {kind}",
    "oracle": "ALTER TABLE {table} MODIFY {name} {kind}",
}
"""How a column of whole numbers becomes one of numbers. SQLite keeps either in the same column."""


def _widen(connection: Connection, table: str, place: Place) -> None:
    (column,) = place.columns()
    if statement := _WIDEN.get(connection.dialect.name):
        kind = column.type.compile(connection.dialect)
        connection.exec_driver_sql(statement.format(table=table, name=column.name, kind=kind))


def _record_kind(connection: Connection, known: KnownTable, place: int, kind: columns.ColumnKind) -> None:
    for column in known.columns.values():
        if column.place == place:
            column.kind = kind
    at = schema.module_columns.c
    connection.execute(
        update(schema.module_columns).where(sa.or_(at.id == place, at.place_id == place)).values(kind=kind)
    )


def _index_key(connection: Connection, known: KnownTable, table: Table) -> None:
    """An index of the column that names rows: the curve of one row is then one walk."""
    column = known.columns.get(table.key) if table.name else None
    if column is None or column.indexed:
        return
    made = make_table(known.id, table.name, dict.fromkeys(known.places(table)))
    cell = made.c[f"c{column.place}"]
    prefix = {cell.name: LONGEST_KEY} if column.kind in ("text", "state", "file") else {}
    index = sa.Index(
        f"rows_{known.id}_c{column.place}", cell, made.c.dataset_id, mysql_length=prefix, mariadb_length=prefix
    )
    try:
        with _savepoint(connection):
            index.create(connection, checkfirst=True)
    except sa.exc.DBAPIError as error:  # older rows may have longer keys than a database can have an index of
        log.warning("There is no index of %s of the rows %s: %s", table.key, table.name, error.orig)
    column.indexed = True
    at = schema.module_columns.c
    connection.execute(update(schema.module_columns).where(at.id == column.id).values(indexed=True))


def _next_id(connection: Connection, table: sa.Table) -> int:
    return (connection.scalar(select(func.max(table.c.id))) or 0) + 1


def _savepoint(connection: Connection) -> AbstractContextManager[object]:
    """A block whose failure rolls back itself alone; none on MariaDB, where making a table ends all savepoints."""
    return nullcontext() if connection.dialect.name in ("mysql", "mariadb") else connection.begin_nested()


def _execute(connection: Connection, what: str, statement: sa.Executable) -> None:
    """Run a statement that makes a table or a column. Raises Unmakeable where the database refuses it."""
    try:
        with _savepoint(connection):
            connection.execute(statement)
    except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
        if error.connection_invalidated:
            raise
        reason = one_line(str(error.orig), 200)
        raise Unmakeable(f"the database does not take {what}: {reason}") from error
