"""Requests that browsers do not send, behind any WSGI server: each has the answer that the standard wants."""

import gzip
import io
import logging
from pathlib import Path

import pytest
from visiting import Client, write_site

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite
from happyface.store import Store
from happyface.web.app import create_app

PAGES = ("/", "/category/first", "/trouble", "/instance/good/3", "/table/table/3/node", "/ajax/good/3", "/healthz")
FILES = ("/static/faces/happy.svg", "/static/site/text.txt")


@pytest.fixture(scope="module")
def ask_with_files(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A visitor of a site with a file of its own, of ten thousand letters."""
    root = write_site(tmp_path_factory.mktemp("site"))
    (root / "static").mkdir()
    (root / "static/text.txt").write_text("0123456789" * 1000)
    (root / "static/empty.txt").write_text("")
    live = LiveSite(root)
    for _ in range(3):
        cycle(live.site, live.store)
    live.close()
    return Client(create_app(live))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"])
@pytest.mark.parametrize("address", [*PAGES, *FILES, "/nope"])
def test_pages_are_only_read(ask: Client, address: str, method: str) -> None:
    answer = ask(address, method)
    assert answer.status in (405, 404)
    assert answer.status == 404 or {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("address", [*PAGES, *FILES])
def test_a_head_is_a_get_without_its_body(ask_with_files: Client, address: str) -> None:
    get, head = ask_with_files(address), ask_with_files(address, "HEAD")
    assert head.status == get.status
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.body == b""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition\r\n\r\nbroken\r\n--x--\r\n"),
        ("application/x-www-form-urlencoded; charset=banana", b"a=%FF"),
        ("application/x-www-form-urlencoded", b"date=banana"),
    ],
)
def test_a_body_is_never_read(ask: Client, kind: str, body: bytes) -> None:
    for method, status in (("POST", 405), ("GET", 200)):
        answer = ask("/", method, body, kind)
        assert answer.status == status

    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("it is read")

    found: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": Unread(body), "CONTENT_LENGTH": "9", "CONTENT_TYPE": kind}
    environ |= {"PATH_INFO": "/", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "x", "wsgi.url_scheme": "http"}
    environ |= {"wsgi.multithread": True, "wsgi.multiprocess": False}
    ask.app(environ, lambda status, *_: found.append(status))
    assert found[0].startswith("405")


NAMES = ("self", "name", "path", "run_id", "instance", "table", "ignored", "parameters", "method", "cls", "args")


@pytest.mark.parametrize("address", [*PAGES, *FILES])
def test_a_parameter_may_have_any_name(ask_with_files: Client, address: str) -> None:
    for name in NAMES:
        assert ask_with_files(f"{address}?{name}=1").status == 200
    assert ask_with_files(f"{address}?{'&'.join(f'{name}=1&{name}=2' for name in NAMES)}&%FF=%FE&=&&;").status == 200


@pytest.mark.parametrize(
    "coding", ["br", "deflate", "GZIP", "gzip;q=abc", "gzip;q=0", "*;q=0", "identity;q=0", "", ",,;;=", "x-gzip", "ü"]
)
@pytest.mark.parametrize("address", [*PAGES, *FILES])
def test_whatever_codings_a_visitor_takes_the_page_comes(ask_with_files: Client, address: str, coding: str) -> None:
    plain, answer = ask_with_files(address), ask_with_files(address, accept_encoding=coding)
    assert answer.status == 200
    if answer.headers.get("Content-Encoding") == "gzip":
        assert coding in ("GZIP", "gzip;q=abc", "x-gzip")
        answer.body = gzip.decompress(answer.body)
    assert len(answer.body) == pytest.approx(len(plain.body), abs=20)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br, gzip;q=0.5", "gzip;q=abc"])
def test_who_takes_compressed_files_and_pages_gets_them(ask_with_files: Client, coding: str) -> None:
    for address in ("/", "/static/site/text.txt"):
        assert ask_with_files(address, accept_encoding=coding).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "asked",
    [
        *("bytes=abc", "lines=0-1", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=-0", "=", "bytes=1-x"),
        *("bytes=0-1,4-5", f"bytes={'9' * 5000}-", f"bytes={','.join(['0-'] * 1000)}"),
    ],
)
def test_what_is_no_range_of_bytes_is_answered_by_the_whole_file(ask_with_files: Client, asked: str) -> None:
    answer = ask_with_files("/static/site/text.txt", range=asked)
    assert (answer.status, len(answer.body)) == (200, 10_000)


@pytest.mark.parametrize(
    ("asked", "content"), [("bytes=3-6", b"3456"), ("bytes=9998-", b"89"), ("bytes=-3", b"789"), ("bytes=0-0", b"0")]
)
def test_a_range_of_bytes_is_answered_by_those(ask_with_files: Client, asked: str, content: bytes) -> None:
    answer = ask_with_files("/static/site/text.txt", range=asked, accept_encoding="gzip")
    assert (answer.status, answer.body) == (206, content)


def test_a_range_behind_the_end_is_told(ask_with_files: Client) -> None:
    answer = ask_with_files("/static/site/text.txt", range="bytes=20000-")
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */10000")
    assert ask_with_files("/static/site/empty.txt").status == 200


def test_a_part_of_a_file_that_may_have_changed_is_the_whole(ask_with_files: Client) -> None:
    asked = {"range": "bytes=0-3", "if_range": '"tag"'}
    assert ask_with_files("/static/site/text.txt", **asked).status == 200


@pytest.mark.parametrize(
    "path", ["%00", "a%00b", "x" * 300, "x/" * 900, "%FF%FE", "..%2f..%2fconfig", "%2e%2e/%2e%2e/etc/passwd", "\\..\\x"]
)
@pytest.mark.parametrize("before", ["/", "/static/", "/static/site/", "/static/archive/", "/category/", "/instance/"])
def test_strange_paths_are_pages_that_are_not_there(ask_with_files: Client, before: str, path: str) -> None:
    answer = ask_with_files(before + path)
    assert answer.status == 404
    assert "There is no such page" in answer.text


def test_an_address_that_is_longer_than_any_is_refused(ask: Client) -> None:
    for address in (f"/static/{'x' * 9000}", f"/?a={'x' * 9000}"):
        assert ask(address).status == 414


def test_what_a_visitor_wrote_is_escaped_once(ask: Client) -> None:
    text = ask("/category/<b>&nope").text
    assert "&lt;b&gt;&amp;nope" in text
    assert "&amp;lt;" not in text
    assert "'&lt;i&gt;' is not a date" in ask("/?date=<i>").text.replace("&#39;", "'")


@pytest.mark.parametrize("cookie", ["a/b=1", "=", ";;;", "\x00=1", 'x="unended', "[a]=(b)"])
def test_a_neighbours_cookies_do_no_harm(ask: Client, cookie: str) -> None:
    assert ask("/", cookie=cookie).status == 200


def test_without_a_host_there_is_a_page_and_no_traceback(ask: Client) -> None:
    found: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), "PATH_INFO": "/", "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {"wsgi.url_scheme": "http", "wsgi.multithread": True, "wsgi.multiprocess": False}
    body = b"".join(ask.app(environ, lambda status, *_: found.append(status)))
    assert found[0].startswith("400")
    assert b"Traceback" not in body
    assert b".py" not in body
    assert b"This address cannot be understood" in body


def test_outside_of_its_path_a_site_leads_to_it(tmp_path: Path) -> None:
    root = write_site(tmp_path)
    (root / "config/zz.cfg").write_text("[paths]\nhappyface_url = /monitor/happy\n")
    live = LiveSite(root)
    ask = Client(create_app(live))
    for address in ("/", "/monitor", "/monitor/happyx", "/favicon.ico"):
        answer = ask(address)
        assert answer.status == 404
        assert 'href="/monitor/happy/"' in answer.text
    assert ask("/monitor/happy").status == 200
    live.close()


def test_a_page_that_fails_tells_the_log_all_but_the_visitors_secrets(
    ask: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("something broke")

    monkeypatch.setattr(Store, "newest", fail)
    with caplog.at_level(logging.DEBUG):
        answer = ask("/trouble", authorization="Basic c2VjcmV0", cookie="session=geheim")
    assert answer.status == 500
    assert "something broke" not in answer.text
    written = caplog.text + repr([record.args for record in caplog.records])
    assert "something broke" in written
    assert "/trouble" in written
    assert "c2VjcmV0" not in written
    assert "geheim" not in written
