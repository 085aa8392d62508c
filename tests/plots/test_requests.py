"""Addresses of plots: HappyFace 3's and ours are read, wrong ones are told, and all come back as they were."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from happyface.model.series import Aggregate, RowFilter
from happyface.plots.request import DAY, CurveRequest, Format, PlotRequest, parse_request, request_parameters

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


def parsed(**parameters: str) -> PlotRequest:
    return parse_request(parameters, BERLIN, NOW)


def test_an_address_of_happyface_3_means_what_it_meant() -> None:
    request = parsed(
        curve_1="batch,,running,Running, and more",
        curve_2="pools,pool,$free / $total,",
        curve_3="pools,pool,max($free\\,1),Free",
        start_date="2012-11-29",
        start_time="10:07",
        end_date="2012-11-30",
        end_time="10:07",
        title="Jobs",
        ylabel="number",
        legend="true",
        renormalize="true",
        filter_1="pool,f01-032-105",
        exclude_1="state,down, or not",
    )
    assert request == PlotRequest(
        (
            CurveRequest("batch", "", "running", "Running, and more"),
            CurveRequest("pools", "pool", "$free / $total"),
            CurveRequest("pools", "pool", "max($free,1)", "Free"),
        ),
        (RowFilter("pool", "f01-032-105"), RowFilter("state", "down, or not", exclude=True)),
        datetime(2012, 11, 29, 9, 7, tzinfo=UTC),
        datetime(2012, 11, 30, 9, 7, 59, tzinfo=UTC),
        title="Jobs",
        ylabel="number",
        renormalize=True,
    )


def test_what_only_we_have() -> None:
    request = parsed(
        curve_1="pools,pool,free,",
        curve_1_filter_2="pool,b",
        curve_1_filter_1="pool,a,c",
        curve_1_exclude_1="state,down",
        curve_1_rows="sum",
        span="6h",
        compare="week",
        width="1000",
        height="300",
        dpi="150",
        dark="1",
        format="svg",
        full="1",
        legend="11",
        other="ignored",
    )
    filters = (RowFilter("pool", "a,c"), RowFilter("pool", "b"), RowFilter("state", "down", exclude=True))
    assert request.curves == (CurveRequest("pools", "pool", "free", "", filters, "sum"),)
    assert (request.span, request.compare, request.legend) == (6 * 3600, 7 * DAY, 11)
    assert (request.width, request.height, request.dpi) == (1000, 300, 150)
    assert (request.dark, request.format, request.full) == (True, "svg", True)
    assert request.filters == ()


def test_curves_are_in_the_order_of_their_numbers() -> None:
    request = parsed(curve_10="ten", curve_2="two", curve_b="named", curve_1="one,,")
    assert [curve.instance for curve in request.curves] == ["one", "two", "ten", "named"]


def test_the_last_day_up_to_now_is_shown_where_nothing_else_is_asked_for() -> None:
    assert parsed().bounds(NOW) == (NOW - timedelta(days=1), NOW)
    assert parsed(span="week").bounds(NOW) == (NOW - timedelta(days=7), NOW)
    assert parsed().end is None


@pytest.mark.parametrize(
    ("parameters", "begin", "end"),
    [
        ({"start_date": "2026-11-20"}, "2026-11-19 23:00:00", None),
        ({"start_time": "12:00"}, "2026-11-22 11:00:00", None),
        ({"start_time": "12:00", "end_date": "2026-11-20"}, "2026-11-20 11:00:00", "2026-11-20 22:59:59"),
        ({"end_date": "2026-11-20", "end_time": "12:00"}, None, "2026-11-20 11:00:59"),
        ({"start_date": "2026-11-20", "span": "6h"}, "2026-11-19 23:00:00", "2026-11-20 05:00:00"),
        ({"start": "1795368601", "end": "1795368700"}, "2026-11-22 17:30:01", "2026-11-22 17:31:40"),
        # summer time: an hour that is not there, and one that is there twice
        ({"start_date": "2026-03-29", "start_time": "02:30"}, "2026-03-29 01:30:00", None),
        ({"start_date": "2026-10-25", "start_time": "02:30"}, "2026-10-25 00:30:00", None),
        ({"start_date": "2026-10-25", "start_time": "02:30", "start_fold": "1"}, "2026-10-25 01:30:00", None),
        ({"start_date": "2026-10-25", "end_date": "2026-10-25"}, "2026-10-24 22:00:00", "2026-10-25 22:59:59"),
    ],
)
def test_times_are_in_the_sites_zone(parameters: dict[str, str], begin: str | None, end: str | None) -> None:
    request = parsed(curve_1="a", **parameters)
    told = [moment and f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (request.begin, request.end)]
    assert told == [begin, end]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"start_date": "2026-11-20", "end_date": "2026-11-19"}, "would end (2026-11-19 23:59) before it starts"),
        ({"start_date": "2026-12-20"}, "would end (now) before it starts (2026-12-20 00:00)"),
        ({"start_date": "20.11.2026"}, "start_date and start_time: '20.11.2026' is not a date such as"),
        ({"end_date": "2026-02-30"}, "end_date and end_time: '2026-02-30' is not a date"),
        ({"end_date": "0001-01-02", "span": "year"}, "end_date and end_time: there is no run before 1970"),
        ({"end_time": "25:00"}, "'25:00' is not a time such as 18:30"),
        ({"start": "yesterday"}, "start: 'yesterday' is not a number of seconds since 1970"),
        ({f"curve_{number}": "a" for number in range(200)}, "there are 200 curves; a plot may have 20"),
        ({f"filter_{number}": "a,b" for number in range(21)}, "there are 21 filters"),
        ({f"curve_1_filter_{number}": "a,b" for number in range(21)} | {"curve_1": "a"}, "there are 21 filters"),
        ({"curve_1": ",,running,"}, "curve_1: ',,running,' names no instance; write INSTANCE,TABLE,EXPRESSION,TITLE"),
        ({"curve_1": "a,,running +,"}, "curve_1: 'running +' is not an expression: invalid syntax at character 10"),
        ({"curve_1": "a,,running ** 2,"}, "curve_1: 'running ** 2' is not allowed"),
        ({"curve_1": "a,," + "1" * 1001}, "curve_1: the expression is longer than 1000 characters"),
        ({"curve_1": "a", "curve_1_rows": "median"}, "there is no 'median'; did you mean 'mean'?"),
        ({"filter_1": "pool"}, "filter_1: 'pool' is not a column and its value, such as pool,f01-032-105"),
        ({"width": "100000"}, "width=100000: expected is a whole number from 100 to 4000"),
        ({"height": "-5"}, "height=-5: expected"),
        ({"dpi": "1.5"}, "dpi=1.5: expected"),
        ({"dpi": "٣٠٠"}, "expected is a whole number"),
        ({"width": "4000", "height": "4000"}, "more than 8 million pixels"),
        ({"legend": "12"}, "legend=12: expected is a whole number from 0 to 11"),
        ({"legend": "left"}, "legend=left: expected"),
        ({"format": "gif"}, "format: there is no 'gif'; there are png, svg, pdf, json, csv"),
        ({"renormalize": "maybe"}, "renormalize=maybe: expected is 1 or 0"),
        ({"span": "fortnight"}, "span: 'fortnight' is none of hour, day, week, month, year, and no duration"),
        ({"span": "1e300d"}, "span: '1e300d' is not from 0 to 100 years"),
        ({"span": "1"}, "span: a plot shows 60 seconds at least"),
        ({"compare": "-1d"}, "compare: '-1d' is not from 0 to 100 years"),
        ({"title": "x" * 201}, "title is longer than 200 characters"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(parameters: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parsed(**parameters)
    assert sentence in str(caught.value)


def test_signs_that_nothing_can_store_or_draw_are_left_out() -> None:
    request = parsed(title="a\0\x1b[2Jb\ud800", curve_1="a\0b,,x,t\n", filter_1="pool,\0x")
    assert (request.title, request.filters[0].value) == ("a[2Jb", "x")
    assert (request.curves[0].instance, request.curves[0].title) == ("ab", "t")


words = st.text("abz,.-_ é$<&=", max_size=12).map(str.strip)
names = words.filter(bool).filter(lambda text: not text.endswith("\\"))
filters = st.builds(RowFilter, names.map(lambda text: text.replace(",", "").strip()).filter(bool), words, st.booleans())
in_order = st.lists(filters, max_size=3).map(lambda found: tuple(sorted(found, key=lambda entry: entry.exclude)))
curves = st.builds(
    CurveRequest,
    names,
    words,
    st.sampled_from(["", "running", "$a / ($a + ${b-c.d})", "max($a, 1) % 2"]),
    words,
    in_order,
    st.sampled_from(get_args(Aggregate)),
)
moments = st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
settings_of_images: dict[str, Any] = {
    "title": words,
    "ylabel": words,
    "legend": st.one_of(st.none(), st.integers(0, 11)),
    "renormalize": st.booleans(),
    "compare": st.integers(0, 10**8),
    "width": st.integers(100, 2000),
    "height": st.integers(100, 2000),
    "dpi": st.integers(50, 300),
    "dark": st.booleans(),
    "format": st.sampled_from(get_args(Format)),
    "full": st.booleans(),
}
requests = st.one_of(
    st.builds(
        PlotRequest,
        st.lists(curves, max_size=3).map(tuple),
        in_order,
        end=st.one_of(st.none(), moments),
        span=st.integers(60, 10**9),
        **settings_of_images,
    ),
    st.builds(
        lambda begin, seconds, **rest: PlotRequest(begin=begin, end=begin + timedelta(seconds=seconds), **rest),
        moments,
        st.integers(1, 10**8),
        **settings_of_images,
    ),
)


@settings(max_examples=300)
@given(requests)
def test_a_plot_survives_its_address(request: PlotRequest) -> None:
    """Also in the hour that summer time's end repeats, and with commas in every name."""
    assert parse_request(request_parameters(request, BERLIN), BERLIN, NOW) == request


def test_what_is_as_always_leaves_no_trace_in_the_address() -> None:
    request = parsed(curve_1="batch,,running", start_date="2026-11-20", start_time="06:00", end_time="12:00")
    assert request_parameters(request, BERLIN) == {
        "curve_1": "batch,,running,",
        "start_date": "2026-11-20",
        "start_time": "06:00",
        "end_date": "2026-11-22",
        "end_time": "12:00",
    }


PARAMETERS = (
    "curve_1 curve_1_rows curve_1_filter_x curve_ filter_1 span compare start start_date start_time end end_date"
    " end_time legend width format title full"
)


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(PARAMETERS.split()),
        st.one_of(st.text(max_size=20), st.text("0123456789-:,.ahdw", max_size=12)),
    )
)
def test_any_address_is_a_plot_or_a_sentence(parameters: dict[str, str]) -> None:
    try:
        begin, end = parse_request(parameters, BERLIN, NOW).bounds(NOW)
    except ValueError as error:
        told = str(error)
    else:
        told = "" if end <= begin else f"{begin} {end}"
    assert told
