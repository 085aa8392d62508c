"""Plots of one run: nothing is lost, nothing is invented, and what is not drawn is told."""

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from happyface.contract.charts import Bars, Chart, Histogram, Scatter
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Above, Limits
from happyface.contract.states import State
from happyface.model.series import RowFilter
from happyface.plots.one_run.data import row_plot_csv, row_plot_json
from happyface.plots.one_run.images import draw_run_image
from happyface.plots.one_run.plot import (
    MOST_BARS,
    MOST_POINTS,
    BarPlot,
    HistogramPlot,
    RowPlot,
    ScatterPlot,
    TableRows,
    filtered_rows,
    is_empty,
    make_row_plot,
)
from happyface.plots.one_run.request import RunPlotRequest, parse_run_request
from happyface.plots.one_run.scales import ticks

LOAD = Column("load", "number", "Load", limits=Above(warning=6, critical=9))
FREE, USED = Column("free", "number", "Free", "bytes"), Column("used", "number", "Used", "bytes")
JOBS, UP = Column("jobs", "integer", "Jobs", "job|jobs"), Column("up", "flag", "Up")
TABLE = Table("node", "Nodes", (Column("name", "text", "Name"), LOAD, FREE, USED, JOBS, UP), key="name")
NUMBERS = st.one_of(st.none(), st.floats(-1e100, 1e100))
MODERATE = st.one_of(st.none(), st.floats(-1e12, 1e12))


def row(name: str = "a", load: Cell = None, free: Cell = None, used: Cell = None, jobs: Cell = None) -> list[Cell]:
    return [name, load, free, used, jobs, None]


def plotted(chart: Chart, rows: Sequence[Sequence[Cell]], total: int | None = None, **limits: Limits) -> Any:
    by_column = {column.name: column.limits for column in TABLE.columns} | limits
    return make_row_plot(chart, TableRows(TABLE, rows, len(rows) if total is None else total, by_column))


def bars(*columns: str, by: str = "name", stacked: bool = False) -> Chart:
    return Bars(*columns, by=by, stacked=stacked)


@given(st.lists(st.tuples(MODERATE, MODERATE), max_size=MOST_BARS))
def test_the_pieces_of_a_stack_are_together_what_is_known(values: list[tuple[float | None, float | None]]) -> None:
    plot = plotted(bars("free", "used", stacked=True), [row(free=free, used=used) for free, used in values])
    known = [[height for height in pair if height is not None] for pair in values if pair != (None, None)]
    assert len(plot.bars) == len(known)
    for bar, heights in zip(plot.bars, known, strict=True):
        down, up = bar.ends
        assert down <= 0 <= up
        assert down + up == pytest.approx(sum(heights), abs=1e-3)
        assert plot.range[0] <= down
        assert up <= plot.range[1]


@given(st.lists(NUMBERS, max_size=60), st.integers(0, 200))
def test_a_histogram_counts_each_row_that_has_a_value_once(values: list[float | None], bins: int) -> None:
    plot = plotted(Histogram("load", bins=bins), [row(load=value) for value in values])
    known = [value for value in values if value is not None]
    assert sum(plot.counts) == len(known)
    assert is_empty(plot) == (not known)
    for begin, end, count in plot.steps:
        assert begin < end
        is_last = end == plot.edges[-1]
        assert count == sum(begin <= value < end or (is_last and value == end) for value in known)


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=60))
def test_no_step_of_whole_numbers_is_narrower_than_one(values: list[int]) -> None:
    plot = plotted(Histogram("jobs"), [row(jobs=value) for value in values])
    assert all(end - begin >= 1 for begin, end, _ in plot.steps)
    assert len(plot.counts) <= 40


