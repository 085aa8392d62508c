"""The version of a database: checked before anything else is read or written."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from happyface.errors import StoreError
from happyface.store import schema
from happyface.store.engine import display_url, make_file, open_engine, translated_errors, writing

VERSIONS = ("0001",)
"""All versions of the tables, the oldest first; each is a migration of this number."""
_UNFINISHED = ""
"""The version of tables that a killed process left half made: MariaDB keeps those. They hold no run yet."""
_alembic = sa.table("alembic_version", sa.column("version_num"))


def is_ready(connection: Connection) -> bool:
    """Whether the database has the tables of this program; False where it has none at all.

    Raises:
        StoreError: it is of an older or a newer program, or of something else.
    """
    version = _version(connection)
    if version in (None, _UNFINISHED):
        return False
    if version != VERSIONS[-1]:
        raise StoreError(
            f"The database {display_url(connection.engine)} is of an older HappyFace (version {version} of its tables; "
            f"this one works with {VERSIONS[-1]}). The next “happyface acquire” upgrades it."
        )
    return True


def _version(connection: Connection) -> str | None:
    """The version of the tables; None of an empty database."""
    address = display_url(connection.engine)
    _check_encoding(connection, address)
    names = set(sa.inspect(connection).get_table_names())
    if not names:
        return None
    if _alembic.name not in names:
        if "meta" in names and "runs" in names:
            raise StoreError(
                f"The database {address} is of a HappyFace from before its first version, and cannot be upgraded. "
                f"Move it away, or name another one in [database] url; the next “happyface acquire” begins anew."
            )
        raise StoreError(
            f"The database {address} holds something else ({', '.join(sorted(names)[:3])}, …): "
            f"name one that is HappyFace's own in [database] url."
        )
    version = connection.scalar(sa.select(_alembic.c.version_num))
    if version is None:
        return _UNFINISHED
    if version not in VERSIONS:
        raise StoreError(
            f"The database {address} is of a newer HappyFace (version {version} of its tables; this one knows "
            f"{VERSIONS[-1]}). Use that HappyFace, or name another database in [database] url."
        )
    return str(version)


def _check_encoding(connection: Connection, address: str) -> None:
    """Raise StoreError where a server's database has no place for every text."""
    query, right, advice = _ENCODINGS.get(connection.dialect.name, ("", "", ""))
    found = connection.exec_driver_sql(query).scalar() if query else None
    if found and not str(found).startswith(right):
        raise StoreError(
            f"The database {address} keeps texts as {found}, which has no place for all of them: {advice}."
        )


# The tables' own, not the database's: ours are made as they must be, but those of a dump may be something else.
_MARIADB_TABLES = (
    "SELECT table_collation FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_name = 'texts' AND table_collation IS NOT NULL",
    "utf8mb4",
    "convert each of its tables (ALTER TABLE name CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
)
_ENCODINGS = {
    "postgresql": (
        "SHOW server_encoding",
        "UTF8",
        "make another one (CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0), and name it in [database] url",
    ),
    "mysql": _MARIADB_TABLES,
    "mariadb": _MARIADB_TABLES,
}
"""By dialect: what asks for the encoding of texts, the one that takes every text, and how to come by it."""


def prepare(engine: Engine) -> None:
    """Make the tables of a new site, or upgrade those of an older program. Only programs that write do this.

    Raises:
        StoreError: the database is of a newer program, or of something else.
    """
    make_file(engine)
    with writing(engine) as connection:  # of two that begin at once the second one waits, and finds them made
        version = _version(connection)
        if version == _UNFINISHED:
            schema.metadata.drop_all(connection)
        if version != VERSIONS[-1]:
            migrate(connection)
            connection.commit()


def migrate(connection: Connection, to: str = "head") -> None:
    """Run the migrations that the database lacks."""
    # Alembic takes a tenth of a second to import, and a database is upgraded once in a year.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    command.upgrade(config, to)


def upgrade_database(url: str) -> None:
    """Bring the database of an address up to this program, or make it.

    Raises:
        StoreError: it cannot be used, is of a newer program, or of something else.
    """
    engine = open_engine(url)
    try:
        with translated_errors(engine, Path()):
            prepare(engine)
    finally:
        engine.dispose()
