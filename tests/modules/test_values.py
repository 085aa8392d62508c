"""What the samples of values cannot show: its paths and settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from happyface.contract.kit.named_values import limits_of
from happyface.kit import number_of
from happyface.modules.values import Values
from happyface.modules.values.path import parse_path
from happyface.site.nesting import nested_settings

DOCUMENT = {
    "a": {"b": [{"c": 1}, {"c": "2.5"}], "x.y": 3, "words": ["one"]},
    "none": [],
    "hosts": {"wn001": {"up": True}, "wn002": {"up": False}},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b[0].c", 1),
        ("a.b[-1].c", "2.5"),
        ('a."x.y"', 3),
        ('$.a."x.y"', 3),
        ("count(a.b)", 2),
        ("count(a.b[*])", 2),
        ("sum(a.b[*].c)", 3.5),
        ("min(a.b[*].c)", 1),
        ("max(a.b[*].c)", 2.5),
        ("mean(a.b[*].c)", 1.75),
        ("sum(hosts[*].up)", 1),
        ("count(none)", 0),
        ("sum(none)", 0),
        ("count($)", 3),
        ("$", DOCUMENT),
    ],
)
def test_paths(path: str, value: Any) -> None:
    assert parse_path(path).read(DOCUMENT) == value


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a.z", "there is no 'z' in a"),
        ("z", "there is no 'z' in the answer"),
        ("a.b.c", "there is no 'c' in a.b"),
        ("a[0]", "a is no list"),
        ("a.b[2]", "a.b has 2 elements, so there is no [2]"),
        ("sum(a.words)", "not all elements are numbers"),
        ("mean(none)", "there is no mean of nothing"),
        ("sum(a.b[*].d)", "there is no 'd' in a.b[*]"),
    ],
)
def test_paths_that_lead_nowhere(path: str, reason: str) -> None:
    with pytest.raises(LookupError, match=r".") as caught:
        parse_path(path).read(DOCUMENT)
    assert reason in caught.value.args[0]


@pytest.mark.parametrize("path", ["", "a..b", "a[", "a[x]", "a[*].b", "median(a)", "a.b[0]c", 'a."b', "sum()"])
def test_wrong_paths_are_errors_of_the_configuration(path: str) -> None:
    flat = {"source": "x.json", "value.a": path}
    with pytest.raises(ValidationError) as caught:
        Values.Config.model_validate(nested_settings(Values.Config, flat))
    assert [each["loc"] for each in caught.value.errors()] == [("value", "a")]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        ("-2.5e3", -2500.0),
        (" 7 ", 7.0),
        ("NaN", None),
        ("+Inf", None),
        (float("inf"), None),
        ("1_000", None),
        ("", None),
        ("12 GB", None),
        (10**400, None),
        ([1], None),
    ],
)
def test_numbers(value: object, number: float | None) -> None:
    assert number_of(value) == number


def test_limits_of_words_and_numbers() -> None:
    assert limits_of("critical != ok", "").rate("degraded") == 0
    assert limits_of("critical == '5 nodes'", "").rate("5 nodes") == 0
    assert limits_of("warning > 10 %", "share").rate(0.2) == 0.5
    with pytest.raises(ValueError, match="'5 GBB' is not a size"):
        limits_of("critical == 5 GBB", "bytes")


def test_a_value_is_shown_once_and_its_number_is_kept_for_plots() -> None:
    columns = {column.name: column for column in Values.declared.tables["value"].columns}
    assert [name for name, column in columns.items() if not column.hidden] == ["title", "value", "limit"]
    assert columns["number"].numeric
