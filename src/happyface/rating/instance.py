"""From the values of an instance to its status and the sentence that explains it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from happyface.contract import states
from happyface.contract.columns import Cell, Column, File, main_column
from happyface.contract.limits import Limits
from happyface.contract.units import human
from happyface.rating.expressions import Expression, Values
from happyface.rating.rules import Rules

_NAMED = 3
"""So many things at fault are named in a sentence; the rest is counted."""


@dataclass(frozen=True)
class _Fault:
    status: float
    text: str


def rate(rules: Rules, values: Values, own: float | None, sentence: str, explained: bool = False) -> tuple[float, str]:
    """The status of an instance, and its sentence.

    Args:
        rules: the limits and expressions.
        values: what the module read.
        own: the module's own rating, in place of the limits, if it gave one.
        sentence: the module's own words.
        explained: they name already what is at fault by the limits.
    """
    faults: list[_Fault] = []
    if own is None:
        faults = sorted(_faults(rules, values), key=lambda fault: fault.status)
        status = _limited_status(rules, values, faults)
        if explained and sentence:
            faults = []
        if status < 0:
            sentence = sentence or "None of the values that are rated is known."
    else:
        status = own
    for level, bad in (("critical", states.CRITICAL), ("warning", states.WARNING)):
        expression = rules.expressions.get(level)
        if expression is None or 0 <= status <= bad:
            continue
        holds = expression.evaluate(values)
        if holds:
            status = bad
            faults.insert(0, _Fault(bad, f"{level}: {expression.text}{_named_values(expression, values)}"))
        elif holds is None and status > bad:
            status = states.UNKNOWN
            sentence = f"Cannot be rated by “{expression.text}”: not everything in it is known. {sentence}".strip()
    return status, _joined(faults, sentence) or _main_value(rules, values)


def worst_first(rules: Rules, table: str, rows: list[list[Cell | File]]) -> list[list[Cell | File]]:
    """Rows as they are stored and shown: those at fault first, otherwise in the module's order."""
    limited = [
        (position, limits)
        for position, column in enumerate(rules.tables[table].columns)
        if (limits := rules.limits.get(table, {}).get(column.name))
    ]
    if not limited:
        return rows

    def badness(row: list[Cell | File]) -> float:
        cells = ((limits, row[position]) for position, limits in limited)
        known = states.worst(limits.rate(cell) for limits, cell in cells if not isinstance(cell, File))
        return known if known >= 0 else states.FINE

    return sorted(rows, key=badness)


def _limited_status(rules: Rules, values: Values, faults: Sequence[_Fault]) -> float:
    if faults:
        return faults[0].status
    limited = [values.data.get(name) for name in rules.limits.get("", {})]
    for table_name, rows in values.rows.items():
        positions = [position for position, _, _ in _counting_columns(rules, table_name)]
        limited += [row[position] for row in rows for position in positions]
    return states.UNKNOWN if limited and all(value is None for value in limited) else states.FINE


def _counting_columns(rules: Rules, table_name: str) -> list[tuple[int, Column, Limits]]:
    """The columns of a row table by which its rows take part in the status, with their positions."""
    table, limits = rules.tables[table_name], rules.limits.get(table_name, {})
    if not table.counts:
        return []
    return [(i, column, limits[column.name]) for i, column in enumerate(table.columns) if column.name in limits]


def _faults(rules: Rules, values: Values) -> Iterator[_Fault]:
    for name, limits in rules.limits.get("", {}).items():
        column = rules.tables[""].columns[rules.tables[""].index(name)]
        yield from _fault(column, limits, values.data.get(name), "")
    for table_name, rows in values.rows.items():
        limited = _counting_columns(rules, table_name)
        columns = rules.tables[table_name].columns
        who = next((position for position, column in enumerate(columns) if column.kind == "text"), None)
        for row in rows if limited else ():
            for position, column, limits in limited:
                yield from _fault(column, limits, row[position], "" if who is None else str(row[who]))


def _fault(column: Column, limits: Limits, value: Cell, who: str) -> Iterator[_Fault]:
    status = limits.rate(value)
    if value is None or status not in (states.CRITICAL, states.WARNING):
        return
    if column.kind == "text":  # a word speaks for itself
        yield _Fault(status, f"{who}: {value}" if who else f"{column.label} {value}")
        return
    label = column.label if not who else f"{who}: {column.label}"
    yield _Fault(status, f"{label} {shown(value, column)} ({limits.reason(value, column.unit)})")


def shown(value: Cell | File, column: Column) -> str:
    """A value as a sentence writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and column.numeric:
        return human(value, column.unit)
    return str(value)


def _joined(faults: Sequence[_Fault], sentence: str) -> str:
    named = [fault.text for fault in faults[:_NAMED]]
    if len(faults) > _NAMED:
        named.append(f"and {len(faults) - _NAMED} more")
    return " · ".join(filter(None, [", ".join(named), sentence.strip()]))


def _named_values(expression: Expression, values: Values) -> str:
    """The columns of an expression that held, with their values."""
    names = dict.fromkeys(each.id for each in ast.walk(expression.tree) if isinstance(each, ast.Name))
    columns = {column.name: column for column in expression.tables[""].columns}
    told = [f"{name} {shown(values.data[name], columns[name])}" for name in names if values.data.get(name) is not None]
    return f" ({', '.join(told)})" if told else ""


def _main_value(rules: Rules, values: Values) -> str:
    column = main_column(rules.tables.get(""))
    value = values.data.get(column.name) if column else None
    return f"{column.label} {shown(value, column)}" if column and value is not None else ""
