"""The application through WSGI, with no socket: addresses, parameters, feeds, errors, access."""

import json
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from visiting import INSTANCES, NOON, ROWS, SITE, Client, write_site

from happyface.acquire.run import cycle
from happyface.errors import ConfigError
from happyface.site.live import LiveSite
from happyface.web.app import create_app


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
    statuses = {element.findtext("name"): element.findtext("status") for element in feed.iter("category")}
    assert statuses["second"] == "1.0"


def test_the_feed_keeps_its_form(ask: Client) -> None:
    answer = ask("/?action=getxml", host="monitor.example.org")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert "<happyface>" in answer.text
    feed = ElementTree.fromstring(answer.body)
    assert [element.tag for element in feed] == ["title", "category", "category"]
    category = feed.find("category")
    assert category is not None
    assert [element.tag for element in category][:5] == ["name", "title", "status", "type", "link"]
    modules = category.findall("module")
    assert [element.findtext("name") for element in modules] == ["good", "bad", "gone", "garbage"]
    assert [element.tag for element in modules[0]] == ["name", "title", "type", "status", "time", "link"]
    assert modules[0].findtext("title") == "Good <one>"
    assert modules[0].findtext("time") == "2026-07-01 12:30"
    assert [element.findtext("status") for element in modules] == ["1.0", "0.0", "-1", "-1"]
    link = modules[0].findtext("link") or ""
    assert link.startswith("http://monitor.example.org/category/first")
    assert link.endswith("#good")


@pytest.mark.parametrize(
    ("setting", "asked", "base"),
    [
        ("", {"x_forwarded_proto": "https", "x_forwarded_host": "forged.example.org"}, "http://inside"),
        ("[server]\nproxies = 192.0.2.0/24", {"x_forwarded_proto": "https"}, "http://inside"),
        ("[server]\nproxies = 127.0.0.1", {"x_forwarded_proto": "https"}, "https://inside"),
        (
            "[server]\nproxies = 127.0.0.0/8",
            {"x_forwarded_proto": "https", "x_forwarded_host": "forged.example.org, monitor.example.org"},
            "https://monitor.example.org",
        ),
        (
            "[server]\nproxies = 127.0.0.1",
            {"x_forwarded_proto": "javascript", "x_forwarded_host": "a/b"},
            "http://inside",
        ),
        (
            "[paths]\nhappyface_url = https://monitor.example.org/",
            {"x_forwarded_host": "x"},
            "https://monitor.example.org",
        ),
        ("[paths]\nhappyface_url = https://monitor.example.org:8/hf/", {}, "https://monitor.example.org:8/hf"),
    ],
)
def test_links_of_the_feed_are_public_ones(tmp_path: Path, setting: str, asked: dict[str, str], base: str) -> None:
    root = write_site(tmp_path)
    (root / "config" / "zz.cfg").write_text(setting)
    live = LiveSite(root)
    cycle(live.site, live.store)
    ask, below = Client(create_app(live)), "/hf" if base.endswith("/hf") else ""
    feed = ElementTree.fromstring(ask(f"{below}/?action=getxml", host="inside", **asked).body)
    assert feed.findtext("category/link") == f"{base}/category/first"
    assert f'href="{below}/category/first"' in ask(f"{below}/").text
    live.close()


@pytest.mark.parametrize("address", ["//evil.org", "javascript:x", "monitor", "ftp://x/", "/a b", "https:///x"])
def test_a_public_address_that_leads_elsewhere_is_refused(tmp_path: Path, address: str) -> None:
    root = write_site(tmp_path)
    (root / "config" / "zz.cfg").write_text(f"[paths]\nhappyface_url = {address}\n[server]\nproxies = nginx")
    with pytest.raises(ConfigError, match="neither a path") as caught:
        LiveSite(root)
    assert "'nginx' is not an address" in str(caught.value)


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
    assert "<dt>Value</dt><dd><a" in fragment
    assert "<html" not in fragment
    alone = ask(address).text
    assert "<dt>Value</dt><dd><a" in alone
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


def test_health_tells_staleness(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store, NOON)
    answer = ask("/healthz")
    assert (answer.status, json.loads(answer.body)["status"]) == (503, "stale")
    assert "acquisition seems to have stopped" in ask("/").text
    cycle(live.site, live.store)
    answer = ask("/healthz")
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ok")


def test_a_run_that_is_yet_to_come_is_told_everywhere_and_nothing_is_called_well(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store, datetime.now(UTC) + timedelta(days=3))
    answer = ask("/healthz")
    facts = json.loads(answer.body)
    assert (answer.status, facts["status"], facts["age_seconds"]) == (503, "ahead", 0)
    for address in ("/", "/category/second", "/trouble"):
        page = ask(address).text
        assert "which is yet to come: the clock of some machine is wrong" in page
        assert "ago</time>" not in page
        assert "just now" not in page
    assert "all was well" in ask("/category/second").text
    cycle(live.site, live.store)
    assert json.loads(ask("/healthz").body)["status"] == "ok"
    assert "yet to come" not in ask("/").text


def test_a_changed_configuration_is_picked_up_and_a_wrong_one_is_told(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store)
    config = live.root / "config" / "site.cfg"
    config.write_text(SITE.replace("GridKa", "Aachen"))
    live.refresh()
    assert "Aachen" in ask("/").text
    config.write_text(SITE.replace("timezone", "timezon"))
    live.refresh()
    text = ask("/").text
    assert "Aachen" in text
    assert "did you mean" in text
    config.write_text(SITE)
    live.refresh()
    assert "did you mean" not in ask("/").text


def test_what_becomes_restricted_today_is_gone_from_the_past(live: LiveSite) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store, NOON)
    assert "Good &lt;one&gt;" in ask("/category/first?date=2026-07-01&time=12:00").text
    instances = live.root / "config" / "modules-enabled" / "all.cfg"
    instances.write_text(INSTANCES.replace("name = Good <one>", "name = Good <one>\naccess = restricted"))
    live.refresh()
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
