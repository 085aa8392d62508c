"""Plots: curves with their labels, axes, limits, grounds and problems, from a store in memory."""

import math
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fake_store import STEP, FakeStore
from hypothesis import given
from hypothesis import strategies as st

from happyface.contract.columns import Column
from happyface.contract.limits import Above, Equal, Older
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.series import RowFilter, Span, StatusPiece
from happyface.plots.plot import Plot, make_plot
from happyface.plots.reducing import Buckets, Values, reduce_onto
from happyface.plots.request import DAY, parse_request

BEGIN = 1_795_300_200
RUNS = 96
NOW = datetime.fromtimestamp(BEGIN + RUNS * STEP, UTC)
TIMES = [BEGIN + number * STEP for number in range(RUNS)]
COLUMNS = {
    ("batch", ""): (
        Column("running", "integer", "Running jobs", "job|jobs", limits=Above(warning=50, critical=90)),
        Column("queued", "integer", "Queued jobs", "job|jobs"),
        Column("used", "number", "Memory", "bytes"),
        Column("share", "number", "Share", "share"),
        Column("open", "flag", "Open", limits=Equal(critical=False)),
        Column("taken", "time", "As of", limits=Older(warning="15m")),
    ),
    ("pools", "pool"): (Column("free", "number", "Free space", "bytes", limits=Above(warning=5)),),
    ("disk.a", ""): (Column("load", "number", "Load"),),
    ("locked", ""): (Column("load", "number", "Load"),),
}
RAMP = [float(number) for number in range(RUNS)]
NUMBERS = {
    ("batch", "", "running"): RAMP,
    ("batch", "", "queued"): [0.0 if number % 2 else 10.0 for number in range(RUNS)],
    ("batch", "", "used"): [1e9] * RUNS,
    ("batch", "", "share"): [0.5] * RUNS,
    ("batch", "", "open"): [1.0] * RUNS,
    ("batch", "", "taken"): [time - 60.0 for time in TIMES],
    ("batch", "", ""): [1.0] * RUNS,
    ("pools", "pool", "free"): RAMP,
    ("disk.a", "", "load"): [2.0] * RUNS,
    ("locked", "", "load"): [3.0] * RUNS,
}
MEMBER = Reader(member=True)


def store(**settings: Any) -> FakeStore:
    return FakeStore(**({"times": TIMES, "columns": COLUMNS, "numbers": NUMBERS} | settings))


def plotted(
    *curves: str, of: FakeStore | None = None, reader: Reader = ANONYMOUS, points: int | None = None, **more: str
) -> Plot:
    parameters = {f"curve_{number}": curve for number, curve in enumerate(curves, start=1)} | more
    request = parse_request(parameters, ZoneInfo("Europe/Berlin"), NOW)
    return make_plot(request, of or store(), reader, NOW, points)


def test_a_curve_is_named_after_its_instance_and_column() -> None:
    labels = [
        curve.label
        for curve in plotted(
            "batch,,running", "batch,,$running / 2,", "batch,,running,My jobs, mine", "batch", "pools,pool,free,"
        ).curves
    ]
    assert labels == [
        "Batch: Running jobs",
        "Batch: $running / 2",
        "My jobs, mine",
        "Batch: status",
        "Pools: Free space",
    ]


def test_a_curve_of_rows_is_named_after_them_and_asks_for_them_alone() -> None:
    asked = store()
    plot = plotted(
        "pools,pool,free,",
        "batch,,running",
        of=asked,
        curve_1_filter_1="name,f01-032-105",
        curve_1_rows="sum",
        filter_1="state,up",
        exclude_1="colour,red",
    )
    assert plot.curves[0].label == "Pools: Free space, f01-032-105 (sum)"
    rows, values = asked.asked[0][0]
    assert (rows.filters, rows.aggregate) == ((RowFilter("name", "f01-032-105"), RowFilter("state", "up")), "sum")
    assert values.filters == ()


