"""A database that is replaced, gone or does not answer while the server runs: it is said, and nothing old is shown."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from visiting import NOON, SITE, Client, until, write_site

from happyface.acquire.run import cycle
from happyface.errors import StoreError
from happyface.site.live import LiveSite
from happyface.web.app import create_app

DATABASE = "data/happyface.db"


def move_database(root: Path, to: Path) -> None:
    """Move a database away, with the files beside it."""
    to.mkdir()
    for path in (root / "data").glob("happyface.db*"):
        shutil.move(path, to)


def test_a_database_that_is_gone_is_said_and_one_that_is_back_is_shown(live: LiveSite, tmp_path: Path) -> None:
    ask = Client(create_app(live))
    cycle(live.site, live.store)
    assert ask("/healthz").status == 200
    move_database(live.root, tmp_path / "away")
    answer = ask("/healthz")
    assert (answer.status, json.loads(answer.body)["reason"]) == (503, "The database is gone.")
    page = ask("/")
    assert page.status == 503
    assert "The database is gone." in page.text
    assert "All is well" not in page.text
    assert str(live.root) not in page.text
    assert not (live.root / DATABASE).exists()
    shutil.copytree(tmp_path / "away", live.root / "data", dirs_exist_ok=True)
    assert ask("/healthz").status == 200


def test_a_database_that_was_restored_is_what_is_shown(live: LiveSite, tmp_path: Path) -> None:
    other = write_site(tmp_path / "other")
    (other / "config/site.cfg").write_text(SITE.replace("GridKa", "Restored"))
    (other / "bad.json").write_text('{"value": 77}')
    with_other = LiveSite(other)
    for number in range(3):
        cycle(with_other.site, with_other.store, NOON + number * timedelta(minutes=15))
    with_other.close()
    ask = Client(create_app(live))
    for number in range(3):
        cycle(live.site, live.store, NOON + number * timedelta(minutes=15))
    assert "Value 77" not in ask("/").text
    move_database(live.root, tmp_path / "away")
    shutil.copy(other / DATABASE, live.root / DATABASE)
    assert "Value 77" in ask("/?at=1").words
    assert "Value 77" in ask("/").words
    assert cycle(live.site, live.store).id == 4
    assert ask("/healthz").status == 200


def test_a_store_that_writes_notices_it_too(live: LiveSite, tmp_path: Path) -> None:
    cycle(live.site, live.store)
    move_database(live.root, tmp_path / "away")
    with pytest.raises(StoreError, match="is gone"):
        live.store.newest()
    assert cycle(live.site, live.store).id == 1
    newest = live.store.newest()
    assert newest is not None
    assert newest.id == 1


def test_an_empty_database_in_its_place_is_said_on_every_page_until_it_is_seen_to(
    live: LiveSite, tmp_path: Path
) -> None:
    ask, lost = Client(create_app(live)), "The database was found empty"
    cycle(live.site, live.store)
    assert lost not in ask("/").text
    move_database(live.root, tmp_path / "away")
    cycle(live.site, live.store)
    for address in ("/", "/category/first", "/trouble", "/instance/good/1", "/nowhere"):
        assert lost in ask(address).text
    answer = ask("/healthz")
    assert answer.status == 503
    assert json.loads(answer.body)["status"] == "lost"
    assert lost in json.loads(answer.body)["reason"]
    (live.root / "data/database.lost").unlink()
    assert lost not in ask("/").text
    assert ask("/healthz").status == 200


def test_it_is_said_before_there_is_a_run_again(live: LiveSite) -> None:
    (live.root / "data").mkdir(exist_ok=True)
    (live.root / "data/database.lost").touch()
    ask = Client(create_app(live))
    assert "The database was found empty" in ask("/").text
    assert json.loads(ask("/healthz").body)["status"] == "lost"


@pytest.mark.postgresql
def test_a_postgresql_that_is_stopped_keeps_nobody_waiting(new_postgresql_database: str, tmp_path: Path) -> None:
    with stopped_server(new_postgresql_database, tmp_path) as ask:
        for address in ("/healthz", "/", "/category/first"):
            assert_says_unusable(ask, address, 25)


def test_a_mariadb_that_is_stopped_keeps_nobody_waiting(new_mariadb_database: str, tmp_path: Path) -> None:
    with stopped_server(new_mariadb_database, tmp_path) as ask:
        for address in ("/healthz", "/healthz", "/"):
            # Its driver has one limit for all answers, and a writer waits longer for another one than a page should.
            assert_says_unusable(ask, address, 15 if address == "/healthz" else 60)


def assert_says_unusable(ask: Client, address: str, seconds: float) -> None:
    begin = time.monotonic()
    answer = ask(address)
    assert answer.status == 503
    assert "The database cannot be used." in answer.text
    assert time.monotonic() - begin < seconds


@contextmanager
def stopped_server(url: str, tmp_path: Path) -> Iterator[Client]:
    """A visitor of a site whose database server stands still for a while, and then goes on."""
    root = write_site(tmp_path)
    (root / "config/zz.cfg").write_text(f"[database]\nurl = {url}\n")
    live = LiveSite(root)
    cycle(live.site, live.store)
    ask = Client(create_app(live))
    assert ask("/healthz").status == 200
    with stopped(sa.make_url(url).port or 0):
        yield ask
    assert ask("/healthz").status == 200
    assert ask("/").status == 200
    live.close()


@contextmanager
def stopped(port: int) -> Iterator[None]:
    """A database server that stands still for a while, with all its processes."""
    [server] = {
        found.pid for found in psutil.net_connections("tcp") if found.laddr.port == port and found.status == "LISTEN"
    }
    processes = [psutil.Process(server), *psutil.Process(server).children(recursive=True)]
    for process in processes:
        process.suspend()
    # A signal has been sent, and not been taken: on a busy machine one more answer would come.
    assert until(lambda: all(process.status() == psutil.STATUS_STOPPED for process in processes))
    try:
        yield
    finally:
        for process in processes:
            process.resume()
