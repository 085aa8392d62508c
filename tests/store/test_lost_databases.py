"""An empty database in the place of one that had runs is noticed; what is new, named anew or restored is no loss."""

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from building import outline, run
from happyface.errors import GoneError, StoreError
from happyface.store import Store, lost_since, notice_loss, remember

SITE = outline("a")


def acquire(store: Store, directory: Path, minutes: int = 0) -> None:
    notice_loss(directory, store)
    store.recover()
    remember(directory, store, store.write(run(SITE, minutes)))


def drop_tables(url: str) -> None:
    """As after DROP DATABASE and CREATE DATABASE."""
    engine = sa.create_engine(url)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    metadata.drop_all(engine)
    engine.dispose()


def test_a_new_database_is_no_loss(store: Store, tmp_path: Path) -> None:
    for number in range(3):
        acquire(store, tmp_path, number)
    assert lost_since(tmp_path) is None


@pytest.mark.parametrize("restarted", [True, False])
def test_an_empty_one_in_its_place_is_told_and_taken(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, restarted: bool
) -> None:
    begin = datetime.now(UTC).timestamp()
    with Store(database_url, tmp_path / "archive") as first:
        acquire(first, tmp_path)
        acquire(first, tmp_path, 1)
        drop_tables(database_url)
        with Store(database_url, tmp_path / "archive") as second:
            acquire(second if restarted else first, tmp_path, 2)
            newest = second.newest()
    assert newest is not None
    assert newest.id == 1
    found = lost_since(tmp_path)
    assert found is not None
    assert abs(found.timestamp() - begin) < 3600
    [error] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "has no run, although run 2 was stored in it" in error
    assert f"delete {tmp_path / 'database.lost'}" in error
    assert (tmp_path / "database.lost").read_text() == f"{error}\n"


def test_it_is_told_until_an_administrator_has_seen_to_it(store: Store, database_url: str, tmp_path: Path) -> None:
    acquire(store, tmp_path)
    drop_tables(database_url)
    acquire(store, tmp_path, 1)
    found = lost_since(tmp_path)
    acquire(store, tmp_path, 2)
    assert found is not None
    assert lost_since(tmp_path) == found
    (tmp_path / "database.lost").unlink()
    acquire(store, tmp_path, 3)
    assert lost_since(tmp_path) is None


def test_the_time_of_the_first_loss_is_the_one_that_is_told(
    store: Store, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acquire(store, tmp_path)
    drop_tables(database_url)
    notice_loss(tmp_path, store)
    os.utime(tmp_path / "database.lost", (1_000_000_000, 1_000_000_000))
    notice_loss(tmp_path, store)  # as after a run that could not be stored
    found = lost_since(tmp_path)
    assert found is not None
    assert found.timestamp() == 1_000_000_000
    assert "cannot be written" not in caplog.text


def test_a_reader_of_one_that_is_dropped_says_so_and_shows_the_one_made_anew(store: Store, database_url: str) -> None:
    with Store(database_url, store.archive.directory) as writer:
        writer.write_all([run(SITE, 0), run(SITE, 1)])
        assert store.newest() is not None
        before = store.generation
        drop_tables(database_url)
        with pytest.raises(StoreError):
            store.newest()
        with pytest.raises(GoneError, match="is gone"):
            store.newest()
        assert store.generation > before  # what was made of the one before is shown no more
        with pytest.raises(StoreError):
            writer.write(run(SITE, 2))
        assert writer.write(run(SITE, 3)).id == 1
        newest = store.newest()
    assert newest is not None
    assert newest.time == run(SITE, 3).time


def test_another_address_is_another_database_and_no_loss(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for name in ("one", "two"):
        with Store(f"sqlite:///{tmp_path / name}", tmp_path / "archive") as store:
            acquire(store, tmp_path)
    assert lost_since(tmp_path) is None
    assert [record.getMessage() for record in caplog.records if "another database" in record.getMessage()] == [
        f"The configuration names another database than that of the runs before: sqlite:///{tmp_path / 'two'}."
    ]


def test_an_older_backup_is_told_in_the_log_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "x.db"
    with Store(f"sqlite:///{path}", tmp_path / "archive") as store:
        acquire(store, tmp_path)
    backup = path.read_bytes()
    with Store(f"sqlite:///{path}", tmp_path / "archive") as store:
        acquire(store, tmp_path, 1)
        acquire(store, tmp_path, 2)
    path.write_bytes(backup)
    with Store(f"sqlite:///{path}", tmp_path / "archive") as store:
        acquire(store, tmp_path, 3)
    assert lost_since(tmp_path) is None
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "ends with run 1, although run 3 was stored" in warning


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"database": 1}', "\0\xff"])
def test_a_memory_that_nobody_can_read_is_none(store: Store, tmp_path: Path, content: str) -> None:
    (tmp_path / "database.known").write_text(content)
    acquire(store, tmp_path)
    assert lost_since(tmp_path) is None


def test_a_memory_that_cannot_be_written_stops_nothing(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "database.known").mkdir()
    acquire(store, tmp_path)
    assert "database.known cannot be written, so a lost database will not be noticed" in caplog.text
    assert store.newest() is not None


def test_a_loss_that_cannot_be_marked_is_in_the_log_and_stops_nothing(
    tmp_path: Path, as_nobody: Callable[[], AbstractContextManager[None]], caplog: pytest.LogCaptureFixture
) -> None:
    with Store(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "archive") as store:
        acquire(store, tmp_path)
    (tmp_path / "x.db").unlink()
    with Store(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "archive") as store:
        tmp_path.chmod(0o555)
        with as_nobody():
            notice_loss(tmp_path, store)
        tmp_path.chmod(0o755)
    assert "has no run, although run 1 was stored in it" in caplog.text
    assert "database.lost cannot be written, so pages will not say it: Permission denied." in caplog.text
    assert lost_since(tmp_path) is None


@pytest.mark.postgresql
def test_no_password_stands_in_the_memory_and_a_new_one_is_no_other_database(
    new_postgresql_database: str, tmp_path: Path
) -> None:
    addresses = [new_postgresql_database.replace("postgres@", f"postgres:{word}@") for word in ("hunter2", "hunter3")]
    memories = []
    for address in addresses:
        with Store(address, tmp_path / "archive") as store:
            acquire(store, tmp_path)
        memories.append((tmp_path / "database.known").read_text())
    assert "hunter" not in "".join(memories)
    assert memories[0].replace('"run": 1', '"run": 2') == memories[1]
