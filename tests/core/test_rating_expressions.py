"""Rating expressions: what they mean, what they refuse, and that they never fail."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from happyface.contract.columns import Column, Table
from happyface.rating.expressions import compile_expression

TABLES = {
    "": Table(
        "",
        "",
        (
            Column("queued", "integer", "Queued"),
            Column("running", "integer", "Running"),
            Column("efficiency", "number", "Efficiency"),
            Column("state", "text", "State"),
            Column("open", "flag", "Open"),
            Column("unknown", "number", "Unknown"),
            Column("seen", "time", "Seen"),
        ),
    ),
    "pool": Table(
        "pool", "", (Column("name", "text", "Name"), Column("free", "number", "Free"), Column("state", "text", "State"))
    ),
    "queue": Table("queue", "", (Column("length", "integer", "Length"),)),
}
DATA: dict[str, Any] = {
    "queued": 1500,
    "running": 5,
    "efficiency": 0.75,
    "state": "open  wide",
    "open": True,
    "unknown": None,
    "seen": 1e9,
}
ROWS: dict[str, Any] = {"pool": [["a", 10.0, "up"], ["b", None, "down"], ["c", 30.0, "up"]], "queue": []}


def evaluated(text: str, data: dict[str, Any] = DATA, rows: dict[str, Any] = ROWS, tables: Any = None) -> bool | None:
    """What comes of an expression; ``data`` are the values of ``Data`` by name."""
    values = [data.get(column.name) for column in TABLES[""].columns]
    return compile_expression(text, TABLES if tables is None else tables).evaluate(values, rows)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("queued > 1000 and running < 10", True),
        ("queued > 1000 and running > 10", False),
        ("queued > 2000 or open", True),
        ("not open", False),
        ("open == yes", True),
        ("open == No", False),
        ("1 < running <= 5", True),
        ("1 < running < 5", False),
        ("queued / running == 300", True),
        ("queued % 7 == 2", True),
        ("-running == 0 - 5 and +running == 5", True),
        ("(queued - 500) * 2 == 2000", True),
        ("state == 'open  wide'", True),
        ('state in ["closed", "open  wide"]', True),
        ("state not in ('a', 'b')", True),
        ("efficiency\n < 0.8", True),
        # what is not known
        ("unknown > 1", None),
        ("unknown == unknown", None),
        ("not unknown", None),
        ("-unknown > 1", None),
        ("unknown + 1 > 1", None),
        ("unknown > 1 and running > 10", False),
        ("unknown > 1 and running < 10", None),
        ("unknown > 1 or running < 10", True),
        ("unknown > 1 or running > 10", None),
        ("unknown in [1, 2]", None),
        ("running in [unknown, 5]", True),
        ("running in [unknown, 6]", None),
        ("running not in [unknown, 6]", None),
        ("running / 0 > 1", None),
        ("running % 0 == 0", None),
        ("state > 5", None),
        ("state + 1 == 2", None),
        ("state * 3 == 'x'", None),
        ("3 * state == 'x'", None),
        ("queued in state", None),
        # rows
        ("count(pool) == 3", True),
        ("count(queue) == 0", True),
        ('count(pool.state == "down") == 1', True),
        ('count(pool.state == "up") == 2', True),
        ("count(pool.free > 10) == 1", True),
        ("sum(pool.free) == 40", True),
        ("mean(pool.free) == 20", True),
        ("min(pool.free) == 10 and max(pool.free) == 30", True),
        ("any(pool.free < 20)", True),
        ("any(pool.free > 40)", None),
        ("all(pool.free >= 10)", None),
        ("all(pool.free > 10)", False),
        ("any(pool.free > queued)", None),
        ("sum(pool.name) == 1", None),
        ("mean(pool.name) == 1", None),
        ("max(pool.name) == 'c'", True),
        ("max(queue.length) > 1", None),
        ("sum(queue.length) == 0", True),
        ("any(queue.length > 1)", False),
        ("all(queue.length > 1)", True),
        ("max(pool.free / (pool.free - 10)) == 1.5", True),
    ],
)
def test_means(text: str, holds: bool | None) -> None:
    assert evaluated(text) is holds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not an expression"),
        ("queued >", "'queued >' is not an expression: invalid syntax at character"),
        ("queued = 5", "is not an expression"),
        ("qeued > 5", "there is no column 'qeued'; did you mean 'queued'?"),
        ("pool.free > 5", "'pool.free' is one of many rows; write for example max(pool.free)"),
        ("max(pool.fre) > 5", "there is no column 'pool.fre'; did you mean 'free'?"),
        ("max(pol.free) > 5", "there are no rows 'pol'; did you mean 'pool'?"),
        ("max(queued) > 5", "'queued' must speak of the rows of one table"),
        ("max(pool.free + queue.length) > 5", "must speak of the rows of one table"),
        ("max(pool.free, 5) > 5", "max(…) takes one expression over rows"),
        ("max(sum(pool.free)) > 5", "sum(…) takes one expression over rows"),
        ("len(pool) > 5", "there is no function 'len'; there are count"),
        ("abs(queued) > 1", "there is no function 'abs'"),
        ("queued ** 9 > 1", "is not allowed in a rating expression"),
        ("queued // 9 > 1", "is not allowed"),
        ("queued << 9", "is not allowed"),
        ("~queued", "is not allowed"),
        ("queued is 5", "is not allowed"),
        ("queued if open else running", "is not allowed"),
        ("lambda: 1", "is not allowed"),
        ("[x for x in [1]]", "is not allowed"),
        ("{1: 2}", "is not allowed"),
        ("{1, 2}", "is not allowed"),
        ("state[0]", "is not allowed"),
        ("state.upper()", "is not allowed"),
        ("state.upper", "there are no rows 'state'"),
        ("().__class__", "is not allowed"),
        ("__import__('os')", "there is no function '__import__'"),
        ("f'{queued}'", "is not allowed"),
        ("b'x' == state", "is not allowed"),
        ("None", "is not allowed"),
        ("...", "is not allowed"),
        ("1j", "is not allowed"),
        ("(queued := 5)", "is not allowed"),
        ("count(pool, x=1)", "is not allowed"),
        ("count(*pool)", "must speak of the rows of one table"),
        ("await queued", ""),
        ("yield", ""),
        ("[1] * 9", "is not allowed"),
        ("[1] == [1]", "is not allowed"),
        ("1 == 1; 2", "is not an expression"),
        ("import os", "is not an expression"),
        ("queued > 1" + " or 1" * 400, "longer than 1000 characters"),
        ("(" * 300 + "1" + ")" * 300, ""),
        ("-" * 900 + "1", "nested too deeply"),
        ("not(" * 150 + "1" + ")" * 150, "nested too deeply"),
        ("(1<" * 200 + "1" + ")" * 200, ""),
        ("\0", ""),
        ("state == '\ud800'", ""),
    ],
)
def test_refuses_what_is_not_of_the_language(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        compile_expression(text, TABLES)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("len(pool)", "there is no function 'len'; there are count, any, all, sum, min, max, mean"),
        ("-" * 900 + "1", f"'{'-' * 40}…' is nested too deeply"),
        ("1 == 1" + " " * 995, "the expression is longer than 1000 characters"),
    ],
)
def test_what_is_refused_is_told_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        compile_expression(text, TABLES)
    assert str(caught.value) == sentence


def test_an_expression_of_a_thousand_characters_is_read_and_kept_as_it_is_written() -> None:
    text = "1 == 1" + " " * 994
    expression = compile_expression(text, TABLES)
    assert expression.text == text
    assert expression.evaluate([DATA.get(column.name) for column in TABLES[""].columns], ROWS) is True


def test_rows_that_were_not_found_are_none() -> None:
    assert evaluated("count(pool) == 0 and sum(pool.free) == 0", rows={}) is True
    assert evaluated("any(pool.free > 1)", rows={}) is False


def test_a_module_without_columns_of_its_own_has_constants_only() -> None:
    rows_alone = {"pool": TABLES["pool"]}
    assert evaluated("yes and count(pool) == 3", tables=rows_alone) is True
    with pytest.raises(ValueError, match="there is no column 'queued'"):
        compile_expression("queued > 1", rows_alone)


def test_a_huge_text_cannot_be_made() -> None:
    big = DATA | {"queued": 2**62}
    assert evaluated("queued * state == state", big) is None
    assert evaluated("state * queued == state", big) is None


numbers = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.just(0))
texts = st.text(max_size=5)
cell = st.one_of(numbers, texts, st.booleans(), st.none())
leaves = st.sampled_from(
    [
        "queued",
        "running",
        "efficiency",
        "state",
        "open",
        "unknown",
        "seen",
        "yes",
        "no",
        "0",
        "1",
        "2.5",
        "1e308",
        "'x'",
        "''",
    ]
)
row_leaves = st.sampled_from(["pool.free", "pool.name", "pool.state", "queued", "1", "'up'"])
operators = st.sampled_from(["+", "-", "*", "/", "%", "<", "<=", "==", "!=", ">", ">=", "and", "or", "in", "not in"])


def combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(parts, operators, parts).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        parts.map(lambda part: f"(not {part})"),
        parts.map(lambda part: f"(-{part})"),
        st.tuples(parts, parts, parts).map(lambda parts: f"({parts[0]} < {parts[1]} < {parts[2]})"),
        st.tuples(parts, parts, parts).map(lambda parts: f"({parts[0]} in [{parts[1]}, {parts[2]}])"),
    )


over_rows = st.tuples(
    st.sampled_from(["count", "any", "all", "sum", "min", "max", "mean"]),
    st.recursive(row_leaves, combined, max_leaves=4).filter(lambda text: "pool." in text),
).map(lambda parts: f"{parts[0]}({parts[1]})")
expressions = st.recursive(st.one_of(leaves, over_rows), combined, max_leaves=8)
rows = st.lists(st.tuples(cell, cell, cell).map(list), max_size=4)


@settings(max_examples=400, deadline=None)
@given(expressions, st.fixed_dictionaries({column.name: cell for column in TABLES[""].columns}), rows)
def test_a_checked_expression_never_fails(text: str, data: dict[str, Any], pools: list[list[Any]]) -> None:
    try:
        compile_expression(text, TABLES)
    except ValueError:
        return
    assert evaluated(text, data, {"pool": pools, "queue": []}) in (True, False, None)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("queud_().[]*'\"<>=1 \nandort%pl", max_size=60)))
def test_any_text_is_an_expression_or_a_sentence(text: str) -> None:
    try:
        told = repr(evaluated(text))
    except ValueError as error:
        told = str(error)
    assert told


def test_overflow_is_not_known() -> None:
    huge = DATA | {"efficiency": 1e308}
    assert evaluated("efficiency * 1e10 - efficiency * 1e10 == 0", huge) is None
    assert evaluated("efficiency * 10 > 1", huge) is None
