"""Values as they were stored: where each changed, and what it was from there on."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.contract.columns import ColumnKind
from happyface.model.series import Aggregate, Floats
from happyface.store.layout import Place
from happyface.store.schema import LongText, results
from happyface.store.series.finding import PLOTTED, Condition, Number, Source
from happyface.store.series.runs import Flags, RunIds, fetch

_FIRST, _LAST = sa.bindparam("first", type_=sa.Integer), sa.bindparam("last", type_=sa.Integer)
_INSTANCE = sa.bindparam("instance", type_=sa.Integer)
_IS_KNOWN = sa.and_(results.c.status >= 0, results.c.dataset_id.is_not(None))
"""Whether a result tells values. A status of -1 says that nothing is known, whatever was stored with it."""


@dataclass(frozen=True)
class Cell:
    """One column to read: its values, for a count only whether there is one; or the text that names a row."""

    place: Place | None
    counted: bool = False
    is_text: bool = False

    @property
    def name(self) -> str:
        """Its name in the database."""
        if self.place is None:
            return "status"
        return f"{'c' if self.counted or self.is_text else PLOTTED[self.place.kind]}{self.place.number}"


def held_from(rows: sa.FromClause, instance: Any) -> sa.ColumnElement[bool]:
    """The condition that a row of results holds in one of the runs from ``first`` to ``last``."""
    same = results.alias("same")
    before = (
        select(func.max(same.c.run_id))
        .where(same.c.instance_id == instance, same.c.run_id <= _FIRST)
        .correlate_except(same)
        .scalar_subquery()
    )
    return sa.and_(rows.c.run_id >= func.coalesce(before, 0), rows.c.run_id <= _LAST)


@lru_cache(maxsize=1000)
def _query(table: str, cells: tuple[Cell, ...], shape: tuple[tuple[str, ColumnKind, bool], ...]) -> sa.Select[Any]:
    """The changes of one instance: the run, the columns, and for counts whether anything was known at all."""
    names = {*(cell.name for cell in cells), *(name for name, _, _ in shape)}
    module = sa.table(table or "nothing", sa.column("dataset_id"), *(sa.column(name) for name in sorted(names)))
    rows = results if not table else None
    columns = [_cell(rows if rows is not None else module, cell) for cell in cells]
    if any(cell.counted for cell in cells):
        columns.append(sa.case((_IS_KNOWN, 1)))
    query = select(results.c.run_id, *columns)
    if table:
        taken = [_condition(module.c[name], number, kind, no) for number, (name, kind, no) in enumerate(shape)]
        joined = sa.and_(module.c.dataset_id == results.c.dataset_id, results.c.status >= 0, *taken)
        query = query.join_from(results, module, joined, isouter=True)
    held = held_from(results, _INSTANCE)
    return query.where(results.c.instance_id == _INSTANCE, held).order_by(results.c.run_id)


def _cell(rows: Any, cell: Cell) -> sa.ColumnElement[Any]:
    found = rows.c[cell.name]
    return sa.case((found.is_not(None), 1)) if cell.counted else found


def _condition(column: Any, number: int, kind: ColumnKind, exclude: bool) -> sa.ColumnElement[bool]:
    types = {"flag": sa.Boolean(), "number": sa.Double(), "integer": sa.Double(), "time": sa.Double()}
    values = sa.bindparam(f"values_{number}", expanding=True, type_=types.get(kind, LongText))
    # Of what is not known, nobody can say that it is the value to leave out.
    return sa.or_(column.is_(None), column.not_in(values)) if exclude else column.in_(values)


@dataclass(frozen=True, eq=False)
class Changes:
    """What was read of one source: a row for each change, or for each row of a dataset that counts.

    Attributes:
        ids: the run of each row, growing.
        columns: the values by cell; NaN where there is none.
        is_known: whether the result of each row tells values; None where nobody asked.
    """

    ids: RunIds
    columns: dict[Cell, Floats]
    is_known: Floats | None = None

    def values(self, number: Number) -> tuple[RunIds, Floats]:
        """A number where it changed: the runs, and the values that hold from there on."""
        aggregate = number.aggregate if number.source.table else "mean"
        values = self.columns[cell_of(number)]
        if number.is_status and aggregate != "count":
            values = np.where(values < 0, np.nan, values)
        starts = np.flatnonzero(np.append(True, np.diff(self.ids) > 0)[: len(self.ids)])
        if not len(starts):
            return self.ids, values
        if aggregate == "count":
            counts = np.add.reduceat(np.nan_to_num(values), starts)
            known = np.ones(len(self.ids)) if self.is_known is None else self.is_known
            return self.ids[starts], np.where(known[starts] > 0, counts, np.nan)
        if len(starts) < len(self.ids):
            values = _aggregated(values, starts, aggregate)
        return self.ids[starts], values

    def at(self, number: Number, run_ids: RunIds) -> Floats:
        """A number in some runs: what it became last at or before each."""
        return hold(*self.values(number), run_ids)


def hold(ids: RunIds, values: Floats, run_ids: RunIds) -> Floats:
    """The values that hold in some runs, from where they changed; NaN before the first."""
    if not len(ids):
        return np.full(len(run_ids), np.nan)
    places = np.searchsorted(ids, run_ids, "right") - 1
    return np.where(places < 0, np.nan, values[places])


def _aggregated(values: Floats, starts: RunIds, aggregate: Aggregate) -> Floats:
    if aggregate in ("min", "max"):
        smallest = np.fmin if aggregate == "min" else np.fmax
        return smallest.reduceat(values, starts)
    known = ~np.isnan(values)
    counts = np.add.reduceat(known.astype(np.float64), starts)
    sizes = np.diff(np.append(starts, len(values)))
    shares = np.repeat(np.maximum(counts, 1), sizes) if aggregate == "mean" else 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        totals = np.add.reduceat(np.where(known, values, 0) / shares, starts)
    return np.where((counts > 0) & np.isfinite(totals), totals, np.nan)


def cell_of(number: Number) -> Cell:
    """The cell that has a number's values."""
    return Cell(number.place, bool(number.source.table) and number.aggregate == "count")


