"""Cookies, logins and proxies: what is for one source goes to no other, and to no other server."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from happyface.acquire.fetching import redirects
from happyface.contract.source import Source
from making import Fetch, FetchOne
from servers import MonitorServer, whole_answer


@pytest.fixture
def other() -> Iterator[MonitorServer]:
    """Another server, to which the first redirects."""
    with servers.serving(MonitorServer()) as running:
        yield running


def seen(server: MonitorServer, path: str) -> list[dict[str, str]]:
    """The headers, in lower case, with which a path was asked for."""
    return [{name.lower(): value for name, value in headers.items()} for found, headers in server.seen if found == path]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_cookie_is_for_the_redirects_of_its_source(host: str, server: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["login"] = whole_answer("302 Found", "Set-Cookie: session=abc; Path=/", "Location: /json")
    assert fetch_one(server.url.replace("127.0.0.1", host) + "/login").json() == {"value": 1}
    assert seen(server, "/json")[0]["cookie"] == "session=abc"


def test_a_cookie_is_for_no_other_source(server: MonitorServer, fetch_all: Fetch) -> None:
    names = [f"member{number}" for number in range(14)]
    for name in names:
        server.raw[name] = whole_answer("302 Found", f"Set-Cookie: session={name}; Path=/", f"Location: /home/{name}")
        server.bodies[f"home/{name}"] = b"{}"
    assert all(each.ok for each in fetch_all(*(f"{server.url}/{name}" for name in names), connections=3).values())
    for name in names:
        assert "cookie" not in seen(server, f"/{name}")[0]
        assert seen(server, f"/home/{name}")[0]["cookie"] == f"session={name}"


def test_secrets_stay_with_their_server(server: MonitorServer, other: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["near"] = whole_answer("302 Found", "Location: /json")
    server.raw["far"] = whole_answer("302 Found", f"Location: {other.url}/json")
    options = {"header.private-token": "hunter2", "header.accept": "application/json", "user": "me", "password": "x"}
    for path in ("near", "far"):
        assert fetch_one(f"{server.url}/{path}", **options).json() == {"value": 1}
    near, far = seen(server, "/json")[0], seen(other, "/json")[0]
    assert (near["private-token"], near["accept"]) == ("hunter2", "application/json")
    assert near["authorization"].startswith("Basic ")
    assert far["accept"] == "application/json"
    assert not {"private-token", "authorization"} & set(far)


def test_a_login_in_an_address_goes_along_on_its_server(server: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["near"] = whole_answer("302 Found", "Location: /login")
    assert fetch_one(server.url.replace("//", "//me:swordfish@") + "/near").json()["login"].startswith("Basic ")


def test_what_is_posted_goes_to_no_other_server(server: MonitorServer, other: MonitorServer, fetch_all: Fetch) -> None:
    server.raw["kept"] = whole_answer("307 Temporary Redirect", f"Location: {other.url}/rpc")
    server.raw["near"] = whole_answer("307 Temporary Redirect", "Location: /rpc")
    server.raw["asked"] = whole_answer("303 See Other", f"Location: {other.url}/json")
    kept, near, asked = (
        Source.parse(f"{server.url}/{name}").post(json={"token": "hunter2"}) for name in ("kept", "near", "asked")
    )
    answers = fetch_all(kept, near, asked)
    told = f"The source redirects what is sent to it to another server, {other.url.removeprefix('http://')}."
    assert answers[str(kept)].error == told
    assert answers[str(near)].json() == {"value": 4}
    assert answers[str(asked)].json() == {"value": 1}
    assert other.posted == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[", "//:99999/"])
def test_a_redirect_leads_nowhere_but_into_the_web(location: str, server: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["away"] = whole_answer("302 Found", f"Location: {location}")
    fetched = fetch_one(f"{server.url}/away")
    assert fetched.error == "The source redirects to an address that is not valid."
    assert fetched.reached


def test_a_redirect_that_says_not_where_to_is_told(server: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["lost"] = whole_answer("302 Found")
    assert fetch_one(f"{server.url}/lost").error == "The source answered 302 Found."


# Proxies


def test_a_proxy_is_used_but_where_the_environment_excepts_it(
    server: MonitorServer, fetch_all: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.bodies["http://far.example/x"] = b'"by proxy"'
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    answers = fetch_all("http://far.example/x", f"{server.url}/json")
    assert [each.json() for each in answers.values()] == ["by proxy", {"value": 1}]
    assert [path for path, _ in server.seen if path.startswith("http:")] == ["http://far.example/x"]


def test_the_logins_of_ones_home_are_sent_to_nobody(
    server: MonitorServer, fetch_one: FetchOne, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login me password swordfish\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert fetch_one(f"{server.url}/login").json() == {"login": ""}


@pytest.mark.parametrize(
    ("proxy", "sentence"),
    [
        ("http://127.0.0.1:{closed}", "The proxy 127.0.0.1 that this machine uses could not be reached."),
        ("http://no-such-proxy.invalid:1", "The proxy no-such-proxy.invalid that this machine uses is a host"),
        ("127.0.0.1:{closed}", "The proxy 127.0.0.1 that this machine uses could not be reached."),
        ("socks5://127.0.0.1:1", "The environment's http_proxy is not the http: address of a proxy."),
        ("http://[", "The environment's http_proxy is not the http: address of a proxy."),
    ],
)
def test_a_proxy_that_fails_is_not_the_fault_of_the_source(
    proxy: str, sentence: str, server: MonitorServer, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", proxy.format(closed=taken.getsockname()[1]))
        fetched = fetch_one("http://far.example/x")
    assert fetched.error.startswith(sentence)
    assert fetched.local_fault
    assert not fetched.reached


def test_a_proxy_that_hangs_is_told(fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redirects, "PROXY_PATIENCE", 0.3)
    with socket.socket() as hanging, socket.socket() as first, socket.socket() as second:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen(0)
        for waiting in (first, second):  # nobody takes them in, so there is no room for a third
            waiting.setblocking(False)
            waiting.connect_ex(hanging.getsockname())
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{hanging.getsockname()[1]}")
        fetched = fetch_one("http://far.example/", settings={"timeout": 60})
    assert fetched.error == "The proxy 127.0.0.1 that this machine uses could not be reached."
    assert fetched.local_fault


def test_a_proxy_that_wants_a_login_is_told(
    server: MonitorServer, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.raw["http://far.example"] = whole_answer("407 Proxy Authentication Required")
    monkeypatch.setenv("http_proxy", server.url)
    fetched = fetch_one("http://far.example/")
    assert fetched.error == "The proxy 127.0.0.1 that this machine uses wants a login."
    assert fetched.local_fault
