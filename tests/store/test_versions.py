"""A database is looked at before it is read or written: its version, and whether it is HappyFace's at all."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.dialects import mysql, oracle, postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

import databases
from building import Said, outline, run
from happyface.errors import StoreError
from happyface.model.access import ANONYMOUS
from happyface.store import Store, schema, upgrade_database, versions
from happyface.store.engine import make_file, open_engine
from happyface.store.layout import Place, make_table

SITE = outline("a", "b")


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    found = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return found


def execute(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def test_reading_makes_nothing(database_url: str, tmp_path: Path) -> None:
    with Store(database_url, tmp_path / "archive") as store:
        assert store.newest() is None
    if database_url.startswith("sqlite"):
        assert list(tmp_path.iterdir()) == []
    else:
        assert tables(database_url) == set()


def test_a_reader_that_was_there_first_sees_the_first_run(database_url: str, tmp_path: Path) -> None:
    with Store(database_url, tmp_path / "archive") as reader, Store(database_url, tmp_path / "archive") as writer:
        assert reader.newest() is None
        writer.write(run(SITE))
        newest = reader.newest()
        assert newest is not None
        assert newest.id == 1


def test_two_that_begin_at_once_on_a_new_site_both_work(database_url: str, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[3])\n"
        "from building import outline, run\n"
        "from happyface.store import Store\n"
        "with Store(sys.argv[1], pathlib.Path(sys.argv[2])) as store:\n"
        "    store.write(run(outline('a'), int(sys.argv[4])))\n"
    )
    here = str(Path(__file__).parent.parent)
    arguments = [sys.executable, "-c", code, database_url, str(tmp_path / "archive"), here]
    both = [subprocess.Popen([*arguments, str(n)], stderr=subprocess.PIPE, text=True) for n in range(3)]
    assert [process.communicate()[1] for process in both] == [""] * 3
    with Store(database_url, tmp_path / "archive") as store:
        newest = store.newest()
        assert newest is not None
        assert newest.id == 3


def test_threads_that_begin_at_once_all_write(database_url: str, tmp_path: Path) -> None:
    stores = [Store(database_url, tmp_path / "archive") for _ in range(4)]
    threads = [threading.Thread(target=writer.write, args=(run(SITE),)) for writer in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    newest = stores[0].newest()
    assert newest is not None
    assert newest.id == 4
    for writer in stores:
        writer.close()


def test_those_that_open_a_new_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    faults: list[str] = []

    def open_file(engine: Engine, start: threading.Barrier) -> None:
        make_file(engine)
        start.wait()
        try:
            engine.connect().close()
        except DBAPIError as error:
            faults.append(str(error))
        engine.dispose()

    for number in range(100):
        start = threading.Barrier(6)
        engines = [open_engine(f"sqlite:///{tmp_path}/{number}.db") for _ in range(6)]
        threads = [threading.Thread(target=open_file, args=(engine, start)) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []


def test_the_database_of_a_newer_program_is_left_alone(store: Store, database_url: str, tmp_path: Path) -> None:
    store.write(run(SITE))
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    sentence = r"is of a newer HappyFace .version 9999 .* Use that HappyFace"
    with pytest.raises(StoreError, match=sentence):
        Store(database_url, tmp_path / "archive")
    with pytest.raises(StoreError, match=sentence):
        upgrade_database(database_url)


def test_the_database_of_an_older_program_waits_for_the_next_acquisition(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(run(SITE))
    upgraded = []
    monkeypatch.setattr(versions, "VERSIONS", (*versions.VERSIONS, "0099"))
    monkeypatch.setattr(versions, "migrate", lambda connection: upgraded.append(connection))
    with pytest.raises(StoreError, match=r"is of an older HappyFace .* The next “happyface acquire” upgrades it"):
        Store(database_url, tmp_path / "archive")
    upgrade_database(database_url)
    assert len(upgraded) == 1


def test_the_database_from_before_the_first_version_is_told(database_url: str, tmp_path: Path) -> None:
    if path := sa.make_url(database_url).database:
        Path(path).parent.mkdir(exist_ok=True, parents=True) if database_url.startswith("sqlite") else None
    execute(database_url, "CREATE TABLE meta (name INTEGER)", "CREATE TABLE runs (id INTEGER)")
    with pytest.raises(StoreError, match=r"from before its first version, and cannot be upgraded. Move it away"):
        Store(database_url, tmp_path / "archive")


def test_tables_that_a_killed_process_had_begun_to_make_are_made(database_url: str, tmp_path: Path) -> None:
    """MariaDB keeps each table that was made; the version is written after the last one."""
    execute(
        database_url,
        "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)",
        "CREATE TABLE categories (id INTEGER PRIMARY KEY)",
    )
    with Store(database_url, tmp_path / "archive") as store:
        assert store.newest() is None
        assert store.write(run(SITE)).id == 1
        assert store.overview(ANONYMOUS, None, run(SITE).time) is not None


def test_the_database_of_something_else_is_told_and_left_alone(database_url: str, tmp_path: Path) -> None:
    execute(database_url, "CREATE TABLE customers (id INTEGER)")
    with pytest.raises(StoreError, match=r"holds something else \(customers, …\): name one that is HappyFace's own"):
        Store(database_url, tmp_path / "archive")
    with pytest.raises(StoreError, match="holds something else"):
        upgrade_database(database_url)
    assert tables(database_url) == {"customers"}


def test_the_migrations_make_what_the_schema_says(database_url: str) -> None:
    upgrade_database(database_url)
    upgrade_database(database_url)  # does nothing
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, schema.metadata)
    # MariaDB makes an index of its own for each foreign key.
    assert [difference for difference in differences if difference[0] != "remove_index"] == []
    engine.dispose()


def test_the_newest_migration_is_the_version_of_this_program() -> None:
    scripts = ScriptDirectory(str(Path(versions.__file__).parent / "migrations"))
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(versions.VERSIONS)


@pytest.mark.parametrize("dialect", [oracle.dialect(), postgresql.dialect(), mysql.dialect(), sqlite.dialect()])
def test_every_table_can_be_written_for_every_database(dialect: sa.Dialect) -> None:
    kinds = ("number", "integer", "flag", "text", "state", "time", "file")
    places = {Place(number, kind): None for number, kind in enumerate(kinds)}  # type: ignore[arg-type]
    made = [*schema.metadata.sorted_tables, make_table(7, "", places), make_table(8, "pool", places)]
    for table in made:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "INDEX" in str(CreateIndex(index).compile(dialect=dialect))


def test_every_row_points_to_rows_that_are_there(store: Store) -> None:
    for number in range(3):
        store.write(run(SITE, number, a=Said(number / 2, number, pools=[["p", number]])))
    store.write(run(outline("a"), 3))
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1
            assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    with pytest.raises(sa.exc.IntegrityError), store.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO memberships VALUES (1, 77, 1, '0')"))
    assert store.category(ANONYMOUS, "all", None, run(SITE).time) is not None


@pytest.mark.postgresql
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_a_postgresql_database_that_does_not_take_every_text_is_refused(
    postgresql: databases.Server, tmp_path: Path, encoding: str
) -> None:
    name = f"encoded_{encoding.lower()}"
    admin = sa.create_engine(postgresql.database("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0"))
    admin.dispose()
    with pytest.raises(StoreError, match=rf"/{name} keeps texts as {encoding}, .*CREATE DATABASE name ENCODING 'UTF8'"):
        Store(postgresql.database(name), tmp_path / "archive")
    with pytest.raises(StoreError, match=f"keeps texts as {encoding}"):
        upgrade_database(postgresql.database(name))


EVERY_TEXT = "Störung ☺ 日本 \U0001f4a9"


def test_tables_of_mariadb_that_do_not_take_every_text_are_refused(new_mariadb_database: str, tmp_path: Path) -> None:
    with Store(new_mariadb_database, tmp_path / "archive") as store:
        store.write(run(outline("a")))
    execute(new_mariadb_database, "ALTER TABLE texts CONVERT TO CHARACTER SET latin1")
    with pytest.raises(StoreError, match=r"keeps texts as latin1_swedish_ci, .*CONVERT TO CHARACTER SET utf8mb4"):
        Store(new_mariadb_database, tmp_path / "archive")


def test_what_a_database_of_mariadb_makes_tables_of_by_default_does_not_matter(
    new_mariadb_database: str, tmp_path: Path
) -> None:
    execute(new_mariadb_database, f"ALTER DATABASE {sa.make_url(new_mariadb_database).database} CHARACTER SET latin1")
    with Store(new_mariadb_database, tmp_path / "archive") as store:
        store.write(run(outline("a"), a=Said(sentence=EVERY_TEXT, note=EVERY_TEXT, pools=[[EVERY_TEXT, 1]])))
    with Store(new_mariadb_database, tmp_path / "archive") as store:
        view = store.instance(ANONYMOUS, "a", 1)
    assert view is not None
    assert (view.sentence, view.cells[1].value, view.rows[0].rows[0][0].value) == (EVERY_TEXT,) * 3


@pytest.mark.postgresql
def test_an_address_does_not_decide_which_texts_are_taken(
    new_mariadb_database: str, new_postgresql_database: str, tmp_path: Path
) -> None:
    addresses = (
        f"{new_mariadb_database}?charset=latin1",
        f"{new_mariadb_database}?charset=utf8",
        f"{new_postgresql_database}?client_encoding=latin1",
    )
    for number, address in enumerate(addresses):
        with Store(address, tmp_path / "archive") as store:
            written = store.write(run(outline("a"), number, a=Said(sentence=f"{EVERY_TEXT}{number}")))
            view = store.instance(ANONYMOUS, "a", written.id)
        assert view is not None
        assert view.sentence == f"{EVERY_TEXT}{number}"
