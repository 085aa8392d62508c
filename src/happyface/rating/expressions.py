"""Rating expressions of the configuration: ``queued > 1000 and running < 10``.

The language is a small part of Python's: numbers, texts, ``yes`` and ``no``; ``+ - * / %``; comparisons (chained
too, and ``in`` a list); ``and``, ``or``, ``not``; names are the columns of ``Data``. Over rows there are
``count(pool)``, ``count(pool.state == "down")``, ``any(…)``, ``all(…)``, ``sum(pool.free)``, ``min``, ``max`` and
``mean``; inside their brackets ``pool.free`` is the column of each row in turn.

A value that is not known makes what is computed from it unknown, and so do a division by zero and what does not
go together, such as a number and a text: ``None``, as in SQL's three-valued logic. An expression is checked when it
is compiled, against the tables that it may speak of.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

from happyface.contract.columns import Table
from happyface.errors import nearest_or_all
from happyface.rating.grammar import ARITHMETIC, COMPARISONS, CONSTANTS, Check, Constant, Walk, parse

_LANGUAGE = "a rating expression"
_AGGREGATES = ("count", "any", "all", "sum", "min", "max", "mean")


@dataclass(frozen=True)
class Expression:
    """A checked expression."""

    text: str
    tree: ast.expr
    tables: Mapping[str, Table]

    def evaluate(self, data: Sequence[object], rows: Mapping[str, Sequence[Sequence[object]]]) -> bool | None:
        """Whether it holds; None when that cannot be known.

        Args:
            data: the values of ``Data`` in the order of its columns.
            rows: the rows by table, each in the order of its columns.
        """
        names = [column.name for column in self.tables[""].columns] if "" in self.tables else []
        result = _Evaluation(self.tables, dict(zip(names, data, strict=False)), rows).visit(self.tree)
        return None if result is None else bool(result)


def compile_expression(text: str, tables: Mapping[str, Table]) -> Expression:
    """Read and check an expression over a module's tables.

    Raises:
        ValueError: what is wrong with it, and the nearest right spelling of an unknown name.
    """
    tree = parse(text)
    _Check(tables).visit(tree)
    return Expression(text, tree, tables)


class _Check(Check):
    """Walks an expression once, and raises ValueError at what is not of the language."""

    language = _LANGUAGE

    def __init__(self, tables: Mapping[str, Table], inside: str = "") -> None:
        self.tables = tables
        self.inside = inside

    def name(self, node: ast.Name) -> None:
        name = node.id
        known = [column.name for column in self.tables[""].columns] if "" in self.tables else []
        if name not in known and name.lower() not in CONSTANTS:
            raise ValueError(f"there is no column '{name}'{nearest_or_all(name, known)}")

    def member(self, node: ast.Attribute) -> None:
        if not isinstance(node.value, ast.Name):
            raise self.refused(node)
        table, column = node.value.id, node.attr
        if table not in self.tables or not table:
            raise ValueError(
                f"there are no rows '{table}'{nearest_or_all(table, [name for name in self.tables if name])}"
            )
        if table != self.inside:
            raise ValueError(f"'{table}.{column}' is one of many rows; write for example max({table}.{column})")
        known = [known_column.name for known_column in self.tables[table].columns]
        if column not in known:
            raise ValueError(f"there is no column '{table}.{column}'{nearest_or_all(column, known)}")

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> None:
        if name not in _AGGREGATES:
            raise ValueError(f"there is no function '{name}'; there are {', '.join(_AGGREGATES)}")
        if len(arguments) != 1 or self.inside:
            raise ValueError(f"{name}(…) takes one expression over rows, such as {name}(pool.free)")
        only = arguments[0]
        if isinstance(only, ast.Name) and name == "count" and only.id in self.tables:
            return
        _Check(self.tables, _table(only)).visit(only)


def _table(node: ast.expr) -> str:
    """The name of the one table whose columns an aggregate's argument uses. Raises ValueError for none or several."""
    found = {
        part.value.id for part in ast.walk(node) if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)
    }
    if len(found) != 1:
        raise ValueError(f"'{ast.unparse(node)}' must speak of the rows of one table, such as pool.free")
    return found.pop()


