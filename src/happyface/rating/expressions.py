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
from happyface.contract.parsing import PARSING
from happyface.errors import nearest_or_all

# Python's parser and the walks below recurse: a deep expression could end the process that reads it.
_LONGEST, _DEEPEST = 1000, 50
_CONSTANTS = {"yes": True, "no": False, "true": True, "false": False}
# Expressions are walked by these tables and never handed to eval(). There is no `**`: 9 ** 9 ** 9 would never end.
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda part, whole: part in whole,
    ast.NotIn: lambda part, whole: part not in whole,
}
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
        result = _Evaluation(self.tables, dict(zip(names, data, strict=False)), rows).evaluate(self.tree)
        return None if result is None else bool(result)


def compile_expression(text: str, tables: Mapping[str, Table]) -> Expression:
    """Read and check an expression over a module's tables.

    Raises:
        ValueError: what is wrong with it, and the nearest right spelling of an unknown name.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"the expression is longer than {_LONGEST} characters")
    try:
        # A value of a .cfg file may go on in further lines; to Python the expression would end at the first.
        with PARSING:
            tree = ast.parse(" ".join(text.splitlines()).strip(), mode="eval").body
        if _is_deep(tree):
            raise RecursionError
        _Check(tables).check(tree)
    except SyntaxError as error:
        raise ValueError(f"'{text}' is not an expression: {error.msg} at character {error.offset}") from error
    except (RecursionError, MemoryError) as error:
        raise ValueError(f"'{text[:40]}…' is nested too deeply") from error
    return Expression(text, tree, tables)


def _is_deep(tree: ast.expr) -> bool:
    # Level by level: a recursive walk would fail at what it is to find.
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)


class _Check:
    """Walks an expression once, and raises ValueError at what is not of the language."""

    def __init__(self, tables: Mapping[str, Table], inside: str = "") -> None:
        self.tables = tables
        self.inside = inside

    def check(self, node: ast.expr) -> None:
        match node:
            # None, bytes, complex numbers and `...` are constants of Python, too.
            case ast.Constant(value=bool() | int() | float() | str()):
                return
            case ast.Name(id=name):
                self._name(name)
            case ast.Attribute(value=ast.Name(id=table), attr=column):
                self._column(table, column)
            case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
                self.check(operand)
            case ast.BoolOp(values=parts):
                for part in parts:
                    self.check(part)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                self.check(left)
                self.check(right)
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
                self.check(left)
                for sign, part in zip(ops, others, strict=True):
                    self._compared(sign, part)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                self._aggregate(name, args)
            case _:
                raise ValueError(f"'{ast.unparse(node)}' is not allowed in a rating expression")

    def _compared(self, op: ast.cmpop, part: ast.expr) -> None:
        """Check the right side of a comparison, which may be a list after ``in``."""
        listed = isinstance(op, ast.In | ast.NotIn) and isinstance(part, ast.List | ast.Tuple)
        for operand in part.elts if listed else [part]:  # type: ignore[attr-defined]
            self.check(operand)

    def _name(self, name: str) -> None:
        known = [column.name for column in self.tables[""].columns] if "" in self.tables else []
        if name not in known and name.lower() not in _CONSTANTS:
            raise ValueError(f"there is no column '{name}'{nearest_or_all(name, known)}")

    def _column(self, table: str, column: str) -> None:
        if table not in self.tables or not table:
            raise ValueError(
                f"there are no rows '{table}'{nearest_or_all(table, [name for name in self.tables if name])}"
            )
        if table != self.inside:
            raise ValueError(f"'{table}.{column}' is one of many rows; write for example max({table}.{column})")
        known = [known_column.name for known_column in self.tables[table].columns]
        if column not in known:
            raise ValueError(f"there is no column '{table}.{column}'{nearest_or_all(column, known)}")

    def _aggregate(self, name: str, args: list[ast.expr]) -> None:
        if name not in _AGGREGATES:
            raise ValueError(f"there is no function '{name}'; there are {', '.join(_AGGREGATES)}")
        if len(args) != 1 or self.inside:
            raise ValueError(f"{name}(…) takes one expression over rows, such as {name}(pool.free)")
        if isinstance(args[0], ast.Name) and name == "count" and args[0].id in self.tables:
            return
        _Check(self.tables, _table(args[0])).check(args[0])


def _table(node: ast.expr) -> str:
    """The name of the one table whose columns an aggregate's argument uses. Raises ValueError for none or several."""
    found = {
        part.value.id for part in ast.walk(node) if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)
    }
    if len(found) != 1:
        raise ValueError(f"'{ast.unparse(node)}' must speak of the rows of one table, such as pool.free")
    return found.pop()


class _Evaluation:
    """Computes a checked expression; None is what is not known."""

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

    def evaluate(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                # A column goes before a constant of the same name.
                return self.data[name] if name in self.data else _CONSTANTS.get(name.lower())
            case ast.Attribute(value=ast.Name(id=table), attr=column):
                return self.row[1][self.tables[table].index(column)] if self.row else None
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(op, self.evaluate(operand))
            case ast.BoolOp(op=ast.And(), values=parts):
                # All parts, not only up to the first unknown one: a later False decides.
                return _all([self.evaluate(part) for part in parts])
            case ast.BoolOp(values=parts):
                return _any([self.evaluate(part) for part in parts])
            case ast.BinOp(left=left, op=op, right=right):
                return _computed(_ARITHMETIC[type(op)], self.evaluate(left), self.evaluate(right))
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._compare([left, *others], ops)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [self.evaluate(part) for part in parts]
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                return self._aggregate(name, argument)
        raise ValueError(f"'{ast.unparse(node)}' is not allowed in a rating expression")

    def _unary(self, op: ast.unaryop, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(op, ast.Not):
            return not value
        # Through _computed, so that the negative of a text is unknown and no error.
        return _computed(operator.mul, value, -1 if isinstance(op, ast.USub) else 1)

    def _compare(self, parts: list[ast.expr], ops: list[ast.cmpop]) -> bool | None:
        values = [self.evaluate(part) for part in parts]
        pairs = zip(ops, values, values[1:], strict=False)
        return _all([_compared(op, left, right) for op, left, right in pairs])

    def _aggregate(self, name: str, argument: ast.expr) -> Any:
        # `count(pool)`: rows are counted whatever is in them.
        if isinstance(argument, ast.Name):
            return len(self.rows.get(argument.id, ()))
        table = _table(argument)
        found = [
            _Evaluation(self.tables, self.data, self.rows, (table, row)).evaluate(argument)
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
    try:
        return _COMPARISONS[type(op)](left, right)
    except TypeError:
        return None


def _all(values: Sequence[Any]) -> bool | None:
    if any(value is not None and not value for value in values):
        return False
    return None if any(value is None for value in values) else True


def _any(values: Sequence[Any]) -> bool | None:
    if any(values):
        return True
    return None if any(value is None for value in values) else False
