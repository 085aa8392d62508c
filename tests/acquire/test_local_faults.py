"""Troubles of this machine: they are told once, and say nothing about a source."""

import asyncio
import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from happyface.acquire.run import cycle
from happyface.acquire.workers.forking import Zygote
from happyface.model.access import ANONYMOUS
from happyface.site import read_site
from happyface.store import Store
from making import FetchOne, MakeSite
from servers import MonitorServer


@pytest.mark.parametrize("source", ["{url}/json", "state.json", "command:cat state.json"])
def test_a_full_disk_is_this_machines_trouble(
    source: str, server: MonitorServer, fetch_one: FetchOne, tmp_path: Path
) -> None:
    (tmp_path / "state.json").write_text("{}")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp/0").symlink_to("/dev/full")  # where the first body of a run goes
    fetched = fetch_one(source.format(url=server.url))
    assert fetched.error == "This machine could not do its part: no space left on device."
    assert fetched.local_fault


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN])
@pytest.mark.parametrize(
    ("source", "called"),
    [
        ("http://127.0.0.1:1/", (asyncio.BaseEventLoop, "getaddrinfo")),
        ("command:true", (Zygote, "start")),
        ("state.json", (Path, "stat")),
    ],
)
def test_having_no_more_of_something_is_this_machines_trouble(
    source: str, called: tuple[Any, str], number: int, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    if called[1] == "getaddrinfo":
        source = source.replace("127.0.0.1", "localhost")
    with monkeypatch.context() as patched:
        patched.setattr(*called, fail)
        fetched = fetch_one(source)
    assert fetched.error == f"This machine could not do its part: {os.strerror(number).lower()}."
    assert fetched.local_fault


def test_a_cache_that_cannot_be_written_costs_no_answer(
    server: MonitorServer, fetch_one: FetchOne, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/index.json.new").symlink_to("/dev/full")
    assert fetch_one(f"{server.url}/etag").json() == {"value": 1}
    assert "cannot be kept" in caplog.text
    assert "No space left on device" in caplog.text


def test_a_local_fault_is_the_runs_note_and_nobodys_critical_state(
    make_site: MakeSite, server: MonitorServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    root = make_site(
        site="[downloadService]\nretries = 0\n",
        instances="[far]\nmodule = http_probe\nurl = http://far.example/\n"
        f"[near]\nmodule = http_probe\nurl = {server.url}/json\n"
        f"[gone]\nmodule = probe\nsource = {server.url}/missing\n",
        members="far, near, gone",
    )
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        cycle(site, store)
        overview = store.overview(ANONYMOUS, None, datetime.now(UTC))
        statuses = {name: getattr(store.instance(ANONYMOUS, name, 1), "status", None) for name in ("far", "near")}
    assert overview is not None
    sentence = "The proxy 127.0.0.1 that this machine uses could not be reached."
    assert (
        overview.moment.run.note == f"1 of 3 sources could not be asked, for a reason of this machine's own: {sentence}"
    )
    assert statuses == {"far": -1, "near": 1}
    logged = [record.getMessage() for record in caplog.records]
    assert sum(sentence in line for line in logged) == 1
    assert any(line.startswith("[gone]") for line in logged)
