"""Pages that are kept for the next reader: never for one who may not see them, never with a wrong age."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import cherrypy
import pytest
import sqlalchemy as sa
from visiting import NOON, SITE, Client

from happyface.acquire.run import cycle
from happyface.model.access import Reader
from happyface.site.live import LiveSite
from happyface.web.app import create_app


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
    compressed, refused = ask("/", accept_encoding="br, gzip"), ask("/", accept_encoding="gzip;q=0")
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in compressed.headers["Vary"]
    assert "Content-Encoding" not in refused.headers
    assert without_age(gzip.decompress(compressed.body)) == without_age(refused.body) == without_age(ask("/").body)


def without_age(page: bytes) -> bytes:
    """A page without the age of its run, which may be another from one request to the next."""
    return re.sub(rb'data-age="\d+">[^<]*<', b"", page)


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
        live.refresh()
        with ThreadPoolExecutor(2) as threads:
            texts = [answer.text for answer in threads.map(ask, ["/", "/category/first"] * 2)]
        assert all(f"Site {round} &amp; friends" in text for text in texts)
