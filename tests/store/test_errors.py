"""What goes wrong with a database is told in a sentence, without its password."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from building import outline, run
from happyface.errors import StoreError
from happyface.model.access import ANONYMOUS
from happyface.store import Store
from happyface.store.engine import display_url, open_engine, translated_errors


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("database is locked", "somebody else has been writing to it for long"),
        ("(1205, 'Lock wait timeout exceeded; try restarting')", "somebody else has been writing to it for long"),
        ("database or disk is full", "its disk is full"),
        ('could not extend file "base/1/2": No space left on device', "its disk is full"),
        ("attempt to write a readonly database", "it cannot be written to"),
        ("connection failed: Connection refused", "its server does not answer: connection refused"),
        ("database disk image is malformed", "its file is damaged, or its disk fails"),
        ("(2013, 'Lost connection to server during query')", "its server broke off the connection"),
        ("(2013, 'Lost connection to MySQL server during query (timed out)')", "its server does not answer"),
        ("connection timeout expired", "its server does not answer"),
        ("something\n new", "something new"),
    ],
)
def test_what_a_driver_says_becomes_a_sentence(said: str, sentence: str) -> None:
    engine = open_engine("postgresql+psycopg://me:hunter2@db.example.org/happyface")
    with pytest.raises(StoreError) as caught, translated_errors(engine, Path()):
        raise sa.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError(said))
    url = "postgresql+psycopg://me:***@db.example.org/happyface"
    assert str(caught.value) == f"The database {url} cannot be used: {sentence}."


def test_a_database_that_was_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with Store(f"sqlite:///{path}", tmp_path / "archive") as store:
        store.write_all([run(outline("a"), number) for number in range(50)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"x" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="its file is damaged, or its disk fails"):
        Store(f"sqlite:///{path}", tmp_path / "archive").overview(ANONYMOUS, None, run(outline("a")).time)


def test_an_archive_that_cannot_be_written_is_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the archive should be")
    with pytest.raises(StoreError, match=r"archive.* cannot be used: (Not a directory|File exists)"):
        store.recover()


def test_a_database_in_a_directory_with_an_odd_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a b#c ☺" / "x.db"
    with Store(f"sqlite:///{path}", tmp_path / "archive") as store:
        store.write(run(outline("a")))
        assert store.newest() is not None
    assert path.exists()


def test_a_database_is_named_without_what_its_driver_is_told() -> None:
    engine = sa.create_engine(
        "postgresql+psycopg://hf:hunter@db.example.org/happyface?password=hunter2&sslmode=require"
    )
    assert display_url(engine) == "postgresql+psycopg://hf:***@db.example.org/happyface"
