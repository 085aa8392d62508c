"""From the values of an instance to its status and the sentence that explains it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from happyface.contract import states
from happyface.contract.columns import Cell, Column, Table, main_column
from happyface.contract.files import File
from happyface.contract.limits import Limits
from happyface.contract.module import Result, cell_status
from happyface.contract.states import State
from happyface.contract.units import human
from happyface.contract.unknown import Unknown, may_be_missing
from happyface.rating.expressions import Expression
from happyface.rating.rules import Rules

_NAMED = 3
"""How many faults a sentence names; the rest is only counted."""

RowCells = Sequence[Cell | File]


@dataclass(frozen=True)
class _Fault:
    status: float
    text: str


@dataclass(frozen=True)
class _Rating:
    """Rates one instance's values by its rules.

    Attributes:
        data: the values of its ``Data`` in the order of the table's columns.
        rows: its rows by table.
        now: the run's time in seconds since 1970.
    """

    rules: Rules
    data: RowCells
    rows: Mapping[str, Sequence[RowCells]]
    now: float

    def by_limits(self, result: Result) -> tuple[float, list[_Fault], str]:
        """The status that the limits give, what is at fault, worst first, and the module's sentence."""
        # sorted() is stable: equally bad ones stay in the order of tables and rows.
        faults = sorted(self._faults(), key=lambda fault: fault.status)
        status = faults[0].status if faults else self._status_without_faults()
        sentence = result.sentence
        if status < 0 and not sentence:
            sentence = "None of the values that are rated is known."
        return status, [] if result.explained and result.sentence else faults, sentence

    def by_what_is_unknown(
        self, result: Result, status: float, faults: list[_Fault], sentence: str
    ) -> tuple[float, list[_Fault], str]:
        """A rating with what could not be found out: it is told, and nothing better is claimed than is known."""
        left = result.unknown.without(self.rules.may_be_missing)
        missing = list(self._missing()) if result.status is None and not result.idle else []
        # What is not known may be critical, or as bad as its own limits allow.
        worst_possible = min(
            [states.CRITICAL] if left.hides_all(result.idle) else [bad for bad, _ in missing], default=status
        )
        names = {"not known": [name for _, name in missing]} if status >= 0 else {}
        words = _unknown_words(result.unknown, names)
        return (
            (states.UNKNOWN if status > worst_possible else status),
            faults,
            " · ".join(filter(None, [sentence, words])),
        )

    def _missing(self) -> Iterator[tuple[float, str]]:
        """The values with limits that are not known: how bad each might be, and its name."""
        for table, positions, rows in self._rated_tables():
            key = _key_position(table) if table.name else None
            for row in rows if positions else ():
                for position, column, limits in positions:
                    if not limits or column.may_be_missing or cell_status(limits, row[position], self.now) >= 0:
                        continue
                    who = "" if key is None else str(row[key])
                    if not may_be_missing(self.rules.may_be_missing, column.name, f"{table.name}.{column.name}", who):
                        worst = states.CRITICAL if limits.critical else states.WARNING
                        yield worst, _missing_name(who, column, row[position])

    def by_expressions(self, status: float, faults: list[_Fault], sentence: str) -> tuple[float, list[_Fault], str]:
        """A rating made worse by the expressions that hold; -1 where one might hold and cannot be computed."""
        # Critical first: where that holds, the warning could not make it worse and is not evaluated.
        for level, bad in (("critical", states.CRITICAL), ("warning", states.WARNING)):
            expression = self.rules.expressions.get(level)
            if expression is None or 0 <= status <= bad:
                continue
            holds = expression.evaluate(self.data, self.rows)
            if holds:
                status = bad
                faults = [_Fault(bad, f"{level}: {expression.text}{self._named_values(expression)}"), *faults]
            # Had it been known, it might have been this bad: nothing better may be claimed.
            elif holds is None and status > bad:
                status = states.UNKNOWN
                sentence = f"Cannot be rated by “{expression.text}”: not everything in it is known. {sentence}".strip()
        return status, faults, sentence

    def main_value(self) -> str:
        """The main column with its value: the sentence of an instance that has no other. Empty without a value."""
        table = self.rules.tables.get("")
        column = main_column(table)
        value = self.data[table.index(column.name)] if table and column and self.data else None
        return f"{column.label} {format_value(value, column)}" if column and value is not None else ""

    def _status_without_faults(self) -> float:
        """Fine, unless there are limits and nothing that they would rate is known."""
        known = [
            cell_status(limits, value, self.now) >= 0
            for _, positions, rows in self._rated_tables()
            for row in rows
            for position, _, limits in positions
            for value in (row[position],)
            if limits is not None or value is not None  # a missing State has no limit that it might have reached
        ]
        return states.UNKNOWN if known and not any(known) else states.FINE

    def _rated_tables(self) -> Iterator[tuple[Table, list[tuple[int, Column, Limits | None]], Sequence[RowCells]]]:
        """The tables that take part in the status, with their rated columns (position, column, limits) and rows."""
        for name, table in self.rules.tables.items():
            if not name or table.counts:
                rows = self.rows.get(name, ()) if name else [self.data] if self.data else ()
                yield table, _rated_columns(self.rules, table), rows

    def _faults(self) -> Iterator[_Fault]:
        for table, positions, rows in self._rated_tables():
            key = _key_position(table) if table.name else None
            for row in rows if positions else ():  # 100,000 rows without limits are not walked through
                who = "" if key is None else str(row[key])
                for position, column, limits in positions:
                    yield from self._fault(column, limits, row[position], who)

    def _fault(self, column: Column, limits: Limits | None, value: Cell | File, who: str) -> Iterator[_Fault]:
        status = cell_status(limits, value, self.now)
        if value is None or isinstance(value, File) or not 0 <= status < states.FINE:
            return
        if column.kind in ("text", "state"):  # a word speaks for itself
            yield _Fault(status, f"{who}: {value}" if who else f"{column.label} {value}")
            return
        label = f"{who}: {column.label}" if who else column.label
        reason = limits.reason(value, column.unit, self.now) if limits else ""
        yield _Fault(status, f"{label} {format_value(value, column)} ({reason})")

    def _named_values(self, expression: Expression) -> str:
        """The columns of an expression that held, with their values."""
        table = self.rules.tables[""]
        values = dict(zip((column.name for column in table.columns), self.data, strict=False))
        names = dict.fromkeys(node.id for node in ast.walk(expression.tree) if isinstance(node, ast.Name))
        columns = {column.name: column for column in table.columns}
        named = [
            f"{name} {format_value(values[name], columns[name])}" for name in names if values.get(name) is not None
        ]
        return f" ({', '.join(named)})" if named else ""