def test_the_first_unit_stands_left_the_second_right_and_others_have_scales_of_their_own() -> None:
    plot = plotted("batch,,used", "batch,,running", "batch,,queued", "batch,,share", "batch,,nothing")
    assert [(curve.unit, curve.axis) for curve in plot.curves[:4]] == [
        ("bytes", "left"),
        ("job|jobs", "right"),
        ("job|jobs", "right"),
        ("share", "none"),
    ]


def test_limits_are_lines_with_their_words() -> None:
    limits = [
        [(line.value, line.face, line.label) for line in curve.limits]
        for curve in plotted("batch,,running", "batch,,$running + 1", "batch,,open", "batch,,taken").curves
    ]
    assert limits == [
        [(50, "neutral", "warning ≥ 50 jobs"), (90, "unhappy", "critical ≥ 90 jobs")],
        [],
        [],
        [(900, "neutral", "warning when older than 15 min")],
    ]


def test_a_sum_of_rows_has_no_limits_and_a_number_of_rows_no_unit() -> None:
    curves = plotted(
        "pools,pool,free", "pools,pool,free", "pools,pool,free", curve_2_rows="sum", curve_3_rows="count"
    ).curves
    assert [(curve.unit, len(curve.limits)) for curve in curves] == [("bytes", 1), ("bytes", 0), ("", 0)]


def test_the_status_is_a_column_of_each_instance_that_has_none_of_that_name() -> None:
    asked = store()
    plot = plotted("batch,,status", "batch,,$batch.status * 2", of=asked)
    assert [curve.values.mean[0] for curve in plot.curves] == [1, 2]
    assert [curve.label for curve in plot.curves] == ["Batch: status", "Batch: $batch.status * 2"]
    own = {("own", ""): (Column("status", "integer", "Own status"),)}
    curve = plotted("own,,status", of=store(columns=own, numbers={("own", "", "status"): [7.0] * RUNS})).curves[0]
    assert (curve.label, curve.values.mean[0]) == ("Own: Own status", 7)


def test_a_time_is_drawn_as_its_age() -> None:
    curve = plotted("batch,,taken", points=10).curves[0]
    assert curve.unit == "seconds"
    assert set(curve.values.high.tolist()) == {60.0}


def test_a_peak_of_one_run_is_seen_in_a_few_buckets() -> None:
    values = plotted("batch,,queued", points=10).curves[0].values
    assert (values.low.min(), values.high.max(), values.mean[0]) == (0, 10, 5)


def test_what_is_computed_is_computed_of_each_run_and_then_reduced() -> None:
    fine, coarse = plotted("batch,,10 - $queued"), plotted("batch,,10 - $queued", points=10)
    assert fine.curves[0].values.mean[:4].tolist() == [0, 10, 0, 10]
    assert (coarse.curves[0].values.low[0], coarse.curves[0].values.high[0]) == (0, 10)
    ratio = plotted("batch,,$queued / $queued", points=10).curves[0].values
    assert ratio.mean[0] == 1


def test_a_picture_of_single_runs_is_read_once() -> None:
    asked = store()
    plotted("batch,,$running + 1", of=asked)
    assert len(asked.asked) == 1
    plotted("batch,,$running + 1", of=asked, points=10)
    assert [points for _, points in asked.asked] == [None, 10, None]


def test_filters_of_a_curve_concern_its_own_rows_and_no_others() -> None:
    asked = store()
    plotted("pools,pool,$free + ${batch.running} + ${disk.a.load},", of=asked, curve_1_filter_1="name,a")
    assert {key.instance: bool(key.filters) for key in asked.asked[0][0]} == {
        "pools": True,
        "batch": False,
        "disk.a": False,
    }


def test_numbers_of_other_instances() -> None:
    curves = plotted(
        "batch,,${disk.a.load} + $running", "batch,,${pools.pool.free} * 2", "batch,,$batch.running"
    ).curves
    assert [curve.values.mean[3] for curve in curves] == [5, 6, 3]


