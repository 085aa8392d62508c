"""The manual's chapter on plots: each parameter that it names is understood, and each that there is has its line."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from happyface.contract.columns import Column
from happyface.model.series import Floats, SeriesKey, Span
from happyface.plots.data import write_json
from happyface.plots.expressions import FUNCTIONS, parse_expression
from happyface.plots.moved.comparing import Side
from happyface.plots.moved.finding import Moved, MovedNumber
from happyface.plots.moved.words import moved_json
from happyface.plots.plot import Curve, Plot
from happyface.plots.reducing import Buckets, Values
from happyface.plots.request import PlotRequest, parse_request, request_parameters

PAGE = (Path(__file__).parents[2] / "docs/plots.md").read_text(encoding="utf-8")
ZONE, NOW = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 22, 18, 40, tzinfo=UTC)
ALWAYS = {"curve_1": "pools,pool,free", "curve_2": "batch"}
# What says nothing alone, with what it belongs to.
BESIDE = {
    "start_fold": {"start_date": "2026-10-25", "start_time": "02:30"},
    "end_fold": {"end_date": "2026-10-25", "end_time": "02:30"},
    "end_time": {"end_date": "2026-11-21"},
}
DEFAULTS = {"width", "height", "dpi"}
"""Their examples are what they are by default."""


def documented() -> Iterator[tuple[str, str]]:
    yield from re.findall(r"^\| `([a-z_0-9]+)=([^`]*)` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("name", "value"), list(documented()))
def test_each_parameter_does_something(name: str, value: str) -> None:
    beside = ALWAYS | BESIDE.get(name, {})
    value = str(int(value) + 1) if name in DEFAULTS else value
    without, found = parse_request(beside, ZONE, NOW), parse_request(beside | {name: value}, ZONE, NOW)
    assert found != without
    assert parse_request(request_parameters(found, ZONE), ZONE, NOW) == found


def test_each_parameter_that_is_written_into_addresses_has_its_line() -> None:
    every = parse_request(
        {name: value for name, value in documented() if name not in ("start", "end")}
        | {"width": "801", "height": "401", "dpi": "101"},
        ZONE,
        NOW,
    )
    names = {name for name, _ in documented()}
    assert set(request_parameters(every, ZONE)) - names == set()
    assert {*(field for field in PlotRequest.__dataclass_fields__ if field not in _OTHERWISE)} - names == set()


_OTHERWISE = ("curves", "filters", "begin", "end")


def test_each_function_of_expressions_is_described() -> None:
    _, _, section = PAGE.partition("## Expressions")
    assert [name for name in FUNCTIONS if f"`{name}(" not in section] == []


@pytest.mark.parametrize("text", ["$running / ($running + $queued)", "$other.running", "${other-instance.running}"])
def test_the_expressions_of_the_manual_are_some(text: str) -> None:
    assert text in PAGE
    assert parse_expression(text).references


def test_the_keys_of_the_json_are_described() -> None:
    one = np.ones(1, dtype=np.int64)
    values: Floats = np.ones(1)
    curve = Curve(1, "a", "a", Values(values, values, values))
    plot = Plot(PlotRequest(full=True), 0, 1, 1, True, Buckets(one, one, one), (curve,))
    found = json.loads(b"".join(write_json(plot, ZONE)))
    _, _, section = PAGE.partition("As JSON")
    assert [name for name in (*found, *found["curves"][0]) if f"`{name}`" not in section] == []


def test_the_keys_of_what_moved_are_described() -> None:
    side = Side(1, 1, 1, 3)
    number = MovedNumber(SeriesKey("a", column="load"), Column("load", "number", "Load"), 1, side, side, None)
    found = moved_json(Moved(Span(1, 2), Span(0, 0), 1, 0, (number,)), ZONE, lambda _: "")
    _, _, section = PAGE.partition("## What else moved")
    keys = (*found, *found["moved"][0], *found["moved"][0]["now"])
    assert [name for name in keys if f"`{name}`" not in section] == []
