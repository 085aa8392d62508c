"""Expressions over columns, computed for all moments at once: ``$running / ($running + $queued)``.

The language is that of the rating expressions without texts and rows, and with functions of numbers. ``$name`` (or only
``name``) is a column of the curve's own instance and table, ``$other.name`` one of another instance, and
``${other-instance.column}`` and ``${other.table.column}`` are for names that have more than letters in them.

What is not known is NaN, as are a division by zero and what is no number or too large for one; it makes unknown what is
computed from it. Yes is 1 and no is 0.
"""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from happyface.errors import nearest_or_all
from happyface.model.series import Floats
from happyface.rating.grammar import ARITHMETIC, COMPARISONS, CONSTANTS, LONGEST, Check, Constant, Walk, parse

Number = Floats | np.float64
"""The values of all moments, or one for all of them."""

_COLUMN = re.compile(r"(?<![\w}])\$(?:\{([^{}$]+)\}|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,2}))(?!\w)", re.ASCII)
_EXPECTED = "expected are numbers, columns such as $running, + - * / %, comparisons, functions such as sqrt($running)"

_ONE: dict[str, Callable[[Any], Any]] = {
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "sin": np.sin,
    "cos": np.cos,
    "int": np.trunc,
    "float": np.positive,
}
_TWO: dict[str, Callable[[Any, Any], Any]] = {"pow": np.power}
_MANY: dict[str, Callable[[Any, Any], Any]] = {"min": np.minimum, "max": np.maximum}
FUNCTIONS = ("sqrt", "abs", "min", "max", "floor", "ceil", "pow", "sin", "cos", "int", "float")


@dataclass(frozen=True)
class Reference:
    """A column that an expression names, as it is written: ``running``, ``other.running``, ``other.table.running``.

    Attributes:
        place: where it stands in the expression, from 1 on.
    """

    name: str
    place: int = 0


@dataclass(frozen=True)
class Expression:
    """A checked expression; ``references`` are its columns by the place at which their names begin."""

    text: str
    tree: ast.expr
    references: Mapping[int, Reference]

    @property
    def only_column(self) -> Reference | None:
        """The column that is all of the expression; None where something is computed."""
        return self.references.get(self.tree.col_offset) if isinstance(self.tree, ast.Name | ast.Attribute) else None

    def evaluate(self, columns: Mapping[str, Floats], moments: int) -> Floats:
        """The values of all moments.

        Args:
            columns: the values of each column by its name in the expression, NaN where nothing is known.
            moments: how many there are.
        """
        with np.errstate(all="ignore"):  # a gap in the curve tells enough
            found = _Evaluation(self.references, columns).visit(self.tree)
        return np.array(np.broadcast_to(found, moments), dtype=np.float64)


def parse_expression(text: str) -> Expression:
    """Read and check an expression; whether there are such columns is not known here.

    Raises:
        ValueError: what is wrong with it, where, and what was expected.
    """
    if len(text) > LONGEST:  # before anything is looked for in it
        raise ValueError(f"the expression is longer than {LONGEST} characters")
    references: dict[int, Reference] = {}

    def hidden(match: re.Match[str]) -> str:
        references[match.start()] = Reference((match[1] or match[2]).strip(), match.start() + 1)
        # As long as what it stands for, so that all places stay as they are; no column begins with a line.
        return "_" * len(match[0])

    plain = re.sub(r"\s", " ", _COLUMN.sub(hidden, text))
    _check_signs(text, plain)
    start = len(plain) - len(plain.lstrip())
    try:
        tree = parse(plain)
    except ValueError as error:
        raise _with_reason(text, error, start) from error
    references = {position - start: reference for position, reference in references.items()}
    check = _ColumnCheck(text, start, references)
    check.visit(tree)
    return Expression(text, tree, check.references)


def _check_signs(text: str, plain: str) -> None:
    for place, sign in enumerate(plain, start=1):
        if not (" " <= sign <= "~") or sign in "$\"'\\`":
            raise ValueError(f"'{text}' is not an expression: '{sign}' at character {place}; {_EXPECTED}")


def _with_reason(text: str, error: ValueError, start: int) -> ValueError:
    """The error of the expression as it was written, and not of what was parsed in its place."""
    cause = error.__cause__
    if not isinstance(cause, SyntaxError):
        return ValueError(f"'{text[:40]}…' is nested too deeply")
    # Of what is missing at the end Python does not tell the place.
    place = cause.offset + start if cause.offset else len(text) + 1
    return ValueError(f"'{text}' is not an expression: {cause.msg} at character {place}; {_EXPECTED}")


