"""The tables of modules in the database: they and their columns are named by numbers.

So no two modules can clash, every name works, and a renamed column keeps its place and its history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Connection, Double, ForeignKey, Integer, MetaData, select
from sqlalchemy.types import TypeEngine

from happyface.contract import columns
from happyface.contract.columns import Cell, Table
from happyface.contract.states import UNKNOWN, State
from happyface.store import schema

# No lengths: a text may be any; the door cuts what no database takes.
_TYPES: Mapping[columns.ColumnKind, TypeEngine[Any]] = {
    "number": Double(),
    "integer": BigInteger(),
    "flag": Boolean(),
    "text": schema.LongText,
    "state": schema.LongText,
    "time": Double(),
    "file": schema.LongText,
}


@dataclass(frozen=True)
class Place:
    """A database column for a module's values: the number in its name, and the kind of its cells."""

    number: int
    kind: columns.ColumnKind

    def columns(self) -> "list[Column[Any]]":
        """Its columns in the database: of a state there are two, the word and its status."""
        made: list[Column[Any]] = [Column(f"c{self.number}", _TYPES[self.kind])]
        if self.kind == "state":
            made.append(Column(f"s{self.number}", Double()))
        return made


@dataclass(frozen=True, eq=False)  # there is one of each: statements are kept by them
class StoredTable:
    """A module's table as it was declared in some run, and where its cells lie in the database."""

    id: int
    declared: Table
    places: tuple[Place, ...]

    @property
    def keys(self) -> int:
        """The number of columns before the cells: the dataset, and of a row its rank and its position."""
        return 3 if self.declared.name else 1

    @cached_property
    def table(self) -> sa.Table:
        """The table in the database, with the columns that were declared and no others, each once."""
        return make_table(self.id, self.declared.name, dict.fromkeys(self.places))

    @cached_property
    def selected(self) -> "list[Column[Any]]":
        """The columns to read: the keys, and those of each declared column in its turn."""
        found = self.table.c
        cells = [found[column.name] for place in self.places for column in place.columns()]
        return [*list(found)[: self.keys], *cells]

    @cached_property
    def has_states(self) -> bool:
        """Whether some of its cells take two columns."""
        return any(place.kind == "state" for place in self.places)

    @cached_property
    def _plain(self) -> bool:
        kinds = [column.kind for column in self.declared.columns]
        return kinds == [place.kind for place in self.places] and not self.has_states

    def cells(self, row: Sequence[Any]) -> Sequence[Cell]:
        """The cells of a row that was read by :attr:`selected`."""
        values = row[self.keys :]
        if self._plain:
            return values
        cells: list[Cell] = []
        found = iter(values)
        for column, place in zip(self.declared.columns, self.places, strict=True):
            value = next(found)
            if place.kind == "state":
                status = next(found)
                value = None if value is None else State(value, UNKNOWN if status is None else status)
            elif column.kind == "integer" and isinstance(value, float) and value.is_integer():
                value = int(value)  # as it was declared then; meanwhile the column has become one of numbers
            cells.append(value)
        return cells


def make_table(number: int, name: str, places: "Mapping[Place, Any]") -> sa.Table:
    """A module's table in the database; ``name`` is empty for that of ``Data``."""
    keys: list[Column[Any]] = [_dataset_key()]
    if name:
        keys += [
            Column("rank", Integer, primary_key=True, autoincrement=False),
            Column("position", Integer, nullable=False),
        ]
    cells = [column for place in places for column in place.columns()]
    return sa.Table(table_name(number, name), MetaData(), *keys, *cells, **schema.TABLE)


def _dataset_key() -> "Column[int]":
    target = ForeignKey(schema.datasets.c.id)
    return Column("dataset_id", Integer, target, primary_key=True, autoincrement=False)


def table_name(number: int, name: str) -> str:
    """The name of a module's table in the database."""
    return f"rows_{number}" if name else f"values_{number}"


@dataclass
class KnownColumn:
    """A column that a module declared at some time: its number, and where its cells lie."""

    id: int
    kind: columns.ColumnKind
    place: int
    indexed: bool
    unit: str = ""


@dataclass
class KnownTable:
    """A table that a module declared at some time, with all the columns that it ever had."""

    id: int
    columns: dict[str, KnownColumn] = field(default_factory=dict)

    def places(self, declared: Table) -> tuple[Place, ...]:
        """Where the columns of a declaration lie. Raises KeyError for one that was never stored."""
        # A renamed column lies in another one's place, whose kind decides how cells are stored.
        kinds = {column.id: column.kind for column in self.columns.values()}
        found = (self.columns[column.name] for column in declared.columns)
        return tuple(Place(column.place, kinds[column.place]) for column in found)


_ALL = (
    select(
        schema.modules.c.name.label("module"),
        schema.module_tables.c.id.label("table_id"),
        schema.module_tables.c.name.label("table"),
        schema.module_columns,
    )
    .join_from(schema.modules, schema.module_tables)
    .join(schema.module_columns, schema.module_columns.c.table_id == schema.module_tables.c.id, isouter=True)
)


class Layout:
    """All tables of modules that the database has. It is read once, and again when something is not found."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], KnownTable] = {}
        self._stored: dict[tuple[str, Table], StoredTable] = {}

    def load(self, connection: Connection) -> None:
        """Read it all anew."""
        known: dict[tuple[str, str], KnownTable] = {}
        for row in connection.execute(_ALL):
            table = known.setdefault((row.module, row.table), KnownTable(row.table_id))
            if row.id is not None:
                place = row.id if row.place_id is None else row.place_id
                table.columns[row.name] = KnownColumn(row.id, row.kind, place, row.indexed, row.unit or "")
        self.known, self._stored = known, {}

    def find(self, connection: Connection, module: str, declared: Table) -> StoredTable:
        """A table as it was declared. Raises KeyError where it was never stored."""
        # A KeyError may only mean that another process has made the table since: look once more.
        if (module, declared) not in self._stored:
            try:
                return self.get(module, declared)
            except KeyError:
                self.load(connection)
        return self.get(module, declared)

    def find_known(self, connection: Connection, module: str, name: str) -> KnownTable | None:
        """All that is known of a table, as it was declared at any time; None where it was never stored."""
        if (module, name) not in self.known:
            self.load(connection)
        return self.known.get((module, name))

    def get(self, module: str, declared: Table) -> StoredTable:
        """A table as it was declared, from what is loaded already. Raises KeyError."""
        key = (module, declared)
        if key not in self._stored:
            table = self.known[module, declared.name]
            self._stored[key] = StoredTable(table.id, declared, table.places(declared))
        return self._stored[key]
