"""A batch: the rows that runs add to the store, gathered before any of it is written."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, insert

from happyface.contract.columns import Cell, Table
from happyface.contract.files import File
from happyface.contract.limits import Limits
from happyface.contract.quoting import one_line
from happyface.contract.states import FINE, UNKNOWN, State
from happyface.model.results import Outcome
from happyface.store import schema
from happyface.store.layout import StoredTable

_LONGEST_NAME = 100
_ORDER = {table.name: number for number, table in enumerate(schema.metadata.sorted_tables)}


class TableRefused(Exception):
    """The database did not take the rows of a module's table."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(reason)
        self.table = table


class Batch:
    """Rows by table, in the order of its columns."""

    def __init__(self) -> None:
        self._rows: defaultdict[sa.Table, list[tuple[Any, ...]]] = defaultdict(list)

    def add(self, table: sa.Table, *values: Any) -> None:
        """Add a row."""
        self._rows[table].append(values)

    def add_values(self, stored: StoredTable, dataset_id: int, row: Sequence[Cell | str]) -> None:
        """Add the values of a ``Data``."""
        self._rows[stored.table].append((dataset_id, *_cells(stored, row)))

    def add_rows(
        self, stored: StoredTable, dataset_id: int, rows: Sequence[Sequence[Cell | str]], order: Sequence[int]
    ) -> None:
        """Add the rows of a table; ``order`` are their positions, the worst row's first."""
        target = self._rows[stored.table]
        for rank, position in enumerate(order):
            target.append((dataset_id, rank, position, *_cells(stored, rows[position])))

    def insert(self, connection: Connection) -> None:
        """Write it all, in the order that the tables' relationships need; those of modules come last.

        Raises:
            TableRefused: the database did not take the rows of one of them.
        """
        filled = [table for table, rows in self._rows.items() if rows]
        for table in sorted(filled, key=lambda table: _ORDER.get(table.name, len(_ORDER))):
            try:
                insert_rows(connection, table, self._rows[table])
            # Driver errors differ by database; only what is surely not of the values is passed on as it is.
            except (sa.exc.OperationalError, sa.exc.InterfaceError):
                raise  # of the server or the disk, and of no module
            except Exception as error:
                if table.name in _ORDER:
                    raise
                reason = one_line(str(getattr(error, "orig", error)), 300)
                raise TableRefused(table.name, reason) from error


def _cells(stored: StoredTable, row: Sequence[Any]) -> Sequence[Any]:
    """A row's cells as the database has them: of a state the word and its status."""
    if not stored.has_states:
        return row
    cells: list[Any] = []
    for place, value in zip(stored.places, row, strict=True):
        cells.append(str(value) if isinstance(value, State) else value)
        if place.kind == "state":
            cells.append(value.status if isinstance(value, State) else None)
    return cells


def archive_paths(minute: str, dataset_id: int, outcome: Outcome, files: Sequence[File]) -> dict[File, str]:
    """The paths of a dataset's files in the archive: no two files ever share one, whatever their names are.

    The number of the dataset comes first: after a name, ``host`` with ``1-2.png`` would meet ``host-1`` with ``2.png``.
    """
    paths: dict[File, str] = {}
    for file in files:
        if file not in paths:
            number = f"{dataset_id}.{len(paths) + 1}" if paths else f"{dataset_id}"
            # From the end, which has the file's type.
            name = re.sub(r"[^A-Za-z0-9._-]+", "_", file.name)[-_LONGEST_NAME:]
            paths[file] = f"{minute}/{number}-{outcome.instance}-{name}"
    return paths


def page_order(table: Table, rows: Sequence[Sequence[Any]], limits: Mapping[str, Limits], now: float) -> list[int]:
    """The positions of rows in the order of the page: those at fault first, then by ``table.sort``, then as given."""
    order = list(range(len(rows)))
    # Sorts are stable, so the last one counts most.
    for name, descending in reversed(table.sorting):
        cells = [row[table.index(name)] for row in rows]
        order.sort(key=[_sort_key(cell) for cell in cells].__getitem__, reverse=descending)
        order.sort(key=[cell is None for cell in cells].__getitem__)  # what is not known comes last either way
    badness = [FINE] * len(rows)
    for at, column in enumerate(table.columns):
        if column.kind == "state":
            states = (cell.status if isinstance(cell := row[at], State) else UNKNOWN for row in rows)
            badness = list(map(_worse, badness, states))
        if limited := limits.get(column.name):
            badness = list(map(_worse, badness, (limited.rate(row[at], now) for row in rows)))
    order.sort(key=badness.__getitem__)
    return order


def _worse(one: float, other: float) -> float:
    return other if 0 <= other < one else one


def _sort_key(value: Any) -> Any:
    return (value is not None, value) if not isinstance(value, str) else (True, value.casefold())


def files_of(outcome: Outcome, tables: Mapping[str, Table]) -> list[File]:
    """The files of an outcome: those of its values and rows, and those that are kept beside them."""
    found: list[File] = []
    for name, table in tables.items():
        rows = outcome.rows.get(name, []) if name else [outcome.data or []]
        for position, column in enumerate(table.columns):
            if column.kind == "file":
                found += [cell for row in rows if row and isinstance(cell := row[position], File)]
    return [*found, *outcome.kept.values()]


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Hand rows to the driver as they are, which takes a third of the time that an ``insert()`` takes."""
    statement, positional = _statement(table, connection.dialect)
    if positional:
        connection.exec_driver_sql(statement, list(rows))
    else:
        names = [column.name for column in table.columns]
        connection.exec_driver_sql(statement, [dict(zip(names, row, strict=True)) for row in rows])


@lru_cache(maxsize=1024)
def _statement(table: sa.Table, dialect: sa.Dialect) -> tuple[str, bool]:
    """The text that inserts a row, compiled once, and whether it takes its values by position."""
    # SQLite and MariaDB take values by position, PostgreSQL's psycopg by name.
    compiled = insert(table).compile(dialect=dialect)
    return str(compiled), compiled.positional
