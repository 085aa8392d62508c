"""Values, times, strips and drawings as a shifter reads them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fake_views import BERLIN, NODE_TABLE, NOW, RUN, SHARE, category, day, instance, page, rated, rows
from markupsafe import escape

from happyface.contract.columns import Cell, Column, Kind, Table
from happyface.contract.limits import Above
from happyface.model.views import RowsView, StripCell
from happyface.web.cells import prose, writer
from happyface.web.faces import WORDS, drawn, site_face, sprite
from happyface.web.links import Links
from happyface.web.present import Present, headline
from happyface.web.sparkline import sparkline
from happyface.web.strips import MOST_CELLS, strips
from happyface.web.tables import count
from happyface.web.times import Clock

CLOCK = Clock(BERLIN, NOW, RUN.time)
LINKS = Links("", BERLIN)
SHOW = Present(page(), LINKS, CLOCK)
HOSTILE = "<script>alert(1)</script>\"' onload=x"


@pytest.mark.parametrize(
    ("kind", "unit", "value", "written"),
    [
        ("number", "share", 0.631, "63.1 %"),
        ("number", "bytes", 1.2e12, "1.2 TB"),
        ("integer", "", 412, "412"),
        ("number", "<b>", 3, "3 &lt;b&gt;"),
        ("flag", "", True, "yes"),
        ("flag", "", False, "no"),
        ("time", "", 1795368600.0, "2026-11-22 18:30"),
        ("time", "", 1e30, "1e+30"),
        ("text", "", "a < b", "a &lt; b"),
        ("text", "", "javascript:alert(1)", "javascript:alert(1)"),
        ("text", "", "see https://a.example/", "see https://a.example/"),
        ("text", "", "http://", "http://"),
        ("text", "", "https://[", "https://["),
        ("number", "", "not a number", "not a number"),
    ],
)
def test_a_value_is_written_for_people(kind: Kind, unit: str, value: Cell, written: str) -> None:
    assert writer(Column("c", kind, "C", unit), LINKS, CLOCK)(value) == written


@pytest.mark.parametrize("kind", ["number", "integer", "flag", "text", "time", "file"])
def test_what_is_not_known_is_a_dash_and_said(kind: Kind) -> None:
    written = writer(Column("c", kind, "C"), LINKS, CLOCK)(None)
    assert "—" in written
    assert "not known" in written


def test_an_address_becomes_a_link_that_tells_nothing_about_us() -> None:
    written = writer(Column("c", "text", "C"), LINKS, CLOCK)("https://a.example/?x=1&y='2'")
    assert written == escape("https://a.example/?x=1&y='2'")  # a quote is in no address that we make a link of
    written = writer(Column("c", "text", "C"), LINKS, CLOCK)("https://a.example/?x=1&y=2")
    assert 'href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer"' in written


def test_a_file_that_is_no_picture_is_a_link() -> None:
    written = writer(Column("c", "file", "C"), LINKS, CLOCK)("2026/11/22/02/15/log <1>.txt")
    assert written == '<a href="/static/archive/2026/11/22/02/15/log%20%3C1%3E.txt">log &lt;1&gt;.txt</a>'


def test_prose_links_addresses_and_nothing_else() -> None:
    written = prose(f"Open a ticket (https://ggus.example/new?a=1&b=2). {HOSTILE}")
    assert '(<a href="https://ggus.example/new?a=1&amp;b=2" rel="noopener noreferrer">' in written
    assert "</a>). &lt;script&gt;" in written
    assert prose("<b>plain</b>") == "&lt;b&gt;plain&lt;/b&gt;"


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(hours=4, minutes=30), "since 14:00 · 4 h 30 min"),
        (timedelta(days=1, hours=4, minutes=30), "since 2026-11-21 14:00 · 1 d 4 h"),
        (timedelta(0), "since 18:30"),
    ],
)
def test_since(back: timedelta, said: str) -> None:
    assert CLOCK.since(RUN.time - back) == said


def test_since_is_silent_where_it_is_not_known() -> None:
    assert CLOCK.since(None) == ""


def test_the_zone_is_named_where_summer_time_ends() -> None:
    clock = Clock(BERLIN, NOW, datetime(2026, 10, 25, 2, 0, tzinfo=UTC))
    assert clock.since(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "since 02:30 CEST · 1 h 30 min"
    assert clock.since(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "since 02:30 · 30 min"
    assert clock.full(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "2026-10-25 02:30 CEST"


@pytest.mark.parametrize(
    ("seconds", "said"), [(240, "4 min ago"), (20, "just now"), (-20, "just now"), (-7200, "in 2 h")]
)
def test_ago(seconds: float, said: str) -> None:
    assert CLOCK.ago(NOW - timedelta(seconds=seconds)) == said


def test_faces_differ_in_shape_and_have_a_word() -> None:
    shapes = re.findall(r'<symbol id="face-(\w+)" viewBox="0 0 32 32">(.*?)</symbol>', sprite())
    assert [name for name, _ in shapes] == list(WORDS)
    assert len({shape for _, shape in shapes}) == len(WORDS)
    assert 'aria-label="no information"' in drawn("noinfo")
    assert 'aria-hidden="true"' in drawn("noinfo", "")


def test_the_site_wears_the_face_of_its_worst_category() -> None:
    assert site_face([category(status=1.0), category(status=0.5)]) == "neutral"
    assert site_face([category(status=1.0), category(status=-1)]) == "happy"
    assert site_face([category(status=-1)]) == "noinfo"
    assert site_face([category(status=1.0), category(status=0.0, type="plots")]) == "happy"
    assert site_face([]) == "noinfo"


def test_a_strip_has_one_cell_a_run_and_a_gap_where_none_was() -> None:
    cells = [cell for cell in day() if not 40 <= day().index(cell) < 44]
    drawn_strips = strips([category()], {"phedex": cells}, LINKS, CLOCK)
    html = drawn_strips.cells["phedex"]
    assert html.count("<a ") == 92
    assert html.count("<i></i>") == 4
    assert drawn_strips.hours.count("<i>") == 96


def test_a_cell_leads_to_its_moment_and_tells_it() -> None:
    cell = StripCell(RUN.time, 0.0, HOSTILE)
    html = strips([category("a & b")], {"a & b": [cell]}, Links("", BERLIN, step=60), CLOCK).cells["a & b"]
    assert 'href="/category/a%20%26%20b?date=2026-11-22&amp;time=18:30&amp;s=01:00"' in html
    assert f'title="18:30 CET: unhappy, {escape(HOSTILE)}"' in html
    assert 'class="u"' in html


def test_a_young_category_starts_late_on_the_same_axis() -> None:
    both = strips([category("old"), category("new")], {"old": day(), "new": day(count=3)}, LINKS, CLOCK)
    assert both.cells["new"].count("<i></i>") == 93
    assert both.cells["old"].count("<i></i>") == 0


def test_hours_stand_above_their_cells() -> None:
    hours = strips([category()], {"phedex": day()}, LINKS, CLOCK).hours
    labels = re.findall(r"<b[^>]*>(\d\d:00)</b>", hours)
    assert labels == ["21:00", "00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00"]


def test_too_many_runs_are_shown_by_their_worst() -> None:
    cells = [StripCell(RUN.time - timedelta(minutes=back), 0.0 if back == 700 else 1.0) for back in range(1439, -1, -1)]
    drawn_strips = strips([category()], {"phedex": cells}, LINKS, CLOCK)
    assert drawn_strips.cells["phedex"].count("<a ") <= MOST_CELLS + 1
    assert drawn_strips.cells["phedex"].count('class="u"') == 1
    assert drawn_strips.dense


def test_a_site_without_runs_has_empty_strips() -> None:
    assert strips([category()], {}, LINKS, CLOCK).cells["phedex"] == ""


def points(*values: float | None) -> list[tuple[float, float | None]]:
    """A trend of one value every 15 minutes, up to the run."""
    return [(RUN.time.timestamp() - 900 * back, value) for back, value in enumerate(reversed(values))][::-1]


def test_a_sparkline_shows_its_limits_and_speaks() -> None:
    html = sparkline(instance(trend=points(0.2, 0.3, 0.6), main=SHARE))
    assert 'class="limit neutral"' in html
    assert 'class="limit unhappy"' in html
    assert "Failures in the last 24 hours: from 20 % to 60 %, at the end 60 %, warning at 25 %" in html


def test_a_sparkline_takes_the_limits_of_the_configuration() -> None:
    view = instance(trend=points(0.2, 0.3), main=SHARE, outline={"limits": {"": {"share": Above(critical=0.4)}}})
    assert "warning" not in sparkline(view)
    assert "critical at 40 %" in sparkline(view)


def test_a_sparkline_breaks_where_nothing_is_known() -> None:
    curve = sparkline(instance(trend=points(1, 2, 1, *[None] * 9, 2, 1), main=SHARE)).partition("curve")[2]
    assert curve.count("M") == 2


@pytest.mark.parametrize("values", [(), (1.0,), (None, None)])
def test_no_curve_no_drawing(values: tuple[float | None, ...]) -> None:
    assert not SHOW.sparkline(instance(trend=points(*values), main=SHARE))


@pytest.mark.parametrize("values", [(0.0, 0.0), (5.0, 5.0), (-3.0, -3.0), (1e300, -1e300)])
def test_a_flat_or_steep_curve_is_drawn_inside(values: tuple[float, ...]) -> None:
    html = sparkline(instance(trend=points(*values), main=replace(SHARE, limits=Above(critical=1.0))))
    assert all(0 <= float(y) <= 48 for y in re.findall(r"[ML][\d.]+ ([-\d.]+)", html.partition("curve")[2]))


def test_values_at_fault_are_marked_with_their_reason() -> None:
    cells = [rated(SHARE, 0.631), rated(SHARE, 0.1), rated(replace(SHARE, label=HOSTILE), None)]
    html = SHOW.values(instance(cells=cells))
    assert html.count("at-fault") == 1
    assert 'class="value at-fault unhappy"' in html
    assert '<dd class="reason">critical ≥ 50 %</dd>' in html
    assert "<script" not in html


def test_pictures_have_a_place_and_words() -> None:
    cell = rated(Column("plot", "file", 'Transfer "quality"'), "2026/11/22/02/15/q.png")
    html = SHOW.body(instance(cells=[cell]))
    assert 'src="/static/archive/2026/11/22/02/15/q.png"' in html
    assert 'alt="Transfer &#34;quality&#34;, Errors"' in html
    assert "values" not in html


def test_rows_at_fault_are_marked_in_words_too() -> None:
    html = SHOW.table(instance(), rows(NODE_TABLE, [("DESY", 0.6), ("RWTH", 0.3), ("KIT", 0.1)]))
    assert html.count("<tr class=") == 2
    assert '<tr class="unhappy"><th scope="row"><span class="said">critical: </span>DESY</th>' in html
    assert '<b class="neutral" title="warning ≥ 25 %">30 %</b>' in html
    assert '<small class="limit">warning ≥ 25 %</small><small class="limit">critical ≥ 50 %</small>' in html


def test_numbers_carry_what_a_script_sorts_by() -> None:
    table = Table("t", "T", (Column("name", "text", "Name"), Column("size", "number", "Size", "bytes")))
    html = SHOW.table(instance(), rows(table, [("a", 2e12), ("b", None)]))
    assert '<td class="number" data-sort="2000000000000">2 TB</td>' in html
    assert '<td class="number" data-sort="">' in html


def test_hostile_rows_stay_text() -> None:
    table = Table("t", HOSTILE, (Column("name", "text", HOSTILE, description=HOSTILE),))
    html = SHOW.table(instance(outline={"name": HOSTILE}), rows(table, [(HOSTILE,)], total=9))
    assert "<script" not in html
    assert "' onload" not in html


def test_a_large_table_is_loaded_on_demand_with_a_plain_link() -> None:
    html = SHOW.table(instance(), rows(NODE_TABLE, [("DESY", 0.6)], total=31))
    assert '<a href="/table/errors/7/node" hx-get="/table/errors/7/node"' in html
    assert "Show all 31 rows" in html


@pytest.mark.parametrize(
    ("values", "total", "said"),
    [
        ([("DESY", 0.6)], 31, "1 of 31, worst first"),
        ([("DESY", 0.1)], None, "1"),
        ([], 31, "31"),
        ([], 0, "none"),
    ],
)
def test_how_many_rows(values: list[tuple[Cell, ...]], total: int | None, said: str) -> None:
    assert count(rows(NODE_TABLE, values, total)) == said


def test_limits_are_told_by_what_they_are_about() -> None:
    assert SHOW.limits(instance()) == [
        ("Failures", "warning ≥ 25 %, critical ≥ 50 %"),
        ("Nodes, Failures", "warning ≥ 25 %, critical ≥ 50 %"),
    ]
    assert SHOW.limits(instance(module=None)) == []


@pytest.mark.parametrize(
    ("looks", "unreached", "known", "past", "said"),
    [
        (4, 0, True, False, "4 things need a look"),
        (1, 0, True, False, "1 thing needs a look"),
        (4, 0, True, True, "4 things needed a look"),
        (2, 12, True, False, "2 things need a look, 12 could not be looked at"),
        (0, 12, True, False, "12 things could not be looked at"),
        (0, 0, True, False, "All is well"),
        (0, 0, True, True, "All was well"),
        (0, 0, False, False, "Nothing is known"),
    ],
)
def test_the_headline(looks: int, unreached: int, known: bool, past: bool, said: str) -> None:
    assert headline(looks, unreached, known, past) == said


def test_limits_are_not_torn_apart_at_the_end_of_a_line() -> None:
    assert SHOW.sentence("63 % (critical ≥ 50 %)") == "63\u00a0% (critical ≥\u00a050\u00a0%)"


def test_rows_that_are_pictures_are_shown_as_pictures_with_their_captions() -> None:
    columns = [Column(name, "text", name) for name in ("name", "caption")] + [Column("image", "file", "image")]
    table = Table("image", "Plots", tuple(columns))
    values = [("a", "Power & <light>", "2026/11/23/02/15/x-1-a.png"), ("b", "Missing", None)]
    cells = [[rated(column, value) for column, value in zip(columns, row, strict=True)] for row in values]
    html = SHOW.tables(instance(rows=[RowsView(table, cells, 2)]))
    assert '<img src="/static/archive/2026/11/23/02/15/x-1-a.png"' in html
    assert "Power &amp; &lt;light&gt;" in html
    assert "Missing" in html
    assert "<table" not in html
