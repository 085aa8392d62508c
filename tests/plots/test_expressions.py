"""Expressions of plots: what they mean, against a slow reference, and what they refuse."""

import ast
import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from happyface.plots.expressions import parse_expression

NAN = math.nan
COLUMNS = {
    "running": np.array([1.0, 2.0, NAN, 0.0]),
    "queued": np.array([3.0, 0.0, 5.0, 0.0]),
    "other.load": np.array([1e308, -1.0, 0.5, NAN]),
    "other-site.pool.free": np.array([10.0, 20.0, 30.0, 40.0]),
}


def evaluated(text: str, columns: Any = COLUMNS) -> list[float | None]:
    """The values, None where nothing is known; a warning would be an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = parse_expression(text).evaluate(columns, 4)
    return [None if math.isnan(value) else value for value in found.tolist()]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("running", [1, 2, None, 0]),
        ("$running", [1, 2, None, 0]),
        ("$other.load", [1e308, -1, 0.5, None]),
        ("other.load", [1e308, -1, 0.5, None]),
        ("${other-site.pool.free}", [10, 20, 30, 40]),
        ("${ running } + 1", [2, 3, None, 1]),
        ("$running / ($running + $queued)", [0.25, 1, None, None]),
        ("$queued % 2", [1, 0, 1, 0]),
        ("-$queued % 2", [1, 0, 1, 0]),
        ("$queued % 0", [None] * 4),
        ("1 / $queued", [1 / 3, None, 0.2, None]),
        ("$other.load * 10", [None, -10, 5, None]),
        ("$other.load * 10 - $other.load * 10", [None, 0, 0, None]),
        ("sqrt($other.load - 0.75)", [math.sqrt(1e308), None, None, None]),
        ("pow($queued, -1)", [1 / 3, None, 0.2, None]),
        ("pow(pow(10, 300), 2)", [None] * 4),
        ("min($running, $queued)", [1, 0, None, 0]),
        ("max($running, $queued, 4)", [4, 4, None, 4]),
        ("floor(2.5) + ceil(2.5) + int(-2.5) + abs(-1) + float(1)", [5] * 4),
        ("sin(0) + cos(0)", [1] * 4),
        ("$running > 1", [0, 1, None, 0]),
        ("0 < $running <= $queued", [1, 0, None, 0]),
        ("$running > 1 and $queued > 4", [0, 0, None, 0]),
        ("$running > 1 or $queued > 4", [0, 1, 1, 0]),
        ("not $running", [0, 0, None, 1]),
        ("$running in [0, 2]", [0, 1, None, 1]),
        ("$running not in (0, 2)", [1, 0, None, 0]),
        ("5 in []", [0] * 4),
        ("yes + No", [1] * 4),
        ("5", [5] * 4),
        (" \n $queued +\n1 ", [4, 1, 6, 1]),
        ("$running+${other-site.pool.free}*2", [21, 42, None, 80]),
    ],
)
def test_means(text: str, values: list[float | None]) -> None:
    assert evaluated(text) == values


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' is not an expression: invalid syntax at character"),
        ("$running +", "'$running +' is not an expression: invalid syntax at character 11; expected are numbers"),
        ("  $running )", "unmatched ')' at character 12"),
        ("${other-site.free} + * 2", "invalid syntax at character 22"),
        ("$running + len(1)", "there is no function 'len'; there are sqrt"),
        ("1 + sqr($running)", "there is no function 'sqr'; did you mean 'sqrt'?, at character 5; expected"),
        ("hypot(1, 2)", "there are sqrt, abs, min, max, floor, ceil, pow, sin, cos, int, float, at character 1"),
        ("sqrt(1, 2)", "sqrt(…) takes one number, at character 1"),
        ("1 + pow(2)", "pow(…) takes two numbers, at character 5"),
        ("max()", "max(…) takes one number or more"),
        ("2 ** 9", "'2 ** 9' is not allowed in an expression of a plot, at character 1"),
        ("1 + ($running ** 2)", "'$running ** 2' is not allowed in an expression of a plot, at character 6"),
        ("$a if $b else $c", "is not allowed"),
        ("lambda: 1", "is not allowed"),
        ("[1, 2]", "'[1, 2]' is not allowed"),
        ("[$a for a in 5]", "is not allowed"),
        ("$a.b.c.d", "'$a.b.c.d' is not allowed"),
        ("a.b.c.d", "is not allowed"),
        ("(1).real", "is not allowed"),
        ("().__class__", "is not allowed"),
        ("__import__(1)", "there is no function '__import__'"),
        ("sqrt(x=1)", "is not allowed"),
        ("sqrt(*$a)", "is not allowed"),
        ("'text'", "''' at character 1"),
        ("$", "'$' at character 1"),
        ("1 + ${}", "'$' at character 5"),
        ("$a$b", "'$' at character 3"),
        ("${a}b + 1", "'$' at character 1"),
        ("1 + x$a", "'$' at character 6"),
        ("$a + é", "'é' at character 6"),
        ("None", "'None' is not allowed"),
        ("1j", "is not allowed"),
        ("9" * 400, "the number is too large, at character 1"),
        ("1e999", "the number is too large"),
        ("$a" + " + 1" * 400, "longer than 1000 characters"),
        ("-" * 900 + "1", "nested too deeply"),
        ("(" * 300 + "1" + ")" * 300, ""),
        ("abs(" * 120 + "1" + ")" * 120, "nested too deeply"),
    ],
)
def test_refuses_with_the_place_and_what_was_expected(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_expression(text)
    assert sentence in str(caught.value)


def test_a_column_alone_is_told_from_what_is_computed() -> None:
    alone = parse_expression(" ${other-site.pool.free}").only_column
    assert alone is not None
    assert (alone.name, alone.place) == ("other-site.pool.free", 2)
    assert parse_expression("running").only_column is not None
    assert parse_expression("running + 0").only_column is None
    assert parse_expression("yes").only_column is None


def test_columns_know_their_places() -> None:
    found = parse_expression("  $a / (b + $c.d)").references.values()
    assert sorted((reference.place, reference.name) for reference in found) == [(3, "a"), (9, "b"), (13, "c.d")]


# A reference that is slow and plain: one moment at a time, with None for what is not known.

NAMES = ("running", "queued")
leaves = st.one_of(
    st.sampled_from(["$running", "queued", "${queued}", "0", "1", "2.5", "1e308", "yes"]),
    st.floats(0, 1e6, allow_nan=False).map(repr),
)
signs = st.sampled_from(["+", "-", "*", "/", "%", "<", "<=", "==", "!=", ">", ">=", "and", "or", "in"])


def combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one, pair = (
        st.sampled_from(["sqrt", "abs", "floor", "ceil", "int", "float"]),
        st.sampled_from(["min", "max", "pow"]),
    )
    return st.one_of(
        st.tuples(parts, signs, parts).map(lambda found: f"({found[0]} {found[1]} {found[2]})"),
        parts.map(lambda part: f"(not {part})"),
        parts.map(lambda part: f"(-{part})"),
        st.tuples(parts, parts, parts).map(lambda found: f"({found[0]} < {found[1]} <= {found[2]})"),
        st.tuples(parts, parts, parts).map(lambda found: f"({found[0]} not in [{found[1]}, {found[2]}])"),
        st.tuples(one, parts).map(lambda found: f"{found[0]}({found[1]})"),
        st.tuples(pair, parts, parts).map(lambda found: f"{found[0]}({found[1]}, {found[2]})"),
    )


def of_numbers(compute: Any) -> Any:
    def computed(*values: float | None) -> float | None:
        if any(value is None for value in values):
            return None
        try:
            found = compute(*values)
        except (ArithmeticError, ValueError):
            return None
        return float(found) if not isinstance(found, complex) and math.isfinite(found) else None

    return computed


def every(values: list[float | None]) -> float | None:
    if any(value == 0 for value in values):
        return 0.0
    return None if None in values else 1.0


def some(values: list[float | None]) -> float | None:
    if any(value is not None and value != 0 for value in values):
        return 1.0
    return None if None in values else 0.0


def negated(value: float | None) -> float | None:
    return None if value is None else float(value == 0)


PLAIN: dict[type, Any] = {
    ast.Add: of_numbers(lambda a, b: a + b),
    ast.Sub: of_numbers(lambda a, b: a - b),
    ast.Mult: of_numbers(lambda a, b: a * b),
    ast.Div: of_numbers(lambda a, b: a / b),
    ast.Mod: of_numbers(lambda a, b: a % b),
    ast.Lt: of_numbers(lambda a, b: a < b),
    ast.LtE: of_numbers(lambda a, b: a <= b),
    ast.Gt: of_numbers(lambda a, b: a > b),
    ast.GtE: of_numbers(lambda a, b: a >= b),
    ast.Eq: of_numbers(lambda a, b: a == b),
    ast.NotEq: of_numbers(lambda a, b: a != b),
    ast.USub: of_numbers(lambda a: -a),
}
CALLS = {
    "sqrt": of_numbers(math.sqrt),
    "abs": of_numbers(abs),
    "floor": of_numbers(math.floor),
    "ceil": of_numbers(math.ceil),
    "int": of_numbers(int),
    "float": of_numbers(float),
    "min": of_numbers(min),
    "max": of_numbers(max),
    "pow": of_numbers(math.pow),
}


def reference(node: ast.expr, moment: dict[str, float | None]) -> Any:
    match node:
        case ast.Constant(value=value):
            return float(value)
        case ast.Name(id=name):
            return 1.0 if name == "yes" else moment[name]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return negated(reference(operand, moment))
        case ast.UnaryOp(op=op, operand=operand):
            return PLAIN[type(op)](reference(operand, moment))
        case ast.BoolOp(op=op, values=parts):
            return (every if isinstance(op, ast.And) else some)([reference(part, moment) for part in parts])
        case ast.BinOp(left=left, op=op, right=right):
            return PLAIN[type(op)](reference(left, moment), reference(right, moment))
        case ast.Call(func=ast.Name(id=name), args=args):
            return CALLS[name](*(reference(part, moment) for part in args))
        case ast.Compare(left=left, ops=ops, comparators=others):
            pairs = zip([left, *others], ops, others, strict=False)
            return every([compared(op, reference(a, moment), b, moment) for a, op, b in pairs])
    raise AssertionError(ast.dump(node))


def compared(op: ast.cmpop, left: float | None, right: ast.expr, moment: dict[str, float | None]) -> float | None:
    if not isinstance(op, ast.In | ast.NotIn):
        found: float | None = PLAIN[type(op)](left, reference(right, moment))
        return found
    members = right.elts if isinstance(right, ast.List) else [right]
    found = some([PLAIN[ast.Eq](left, reference(member, moment)) for member in members])
    return found if isinstance(op, ast.In) else negated(found)


values = st.lists(
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5).map(float)),
    min_size=4,
    max_size=4,
)


@settings(max_examples=400)
@example("pow($running, queued)", [None, 1.0, 0.0, 2.0], [0.0, None, 0.0, 3.0])
@given(st.recursive(leaves, combined, max_leaves=8), values, values)
def test_whole_arrays_say_what_a_slow_reference_says(
    text: str, running: list[float | None], queued: list[float | None]
) -> None:
    columns = dict(zip(NAMES, (running, queued), strict=True))
    arrays = {name: np.array([NAN if one is None else one for one in column]) for name, column in columns.items()}
    plain = text.replace("${queued}", "queued").replace("$", "")
    tree = ast.parse(plain, mode="eval").body
    for number, value in enumerate(evaluated(text, arrays)):
        expected = reference(tree, {name: column[number] for name, column in columns.items()})
        assert (value is None) == (expected is None)
        assert value is None or value == pytest.approx(expected, rel=1e-12, abs=1e-300)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=40), st.text("$ab{}_().[]*<>=1 \nandortsqxp,%-+/", max_size=60)))
def test_any_text_is_an_expression_or_a_sentence(text: str) -> None:
    try:
        told = parse_expression(text).text
    except ValueError as error:
        told = str(error)
        assert told
    assert told is not None


def test_a_large_expression_over_a_year_takes_no_time() -> None:
    columns = {"a": np.arange(35_040.0)}
    found = parse_expression("min($a, 5) + " * 40 + "$a").evaluate(columns, 35_040)
    assert found[10] == 40 * 5 + 10