def test_what_cannot_be_drawn_is_told_and_the_others_are_drawn() -> None:
    plot = plotted("batch,,runing", "batch,,$running + $qued", "batch,,running", "nobody,,x,X")
    assert plot.problems == (
        "Curve 1: there is no 'batch', 'runing'",
        "Curve 2: there is no 'batch', 'qued' ('qued' at character 12)",
        "Curve 4: there is no 'nobody', 'x'",
    )
    assert [curve.values.known for curve in plot.curves] == [False, False, True, False]
    assert plot.curves[3].label == "X"


def test_who_may_not_see_a_curve_is_told_so_and_sees_the_others() -> None:
    curves = ("locked,,load", "batch,,running", "batch,,$locked.load")
    hidden = store(hidden=frozenset({"locked"}))
    assert [curve.values.known for curve in plotted(*curves, of=hidden).curves] == [False, True, False]
    assert [curve.values.known for curve in plotted(*curves, of=hidden, reader=MEMBER).curves] == [True] * 3


def test_where_runs_are_missing_there_is_a_gap() -> None:
    times = [*TIMES[:10], *(time + 20 * STEP for time in TIMES[10:])]
    plot = plotted("batch,,used", "batch,,$used + 1", of=store(times=times), span="week")
    gap = int(np.flatnonzero(plot.buckets.runs == 0)[0])
    assert (plot.buckets.begins[gap], plot.buckets.ends[gap]) == (TIMES[9] + STEP, TIMES[10] + 20 * STEP)
    assert np.array_equal(plot.buckets.begins[1:], plot.buckets.ends[:-1])
    assert all(math.isnan(curve.values.mean[gap]) for curve in plot.curves)
    assert all(np.isfinite(np.delete(curve.values.mean, gap)).all() for curve in plot.curves)


def test_the_same_a_day_earlier_is_a_second_curve_in_the_same_places() -> None:
    times = [BEGIN - DAY + number * STEP for number in range(2 * RUNS)]
    two_days = store(times=times, numbers=NUMBERS | {("batch", "", "running"): [float(n) for n in range(2 * RUNS)]})
    for points, inexact in ((None, 0), (12, 2)):
        now, earlier = plotted("batch,,running", of=two_days, compare="day", points=points).curves
        assert (earlier.label, earlier.compared, earlier.limits) == ("Batch: Running jobs, a day earlier", True, ())
        assert np.abs(now.values.mean - earlier.values.mean - 96).max() <= inexact


def test_trends_are_around_their_means_in_parts_of_their_heights() -> None:
    ramp, flat = plotted("batch,,running", "batch,,used", renormalize="1").curves
    assert ramp.values.mean[[0, -1]].tolist() == [-0.5, 0.5]
    assert set(flat.values.mean.tolist()) == {0.0}
    assert (ramp.unit, ramp.axis, flat.axis, ramp.limits) == ("", "left", "left", ())


def test_a_trend_of_yesterday_is_measured_by_that_of_today() -> None:
    times = [BEGIN - DAY + number * STEP for number in range(2 * RUNS)]
    two_days = [100.0] * RUNS + RAMP
    of = store(times=times, numbers=NUMBERS | {("batch", "", "running"): two_days})
    today, yesterday = plotted("batch,,running", of=of, compare="day", renormalize="1").curves
    assert today.values.mean[[0, -1]].tolist() == [-0.5, 0.5]
    assert yesterday.values.mean[0] == pytest.approx((100 - 47.5) / 95)


def test_a_span_without_data_says_where_there_is_some() -> None:
    plot = plotted("batch,,running", start_date="2020-01-01", end_date="2020-01-02")
    assert plot.empty
    assert plot.recorded == Span(TIMES[0], TIMES[-1])
    assert len(plot.buckets.begins) == 0
    assert plotted("batch,,running").recorded is None


def test_a_plot_without_curves_is_empty() -> None:
    assert plotted().empty
    assert plotted(compare="day", renormalize="1").curves == ()