def test_the_steps_of_a_histogram_begin_at_round_numbers_or_are_as_many_as_asked_for() -> None:
    rows = [row(load=value) for value in (0.13, 0.5, 0.71, 0.96)]
    assert plotted(Histogram("load"), rows).edges == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert len(plotted(Histogram("load", bins=7), rows).counts) == 7


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=50))
def test_a_point_is_there_for_each_row_that_has_both_values(values: list[tuple[float | None, float | None]]) -> None:
    plot = plotted(Scatter("load", "free"), [row(load=load, free=free) for load, free in values])
    assert [(point.x, point.y) for point in plot.points] == [pair for pair in values if None not in pair]


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_the_numbers_of_a_scale_lie_on_it(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = ticks(low, high)
    assert 1 <= len(found) <= 7
    assert all(low <= tick <= high for tick in found)


def test_what_is_not_known_is_left_out_and_told_never_zero() -> None:
    plot = plotted(bars("free", "used"), [row("a", free=1), row("b"), row("c", free=2, used=3)])
    assert [(bar.name, bar.heights) for bar in plot.bars] == [("a", (1, None)), ("c", (2, 3))]
    assert plot.notes == ("1 of 3 rows have no value of Free.", "2 of 3 rows have no value of Used.")
    assert plotted(Histogram("load"), [row(load=1), row()]).notes == ("1 of 2 rows have no value of Load.",)
    assert plotted(Scatter("load", "load"), [row()]).notes == ("1 of 1 rows have no value of Load.",)


def test_of_many_rows_the_first_ones_are_drawn_and_that_is_told() -> None:
    rows = [row(f"n{number}", load=number, free=number) for number in range(6000)]
    drawn = plotted(bars("load"), rows, 12_000)
    assert [bar.name for bar in drawn.bars] == [f"n{number}" for number in range(MOST_BARS)]
    assert drawn.notes == ("These are the first 100 of 12\u202f000 rows.",)
    assert len(plotted(Scatter("load", "free"), rows).points) == MOST_POINTS
    assert plotted(Scatter("load", "free"), rows).notes == ("These are the first 5\u202f000 of 6\u202f000 rows.",)
    assert plotted(Histogram("load"), rows).notes == ()
    assert plotted(Histogram("load"), rows, 7000).notes == ("These are the first 6\u202f000 of 7\u202f000 rows.",)


def test_limits_are_those_of_the_instance_and_lie_across_what_they_rate() -> None:
    rows = [row(load=1, free=1)]
    assert [limit.label for limit in plotted(bars("load"), rows).y.limits] == ["warning ≥ 6", "critical ≥ 9"]
    assert [limit.value for limit in plotted(bars("load"), rows, load=Above(critical=3)).y.limits] == [3]
    assert [limit.value for limit in plotted(Histogram("load"), rows).x.limits] == [6, 9]
    scatter = plotted(Scatter("free", "load"), rows)
    assert (scatter.x.limits, [limit.value for limit in scatter.y.limits]) == ((), [6, 9])
    both = plotted(bars("free", "used"), rows, free=Above(critical=5))
    assert [limit.label for limit in both.y.limits] == ["Free: critical ≥ 5 B"]
    assert plotted(bars("free", "used", stacked=True), rows, free=Above(critical=5)).y.limits == ()


def test_plots_are_named_after_what_they_show() -> None:
    rows = [row(load=1, free=1)]
    assert plotted(bars("free", "used"), rows).title == "Free and used by name"
    assert plotted(Histogram("load"), rows).title == "Nodes by load"
    assert plotted(Scatter("load", "free"), rows).title == "Free over load"


def test_bars_may_be_named_by_any_word_or_number() -> None:
    table = Table("t", "T", (Column("x", "state", "X"), LOAD, UP, JOBS))
    rows = [[State.critical("down"), 1.0, True, 3], [None, 2.0, False, 1]]
    names = {}
    for by in ("x", "up", "jobs"):
        plot = make_row_plot(Bars("load", by=by), TableRows(table, rows, 2, {}))
        assert isinstance(plot, BarPlot)
        names[by] = [bar.name for bar in plot.bars]
    assert names == {"x": ["down", "(no name)"], "up": ["yes", "no"], "jobs": ["3 jobs", "1 job"]}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("name", "a")], "a"),
        ([("name", "a"), ("name", "c")], "ac"),
        ([("jobs", "2.0")], "b"),
        ([("jobs", "two")], ""),
        ([("up", "yes")], "ac"),
        ([("state", "down")], "c"),
        ([("up", "YES"), ("name", "c")], "c"),
    ],
)
def test_filters_choose_rows_by_their_cells_as_texts(filters: list[tuple[str, str]], names: str) -> None:
    table = Table("t", "T", (Column("name", "text", "Name"), JOBS, UP, Column("state", "state", "State")))
    rows: list[list[Cell]] = [["a", 1, True, None], ["b", 2, False, None], ["c", 3, True, State.critical("down")]]
    chosen = filtered_rows(table, rows, [RowFilter(*each) for each in filters])
    assert "".join(str(cells[0]) for cells in chosen) == names
    excluded = filtered_rows(table, rows, [RowFilter(*filters[0], exclude=True)])
    assert len(excluded) + len(filtered_rows(table, rows, [RowFilter(*filters[0])])) == 3


