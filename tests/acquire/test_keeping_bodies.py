"""Bodies that earlier runs kept: nothing is sent twice, and no version is taken for another."""

import json
from pathlib import Path

import pytest

from making import Fetch, FetchOne
from servers import MonitorServer


def test_an_unchanged_body_is_not_sent_again(server: MonitorServer, fetch_one: FetchOne, tmp_path: Path) -> None:
    url = f"{server.url}/etag"
    assert [fetch_one(url).json()["value"] for _ in range(3)] == [1, 1, 1]
    assert [headers.get("If-None-Match") for _, headers in server.seen] == [None, '"1"', '"1"']
    server.version = 2
    assert [fetch_one(url).json()["value"] for _ in range(2)] == [2, 2]
    again = fetch_one(url)
    assert (again.status, again.content_type, again.size) == (200, "application/json", 12)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_a_kept_body_goes_with_its_source(server: MonitorServer, fetch_all: Fetch, tmp_path: Path) -> None:
    fetch_all(f"{server.url}/etag", f"{server.url}/json")
    assert len(list((tmp_path / "cache").iterdir())) == 2
    fetch_all(f"{server.url}/json")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["index.json"]
    assert json.loads((tmp_path / "cache/index.json").read_text()) == {}


@pytest.mark.parametrize("content", ["", "[]", "null", '{"x": 5}', '{"x": {"unknown": 1}}', "\0\1"])
def test_a_damaged_index_of_kept_bodies_is_begun_anew(
    content: str, server: MonitorServer, fetch_one: FetchOne, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/index.json").write_text(content)
    assert [fetch_one(f"{server.url}/etag").json()["value"] for _ in range(2)] == [1, 1]


def test_a_kept_body_that_vanished_is_fetched(server: MonitorServer, fetch_one: FetchOne, tmp_path: Path) -> None:
    fetch_one(f"{server.url}/etag")
    for path in (tmp_path / "cache").iterdir():
        if path.name != "index.json":
            path.unlink()
    assert fetch_one(f"{server.url}/etag").json() == {"value": 1}


def test_a_run_that_was_killed_before_it_noted_a_new_body_does_not_mix_versions(
    server: MonitorServer, fetch_one: FetchOne, tmp_path: Path
) -> None:
    url = f"{server.url}/etag"
    fetch_one(url)
    index = (tmp_path / "cache/index.json").read_text()
    server.version = 2
    fetch_one(url)
    (tmp_path / "cache/index.json").write_text(index)  # as it was before
    server.version = 1
    assert fetch_one(url).json() == {"value": 1}
    assert len(list((tmp_path / "cache").iterdir())) == 2