def rate_instance(
    rules: Rules, data: RowCells | None, rows: Mapping[str, Sequence[RowCells]], result: Result, now: float
) -> tuple[float, str]:
    """The status of an instance, and its sentence.

    Args:
        rules: the limits and expressions.
        data: the values of its ``Data`` in the order of the table's columns, if there are any.
        rows: its rows by table.
        result: what its module returned: its sentence, and its own status in place of the limits, if it gives one.
        now: the run's time in seconds since 1970.
    """
    rating = _Rating(rules, data or (), rows, now)
    status, faults, sentence = rating.by_limits(result)
    if result.idle or result.status is not None:
        status, faults = states.FINE if result.status is None else result.status, []
        sentence = result.sentence
    status, faults, sentence = rating.by_what_is_unknown(result, status, faults, sentence)
    status, faults, sentence = rating.by_expressions(status, faults, sentence)
    return status, _joined(faults, sentence) or rating.main_value()


def _missing_name(who: str, column: Column, value: Cell | File) -> str:
    name = f"{who}: {column.label}" if who else column.label
    return name if value is None else f"{name} {format_value(value, column)}, which is in the future"


def _unknown_words(unknown: Unknown, missing: Mapping[str, Sequence[str]]) -> str:
    """How much is not known, with a few names."""
    groups = {"not understood": unknown.garbled, **missing}
    counted = [_counted(kind, names, unknown.of if names is unknown.garbled else 0) for kind, names in groups.items()]
    return " · ".join(filter(None, counted))


def _counted(kind: str, names: Sequence[str], of: int) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    count = f"{len(names)} of {of} " if of else ""
    return f"{count}{kind}: {', '.join(names[:_NAMED])}{more}"


def _rated_columns(rules: Rules, table: Table) -> list[tuple[int, Column, Limits | None]]:
    """The columns of a table that are rated, with their positions and limits; a state is, without any."""
    limits = rules.limits.get(table.name, {})
    return [
        (position, column, limits.get(column.name))
        for position, column in enumerate(table.columns)
        if limits.get(column.name) or column.kind == "state"
    ]


def _key_position(table: Table) -> int | None:
    """The column that names a row: its key, else the first text."""
    if table.key:
        return table.index(table.key)
    return next((position for position, column in enumerate(table.columns) if column.kind == "text"), None)


def format_value(value: Cell | File, column: Column) -> str:
    """A value as a sentence writes it. A time is written as such, never as an age: each run would say another."""
    # Before the numbers: a bool is an int.
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and column.numeric:
        return human(value, column.unit)
    if isinstance(value, int | float) and column.kind == "time":
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M} UTC"
    return str.__str__(value) if isinstance(value, State) else str(value)


def _joined(faults: Sequence[_Fault], sentence: str) -> str:
    named = [fault.text for fault in faults[:_NAMED]]
    if len(faults) > _NAMED:
        named.append(f"and {len(faults) - _NAMED} more")
    return " · ".join(filter(None, [", ".join(named), sentence.strip()]))
