"""The grammar of expressions, of those that rate and of those that are plotted: a small part of Python's.

Numbers, texts, ``yes`` and ``no``; ``+ - * / %``; comparisons (chained too, and ``in`` a list); ``and``, ``or``,
``not``; names, names with a dot, and calls. Each language says what names and functions it has, and computes with what
it has: a value at a time, or whole arrays.
"""

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from happyface.rating.parsing import PARSING

# Python's parser and the walk below recurse: a deep expression could end the process that reads it.
LONGEST, DEEPEST = 1000, 50
CONSTANTS = {"yes": True, "no": False, "true": True, "false": False}
# Expressions are walked by these tables and never handed to eval(). There is no `**`: 9 ** 9 ** 9 would never end.
ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

Constant = bool | int | float | str
T = TypeVar("T")


def parse(text: str) -> ast.expr:
    """The tree of an expression, which is still to be checked by the walk of its language.

    Raises:
        ValueError: it is too long, nested too deeply, or no expression; then with the place.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the expression is longer than {LONGEST} characters")
    try:
        # A value of a .cfg file may go on in further lines; to Python the expression would end at the first.
        with PARSING:
            tree = ast.parse(" ".join(text.splitlines()).strip(), mode="eval").body
    except SyntaxError as error:
        # Of what is missing at the end Python does not tell the place.
        place = error.offset or len(text) + 1
        raise ValueError(f"'{text}' is not an expression: {error.msg} at character {place}") from error
    except (RecursionError, MemoryError) as error:
        raise _too_deep(text) from error
    if _is_deep(tree):
        raise _too_deep(text)
    return tree


def _too_deep(text: str) -> ValueError:
    return ValueError(f"'{text[:40]}…' is nested too deeply")


def _is_deep(tree: ast.expr) -> bool:
    # Level by level: a recursive walk would fail at what it is to find.
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)


class Walk(Generic[T]):
    """Goes through an expression from its leaves on, and makes something of each part: a value, or only a check."""

    language = "an expression"

    def visit(self, node: ast.expr) -> T:
        """What comes of an expression. Raises ValueError at what is not of the language."""
        match node:
            # None, bytes, complex numbers and `...` are constants of Python, too.
            case ast.Constant(value=bool() | int() | float() | str() as value):
                return self.constant(node, value)
            case ast.Name():
                return self.name(node)
            case ast.Attribute():
                return self.member(node)
            case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd() as op, operand=operand):
                return self.unary(op, self.visit(operand))
            case ast.BoolOp(op=op, values=parts):
                return self.logical(op, [self.visit(part) for part in parts])
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return self.arithmetic(op, self.visit(left), self.visit(right))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(map(_compares, ops)):
                rights = [self._compared(op, part) for op, part in zip(ops, others, strict=True)]
                return self.comparison(ops, [self.visit(left), *rights])
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(node, name, args)
        raise self.refused(node)

    def _compared(self, op: ast.cmpop, part: ast.expr) -> T:
        """The right side of a comparison, which may be a list after ``in``."""
        if isinstance(op, ast.In | ast.NotIn) and isinstance(part, ast.List | ast.Tuple):
            return self.listed([self.visit(member) for member in part.elts])
        return self.visit(part)

    def refused(self, node: ast.expr) -> ValueError:
        """The error of a part that is not of the language."""
        return ValueError(f"'{ast.unparse(node)}' is not allowed in {self.language}")

    def constant(self, node: ast.Constant, value: Constant) -> T:
        """A number, a text, or ``True``."""
        raise NotImplementedError

    def name(self, node: ast.Name) -> T:
        """A name."""
        raise NotImplementedError

    def member(self, node: ast.Attribute) -> T:
        """A name behind a dot."""
        raise NotImplementedError

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> T:
        """A call of a function; its arguments were not visited yet."""
        raise NotImplementedError

    def unary(self, op: ast.unaryop, value: T) -> T:
        """``not``, ``-`` or ``+`` before a value."""
        raise NotImplementedError

    def logical(self, op: ast.boolop, values: Sequence[T]) -> T:
        """Values with ``and`` or ``or`` between them."""
        raise NotImplementedError

    def arithmetic(self, op: ast.operator, left: T, right: T) -> T:
        """Two values with a sign of ``ARITHMETIC`` between them."""
        raise NotImplementedError

    def comparison(self, ops: Sequence[ast.cmpop], values: Sequence[T]) -> T:
        """Values, each compared with the next one: signs of ``COMPARISONS``, ``in`` and ``not in``."""
        raise NotImplementedError

    def listed(self, values: Sequence[T]) -> T:
        """The list behind an ``in``."""
        raise NotImplementedError


def _compares(op: ast.cmpop) -> bool:
    return type(op) in COMPARISONS or isinstance(op, ast.In | ast.NotIn)


class Check(Walk[None]):
    """Looks at names, constants and calls; whatever is computed from those is of the language."""

    def constant(self, node: ast.Constant, value: Constant) -> None:
        """Every constant is of the language, unless it says otherwise."""

    def unary(self, op: ast.unaryop, value: None) -> None:
        """Nothing to look at."""

    def logical(self, op: ast.boolop, values: Sequence[None]) -> None:
        """Nothing to look at."""

    def arithmetic(self, op: ast.operator, left: None, right: None) -> None:
        """Nothing to look at."""

    def comparison(self, ops: Sequence[ast.cmpop], values: Sequence[None]) -> None:
        """Nothing to look at."""

    def listed(self, values: Sequence[None]) -> None:
        """Nothing to look at."""
