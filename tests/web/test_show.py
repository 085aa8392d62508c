"""Values, times and tables as a shifter reads them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fake_views import BERLIN, NODE_TABLE, NOW, RUN, SHARE, category, instance, rated, rows
from markupsafe import escape

from happyface.contract.columns import Cell, Column, ColumnKind, Table
from happyface.contract.limits import Above
from happyface.contract.states import State
from happyface.model.views import RatedCell, RowsView
from happyface.web.pages.cells import formatter, prose
from happyface.web.pages.faces import WORDS, draw_face, site_face, sprite
from happyface.web.pages.links import Links
from happyface.web.pages.sentences import headline
from happyface.web.pages.show import Show
from happyface.web.pages.tables import PAGE, describe_count, draw_table
from happyface.web.pages.times import Clock

CLOCK = Clock(BERLIN, NOW, RUN.time)
LINKS = Links("", BERLIN)
SHOW = Show(LINKS, CLOCK)
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
        ("time", "", 1e30, "1e+30"),
        ("text", "", "a < b", "a &lt; b"),
        ("text", "", "javascript:alert(1)", "javascript:alert(1)"),
        ("text", "", "see https://a.example/", "see https://a.example/"),
        ("text", "", "http://", "http://"),
        ("text", "", "https://[", "https://["),
        ("number", "", "not a number", "not a number"),
    ],
)
def test_a_value_is_written_for_people(kind: ColumnKind, unit: str, value: Cell, written: str) -> None:
    assert formatter(Column("c", kind, "C", unit), LINKS, CLOCK)(value) == written


@pytest.mark.parametrize("kind", ["number", "integer", "flag", "text", "time", "file"])
def test_what_is_not_known_is_a_dash_and_said(kind: ColumnKind) -> None:
    written = formatter(Column("c", kind, "C"), LINKS, CLOCK)(None)
    assert "—" in written
    assert "not known" in written


def test_an_address_becomes_a_link_that_tells_nothing_about_us() -> None:
    written = formatter(Column("c", "text", "C"), LINKS, CLOCK)("https://a.example/?x=1&y='2'")
    assert written == escape("https://a.example/?x=1&y='2'")  # a quote is in no address that we make a link of
    written = formatter(Column("c", "text", "C"), LINKS, CLOCK)("https://a.example/?x=1&y=2")
    assert 'href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer"' in written


def test_a_file_that_is_no_picture_is_a_link() -> None:
    written = formatter(Column("c", "file", "C"), LINKS, CLOCK)("2026/11/22/02/15/log <1>.txt")
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
    assert 'aria-label="no information"' in draw_face("noinfo")
    assert 'aria-hidden="true"' in draw_face("noinfo", "")


def test_the_site_wears_the_face_of_its_worst_category() -> None:
    assert site_face([category(status=1.0), category(status=0.5)]) == "neutral"
    assert site_face([category(status=1.0), category(status=-1)]) == "happy"
    assert site_face([category(status=-1)]) == "noinfo"
    assert site_face([category(status=1.0), category(status=0.0, type="plots")]) == "happy"
    assert site_face([]) == "noinfo"


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
    assert '<tr class="unhappy"><th scope="row"><span class="sr-only">critical: </span>DESY</th>' in html
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
        ([("DESY", 0.1)], 5000, "1 of 5\u202f000"),
    ],
)
def test_how_many_rows(values: list[tuple[Cell, ...]], total: int | None, said: str) -> None:
    assert describe_count(rows(NODE_TABLE, values, total)) == said


def test_a_page_of_many_rows_says_which_and_leads_to_those_before_and_after() -> None:
    middle = replace(rows(NODE_TABLE, [("DESY", 0.1)] * PAGE, total=900), first=400)
    html = draw_table(instance(), middle, LINKS, CLOCK, paged=True)
    assert f"401 to {400 + PAGE} of 900" in html
    assert '<a href="/table/errors/7/node?first=200"' in html
    assert '<a href="/table/errors/7/node?first=600"' in html
    assert 'data-first="400"' in html
    last = replace(rows(NODE_TABLE, [("DESY", 0.1)], total=201), first=200)
    assert "next" not in draw_table(instance(), last, LINKS, CLOCK, paged=True)


def test_rows_in_the_order_of_their_module_are_not_called_worst_first() -> None:
    assert describe_count(replace(rows(NODE_TABLE, [("DESY", 0.6)]), in_order=True)) == "1"


DOOR = Table(
    "door",
    "Doors",
    (
        Column("name", "text", "Name"),
        Column("state", "state", "State"),
        Column("reason", "text", "Why", detail=True),
        Column("secret", "text", "Secret", hidden=True),
        Column("page", "text", "Page", link="name"),
    ),
)


def door(name: str = "door1", reason: str = "power", page: str = "https://doors.example/1") -> str:
    """The table of one door."""
    values = (name, State.critical("down"), reason, "hidden away", page)
    cells = [RatedCell(column, value, -1.0) for column, value in zip(DOOR.columns, values, strict=True)]
    cells[1] = RatedCell(DOOR.columns[1], values[1], 0.0)
    return SHOW.table(instance(), RowsView(DOOR, [cells], 1))


def test_a_row_with_details_unfolds_and_one_without_does_not() -> None:
    html = door()
    assert '<details class="row"><summary>' in html
    assert "<dt>Why</dt><dd>power</dd>" in html
    assert html.count("<th scope") == 3  # two heads, and the row's own
    assert "<details" not in door(reason="")


def test_a_hidden_column_is_nowhere() -> None:
    assert "hidden away" not in door()
    assert "Secret" not in door()
    cells = [RatedCell(DOOR.columns[3], "hidden away", -1.0)]
    assert "hidden away" not in SHOW.values(instance(cells=cells))


def test_a_name_leads_to_its_address() -> None:
    assert '<a href="https://doors.example/1" rel="noopener noreferrer">door1</a>' in door()
    assert door().count("doors.example") == 1
    assert "&lt;b&gt;</a>" in door(name="<b>")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "", "//evil.example", "https://[", "data:text/html,x"])
def test_what_is_no_address_of_the_web_is_no_link(address: str) -> None:
    assert "<a " not in door(page=address)


def test_a_value_leads_to_its_address_too() -> None:
    columns = (Column("node", "text", "Node"), Column("page", "text", "Page", link="node"))
    cells = [
        RatedCell(column, value, -1.0) for column, value in zip(columns, ("n1", "https://n.example/"), strict=True)
    ]
    html = SHOW.values(instance(cells=cells))
    assert '<dd><a href="https://n.example/" rel="noopener noreferrer">n1</a></dd>' in html
    assert "Page" not in html


def test_a_word_has_the_colour_of_its_own_status() -> None:
    assert '<b class="unhappy" title="">down</b>' in door()


@pytest.mark.parametrize(
    ("hours", "written"), [(3.25, "3 h 15 min ago"), (0, "just now"), (-2, "in 2 h"), (50, "2 d 2 h ago")]
)
def test_a_time_is_written_as_its_age_at_the_run_with_the_moment_at_hand(hours: float, written: str) -> None:
    seconds = (RUN.time - timedelta(hours=hours)).timestamp()
    html = formatter(Column("c", "time", "C"), LINKS, CLOCK)(seconds)
    assert f">{written}</time>" in html
    assert f'title="{CLOCK.full(RUN.time - timedelta(hours=hours))}"' in html


def test_limits_of_ages_stand_in_the_head_as_durations() -> None:
    limits = replace(Above(warning=900), age=True)
    table = Table("t", "T", (Column("seen", "time", "Seen", limits=limits),))
    html = SHOW.table(instance(), RowsView(table, [[RatedCell(table.columns[0], RUN.time.timestamp(), 1.0)]], 1))
    assert '<small class="limit">warning ≥ 15 min</small>' in html


def test_one_of_a_unit_is_written_as_one() -> None:
    write = formatter(Column("c", "integer", "C", "node|nodes"), LINKS, CLOCK)
    assert (write(1), write(2)) == ("1 node", "2 nodes")


def test_limits_are_told_by_what_they_are_about() -> None:
    assert SHOW.limits(instance()) == [
        ("Failures", "warning ≥ 25 %, critical ≥ 50 %"),
        ("Nodes, Failures", "warning ≥ 25 %, critical ≥ 50 %"),
    ]
    assert SHOW.limits(instance(module=None)) == []


@pytest.mark.parametrize(
    ("trouble", "unreached", "known", "past", "said"),
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
def test_the_headline(trouble: int, unreached: int, known: bool, past: bool, said: str) -> None:
    assert headline(trouble, unreached, known, past) == said


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
