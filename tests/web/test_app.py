"""The application through WSGI, with no socket: addresses, parameters, feeds, errors, access."""

import gzip
import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import cherrypy
import pytest
import sqlalchemy as sa

from happyface.acquire.run import cycle
from happyface.model.access import Reader
from happyface.site.live import LiveSite
from happyface.web.app import create_app
from making import PROBE

NOON = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
"""Twelve o'clock in Berlin."""
SITE = "[happyface]\ntimezone = Europe/Berlin\n[template]\nweb_title = GridKa & friends\n"
INSTANCES = """
[good]
module = probe
source = good.json
name = Good <one>
[bad]
module = probe
source = bad.json
instruction = See https://example.org/what-to-do first.
[gone]
module = probe
source = gone.json
[garbage]
module = probe
source = garbage.html
[secret]
module = probe
source = bad.json
access = restricted
[table]
module = rows
[unsaid]
module = probe
source = good.json
type = unrated
[hidden_one]
module = probe
source = bad.json
"""
CATEGORIES = """
[first]
name = First & best
modules = good, bad, gone, garbage
[second]
modules = secret, table, unsaid
[hidden]
access = restricted
modules = hidden_one
"""
ROWS = """
from happyface import Module, Result, Above, column

class Rows(Module):
    "Many rows."
    class Data(Module.Data):
        count: int
    class Node(Module.Row, counts=False):
        name: str
        load: float = column(limits=Above(critical=99))
    def extract(self) -> Result:
        return Result(self.Data(count=100), [self.Node(name=f"node{n:02}", load=n) for n in range(100)])
"""


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """The text with plain spaces in its sentences."""
        return self.text.replace("\u00a0", " ")


class Client:
    """A visitor without a socket."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, address: str, **headers: str) -> Answer:
        path, _, query = address.partition("?")
        environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": io.BytesIO()}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        setup_testing_defaults(environ)
        found: list[Any] = []
        parts = self.app(environ, lambda status, headers, exc_info=None: found.extend((status, headers)))
        body = b"".join(parts)
        parts.close()
        message = Message()
        for name, value in found[1]:
            message[name] = value
        return Answer(int(found[0].split()[0]), message, body)


def write_site(root: Path) -> Path:
    """The site of these tests."""
    files = {
        "config/site.cfg": SITE,
        "config/categories-enabled/all.cfg": CATEGORIES,
        "config/modules-enabled/all.cfg": INSTANCES,
        "modules/rows.py": ROWS,
        "modules/probe.py": PROBE,
        "good.json": '{"value": 1}',
        "bad.json": '{"value": 1}',
        "garbage.html": "<html><script>alert(1)</script>",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveSite]:
    """A site without any run."""
    found = LiveSite(write_site(tmp_path), patience=0)
    yield found
    found.close()


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A visitor of a site with three runs; in the first everything was well. To be read only."""
    live = LiveSite(write_site(tmp_path_factory.mktemp("site")))
    for number, value in enumerate((1, 50, 50)):
        (live.root / "bad.json").write_text(json.dumps({"value": value}))
        cycle(live.site, live.store, NOON + number * timedelta(minutes=15))
    yield Client(create_app(live))
    live.close()


def test_before_any_run_every_page_says_so(live: LiveSite) -> None:
    empty = Client(create_app(live))
    for address in ("/", "/category/first"):
        answer = empty(address)
        assert answer.status == 200
        assert "There is no run yet" in answer.text
    assert ElementTree.fromstring(empty("/?action=getxml").body).tag == "happyface"
    assert empty("/healthz").status == 503


def test_overview_names_what_is_bad_against_which_limit(ask: Client) -> None:
    text = ask("/").text
    assert "Value 50 (critical ≥ 10)" in text
    assert "First &amp; best" in text


def test_overview_at_a_moment_shows_that_moment(ask: Client) -> None:
    then = ask("/?date=2026-07-01&time=12:00").text
    assert "Value 50" not in then.split('id="hf-day"')[0]
    assert "Value 50" in ask("/?date=2026-07-01&time=12:15").text


def test_the_moment_is_kept_in_links(ask: Client) -> None:
    assert "/category/second?date=2026-07-01&amp;time=12:15" in ask("/category/first?date=2026-07-01&time=12:15").text


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/?date=2999-01-01&time=10:00", "HappyFace is not an oracle"),
        ("/?date=1999-01-01&time=10:00", "This is the first run"),
        ("/category/first?date=2999-01-01&time=10:00", "HappyFace is not an oracle"),
        ("/category/first?date=1999-01-01&time=10:00", "This is the first run"),
    ],
)
def test_moments_without_a_run_say_what_is_shown_instead(ask: Client, address: str, sentence: str) -> None:
    answer = ask(address)
    assert answer.status == 200
    assert sentence in answer.text


