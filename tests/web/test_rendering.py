"""Whole pages: what they say, where they lead, and what they never contain."""

import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from fake_views import (
    NODE_TABLE,
    NOW,
    RUN,
    SHARE,
    category,
    category_page,
    day,
    instance,
    overview,
    page,
    rated,
    rows,
    text_of,
    with_note,
)

from happyface.contract.columns import Column, Table
from happyface.model.outline import ModuleOutline
from happyface.model.results import SourceFact
from happyface.model.views import InstanceView, Trend
from happyface.rating.expressions import compile_expression
from happyface.web.pages.rendering import MOST_TROUBLE, Pages

PAST = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"' onload=x"
PAGES = Pages()


class Elements(HTMLParser):
    """The elements of a page: their names with their attributes. Fails where tags do not match."""

    VOID = frozenset({"meta", "link", "input", "img", "br", "use", "path", "circle", "rect"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def attributes(self, name: str) -> list[str]:
        """All values of one attribute."""
        return [value or "" for _, attributes in self.found for key, value in attributes.items() if key == name]


def hostile_instance(name: str, status: float) -> InstanceView:
    """An instance with something of everything, all of it hostile."""
    outline = {
        **dict.fromkeys(("title", "module", "short_title", "description", "instruction"), HOSTILE),
        "name": f"{HOSTILE}{name}",
        "sources": (HOSTILE,),
        "rules": {"critical": HOSTILE},
    }
    column = Column("text", "text", HOSTILE, description=HOSTILE)
    cells = [rated(SHARE, 0.6), rated(column, HOSTILE), rated(Column("f", "file", HOSTILE), f"{HOSTILE}.png")]
    return instance(
        status=status,
        category=HOSTILE,
        module=ModuleOutline(HOSTILE, HOSTILE, {"": Table("", "", (replace(SHARE, label=HOSTILE),))}),
        sentence=HOSTILE,
        since=RUN.time - timedelta(hours=1),
        cells=cells,
        rows=[rows(NODE_TABLE, [(HOSTILE, 0.6)], total=9)],
        facts=[SourceFact(HOSTILE, 9, HOSTILE, HOSTILE)],
        trends=[Trend(replace(SHARE, label=HOSTILE), [(RUN.time.timestamp() - 900, 0.1), (RUN.time.timestamp(), 0.6)])],
        outline=outline,
    )


@pytest.fixture(params=["overview", "trouble", "category", "instance", "content", "table", "fragment", "message"])
def hostile_page(request: pytest.FixtureRequest) -> str:
    """A page of each kind, of the past, with hostile texts wherever a text can be."""
    hostile = replace(category(HOSTILE, 0.0, HOSTILE, description=HOSTILE), sentence=HOSTILE)
    views = [hostile_instance(f"{status}", status) for status in (0.0, 0.5, 1.0, -1.0)]
    around = page(title=HOSTILE, logo=HOSTILE, documentation_url=HOSTILE, problems=(HOSTILE,), moment=PAST)
    given: dict[str, Any] = {"asked": PAST, "run": with_note(HOSTILE)}
    strips = {HOSTILE: day(1.0, 0.0, 0.5, sentence=HOSTILE)}
    made: dict[str, Callable[[], str]] = {
        "overview": lambda: PAGES.overview(overview(views, [hostile], strips, **given), around),
        "category": lambda: PAGES.category(category_page(*views, page_category=hostile, **given), around),
        "trouble": lambda: PAGES.trouble(overview(views, [hostile], strips, **given), around),
        "instance": lambda: PAGES.instance(views[0], around),
        "content": lambda: PAGES.instance_content(views[0], around),
        "table": lambda: PAGES.table_page(views[0], views[0].rows[0], around),
        "fragment": lambda: PAGES.table(views[0], views[0].rows[0], around),
        "message": lambda: PAGES.message(around, HOSTILE, [HOSTILE]),
    }
    return made[request.param]()


def test_hostile_texts_stay_texts(hostile_page: str) -> None:
    elements = Elements(hostile_page)
    assert all("src" in attributes for tag, attributes in elements.found if tag == "script")
    assert not elements.attributes("onload")
    assert "<script>" not in hostile_page


def test_nothing_that_the_content_security_policy_forbids(hostile_page: str) -> None:
    elements = Elements(hostile_page)
    assert not elements.attributes("style")
    assert not any(tag == "style" for tag, _ in elements.found)
    assert not [key for _, attributes in elements.found for key in attributes if key.startswith(("on", "hx-on"))]


def test_every_link_of_a_past_page_keeps_the_moment_or_leads_to_now(hostile_page: str) -> None:
    ours = [
        address
        for address in Elements(hostile_page).attributes("href")
        if address.startswith(("/category/", "/table/", "/instance/", "/trouble", "/?"))
    ]
    without = {address for address in ours if "date=2026-11-2" not in address}
    assert len(without) <= 1  # back to now


def test_links_of_the_past_keep_moment_and_step() -> None:
    views = [instance("a", 0.0, rows=[rows(NODE_TABLE, [], total=9)])]
    for html in (
        PAGES.overview(overview(views, strips={"phedex": day(1.0, 0.0)}, asked=PAST), page(step=60)),
        PAGES.category(category_page(*views, asked=PAST), page(step=60)),
    ):
        ours = [href for href in Elements(html).attributes("href") if href.startswith(("/category", "/table", "/?"))]
        back_to_now = {"/?s=01:00", "/category/phedex?s=01:00"}
        assert len(ours) > 5
        assert all("date=2026-11-2" in href and "s=01:00" in href for href in set(ours) - back_to_now)
        assert set(ours) & back_to_now


def test_trouble_first_in_a_sentence_with_its_place_and_time() -> None:
    view = instance("errors", 0.0, sentence="Failures 63 % (critical ≥ 50 %)", since=RUN.time - timedelta(hours=4))
    html = PAGES.overview(overview([view], [category(status=0.0, title="PhEDEx - Prod")]), page())
    said = text_of(html).replace("\u00a0", " ")
    assert "1 thing needs a look" in said
    assert "Errors PhEDEx - Prod since 14:30 · 4 h Failures 63 % (critical ≥ 50 %)" in said
    assert 'href="/category/phedex#errors"' in html
    assert "<title>1 thing needs a look · GridKa</title>" in html
    assert 'href="/static/faces/unhappy.svg"' in html


def test_all_is_well() -> None:
    html = PAGES.overview(overview(), page())
    assert "All is well" in text_of(html)
    assert "<li class=" not in html.partition('<section class="headline"')[2].partition("</section>")[0]


def test_the_rest_of_much_trouble_is_fetched_on_demand() -> None:
    html = PAGES.overview(overview([instance(f"i{n}", 0.0) for n in range(MOST_TROUBLE + 5)]), page())
    assert f"{MOST_TROUBLE + 5} things need a look" in text_of(html)
    assert "<summary>5 more</summary>" in html
    assert f"I{MOST_TROUBLE + 1}" not in html
    rest = html.partition('id="hf-rest"')[2]
    assert 'hx-get="/trouble"' in rest
    assert f'<a href="/trouble">Show all {MOST_TROUBLE + 5}</a>' in rest
    lists = PAGES.trouble_lists(overview([instance(f"i{n}", 0.0) for n in range(MOST_TROUBLE + 5)]), page())
    assert lists.partition('id="hf-rest-list"')[2].count("<li ") == 5
    whole = PAGES.trouble(overview([instance(f"i{n}", 0.0) for n in range(MOST_TROUBLE + 5)]), page())
    assert whole.count('<li class="unhappy">') == MOST_TROUBLE + 5


def test_a_note_on_the_run_folds_what_could_not_be_reached() -> None:
    views = [instance("bad", 0.0), *(instance(f"gone{n}", -1.0) for n in range(12))]
    html = PAGES.overview(overview(views, run=with_note("Nothing could be reached from this machine.")), page())
    said = text_of(html)
    assert "1 thing needs a look, 12 could not be looked at" in said
    assert "12 things could not be looked at" in said
    listed = html.partition('<ul class="trouble">')[2].partition("<details")[0]
    assert "gone1" not in listed
    assert html.count("Nothing could be reached from this machine.") == 2
    lists = PAGES.trouble_lists(overview(views, run=with_note("No network.")), page())
    assert lists.partition('id="hf-unreached-list"')[2].count("<li>") == 12


def test_without_a_note_the_unknown_are_listed_one_by_one() -> None:
    html = PAGES.overview(overview([instance("gone", -1.0, missing=True)]), page())
    assert "It had no result in this run." in text_of(html)


def test_the_past_is_marked_and_leads_back() -> None:
    html = PAGES.overview(overview(asked=PAST), page())
    assert "You are looking at <b>2026-11-22 03:00 CET</b>, 15 h 34 min ago." in html
    assert '<a href="/">Back to now</a>' in html
    assert "<title>2026-11-22 03:00 CET · All was well · GridKa</title>" in html


def test_a_moment_without_a_run_near_says_so() -> None:
    html = PAGES.overview(overview(asked=RUN.time + timedelta(hours=5)), page(now=NOW + timedelta(days=1)))
    assert "The newest run by then is of 18:30, 5 h earlier." in html


def test_before_the_first_run() -> None:
    html = PAGES.overview(overview(asked=PAST, before_first=True), page())
    assert "This is the first run, of <b>2026-11-22 18:30 CET</b>" in html


def test_happyface_is_not_an_oracle() -> None:
    asked = datetime(2027, 1, 1, tzinfo=UTC)
    html = PAGES.overview(overview(asked=asked, in_future=True), page())
    assert "HappyFace is not an oracle: <b>2027-01-01 01:00 CET</b> lies in the future." in html
    assert "You are looking at" not in html


def test_stale_data_is_marked() -> None:
    late = page(now=RUN.time + timedelta(hours=3))
    html = PAGES.overview(overview(), late)
    assert "The newest run is <b>3 h old</b>: acquisition seems to have stopped." in html
    assert "All was well" in text_of(html)
    assert "seems to have stopped" not in PAGES.overview(overview(), page())
    assert "seems to have stopped" not in PAGES.overview(overview(asked=PAST), late)


def test_problems_of_the_configuration_are_announced() -> None:
    html = PAGES.overview(overview(), page(problems=("a.cfg, line 3: no", "b.cfg, line 4: no")))
    assert "The configuration has 2 problems" in html
    assert "a.cfg, line 3: no" in html


def test_only_a_page_of_now_renews_itself() -> None:
    assert 'data-reload="300"' in PAGES.overview(overview(), page())
    assert "data-reload" not in PAGES.overview(overview(asked=PAST), page())
    assert "data-reload" not in PAGES.overview(overview(), page(reload_interval=0))


def machine_of(html: str) -> str:
    """The time machine's form."""
    return html.partition('<form class="time-machine"')[2].partition("</form>")[0]


def test_the_time_machine_works_without_a_script() -> None:
    form = machine_of(PAGES.category(category_page(asked=PAST, previous_change=PAST), page(step=20)))
    assert 'action="/category/phedex" method="get"' in form
    assert 'name="date" value="2026-11-22"' in form
    assert 'name="time" value="03:00"' in form
    assert '<option value="00:20" selected>20 min</option>' in form
    assert (
        'href="/category/phedex?date=2026-11-22&amp;time=03:00&amp;s=00:20" aria-label="To the previous change"' in form
    )


def test_a_step_back_leads_out_of_a_gap() -> None:
    """At 05:00, with the newest run of 03:00, the run before that one is a single step away."""
    run = replace(RUN, time=PAST)
    html = PAGES.overview(overview(asked=PAST + timedelta(hours=2), run=run), page())
    assert 'href="/?date=2026-11-22&amp;time=02:45" aria-label="15 min back"' in machine_of(html)
    assert 'href="/?date=2026-11-22&amp;time=05:15" aria-label="15 min forward"' in machine_of(html)


def test_a_step_forward_ends_at_now() -> None:
    html = PAGES.overview(overview(asked=NOW - timedelta(minutes=5)), page())
    assert 'href="/" aria-label="15 min forward"' in machine_of(html)
    assert "forward" not in machine_of(PAGES.overview(overview(), page()))


def test_there_is_no_step_back_before_the_first_run() -> None:
    assert "15 min back" not in machine_of(PAGES.overview(overview(asked=PAST, before_first=True), page()))


def test_the_repeated_hour_stays_chosen() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    run = replace(RUN, time=second)
    form = machine_of(PAGES.overview(overview(asked=second, run=run), page()))
    assert '<input type="hidden" name="fold" value="1">' in form
    assert "fold=1" not in machine_of(PAGES.overview(overview(asked=PAST), page()))


def test_the_category_bar_has_a_face_and_a_word_each() -> None:
    other = category("dcache", 0.0, "dCache")
    view = replace(category_page(), categories=[category(), other])
    html = PAGES.category(view, page())
    bar = html.partition('<nav class="bar"')[2].partition("</nav>")[0]
    assert 'aria-current="page" href="/category/phedex"' in bar
    assert re.search(r'href="/category/dcache"><svg class="face unhappy".*?</svg>dCache</a>', bar)


def test_quick_navigation_to_what_is_in_trouble() -> None:
    html = PAGES.category(category_page(instance("bad one", 0.0), instance("good")), page())
    chips = html.partition('aria-label="Modules in trouble"')[2].partition("</nav>")[0]
    assert 'href="#bad%20one"' in chips
    assert "good" not in chips
    assert "1 of 2 needs a look" in text_of(html)


def test_a_table_by_itself_leads_back_to_its_moment() -> None:
    view = instance()
    html = PAGES.table_page(view, rows(NODE_TABLE, [("DESY", 0.6)]), page(moment=PAST))
    assert '<a href="/category/phedex?date=2026-11-22&amp;time=03:00#errors">Back to the category</a>' in html
    fragment = PAGES.table(view, rows(NODE_TABLE, [("DESY", 0.6)]), page())
    assert fragment.startswith('<section class="rows" id="errors--node" data-first="0">')


def test_a_message_is_a_page() -> None:
    html = PAGES.message(page(), "There is no run yet", ["Start one."])
    assert "There is no run yet Start one. To the overview" in text_of(html)


def test_headings_are_in_order_and_ids_unique() -> None:
    views = [instance("a", 0.0, rows=[rows(NODE_TABLE, [("x", 0.6)])]), instance("b")]
    for html in (
        PAGES.overview(overview(views, strips={"phedex": day(1.0, 0.0)}), page()),
        PAGES.category(category_page(*views), page()),
    ):
        elements = Elements(html)
        levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
        ids = elements.attributes("id")
        assert len(ids) == len(set(ids))


def test_templates_and_expressions_are_read_by_many_threads_at_once() -> None:
    """Python's parser fails in one of several threads now and then, most of all when they are switched often."""

    def read() -> None:
        for _ in range(5):
            Pages()
            for number in range(40):
                compile_expression(f"{number} + 2 * (3 - 4) > 5 and not 6 < 7 or (8 + 9) * 10 == 11", {})

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            for done in [threads.submit(read) for _ in range(8)]:
                done.result()
    finally:
        sys.setswitchinterval(interval)
