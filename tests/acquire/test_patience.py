"""How many sources are asked at a time, how often, and until when."""

import os
import socket
import threading
import time
from typing import Any

import pytest

import servers
from children import left_of
from happyface.acquire.fetching import fetcher
from happyface.contract.source import Source
from making import Fetch, FetchOne
from servers import MonitorServer


def test_equal_sources_are_fetched_once(server: MonitorServer, fetch_all: Fetch) -> None:
    url = f"{server.url}/json"
    other = Source.model_validate({"": url, "timeout": "3"})
    answers = fetch_all(url, f" {url}", f"{url}?other", other)
    assert all(each.ok for each in answers.values())
    assert server.count == {"/json": 2, "/json?other": 1}


def test_a_host_is_not_asked_more_than_it_bears(server: MonitorServer, fetch_all: Fetch) -> None:
    server.slowness = 0.05
    urls = [f"{server.url}/slow/{number}" for number in range(20)]
    answers = fetch_all(*urls, connections_per_host=3)
    assert all(each.ok for each in answers.values())
    assert server.most_at_once == 3


def test_no_more_are_asked_at_a_time_than_allowed(fetch_all: Fetch) -> None:
    with servers.serving(MonitorServer()) as one, servers.serving(MonitorServer()) as other:
        one.slowness = other.slowness = 0.05
        urls = [f"{each.url}/slow/{number}" for number in range(10) for each in (one, other)]
        assert all(each.ok for each in fetch_all(*urls, connections=4, connections_per_host=4).values())
        assert one.most_at_once + other.most_at_once >= 2
        assert max(one.most_at_once, other.most_at_once) <= 4


def test_what_is_busy_is_tried_again_after_a_pause(
    server: MonitorServer, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetcher, "FIRST_PAUSE", 0.2)
    fetched = fetch_one(f"{server.url}/busy", settings={"retries": 2})
    assert fetched.json() == {"value": 2}
    assert server.count["/busy"] == 3
    assert fetched.seconds >= 0.2 + 0.4


@pytest.mark.parametrize(
    ("path", "settings", "options", "tries"),
    [
        ("busy", {"retries": 1}, {}, 2),
        ("busy", {"retries": 0}, {}, 1),
        ("busy", {"retries": 0}, {"retries": 1}, 2),
        ("missing", {"retries": 2}, {}, 1),
        ("broken", {"retries": 2}, {}, 1),
        ("loop", {"retries": 2}, {}, 10),
    ],
)
def test_only_what_may_pass_is_tried_again(
    path: str, settings: dict[str, Any], options: dict[str, Any], tries: int, server: MonitorServer, fetch_one: FetchOne
) -> None:
    assert not fetch_one(f"{server.url}/{path}", settings, **options).ok
    assert server.count[f"/{path}"] == tries


def test_the_deadline_ends_everything(server: MonitorServer, fetch_all: Fetch) -> None:
    good = [f"{server.url}/json/{number}" for number in range(15)]
    hanging = [f"{server.url}/slow/{number}" for number in range(4)]
    seconds = f"600.{os.getpid()}"  # nobody else on this machine sleeps as long
    sleeper = f"command:sleep {seconds}"
    begun = time.monotonic()
    server.bodies |= {f"json/{number}": b"{}" for number in range(15)}
    answers = fetch_all(*good, *hanging, sleeper, timeout=60, deadline=1.5)
    assert 1.4 < time.monotonic() - begun < 20
    assert all(answers[url].ok for url in good)
    late = "The source did not answer before the run's deadline of 1.5 s."
    assert {answers[url].error for url in (*hanging, sleeper)} == {late}
    assert left_of(seconds) == []


def test_a_name_that_does_not_resolve_in_time_does_not_hold_up_the_run(
    fetch_all: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: resolved.wait(60))
    begun = time.monotonic()
    answers = fetch_all("http://slow-dns.example.org/", deadline=0.5)
    taken = time.monotonic() - begun
    resolved.set()
    assert taken < 20
    assert not next(iter(answers.values())).ok
