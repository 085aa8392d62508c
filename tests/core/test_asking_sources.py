"""How modules and configurations say what is to be fetched."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from happyface import Source
from happyface.errors import ModuleError

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("base", "path", "params", "address"),
    [
        ("http://x.example", "/api", {}, "http://x.example/api"),
        ("http://x.example/grafana/", "/api", {}, "http://x.example/grafana/api"),
        ("http://x.example/a?key=1", "/api", {"q": "a b&c"}, "http://x.example/a/api?key=1&q=a%20b%26c"),
        ("http://x.example/a", "/api?all=1", {"n": 2}, "http://x.example/a/api?all=1&n=2"),
        ("http://x.example/a", "", {"n": 2}, "http://x.example/a?n=2"),
        ("http://x.example/a", "https://y.example/b", {}, "https://y.example/b"),
        ("http://x.example/", "", {"s": ["up", "down"], "none": None}, "http://x.example/?s=up&s=down"),
        ("http://x.example/", "", {"yes": True}, "http://x.example/?yes=true"),
        ("http://x.example/", "", {"t": "${file:my token}&"}, "http://x.example/?t=${file:my token}%26"),
    ],
)
def test_a_module_asks_several_pages_of_one_server(base: str, path: str, params: dict[str, Any], address: str) -> None:
    assert Source.parse(base).at(path, params=params).target == address


def test_options_go_along_to_other_pages() -> None:
    source = Source.model_validate({"": "http://x.example", "user": "me", "timeout": "5"})
    assert (source.at("/y").user, source.at("/y").timeout) == ("me", 5)


@pytest.mark.parametrize("address", ["http://[", "http://:80/", "http://x.example/a b"])
def test_an_address_of_a_module_that_is_none_is_told(address: str) -> None:
    with pytest.raises(ModuleError, match="the module asks for what is no address"):
        Source.parse("http://x.example").at(address)


def test_only_a_file_has_an_age() -> None:
    assert Source.model_validate({"": "/var/x", "max_age": "2h"}).max_age == 7200
    for source in ("http://x.example/", "command:true"):
        with pytest.raises(ValidationError, match="max_age is for files"):
            Source.model_validate({"": source, "max_age": "2h"})


def test_a_module_posts_json() -> None:
    source = Source.parse("http://x.example/api").post(json={"auth": "${env:TOKEN}", "ä": 1}, header={"X-A": "b"})
    assert (source.method, source.body) == ("POST", '{"auth": "${env:TOKEN}", "ä": 1}')
    assert source.header == {"content-type": "application/json", "x-a": "b"}
    with pytest.raises(ModuleError, match="cannot be written as JSON"):
        source.post(json={"x": object()})


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("${now}", "2026-11-22T01:30:00Z"),
        ("${now-3h:%Y-%m-%d}", "2026-11-21"),
        ("${now+30m:%H:%M}", "02:00"),
        ("${now:%s}", str(int(NOW.timestamp()))),
        ("${now-1d}", "2026-11-21T01:30:00Z"),
    ],
)
def test_addresses_hold_times(written: str, filled: str) -> None:
    source = Source.model_validate({"": f"http://x.example/?from={written}", "header.at": written})
    asked = source.at_time(NOW)
    assert asked.target == f"http://x.example/?from={filled}"
    assert asked.display_url == asked.target
    assert asked.header == {"at": filled}


@pytest.mark.parametrize("written", ["${now-}", "${now3h}", "${now-3x}", "${nowhere}", "${now-99999999w}"])
def test_a_time_that_cannot_be_read_is_told(written: str) -> None:
    with pytest.raises(ValidationError, match=r"is not a|lies too far away"):
        Source.parse(f"http://x.example/{written}")