class _Evaluation(Walk[Any]):
    """Computes a checked expression; None is what is not known."""

    language = _LANGUAGE

    def __init__(
        self,
        tables: Mapping[str, Table],
        data: Mapping[str, object],
        rows: Mapping[str, Sequence[Sequence[object]]],
        row: tuple[str, Sequence[object]] | None = None,
    ) -> None:
        self.tables = tables
        self.data = data
        self.rows = rows
        self.row = row

    def constant(self, node: ast.Constant, value: Constant) -> Any:
        return value

    def name(self, node: ast.Name) -> Any:
        # A column goes before a constant of the same name.
        return self.data[node.id] if node.id in self.data else CONSTANTS.get(node.id.lower())

    def member(self, node: ast.Attribute) -> Any:
        if not self.row or not isinstance(node.value, ast.Name):
            return None
        return self.row[1][self.tables[node.value.id].index(node.attr)]

    def unary(self, op: ast.unaryop, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(op, ast.Not):
            return not value
        # Through _computed, so that the negative of a text is unknown and no error.
        return _computed(operator.mul, value, -1 if isinstance(op, ast.USub) else 1)

    def logical(self, op: ast.boolop, values: Sequence[Any]) -> bool | None:
        # All of them, not only up to the first unknown one: a later False decides.
        return _all(values) if isinstance(op, ast.And) else _any(values)

    def arithmetic(self, op: ast.operator, left: Any, right: Any) -> Any:
        return _computed(ARITHMETIC[type(op)], left, right)

    def comparison(self, ops: Sequence[ast.cmpop], values: Sequence[Any]) -> bool | None:
        pairs = zip(ops, values, values[1:], strict=False)
        return _all([_compared(op, left, right) for op, left, right in pairs])

    def listed(self, values: Sequence[Any]) -> Any:
        return list(values)

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Any:
        argument = arguments[0]
        # `count(pool)`: rows are counted whatever is in them.
        if isinstance(argument, ast.Name):
            return len(self.rows.get(argument.id, ()))
        table = _table(argument)
        found = [
            _Evaluation(self.tables, self.data, self.rows, (table, row)).visit(argument)
            for row in self.rows.get(table, ())
        ]
        if name in ("any", "all"):
            return _any(found) if name == "any" else _all(found)
        # As in SQL, rows whose value is not known take no part.
        known = [value for value in found if value is not None]
        if name == "count":
            return sum(1 for value in known if value)
        if name in ("sum", "mean"):
            total = reduce(partial(_computed, operator.add), known, 0)
            return total if name == "sum" else _computed(operator.truediv, total, len(known))
        try:
            return (min if name == "min" else max)(known, default=None)
        except TypeError:
            return None


def _computed(compute: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """``compute(left, right)`` of two numbers; None where one is not known, or there is no such number."""
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    try:
        result = compute(left, right)
        return result if math.isfinite(result) else None
    except (ZeroDivisionError, OverflowError):
        return None


def _compared(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    """Whether a comparison holds; None where a value is not known or the two do not go together."""
    if isinstance(right, list):
        found = _any([_compared(ast.Eq(), left, member) for member in right])
        return found if isinstance(op, ast.In) or found is None else not found
    if left is None or right is None:
        return None
    if isinstance(op, ast.In | ast.NotIn):
        return _contained(left, right, isinstance(op, ast.In))
    try:
        return bool(COMPARISONS[type(op)](left, right))
    except TypeError:
        return None


def _contained(part: Any, whole: Any, wanted: bool) -> bool | None:
    """Whether a text is a part of another one; None where the two are no texts."""
    return (part in whole) == wanted if isinstance(part, str) and isinstance(whole, str) else None


def _all(values: Sequence[Any]) -> bool | None:
    if any(value is not None and not value for value in values):
        return False
    return None if any(value is None for value in values) else True


def _any(values: Sequence[Any]) -> bool | None:
    if any(values):
        return True
    return None if any(value is None for value in values) else False
