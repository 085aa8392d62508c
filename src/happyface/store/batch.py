"""A batch: the rows and contents that runs add to the store, gathered before any of it is written."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, insert

from happyface.contract import columns
from happyface.contract.columns import Cell
from happyface.contract.files import File
from happyface.model.outline import Outline
from happyface.model.results import FinishedRun, Outcome
from happyface.store import schema

_LONGEST_NAME = 100


class Batch:
    """The rows that runs add, by table and in the order of its columns, and the contents that they archive."""

    def __init__(self) -> None:
        self.rows: defaultdict[sa.Table, list[tuple[Any, ...]]] = defaultdict(list)
        self.contents: dict[str, Path] = {}
        self.outline: Outline | None = None
        self._paths: set[str] = set()

    def begin_outline(self, outline: Outline, problems: dict[str, str]) -> None:
        """Expect runs of an outline; ``problems`` tell why a module's values cannot be stored, by module."""
        self.outline, self.problems = outline, problems
        self._tables = {
            module.name: [(schema.module_table(module.name, table), table) for table in module.tables.values()]
            for module in outline.modules
        }
        halves = {
            name: _half_digest(repr([(stored.name, *stored.columns.keys()) for stored, _ in tables]))
            for name, tables in self._tables.items()
        }
        self._columns = {each.name: halves.get(each.module, _NO_COLUMNS) for each in outline.instances}

    def begin_run(self, run_id: int, run: FinishedRun) -> None:
        """Expect the rows of a run."""
        self.run_id, self.instances = run_id, run.outline.instance
        self._minute = f"{run.time:%Y/%m/%d/%H/%M}"

    def add(self, table: sa.Table, *values: Any) -> None:
        """Add a row."""
        self.rows[table].append(values)

    def archive_path(self, instance: str, file: File) -> str:
        """A path of its own: no two files of a run share one, whatever their names are."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", file.name)[-_LONGEST_NAME:]
        path, number = f"{self._minute}/{instance}-{self.run_id}-{name}", 1
        while path in self._paths:
            path, number = f"{self._minute}/{instance}-{self.run_id}-{number}-{name}", number + 1
        self._paths.add(path)
        return path

    def digest_of(self, outcome: Outcome) -> bytes:
        """What makes two datasets the same: half of it tells the content, half the columns in which it is stored."""
        return outcome.digest[:8] + self._columns[outcome.instance]

    def tables_of(self, outcome: Outcome) -> list[tuple[sa.Table, columns.Table]]:
        """The tables of an instance's module, in the database and as declared."""
        return self._tables.get(self.instances[outcome.instance].module, [])

    def files_of(self, outcome: Outcome) -> Iterator[File]:
        """The files of an outcome: those of its values and rows, and those that are kept beside them."""
        for _, table in self.tables_of(outcome):
            for position, column in enumerate(table.columns):
                if column.kind == "file":
                    rows = _rows_of(outcome, table)
                    yield from (cell for row in rows if isinstance(cell := row[position], File))
        yield from outcome.kept.values()

    def add_dataset(
        self,
        dataset_id: int,
        instance_id: int,
        outcome: Outcome,
        digest: bytes,
        facts_id: int | None,
        paths: dict[File, str],
    ) -> None:
        """Add a dataset with its values, rows and files; ``paths`` are the files' places in the archive."""
        counts = ",".join(f"{name}:{len(rows)}" for name, rows in outcome.rows.items() if rows) or None
        self.add(schema.datasets, dataset_id, instance_id, digest, outcome.limited, counts, facts_id)
        for target, table in self.tables_of(outcome):
            self._add_values(self.rows[target], dataset_id, table, _rows_of(outcome, table), paths)
        for file, path in paths.items():
            self.contents[file.digest] = file.path
            self.add(schema.archive, path, file.digest, file.path.stat().st_size, instance_id, self.run_id)

    @staticmethod
    def _add_values(
        target: list[tuple[Any, ...]],
        dataset_id: int,
        table: columns.Table,
        rows: Sequence[Sequence[Cell | File]],
        paths: dict[File, str],
    ) -> None:
        if paths:
            rows = [[paths[cell] if isinstance(cell, File) else cell for cell in row] for row in rows]
        if table.name:
            target += [(dataset_id, position, *row) for position, row in enumerate(rows)]
        else:
            target += [(dataset_id, *row) for row in rows]


def _half_digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


_NO_COLUMNS = _half_digest("")


def _rows_of(outcome: Outcome, table: columns.Table) -> Sequence[Sequence[Cell | File]]:
    """The rows of an outcome that go into one table; of the table of ``Data`` there is one at most."""
    if table.name:
        return outcome.rows.get(table.name, ())
    return () if outcome.data is None else (outcome.data,)


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
    compiled = insert(table).compile(dialect=dialect)
    return str(compiled), compiled.positional