def test_a_filter_of_no_column_is_told() -> None:
    with pytest.raises(ValueError, match="there is no column 'nme'; did you mean 'name'"):
        filtered_rows(TABLE, [], [RowFilter("nme", "a")])


HOSTILE = "<script>alert(1)</script> $x_1$ _"
PLOTS: list[RowPlot] = [
    plotted(bars("free", "used", stacked=True), [row(HOSTILE, free=3e12, used=1e12), row("b", free=-1e12)]),
    plotted(bars("load"), [row(HOSTILE, load=5), row("b", load=7)]),
    plotted(bars("jobs"), [row(f"n{number}", jobs=number) for number in range(200)]),
    plotted(Histogram("load"), [row(load=value) for value in (1, 5, 5.5, 8)]),
    plotted(Scatter("load", "free"), [row(load=1, free=5), row(load=1, free=7)]),
    plotted(Histogram("load"), [row()]),
    plotted(bars("load"), []),
    plotted(bars("load"), [row(load=1e100), row(load=-1e100)]),
    plotted(Histogram("load"), [row(load=1e100), row(load=-1e100)]),
    plotted(Scatter("load", "free"), [row(load=1e100, free=1e100), row(load=-1e100, free=1e-100)]),
]


@pytest.mark.parametrize("plot", PLOTS, ids=range(len(PLOTS)))
@pytest.mark.parametrize(("format", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_every_plot_can_be_drawn(plot: RowPlot, format: Any, start: bytes) -> None:
    assert draw_run_image(plot, RunPlotRequest(format=format)).startswith(start)


def texts(plot: RowPlot, **asked: Any) -> str:
    image = draw_run_image(plot, RunPlotRequest(format="svg", **asked))
    assert b"<script" not in image
    return " ".join(str(text) for text in etree.fromstring(image).itertext())


def test_texts_of_others_stay_texts_in_an_image() -> None:
    assert "<script>alert(1)</scrip…" in texts(PLOTS[0])
    assert HOSTILE in texts(PLOTS[1], title=HOSTILE)


def test_an_image_has_its_title_its_legend_its_limits_and_what_is_missing() -> None:
    assert "In use" not in texts(PLOTS[0])
    assert all(word in texts(PLOTS[0]) for word in ("Free and used by name", "Free", "Used", "1 of 2 rows have no"))
    assert "warning ≥ 6" in texts(PLOTS[1])
    assert "No row has a value to show here." in texts(PLOTS[5])
    assert texts(PLOTS[1], title="My title").count("Load by name") == 0


def test_an_image_has_the_size_that_was_asked_for() -> None:
    image = draw_run_image(PLOTS[1], RunPlotRequest(width=301, height=203, dpi=144, dark=True))
    assert (int.from_bytes(image[16:20]), int.from_bytes(image[20:24])) == (301, 203)


@pytest.mark.parametrize("plot", PLOTS, ids=range(len(PLOTS)))
def test_json_and_csv_have_what_is_drawn(plot: RowPlot) -> None:
    found = json.loads(row_plot_json(plot, {"instance": "a"}))
    assert (found["instance"], found["title"]) == ("a", plot.title)
    lines = row_plot_csv(plot).decode().splitlines()[1:]
    match plot:
        case BarPlot():
            assert [tuple(bar["heights"]) for bar in found["bars"]] == [bar.heights for bar in plot.bars]
            assert len(lines) == len(plot.bars)
        case HistogramPlot():
            assert [step["rows"] for step in found["bins"]] == list(plot.counts)
            assert len(lines) == len(plot.counts)
        case ScatterPlot():
            assert [(point["x"], point["y"]) for point in found["points"]] == [(p.x, p.y) for p in plot.points]
            assert len(lines) == len(plot.points)


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    plot = plotted(bars("load"), [row("=HYPERLINK(1)", load=1), row("b", load=2)])
    assert row_plot_csv(plot).decode().splitlines() == ["Name,Load", "'=HYPERLINK(1),1.0", "b,2.0"]


@pytest.mark.parametrize(
    ("parameters", "chart"),
    [
        ({}, Chart("bars", ("load",), "name")),
        ({"type": "bars", "y": "free,used"}, Chart("bars", ("free", "used"), "name")),
        ({"y_2": "used", "y_1": "free", "type": "stacked"}, Chart("stacked", ("free", "used"), "name")),
        ({"type": "Histogram", "x": "jobs", "bins": "4"}, Chart("histogram", ("jobs",), bins=4)),
        ({"type": "histogram", "y": "jobs", "x": "name"}, Chart("histogram", ("jobs",))),
        ({"type": "scatter", "x": "load", "y": "jobs"}, Chart("scatter", ("jobs",), "load")),
        ({"x": "up"}, Chart("bars", ("load",), "up")),
        ({"type": " ", "unknown": "1"}, Chart("bars", ("load",), "name")),
    ],
)
def test_an_address_says_what_is_drawn(parameters: dict[str, str], chart: Chart) -> None:
    assert parse_run_request(parameters).chart(TABLE) == chart


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"type": "pie"}, "type: there is no 'pie'; there are bars, stacked, histogram, scatter"),
        ({"type": "bar"}, "did you mean 'bars'?"),
        ({"width": "100000"}, "width=100000: expected is a whole number from 100 to 4000"),
        ({"width": "4000", "height": "4000"}, "more than 8 million pixels"),
        ({"bins": "many"}, "bins=many"),
        ({"dark": "perhaps"}, "dark=perhaps"),
        ({"filter_1": "name"}, "is not a column and its value"),
        ({"y": ",".join(f"c{number}" for number in range(9))}, "there are 9 columns"),
        ({"title": "x" * 201}, "longer than 200"),
        ({"y": "name"}, "the column 'name' is not a number"),
        ({"y": "lod"}, "there is no column 'lod'; did you mean 'load'?"),
        ({"y": "free,load"}, "bars have one scale"),
        ({"type": "scatter", "y": "load"}, "a scatter has two columns: x=COLUMN and y=COLUMN"),
        ({"type": "scatter", "x": "load"}, "a scatter shows at least one column of numbers"),
        ({"type": "histogram", "y": "load,jobs"}, "a histogram shows at most 1 column, not 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(parameters: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_run_request(parameters).chart(TABLE)
    assert sentence in str(raised.value)


def test_rows_without_a_number_have_no_chart() -> None:
    with pytest.raises(ValueError, match="the rows 'texts' have no number, or nothing by which to name them"):
        RunPlotRequest().chart(Table("texts", "Texts", (Column("name", "text", "Name"),)))


def test_numbers_that_are_none_are_not_drawn() -> None:
    plot = plotted(
        bars("load"), [row("a", load=math.nan), row("b", load=math.inf), row("c", load=2), row("d", load=1e101)]
    )
    assert [bar.name for bar in plot.bars] == ["c"]
