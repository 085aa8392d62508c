"""Connections to the database: opening them, the writer's lock, and errors translated into sentences."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from happyface.contract.quoting import one_line
from happyface.errors import StoreError, nearest

_PATIENCE = 15
"""Seconds that a writer waits for another one."""
_CONNECTING = 3
"""Seconds that a database server may take to greet."""
_ANSWER = 5
"""Seconds that it may take for what a page asks."""
_LONG_ANSWER = 300
"""Seconds that it may take for what is written, another writer's time included."""
_CONNECTIONS = {"pool_size": 4, "max_overflow": 2}
"""Connections of one process to SQLite: more would not read faster, and each has a cache of its own."""
_KINDS = ("sqlite", "postgresql+psycopg", "mysql+pymysql")
_PRAGMAS = (
    f"busy_timeout={_PATIENCE * 1000}",
    "journal_mode=WAL",  # readers never wait for the writer
    "synchronous=NORMAL",
    "cache_size=-4000",  # kB a connection; the system's own cache has the rest of the file
    "foreign_keys=ON",
)


def open_engine(url: str) -> Engine:
    """An engine for an SQLAlchemy address. Nothing is connected to yet, and nothing is made.

    Raises:
        StoreError: the address cannot be used, or the driver is not installed.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            return _open_sqlite(parsed)
        return _open_server(parsed)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise StoreError(f"The database's address cannot be used: {error}.") from error


def address_fault(url: str) -> str:
    """Why a database's address cannot be used, without any part of a password; empty where it can."""
    try:
        parsed = sa.make_url(url)
        # A second @ has made a part of the password look like one of the host's name.
        if "@" in f"{parsed.host or ''}{parsed.database if parsed.get_backend_name() != 'sqlite' else ''}":
            return "there is more than one '@'; in a password it is written %40"
        if parsed.get_backend_name() == "sqlite" and not parsed.database:
            return "it names no file; write sqlite:///data/happyface.db"
        parsed.get_dialect().import_dbapi()
    except sa.exc.NoSuchModuleError:
        kind = parsed.drivername
        return f"there is no kind of database '{kind}'{nearest(kind, _KINDS)}; write {' or '.join(_KINDS)}"
    except ImportError as error:
        return f"the driver of '{parsed.drivername}' is not installed ({error.name}); write {' or '.join(_KINDS)}"
    except (sa.exc.ArgumentError, ValueError):
        return "it is not an address such as postgresql+psycopg://user:password@host/name"
    return ""


def _open_server(url: sa.URL) -> Engine:
    """An engine of a database server; one that is stopped is an error, and nothing waits for it for long."""
    settings: dict[str, Any] = {"connect_timeout": _CONNECTING}
    # Whatever the address or the server's own configuration say of it: texts are Unicode.
    if url.get_driver_name() == "pymysql":
        settings |= {"read_timeout": _ANSWER + _PATIENCE, "write_timeout": _ANSWER + _PATIENCE, "charset": "utf8mb4"}
    if url.get_driver_name() == "psycopg":
        settings["client_encoding"] = "utf8"
    engine = sa.create_engine(url, pool_pre_ping=True, pool_timeout=_ANSWER, connect_args=settings)
    if url.get_driver_name() == "psycopg":
        event.listen(engine, "do_connect", _connect_psycopg)
    return engine


def _connect_psycopg(_: object, __: object, arguments: Any, settings: Any) -> Any:
    # Here, for the driver is there only where it is used. By itself it waits for an answer for ever.
    import psycopg

    class Impatient(psycopg.Connection[Any]):
        patience: float = _ANSWER

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, self.patience if timeout is None else timeout)
            except psycopg.OperationalError as error:
                # What the server says has a number, and a connection that broke is closed: this one has only waited.
                if error.sqlstate or self.closed:
                    raise
                self.close()  # else the end of the transaction would be waited for as well
                raise psycopg.OperationalError("its server does not answer") from error

    return Impatient.connect(*arguments, **settings)


def _open_sqlite(url: sa.URL) -> Engine:
    address = f"file:{quote(str(url.database))}?mode=rw"  # rw: a database that is not there is not made by looking

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, check_same_thread=False)

    engine = sa.create_engine(url, creator=connect, **_CONNECTIONS)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # The driver's own transactions begin with the first INSERT: a page would read some before and some after a write.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        _when_free(cursor, f"PRAGMA {pragma}")
    cursor.close()


