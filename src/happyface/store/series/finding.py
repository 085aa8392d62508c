"""Finding what a key stands for: the instance, its column in the database, the rows that count."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.contract.columns import Column, ColumnKind, Table, format_name
from happyface.contract.limits import Limits
from happyface.errors import nearest, nearest_or_all
from happyface.model.outline import InstanceOutline, ModuleOutline, Outline
from happyface.model.series import Aggregate, RowFilter, Series, SeriesKey
from happyface.store.layout import KnownTable, Layout, Place, table_name
from happyface.store.schema import instances

PLOTTED: Mapping[ColumnKind, str] = {"number": "c", "integer": "c", "flag": "c", "time": "c", "state": "s"}
"""The kinds of columns that are numbers over time, with the letter of the database column that has them."""

_FEW = 12
"""Names that a sentence may list where none is near."""


class Unplottable(Exception):
    """Why there is no curve, as a sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence if sentence.endswith("?") else f"{sentence}.")


@dataclass(frozen=True)
class Condition:
    """Rows to take, or to leave out: those whose cell is one of the values."""

    place: Place
    values: tuple[str | float, ...]
    exclude: bool


@dataclass(frozen=True)
class Source:
    """Rows of the database from which numbers are read: a table of a module, and which of its rows count.

    Attributes:
        table: its name in the database; empty for the results themselves.
    """

    instance_id: int
    table: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Number:
    """A number of an instance in the database.

    Attributes:
        place: None for the status.
        row: the one value of the column that names rows, where the number is that of a single row.
    """

    key: SeriesKey
    source: Source
    place: Place | None = None
    column: Column | None = None
    limits: Limits | None = None
    row: str | None = None

    @property
    def aggregate(self) -> Aggregate:
        """How the rows of a run become one number."""
        return self.key.aggregate

    @property
    def is_status(self) -> bool:
        """Whether its values are statuses, of which a negative one says that nothing is known."""
        return self.place is None or self.place.kind == "state"


@dataclass(frozen=True)
class Site:
    """Where numbers are looked for: the instances that a reader may see, with the outline in which each was last."""

    outlines: Mapping[str, Outline]
    ids: Mapping[str, int]
    layout: Layout

    def find(self, key: SeriesKey) -> Number:
        """What a key stands for. Raises Unplottable."""
        if key.instance not in self.outlines or key.instance not in self.ids:
            raise Unplottable(f"There is no instance '{key.instance}'{_near(key.instance, self.outlines)}")
        outline, instance_id = self.outlines[key.instance], self.ids[key.instance]
        if not key.column:
            return Number(key, Source(instance_id))
        instance = outline.instance[key.instance]
        return _Finder(key, instance, outline.module.get(instance.module), self.layout).find(instance_id)


@dataclass(frozen=True)
class _Finder:
    """Finds a column of one instance."""

    key: SeriesKey
    instance: InstanceOutline
    module: ModuleOutline | None
    layout: Layout

    def find(self, instance_id: int) -> Number:
        column, place = self._column(self.key.column)
        if column.kind not in PLOTTED and self.key.aggregate != "count":
            raise Unplottable(
                f"The column {column.name} of {self._where} is of {_NAMES[column.kind]}, which have no curve"
            )
        conditions = tuple(self._conditions())
        source = Source(instance_id, table_name(self._known.id, self.key.table), conditions)
        limits = self.instance.limits.get(self.key.table, {}).get(column.name)
        return Number(self.key, source, place, column, limits, self._row(conditions))

    @cached_property
    def _where(self) -> str:
        return f"{self.key.instance}{f', {self.key.table}' if self.key.table else ''}"

    @cached_property
    def _declared(self) -> Table | None:
        return self.module.tables.get(self.key.table) if self.module else None

    @cached_property
    def _known(self) -> KnownTable:
        """The table, also one that the module no longer declares."""
        module = self.instance.module
        found = self.layout.known.get((module, self.key.table))
        if found is None:
            tables = sorted(name for of, name in self.layout.known if of == module and name)
            raise Unplottable(
                f"{self.key.instance} has no table '{self.key.table}'{nearest_or_all(self.key.table, tables)}"
                if self.key.table
                else f"{self.key.instance} has no values but its rows; name a table: {', '.join(tables) or 'none'}"
            )
        return found

    def _column(self, name: str) -> tuple[Column, Place]:
        """A column as it is declared, else as it was stored, and where it lies."""
        known = self._known.columns.get(name)
        if known is None:
            declared = self._declared.columns if self._declared else ()
            names = [column.name for column in declared] or sorted(self._known.columns)
            raise Unplottable(f"{self._where} has no column '{name}'{nearest_or_all(name, names)}")
        declared_now = {column.name: column for column in self._declared.columns} if self._declared else {}
        made = Column(name, known.kind, format_name(name), known.unit)
        # In another one's place, its kind decides how the cells are stored.
        kinds = {column.id: column.kind for column in self._known.columns.values()}
        return declared_now.get(name, made), Place(known.place, kinds.get(known.place, known.kind))

    def _conditions(self) -> Iterable[Condition]:
        """The filters; of several values of one column any counts, for no cell has two."""
        grouped: dict[tuple[str, bool], list[RowFilter]] = {}
        for row_filter in self.key.filters:
            grouped.setdefault((row_filter.column, row_filter.exclude), []).append(row_filter)
        for (name, exclude), filters in grouped.items():
            place = self._column(name)[1]
            cells = [_cell(row_filter.value, place.kind) for row_filter in filters]
            yield Condition(place, tuple(cell for cell in cells if cell is not None), exclude)

    def _row(self, conditions: Sequence[Condition]) -> str | None:
        declared_key = self._declared.key if self._declared else ""
        named = [row_filter for row_filter in self.key.filters if row_filter.column == declared_key]
        is_one = len(self.key.filters) == len(named) == 1 and self.key.aggregate != "count" and not named[0].exclude
        return named[0].value if is_one else None


_NAMES = {"text": "texts", "file": "files"}
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _cell(value: str, kind: ColumnKind) -> str | float | None:
    """The cell that is, as a text, a filter's value; None where no cell of this kind is."""
    if kind == "flag":
        return _FLAGS.get(value.strip().lower())
    if kind not in PLOTTED or kind == "state":
        return value
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _near(name: str, names: Iterable[str]) -> str:
    known = list(names)
    return nearest_or_all(name, known) if len(known) <= _FEW else nearest(name, known)


def unplottable_rows(number: Number, known: Sequence[str]) -> str:
    """The sentence for a row that was never there; empty where it is one that the table has."""
    if number.row is None or number.row in known:
        return ""
    where = f"{number.key.instance} has no row '{number.row}' in {number.key.table}"
    return str(Unplottable(f"{where} in this time{_near(number.row, known)}"))


_INSTANCES = select(instances.c.name, instances.c.id).where(
    instances.c.name.in_(sa.bindparam("names", expanding=True, type_=sa.String))
)


def find_instances(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The numbers of instances by name."""
    rows = connection.execute(_INSTANCES, {"names": sorted(set(names))})
    return {row.name: row.id for row in rows}


def without_curve(key: SeriesKey, problem: str, count: int) -> Series:
    """A series of which nothing can be told but why."""
    import numpy as np

    nothing = np.full(count, np.nan)
    return Series(key, nothing, nothing, nothing, problem=problem)