def read_changes(connection: Connection, source: Source, cells: Collection[Cell], first: int, last: int) -> Changes:
    """What some columns of a source were in the runs from a first to a last one."""
    in_order = tuple(sorted(set(cells), key=lambda cell: (cell.name, cell.counted)))
    shape = tuple((f"c{wanted.place.number}", wanted.place.kind, wanted.exclude) for wanted in source.conditions)
    parameters: dict[str, Any] = {"instance": source.instance_id, "first": first, "last": last}
    parameters |= _bound(source.conditions)
    rows = fetch(connection, _query(source.table, in_order, shape), parameters)
    return _changes(rows, in_order)


def _bound(conditions: Sequence[Condition]) -> dict[str, list[str | float]]:
    return {f"values_{number}": list(condition.values) for number, condition in enumerate(conditions)}


def _changes(rows: Sequence[tuple[Any, ...]], cells: Sequence[Cell]) -> Changes:
    # One array for each column: an array of all at once would turn large run numbers into floats.
    columns = list(zip(*rows, strict=True)) or [()] * (len(cells) + 2)
    ids = np.array(columns[0], np.int64)
    values = {cell: np.array(column, np.float64) for cell, column in zip(cells, columns[1:], strict=False)}
    has_known = any(cell.counted for cell in cells)
    return Changes(ids, values, np.nan_to_num(np.array(columns[-1], np.float64)) if has_known else None)


@dataclass(frozen=True, eq=False)
class NamedRows:
    """All rows of an instance's table in some runs, by the text that names them.

    Attributes:
        changed: the runs in which something of the instance changed: a row holds until the next of these.
        ids: the run of each row, growing.
        names: its name, as a number in ``words``; -1 where it has none.
    """

    changed: RunIds
    ids: RunIds
    names: RunIds
    words: Sequence[str]
    columns: Sequence[Floats]

    def busy(self, least: int) -> Iterator[tuple[str, RunIds, list[Floats]]]:
        """The rows that were in so many datasets at least, and never twice in one: their runs and their columns."""
        order = np.argsort(self.names, kind="stable")
        names = self.names[order]
        starts = np.flatnonzero(np.append(True, np.diff(names) > 0)[: len(names)])
        for start, end in pairwise([*starts.tolist(), len(names)]):
            places = order[start:end]
            ids = self.ids[places]
            if names[start] >= 0 and len(ids) >= least and (np.diff(ids) > 0).all():
                yield self.words[names[start]], ids, [column[places] for column in self.columns]

    def at(self, ids: RunIds, values: Floats, run_ids: RunIds) -> Floats:
        """A row's values in some runs: NaN in those in which it was not there."""
        held = np.full(len(self.changed), np.nan)
        held[np.searchsorted(self.changed, ids)] = values
        return hold(self.changed, held, run_ids)


def read_named_rows(
    connection: Connection, source: Source, key: Place, cells: Sequence[Cell], first: int, last: int
) -> NamedRows:
    """The rows of one table of an instance in the runs from a first to a last one, with the text that names each."""
    named = Cell(key, is_text=True)
    query = _query(source.table, (named, *cells), ())
    rows = fetch(connection, query, {"instance": source.instance_id, "first": first, "last": last})
    columns = list(zip(*rows, strict=True)) or [()] * (len(cells) + 2)
    ids = np.array(columns[0], np.int64)
    words = {name: number for number, name in enumerate(dict.fromkeys(columns[1])) if name is not None}
    names = np.array([words.get(name, -1) for name in columns[1]], np.int64)
    numbered = {number: name for name, number in words.items()}
    spelled = [numbered.get(number, "") for number in range(max(numbered, default=-1) + 1)]
    return NamedRows(np.unique(ids), ids, names, spelled, [np.array(column, np.float64) for column in columns[2:]])


def unhidden(values: Floats, hidden: Flags | None) -> Floats:
    """The values without those of runs that the reader may not see."""
    return values if hidden is None else np.where(hidden, np.nan, values)