@pytest.mark.parametrize("query", ["date=banana", "date=2026-02-30", "time=25:99", "date=2026-07-01&time=x"])
def test_what_is_no_date_or_time_is_told_in_a_sentence(ask: Client, query: str) -> None:
    answer = ask(f"/?{query}")
    assert answer.status == 400
    assert "such as" in answer.text
    assert "Traceback" not in answer.text


def test_unknown_and_repeated_parameters_are_ignored(ask: Client) -> None:
    assert ask("/?utm_source=x&a=1&a=2").status == 200
    assert ask("/category/first?date=2026-07-01&date=2026-07-01&time=12:00&whatever").status == 200


@pytest.mark.parametrize(
    "address",
    [
        "/nope",
        "/category/nope",
        "/category/first/more/still",
        "/instance/nope/1",
        "/instance/good/99999",
        "/instance/good/x",
        "/table/table/1/nope",
        "/table/nope/1/node",
        "/table/table/99999/node",
        "/ajax/good/abc",
        "/ajax/good/-1",
        "/ajax/good/99999999999999999999",
        "/ajax/nope/1",
        "/static/nope.css",
        "/static/../app.py",
        "/static/site/../config/happyface.cfg",
        "/static/archive/2026/07/01/10/00/nope.png",
        "/static/archive/../../data/happyface.db",
        "/%FF%FE",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(ask: Client, address: str) -> None:
    answer = ask(address)
    assert answer.status == 404
    assert "Traceback" not in answer.text


def test_a_restricted_instance_is_shown_to_nobody_anywhere(ask: Client) -> None:
    for address in ("/", "/category/second", "/?action=getxml", "/category/first"):
        assert "secret" not in ask(address).text
        assert "hidden" not in ask(address).text.replace("aria-hidden", "").replace(" hidden>", "")
    assert ask("/category/hidden").status == 404
    assert ask("/ajax/secret/3").status == 404
    assert ask("/table/secret/3/node").status == 404
    assert ask("/ajax/hidden_one/3").status == 404


def test_a_category_does_not_give_away_the_status_of_its_restricted_instance(ask: Client) -> None:
    feed = ElementTree.fromstring(ask("/?action=getxml").body)
    statuses = {each.findtext("name"): each.findtext("status") for each in feed.iter("category")}
    assert statuses["second"] == "1.0"


def test_the_feed_keeps_its_form(ask: Client) -> None:
    answer = ask("/?action=getxml", host="monitor.example.org")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "<happyface>" in answer.text
    feed = ElementTree.fromstring(answer.body)
    assert [each.tag for each in feed] == ["title", "category", "category"]
    category = feed.find("category")
    assert category is not None
    assert [each.tag for each in category][:5] == ["name", "title", "status", "type", "link"]
    modules = category.findall("module")
    assert [each.findtext("name") for each in modules] == ["good", "bad", "gone", "garbage"]
    assert [each.tag for each in modules[0]] == ["name", "title", "type", "status", "time", "link"]
    assert modules[0].findtext("title") == "Good <one>"
    assert modules[0].findtext("time") == "2026-07-01 12:30"
    assert [each.findtext("status") for each in modules] == ["1.0", "0.0", "-1", "-1"]
    link = modules[0].findtext("link") or ""
    assert link.startswith("http://monitor.example.org/category/first")
    assert link.endswith("#good")


def test_the_feed_of_a_moment_is_of_that_moment(ask: Client) -> None:
    feed = ElementTree.fromstring(ask("/?action=getxml&date=2026-07-01&time=12:05").body)
    assert feed.findtext("category/module[name='bad']/status") == "1.0"


def test_an_instance_as_json(ask: Client) -> None:
    answer = json.loads(ask("/ajax/bad/2").body)
    assert (answer["name"], answer["status"], answer["face"]) == ("bad", 0.0, "unhappy")
    assert answer["data"] == {"value": 50.0}
    assert answer["since"] == "2026-07-01T10:15:00+00:00"
    assert len(json.loads(ask("/ajax/table/2").body)["rows"]["node"]) == 100


def test_a_large_table_comes_on_demand_as_fragment_and_as_page(ask: Client) -> None:
    card = ask("/instance/table/3", hx_request="true").text
    assert "node99" in card
    assert "node50" not in card
    fragment = ask("/table/table/3/node", hx_request="true").text
    assert fragment.count('<th scope="row"') == 100
    assert "<html" not in fragment
    whole = ask("/table/table/3/node").text
    assert "node50" in whole
    assert "<html" in whole


def test_rows_come_a_page_at_a_time(tmp_path: Path) -> None:
    root = write_site(tmp_path)
    (root / "modules/rows.py").write_text(ROWS.replace("range(100)", "range(450)"))
    live = LiveSite(root)
    cycle(live.site, live.store)
    ask = Client(create_app(live))
    first, last = ask("/table/table/1/node").text, ask("/table/table/1/node?first=400").text
    assert [html.count('<th scope="row"') for html in (first, last)] == [200, 50]
    assert "next 200 rows" in first
    assert "401 to 450 of 450" in last
    assert "next" not in last.partition("<main")[2]
    for wrong in ("-1", "x", "99999999999999999999", "1e3"):
        assert ask(f"/table/table/1/node?first={wrong}").text.count('<th scope="row"') == 200
    assert ask("/table/table/1/node?first=1000").status == 200
    live.close()


def test_what_is_well_is_fetched_when_it_is_unfolded_and_has_a_page_of_its_own(ask: Client) -> None:
    page = ask("/category/first").text
    card = page.partition('id="good"')[2].partition("</article>")[0]
    address = card.partition('hx-get="')[2].partition('"')[0]
    assert address == "/instance/good/3"
    assert "<dt>Value</dt>" not in card
    fragment = ask(address, hx_request="true").text
    assert "<dt>Value</dt><dd>1</dd>" in fragment
    assert "<html" not in fragment
    alone = ask(address).text
    assert "<dt>Value</dt><dd>1</dd>" in alone
    assert "<html" in alone


def test_everything_that_needs_a_look_has_a_page(ask: Client) -> None:
    text = ask("/trouble").text
    assert "3 things needed a look" in text
    assert "Value 50 (critical ≥ 10)" in ask("/trouble").words
    assert "<html" not in ask("/trouble", hx_request="true").text
    assert "Value 50" not in ask("/trouble?date=2026-07-01&time=12:00").text


def test_a_moment_in_seconds_is_the_same_as_by_its_date(ask: Client) -> None:
    seconds = int((NOON + timedelta(minutes=15)).timestamp())
    then, there = ask(f"/?at={seconds + 30}").text, ask("/?date=2026-07-01&time=12:15").text
    assert then == there
    assert ask("/?at=banana").status == 200


def test_what_was_fetched_for_an_error_can_be_looked_at_and_does_nothing(ask: Client) -> None:
    page = ask("/category/first").text
    assert "is not JSON" in page
    address = page.split('href="/static/archive/')[1].split('"')[0]
    answer = ask(f"/static/archive/{address}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"<script>alert(1)" in answer.body
    assert "<script>alert" not in page


def test_every_answer_forbids_foreign_scripts(ask: Client) -> None:
    for address in ("/", "/nope", "/?action=getxml", "/static/faces/happy.svg"):
        answer = ask(address)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "style=" not in ask("/category/first").text


def test_a_page_that_a_browser_has_is_not_sent_again(ask: Client) -> None:
    for address in ("/", "/category/first", "/trouble", "/instance/good/3", "/table/table/3/node", "/?action=getxml"):
        first = ask(address)
        tag = first.headers["ETag"]
        assert "no-cache" in first.headers["Cache-Control"]
        again = ask(address, if_none_match=f'"other", {tag}')
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
        assert ask(address, if_none_match='"other"').body == first.body


def test_a_page_and_its_part_are_told_apart(ask: Client) -> None:
    page, part = ask("/instance/good/3"), ask("/instance/good/3", hx_request="true")
    assert page.headers["ETag"] != part.headers["ETag"]
    assert "HX-Request" in page.headers["Vary"]


def test_browsers_get_compressed_pages(ask: Client) -> None:
    plain, compressed = ask("/"), ask("/", accept_encoding="br, gzip")
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.body) == plain.body
    assert "Accept-Encoding" in compressed.headers["Vary"]
    assert ask("/", accept_encoding="gzip;q=0").body == plain.body


def test_links_of_the_feed_are_those_of_the_host_that_was_asked(ask: Client) -> None:
    for host in ("one.example", "two.example", "one.example"):
        assert f"http://{host}/category/first" in ask("/?action=getxml", host=host).text


def count_statements(live: LiveSite) -> list[str]:
    """What is asked of the database from now on."""
    statements: list[str] = []
    sa.event.listen(live.store.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    return statements


def test_a_page_is_made_once_for_all_readers_until_there_is_a_new_run(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store, datetime.now(UTC) - timedelta(seconds=10))
    first = ask("/category/first")
    statements = count_statements(live)
    assert ask("/category/first?utm=1").body == first.body
    assert len(statements) <= 1
    (live.root / "good.json").write_text('{"value": 7}')
    cycle(live.site, live.store)
    assert "Value 7 (warning ≥ 5)" in ask("/category/first", if_none_match=first.headers["ETag"]).words


def test_an_age_is_never_that_of_a_page_that_was_kept(live: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store, NOON)
    for minutes, age in ((4, "4 min ago"), (5, "5 min ago"), (62, "1 h 2 min ago"), (5, "5 min ago")):
        set_clock(monkeypatch, NOON + timedelta(minutes=minutes, seconds=59))
        assert f">{age}<" in ask("/").text
        past = ask("/?date=2026-07-01&time=12:00").text
        assert f"<b>2026-07-01 12:00 CEST</b>, {age}." in past
    set_clock(monkeypatch, NOON + timedelta(hours=3))
    assert "acquisition seems to have stopped" in ask("/").text


def set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let it be a certain time for the pages."""

    class Fixed(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return now.astimezone(tz)

    monkeypatch.setattr("happyface.web.visit.datetime", Fixed)


def test_what_is_restricted_is_never_kept_for_others(live: LiveSite) -> None:
    def reader() -> Reader:
        name = str(cherrypy.request.headers.get("Name", ""))
        return Reader(name, name.startswith("member"))

    ask = Client(create_app(live, reader))
    cycle(live.site, live.store)
    addresses = ["/", "/category/second", "/category/hidden", "/instance/secret/1", "/?action=getxml", "/ajax/secret/1"]
    for address in addresses:
        for name in ("member one", "visitor", "member two", "visitor two"):
            answer = ask(address, name=name)
            shows = answer.status == 200 and ("secret" in answer.text.lower() or "/category/hidden" in answer.text)
            assert shows == name.startswith("member"), (address, name)
            again = ask(address, name="visitor", if_none_match=answer.headers.get("ETag", ""))
            assert again.status != 304 or not shows


def test_members_share_pages_whatever_their_names(live: LiveSite) -> None:
    ask = Client(create_app(live, lambda: Reader(str(cherrypy.request.headers.get("Name", "")), True)))
    cycle(live.site, live.store)
    first = ask("/category/second", name="one")
    statements = count_statements(live)
    assert ask("/category/second", name="two").body == first.body
    assert len(statements) <= 1


def test_two_who_ask_at_once_while_the_configuration_changes_see_the_new_one(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store)
    for round in range(5):
        (live.root / "config" / "site.cfg").write_text(SITE.replace("GridKa", f"Site {round}"))
        with ThreadPoolExecutor(2) as threads:
            texts = [answer.text for answer in threads.map(ask, ["/", "/category/first"] * 2)]
        assert all(f"Site {round} &amp; friends" in text for text in texts)


def test_health_tells_staleness(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store, NOON)
    answer = ask("/healthz")
    assert (answer.status, json.loads(answer.body)["status"]) == (503, "stale")
    assert "acquisition seems to have stopped" in ask("/").text
    cycle(live.site, live.store)
    answer = ask("/healthz")
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ok")


def test_a_changed_configuration_is_picked_up_and_a_wrong_one_is_told(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store)
    config = live.root / "config" / "site.cfg"
    config.write_text(SITE.replace("GridKa", "Aachen"))
    assert "Aachen" in ask("/").text
    config.write_text(SITE.replace("timezone", "timezon"))
    text = ask("/").text
    assert "Aachen" in text
    assert "did you mean" in text
    config.write_text(SITE)
    assert "did you mean" not in ask("/").text


def test_what_becomes_restricted_today_is_gone_from_the_past(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store, NOON)
    assert "Good &lt;one&gt;" in ask("/category/first?date=2026-07-01&time=12:00").text
    instances = live.root / "config" / "modules-enabled" / "all.cfg"
    instances.write_text(INSTANCES.replace("name = Good <one>", "name = Good <one>\naccess = restricted"))
    assert "Good &lt;one&gt;" not in ask("/category/first?date=2026-07-01&time=12:00").text
    assert ask("/ajax/good/1").status == 404


def test_below_a_prefix_all_links_have_it(tmp_path: Path) -> None:
    root = write_site(tmp_path)
    (root / "config" / "zz.cfg").write_text("[paths]\nhappyface_url = /monitor\n")
    live = LiveSite(root)
    cycle(live.site, live.store)
    text = Client(create_app(live))("/monitor/").text
    live.close()
    assert 'href="/monitor/category/first"' in text
    assert 'href="/category' not in text
    assert 'src="/static' not in text