class _ColumnCheck(Check):
    """Looks at the names, constants and calls, and gathers the columns."""

    language = "an expression of a plot"

    def __init__(self, text: str, start: int, references: Mapping[int, Reference]) -> None:
        self.text = text
        self.start = start
        self.references = dict(references)

    def refused(self, node: ast.expr) -> ValueError:
        begin, end = self.start + node.col_offset, self.start + (node.end_col_offset or 0)
        return self._error(node, f"'{self.text[begin:end]}' is not allowed in {self.language}")

    def _error(self, node: ast.expr, sentence: str) -> ValueError:
        return ValueError(f"{sentence}, at character {self.start + node.col_offset + 1}; {_EXPECTED}")

    def constant(self, node: ast.Constant, value: Constant) -> None:
        try:
            known = np.isfinite(float(value))
        except (OverflowError, ValueError):
            known = False
        if not known:
            raise self._error(node, "the number is too large")

    def name(self, node: ast.Name) -> None:
        if node.col_offset not in self.references and node.id.lower() not in CONSTANTS:
            self._add(node, node.id)

    def member(self, node: ast.Attribute) -> None:
        name = ast.unparse(node)
        # `$a.b .c` would be a column behind a column.
        if node.col_offset in self.references or not re.fullmatch(r"\w+(\.\w+){1,2}", name):
            raise self.refused(node)
        self._add(node, name)

    def _add(self, node: ast.expr, name: str) -> None:
        self.references[node.col_offset] = Reference(name, self.start + node.col_offset + 1)

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> None:
        if name not in FUNCTIONS:
            raise self._error(node, f"there is no function '{name}'{nearest_or_all(name, FUNCTIONS)}")
        wanted = {**dict.fromkeys(_ONE, "one number"), **dict.fromkeys(_TWO, "two numbers")}
        fits = len(arguments) == (1 if name in _ONE else 2) if name in wanted else bool(arguments)
        if not fits:
            raise self._error(node, f"{name}(…) takes {wanted.get(name, 'one number or more')}")
        for argument in arguments:
            self.visit(argument)


class _Evaluation(Walk[Any]):
    """Computes a checked expression: whole arrays at a time; lists of them behind ``in``."""

    def __init__(self, references: Mapping[int, Reference], columns: Mapping[str, Floats]) -> None:
        self.references = references
        self.columns = columns

    def constant(self, node: ast.Constant, value: Constant) -> Number:
        return np.float64(value)

    def name(self, node: ast.Name) -> Number:
        reference = self.references.get(node.col_offset)
        return self.columns[reference.name] if reference else np.float64(CONSTANTS[node.id.lower()])

    def member(self, node: ast.Attribute) -> Number:
        return self.columns[self.references[node.col_offset].name]

    def unary(self, op: ast.unaryop, value: Number) -> Number:
        if isinstance(op, ast.Not):
            return _known(value == 0, value)
        return np.negative(value) if isinstance(op, ast.USub) else value

    def logical(self, op: ast.boolop, values: Sequence[Number]) -> Number:
        return reduce(_and if isinstance(op, ast.And) else _or, [_known(value != 0, value) for value in values])

    def arithmetic(self, op: ast.operator, left: Number, right: Number) -> Number:
        return _finite(ARITHMETIC[type(op)](left, right))

    def comparison(self, ops: Sequence[ast.cmpop], values: Sequence[Any]) -> Number:
        pairs = zip(ops, values, values[1:], strict=False)
        return reduce(_and, [_compared(op, left, right) for op, left, right in pairs])

    def listed(self, values: Sequence[Number]) -> Any:
        return list(values)

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Number:
        values = [self.visit(argument) for argument in arguments]
        if name in _ONE:
            return _finite(_ONE[name](values[0]))
        # To numpy anything to the power of 0 is 1, and so is what is not known.
        return _known(_finite(reduce({**_TWO, **_MANY}[name], values)), *values)


def _finite(value: Any) -> Number:
    found: Number = np.where(np.isfinite(value), value, np.nan)
    return found


def _known(truth: Any, *operands: Number) -> Number:
    """1 for yes and 0 for no; NaN where one of the operands is not known."""
    found: Number = np.where(np.logical_or.reduce(np.broadcast_arrays(*map(np.isnan, operands))), np.nan, truth)
    return found


def _and(left: Number, right: Number) -> Number:
    """As in SQL: a no decides, whatever the other one is."""
    found: Number = np.where((left == 0) | (right == 0), 0.0, left * right)
    return found


def _or(left: Number, right: Number) -> Number:
    return 1 - _and(1 - left, 1 - right)


def _compared(op: ast.cmpop, left: Number, right: Any) -> Number:
    if not isinstance(op, ast.In | ast.NotIn):
        return _known(COMPARISONS[type(op)](left, right), left, right)
    members = right if isinstance(right, list) else [right]
    nothing: Number = np.float64(0)
    found = reduce(_or, [_compared(ast.Eq(), left, member) for member in members], nothing)
    return found if isinstance(op, ast.In) else 1 - found