def test_the_status_is_the_ground_and_its_changes_are_marked() -> None:
    pieces = [
        StatusPiece(BEGIN - DAY, BEGIN + STEP, 1.0),
        StatusPiece(BEGIN + STEP, BEGIN + 2 * STEP, 0.9, "still well"),
        StatusPiece(BEGIN + 2 * STEP, BEGIN + 3 * STEP, 0.0, "down"),
        StatusPiece(BEGIN + 5 * STEP, BEGIN + 6 * STEP, -1.0, "nothing known"),
    ]
    plot = plotted("batch,,running", of=store(pieces=pieces))
    assert [(piece.begin - BEGIN, piece.end - BEGIN, piece.face) for piece in plot.ground] == [
        (0, 2 * STEP, "happy"),
        (2 * STEP, 3 * STEP, "unhappy"),
        (5 * STEP, 6 * STEP, "noinfo"),
    ]
    assert [(mark.time - BEGIN, mark.face, mark.instance, mark.title, mark.sentence) for mark in plot.markers] == [
        (2 * STEP, "unhappy", "batch", "Batch", "down"),
        (5 * STEP, "noinfo", "batch", "Batch", "nothing known"),
    ]


def test_where_no_runs_were_made_the_ground_has_a_gap() -> None:
    pieces = [StatusPiece(BEGIN, BEGIN + STEP, 0.0), StatusPiece(BEGIN + 5 * STEP, BEGIN + 6 * STEP, 0.0)]
    ground = plotted("batch,,running", of=store(pieces=pieces)).ground
    assert [(piece.begin - BEGIN, piece.end - BEGIN) for piece in ground] == [(0, STEP), (5 * STEP, 6 * STEP)]


def test_what_flaps_for_a_year_is_bounded_and_never_looks_better() -> None:
    pieces = [StatusPiece(BEGIN + n * 30, BEGIN + n * 30 + 30, float(n % 2)) for n in range(2880)]
    plot = plotted("batch,,running", of=store(pieces=pieces))
    assert {piece.face for piece in plot.ground} == {"unhappy"}
    assert (plot.ground[0].begin, plot.ground[-1].end) == (plot.begin, plot.end)
    assert len(plot.markers) == 100
    assert plot.markers[-1].time == pieces[-1].begin


def test_a_plot_up_to_now_is_live() -> None:
    assert plotted("batch,,running").live
    assert not plotted("batch,,running", end_time="12:00").live


finite = st.one_of(st.floats(-1e300, 1e300), st.just(math.nan))


@given(st.lists(finite, min_size=1, max_size=60), st.integers(1, 70), st.data())
def test_reduced_values_say_what_the_single_ones_say(values: list[float], width: int, data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))
    begins = np.arange(len(values), dtype=np.int64) * 10
    source = Buckets(begins, begins + 10, np.array(weights))
    first = np.arange(0, len(values), width)
    ends = np.append(first[1:], len(values)) * 10
    array = np.array(values)
    found = reduce_onto(Values(array, array, array), source, Buckets(first * 10, ends, first))
    for place, start in enumerate(first):
        known = [(v, w) for v, w in zip(values, weights, strict=True)][start : start + width]
        known = [(value, weight) for value, weight in known if not math.isnan(value)]
        told = (found.low[place], found.mean[place], found.high[place])
        if not known:
            assert all(map(math.isnan, told))
            continue
        lows = [value for value, _ in known]
        mean = math.fsum(value * weight for value, weight in known) / sum(weight for _, weight in known)
        assert (told[0], told[2]) == (min(lows), max(lows))
        scale = max(abs(value) for value in lows)
        assert told[1] == pytest.approx(mean, rel=1e-9, abs=1e-9 * scale)
        assert told[0] <= told[1] <= told[2]


def test_a_bucket_in_which_nothing_begins_takes_what_goes_on_in_it() -> None:
    source = Buckets(np.array([0, 100]), np.array([50, 200]), np.array([1, 1]))
    target = Buckets(np.array([-10, 10, 60, 120, 300]), np.array([0, 20, 70, 130, 310]), np.ones(5, dtype=int))
    array = np.array([1.0, 2.0])
    found = reduce_onto(Values(array, array, array), source, target).mean
    assert [None if math.isnan(value) else value for value in found.tolist()] == [None, 1, None, 2, None]
