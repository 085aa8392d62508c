"""Plots as JSON and CSV: what stands in them, and that they are written piece by piece."""

import csv
import io
import json
import math
import tracemalloc
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fake_store import STEP, FakeStore

from happyface.contract.columns import Column
from happyface.contract.limits import Above
from happyface.model.access import ANONYMOUS
from happyface.model.series import StatusPiece
from happyface.plots.data import write_csv, write_json
from happyface.plots.plot import Plot, make_plot
from happyface.plots.request import parse_request

BERLIN = ZoneInfo("Europe/Berlin")
# From 02:00 summer time on: the hour that is there twice.
BEGIN = int(datetime(2026, 10, 25, 0, 0, tzinfo=UTC).timestamp())
COLUMNS = {("a", ""): (Column("load", "number", "Load", "node|nodes", limits=Above(warning=5)),)}


def plot_of(values: list[float], points: int | None = None, missing: int = 0, **parameters: str) -> Plot:
    times = [BEGIN + (number + (missing if number > 2 else 0)) * STEP for number in range(len(values))]
    pieces = [StatusPiece(BEGIN, BEGIN + STEP, 1.0), StatusPiece(BEGIN + STEP, times[-1], 0.0, "is <down>")]
    store = FakeStore(times, COLUMNS, {("a", "", "load"): values}, pieces)
    now = datetime.fromtimestamp(times[-1], UTC)
    request = parse_request({"curve_1": "a,,load"} | parameters | {"start": str(BEGIN)}, BERLIN, now)
    return make_plot(request, store, ANONYMOUS, now, points)


def read_json(plot: Plot) -> Any:
    return json.loads(b"".join(write_json(plot, BERLIN)))


def read_csv(plot: Plot) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(write_csv(plot, BERLIN)).decode(), newline="")))


def test_the_json_has_all_that_is_drawn() -> None:
    found = read_json(plot_of([1, 2, math.nan, 4], title="é", ylabel="y"))
    assert found == {
        "title": "é",
        "ylabel": "y",
        "begin": BEGIN,
        "end": BEGIN + 3 * STEP,
        "now": BEGIN + 3 * STEP,
        "live": True,
        "zone": "Europe/Berlin",
        "ground": [
            {"begin": BEGIN, "end": BEGIN + STEP, "face": "happy"},
            {"begin": BEGIN + STEP, "end": BEGIN + 3 * STEP, "face": "unhappy"},
        ],
        "markers": [{"time": BEGIN + STEP, "face": "unhappy", "instance": "a", "title": "A", "sentence": "is <down>"}],
        "problems": [],
        "recorded": None,
        "times": [BEGIN + number * STEP for number in range(4)],
        "ends": [BEGIN + number * STEP for number in range(1, 5)],
        "curves": [
            {
                "number": 1,
                "label": "A: Load",
                "unit": "node|nodes",
                "axis": "left",
                "instance": "a",
                "category": "all",
                "compared": False,
                "problem": "",
                "limits": [{"value": 5.0, "face": "neutral", "label": "warning ≥ 5 nodes"}],
                "mean": [1, 2, None, 4],
                "low": None,
                "high": None,
            }
        ],
    }


def test_reduced_values_have_their_lowest_and_highest() -> None:
    curve = read_json(plot_of([1, 3, 5, 9], points=2))["curves"][0]
    assert (curve["mean"], curve["low"], curve["high"]) == ([2, 7], [1, 5], [3, 9])


def test_missing_runs_are_null_in_json_and_no_line_in_csv() -> None:
    plot = plot_of([1, 2, 3, 4], missing=20)
    assert read_json(plot)["curves"][0]["mean"] == [1, 2, 3, None, 4]
    assert [line[4] for line in read_csv(plot)[1:]] == ["1.0", "2.0", "3.0", "4.0"]


def test_in_full_the_times_are_texts_too_in_both_hours_of_the_same_name() -> None:
    found = read_json(plot_of([1.0] * 8, full="1"))
    assert found["times_utc"][0] == "2026-10-25T00:00:00+00:00"
    assert (found["times_local"][0], found["times_local"][4]) == (
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    )


def test_the_csv_has_times_in_utc_and_here_and_empty_cells_where_nothing_is_known() -> None:
    assert read_csv(plot_of([1, math.nan])) == [
        ["begin (UTC)", "begin (Europe/Berlin)", "end (UTC)", "runs", "A: Load [nodes]"],
        ["2026-10-25T00:00:00+00:00", "2026-10-25T02:00:00+02:00", "2026-10-25T00:15:00+00:00", "1", "1.0"],
        ["2026-10-25T00:15:00+00:00", "2026-10-25T02:15:00+02:00", "2026-10-25T00:30:00+00:00", "1", ""],
    ]
    reduced = read_csv(plot_of([1, 3, 5, 9], points=2))
    assert reduced[0][4:] == ["A: Load [nodes]", "A: Load [nodes], lowest", "A: Load [nodes], highest"]
    assert reduced[1][3:] == ["2", "2.0", "1.0", "3.0"]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_no_title_is_a_formula_of_a_spreadsheet(title: str) -> None:
    head = read_csv(plot_of([1.0, 2.0], curve_1=f"a,,load,{title}"))[0][4]
    assert head.startswith("'")


def test_a_title_with_quotes_commas_and_line_ends_is_one_cell() -> None:
    assert read_csv(plot_of([1.0, 2.0], curve_1='a,,load,"x",y'))[0][4] == '"x",y [nodes]'


def test_a_curve_with_a_problem_says_so_in_both() -> None:
    plot = plot_of([1.0, 2.0], curve_2="nobody,,x")
    assert read_json(plot)["problems"] == ["Curve 2: there is no 'nobody', 'x'"]
    lines = read_csv(plot)
    assert lines[0][5] == "nobody: x: there is no 'nobody', 'x'"
    assert lines[1][4:] == ["1.0", ""]


def test_a_plot_without_curves_is_written() -> None:
    now = datetime.fromtimestamp(BEGIN, UTC)
    bare = make_plot(parse_request({}, BERLIN, now), FakeStore([], {}, {}), ANONYMOUS, now, None)
    assert read_json(bare)["curves"] == []
    assert len(read_csv(bare)) == 1


@pytest.mark.parametrize("write", [write_json, write_csv])
def test_ten_years_are_written_in_little_memory(write: Any) -> None:
    plot = plot_of(np.random.default_rng(1).random(120_000).tolist(), full="1")
    tracemalloc.start()
    size = sum(len(piece) for piece in write(plot, BERLIN))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 5_000_000
    assert peak < 4_000_000
