"""Addresses: the moment is in all of them, and comes back from them as the very same moment."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from fake_views import BERLIN, NOW
from hypothesis import given
from hypothesis import strategies as st

from happyface.model.local_time import moved, parse_moment, parse_seconds
from happyface.web.pages.links import Links, format_step, parse_step

PAST = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def test_every_link_keeps_the_moment() -> None:
    links = Links("/gridka", BERLIN, PAST, 60)
    kept = "date=2026-11-22&time=03:00&s=01:00"
    assert links.overview() == f"/gridka/?{kept}"
    assert links.category("PhEDEx - Prod", "a/b") == f"/gridka/category/PhEDEx%20-%20Prod?{kept}#a%2Fb"
    assert links.table("errors", 7, "node") == f"/gridka/table/errors/7/node?{kept}"
    assert links.table("errors", 7, "node", 200) == f"/gridka/table/errors/7/node?first=200&{kept}"
    assert links.instance("a/b", 7) == f"/gridka/instance/a%2Fb/7?{kept}"
    assert links.trouble() == f"/gridka/trouble?{kept}"
    assert links.feed() == f"/gridka/?action=getxml&{kept}"


def test_plots_of_the_past_end_at_its_moment() -> None:
    links = Links("/x", BERLIN, PAST)
    end = "span=day&end_date=2026-11-22&end_time=03:00"
    assert links.plot("a,b", columns=("free",)) == f"/x/plot/time/?curve_1=a%5C%2Cb,,$free,&{end}"
    assert links.at(None).plot("a") == "/x/plot/time/?curve_1=a,,,"
    both = links.at(None).plot("a", "pool", ("free", "size"), ("name", "p & q"))
    assert both == (
        "/x/plot/time/?curve_1=a,pool,$free,&curve_2=a,pool,$size,"
        "&curve_1_filter_1=name,p%20%26%20q&curve_2_filter_1=name,p%20%26%20q"
    )


@pytest.mark.parametrize(
    ("hours", "query"),
    [
        (0.25, "span=1h"),
        (30, "start_date=2026-11-20&start_time=21:00"),
        (300, "start_date=2026-11-09&start_time=15:00&end_date=2026-11-16&end_time=15:00"),
    ],
)
def test_what_moved_since_a_trouble_began_is_of_an_hour_at_least_and_of_a_week_at_most(
    hours: float, query: str
) -> None:
    since, links = PAST - timedelta(hours=hours), Links("/x", BERLIN)
    assert links.moved_since("a&b", since, PAST) == f"/x/plot/moved/?near=a%26b&{query}"
    in_the_past = links.at(PAST).moved_since("a", since, PAST + timedelta(days=99))
    end = "" if "end_date" in query else "&end_date=2026-11-22&end_time=03:00"
    assert in_the_past == f"/x/plot/moved/?near=a&{query}{end}"


def test_without_a_plot_generator_nothing_leads_to_plots() -> None:
    links = Links("", BERLIN, plots=False)
    assert (links.plot("a"), links.plots_page(), links.moved_since("a", PAST, NOW)) == ("", "", "")


def test_now_and_the_usual_step_leave_no_trace() -> None:
    links = Links("", BERLIN)
    assert (links.overview(), links.category("a"), links.feed()) == ("/", "/category/a", "/?action=getxml")
    assert links.at(PAST).at(None) == links


def test_other_addresses() -> None:
    links = Links("/x", BERLIN, version="abc")
    assert links.ajax("a b", 7) == "/x/ajax/a%20b/7"
    assert links.archive("2026/11/22/02/15/a #1.png") == "/x/static/archive/2026/11/22/02/15/a%20%231.png"
    assert links.static("bundle/happyface.js") == "/x/static/bundle/happyface.js?v=abc"


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_a_moment_survives_its_address(moment: datetime) -> None:
    """Also in the hour that summer time's end repeats."""
    moment = moment.replace(second=0, microsecond=0)
    parameters = Links("", BERLIN, moment).parameters
    assert parse_moment(**parameters, zone=BERLIN, now=NOW) == moment


def test_the_repeated_hour_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert Links("", BERLIN, first).query == "?date=2026-10-25&time=02:30"
    assert Links("", BERLIN, second).query == "?date=2026-10-25&time=02:30&fold=1"


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("", "", None),
        ("2026-11-22", "03:00", PAST),
        ("20261122", "0300", PAST),
        (" 2026-11-22 ", "3:00", PAST),
        ("2026-11-22", "03:00:59", PAST),
        ("", "03:00", PAST),
        ("2026-11-21", "", datetime(2026, 11, 21, 22, 59, tzinfo=UTC)),
        ("2026-11-22", "", None),
        ("2027-01-01", "03:00", datetime(2027, 1, 1, 2, 0, tzinfo=UTC)),
    ],
)
def test_what_an_address_asks_for(date: str, time: str, expected: datetime | None) -> None:
    assert parse_moment(date, time, BERLIN, NOW) == expected


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("22.11.2026", ""),
        ("2026-13-01", ""),
        ("", "25:00"),
        ("", "noon"),
        ("0001-01-01", "00:00"),
        ("9999-12-31", ""),
        ("\uff12026-11-22", ""),
    ],
)
def test_what_is_no_moment_is_said_so(date: str, time: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (date|time) such as|no page for the year"):
        parse_moment(date, time, BERLIN, NOW)


@pytest.mark.parametrize(
    ("text", "minutes"), [("00:15", 15), ("01:30", 90), ("168:00", 10080), ("", 15), ("00:00", 15), ("x", 15)]
)
def test_the_width_of_a_step(text: str, minutes: int) -> None:
    assert parse_step(text) == minutes


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (str(int(PAST.timestamp())), PAST),
        (str(int(PAST.timestamp()) + 59), PAST),
        ("", None),
        ("-1", None),
        ("1e9", None),
        ("9" * 30, None),
        ("\u0661", None),
    ],
)
def test_a_moment_in_seconds(text: str, moment: datetime | None) -> None:
    assert parse_seconds(text) == moment


def test_a_step_is_written_as_it_is_read() -> None:
    assert all(parse_step(format_step(minutes)) == minutes for minutes in (1, 59, 60, 1440, 10080))


def test_no_step_leads_out_of_the_calendar() -> None:
    last = datetime(9999, 12, 29, tzinfo=timezone(timedelta(hours=1)))
    assert moved(last, timedelta(days=9)) == last
    assert moved(NOW, timedelta(days=-1)) == NOW - timedelta(days=1)