def _when_free(cursor: sqlite3.Cursor, statement: str) -> None:
    # A new file turns to WAL under a lock for which SQLite itself does not wait, whatever its busy_timeout.
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            cursor.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def is_missing(engine: Engine) -> bool:
    """Whether the database is a file that nobody has made yet."""
    path = sqlite_path(engine)
    return path is not None and not path.exists()


def sqlite_path(engine: Engine) -> Path | None:
    """The file of an SQLite database; None for others."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database)


def file_identity(engine: Engine) -> tuple[int, int] | None:
    """Which file an SQLite database is: another one after a restore. None where it is missing, and for others."""
    path = sqlite_path(engine)
    try:
        state = path.stat() if path is not None else None
    except OSError:
        return None
    return (state.st_dev, state.st_ino) if state else None


def make_file(engine: Engine) -> None:
    """Make the file of an SQLite database, with its directory, where it is missing."""
    path = sqlite_path(engine)
    if path is not None and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        sqlite3.connect(path).close()  # makes an empty file, and leaves alone one that came to be meanwhile


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that no other writer shares; it waits for one that is at work.

    What is not committed within the block is rolled back.
    """
    with engine.connect().execution_options(writes=True) as connection:
        driver: Any = connection.connection.driver_connection
        is_limited = hasattr(driver, "patience")
        if is_limited:
            driver.patience = _LONG_ANSWER
        try:
            with _alone(connection):
                yield connection
        finally:
            if is_limited:
                driver.patience = _ANSWER


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    # Tables are made under this lock, too, so it cannot be one of a table.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7428)")
        yield
    elif connection.dialect.name in ("mysql", "mariadb"):
        name = f"happyface {connection.engine.url.database}"[:64]
        got = connection.exec_driver_sql(f"SELECT GET_LOCK(%s, {_PATIENCE})", (name,)).scalar()
        if not got:
            raise StoreError("Another process has been writing to the database for long; this run was not stored.")
        try:
            yield
        finally:
            connection.rollback()
            connection.exec_driver_sql("SELECT RELEASE_LOCK(%s)", (name,))
    else:  # SQLite: the transaction began as a writer's
        yield


_NEWEST = "SELECT max(id) FROM runs"


def newest_run_id(connection: Connection) -> int:
    """The number of the newest run; 0 where there is none."""
    if connection.dialect.name != "sqlite":
        return connection.exec_driver_sql(_NEWEST).scalar() or 0
    if not connection.in_transaction():
        connection.begin()
    # A run in which nothing changed is two statements: the layers above the driver would be a third of its time.
    driver: Any = connection.connection.driver_connection
    return driver.execute(_NEWEST).fetchone()[0] or 0


_REASONS = (
    (("database is locked", "Lock wait timeout", "deadlock"), "somebody else has been writing to it for long"),
    (("database or disk is full", "No space left", "could not extend file", "is full"), "its disk is full"),
    (("readonly database", "read-only"), "it cannot be written to"),
    (("Connection refused", "Can't connect", "could not connect"), "its server does not answer: connection refused"),
    (("disk I/O error", "malformed", "is corrupt"), "its file is damaged, or its disk fails"),
    (("timed out", "timeout expired", "does not answer"), "its server does not answer"),
    (("Lost connection", "server closed the connection", "gone away"), "its server broke off the connection"),
)


@contextmanager
def translated_errors(engine: Engine, archive: Path) -> Iterator[None]:
    """Translate errors of the database and of its disk into a StoreError with one sentence."""
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error) as error:  # SQLite's own comes from the first connection
        raise StoreError(f"The database {display_url(engine)} cannot be used: {_reason(error)}.") from error
    except sa.exc.TimeoutError as error:
        raise StoreError(f"The database {display_url(engine)} cannot be used: too many read it at once.") from error
    except OSError as error:
        at = error.filename or archive
        raise StoreError(f"{at} cannot be used: {error.strerror or error}.") from error


def _reason(error: Exception) -> str:
    text = one_line(str(getattr(error, "orig", error)), 300)
    for signs, reason in _REASONS:
        if any(sign.lower() in text.lower() for sign in signs):
            return reason
    return text


def display_url(engine: Engine) -> str:
    """The database's address as people may see it, without its password."""
    # A driver may be handed one in the query, too.
    return engine.url.set(query={}).render_as_string(hide_password=True)
