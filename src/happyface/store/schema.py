"""The tables of every site. Times are whole seconds since 1970 in UTC; texts and datasets are stored once.

What modules store has tables of its own, which are made when a module is first used: see ``layout.py``. A change here
needs a migration in ``migrations/versions``; a test compares the two.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import mysql, oracle

from happyface.contract.declaration import LONGEST_NAME

metadata = MetaData(
    naming_convention={
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

TABLE: dict[str, Any] = {
    "sqlite_with_rowid": False,  # the key is the table: measured smallest, and found by one walk
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    # Binary: the default collation takes `Node` and `node` for the same name.
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}
"""How each table is made, by database."""

# MariaDB's TEXT ends at 64 kB, MEDIUMTEXT at 16 MB.
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
_Digest = LargeBinary(16).with_variant(mysql.BINARY(16), "mysql", "mariadb").with_variant(oracle.RAW(16), "oracle")


def _key(name: str = "id") -> "Column[int]":
    # Numbers are given out by the writer, which is alone: rows can then point to each other before any is written.
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _of(table: Table, name: str, **options: Any) -> "Column[int]":
    """A column that points to a row of another table."""
    return Column(name, Integer, ForeignKey(table.c.id), **options)


def _key_of(table: Table, name: str) -> "Column[int]":
    return _of(table, name, primary_key=True, autoincrement=False)


def _name(**options: Any) -> "Column[str]":
    return Column("name", String(LONGEST_NAME), nullable=False, **options)


texts = Table("texts", metadata, _key(), Column("digest", _Digest, nullable=False), Column("text", LongText), **TABLE)
"""Sentences, notes and what was fetched, each stored once."""
Index("texts_digest", texts.c.digest, unique=True)

outlines = Table(
    "outlines",
    metadata,
    _key(),
    Column("digest", _Digest, nullable=False),
    Column("text", LongText, nullable=False),
    **TABLE,
)
"""What the site consisted of, as JSON: one row for each configuration that ever ran."""
Index("outlines_digest", outlines.c.digest, unique=True)

instances = Table("instances", metadata, _key(), _name(unique=True), **TABLE)
"""Every instance that there ever was."""

categories = Table("categories", metadata, _key(), _name(unique=True), **TABLE)
"""Every category that there ever was."""

runs = Table(
    "runs",
    metadata,
    _key(),
    Column("time", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    _of(outlines, "outline_id", nullable=False),
    _of(texts, "note_id"),
    **TABLE,
)
"""Complete runs: a run's row is written in the same transaction as everything that belongs to it."""
Index("runs_time", runs.c.time)

memberships = Table(
    "memberships",
    metadata,
    _key_of(instances, "instance_id"),
    _key_of(runs, "run_id"),
    _of(categories, "category_id"),
    Column("restricted", Boolean, nullable=False),
    **TABLE,
)
"""In which category an instance is from a run on, and whether it is for members only. Without a category it is gone."""

datasets = Table(
    "datasets",
    metadata,
    _key(),
    _of(instances, "instance_id", nullable=False),
    _of(runs, "run_id", nullable=False),
    Column("digest", _Digest, nullable=False),
    Column("limited", Boolean, nullable=False),
    Column("counts", LongText),
    _of(texts, "facts_id"),
    **TABLE,
)
"""What an instance stored, and in which run first. ``counts`` are the numbers of rows, ``pool:42,queue:3``."""

results = Table(
    "results",
    metadata,
    _key_of(instances, "instance_id"),
    _key_of(runs, "run_id"),
    Column("status", Double),
    _of(datasets, "dataset_id"),
    _of(texts, "sentence_id"),
    **TABLE,
)
"""What an instance says from a run on, until its next row. Without a status it was not looked at."""

category_results = Table(
    "category_results",
    metadata,
    _key_of(categories, "category_id"),
    _key_of(runs, "run_id"),
    Column("status", Double),
    _of(texts, "sentence_id"),
    **TABLE,
)
"""What a category's status is from a run on, all its members counted. Without a status there is no such category."""

changes = Table(
    "changes",
    metadata,
    _key(),
    Column("time", BigInteger, nullable=False),
    _of(runs, "run_id", nullable=False),
    _of(instances, "instance_id"),
    _of(categories, "category_id"),
    Column("old_status", Double),
    Column("new_status", Double, nullable=False),
    _of(texts, "sentence_id"),
    Column("told", Boolean, nullable=False),
    CheckConstraint("(instance_id IS NULL) <> (category_id IS NULL)", name="one"),
    **TABLE,
)
"""When an instance or a category changed its face, why, and whether anybody was notified. Kept for ever."""
Index("changes_run", changes.c.run_id)
Index("changes_instance", changes.c.instance_id, changes.c.run_id)
Index("changes_category", changes.c.category_id, changes.c.run_id)

archive = Table(
    "archive",
    metadata,
    Column("path", String(400), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    _of(datasets, "dataset_id", nullable=False),
    **TABLE,
)
"""Archived files: the path in their address, and the SHA-256 under which the content is kept once."""
Index("archive_digest", archive.c.digest)

modules = Table("modules", metadata, _key(), _name(unique=True), **TABLE)
"""Every module that ever stored something."""

module_tables = Table(
    "module_tables",
    metadata,
    _key(),
    _of(modules, "module_id", nullable=False),
    _name(),
    **TABLE,
)
"""The tables of modules: number 17 is ``values_17`` for a ``Data``, whose name is empty here, or ``rows_17``."""

module_columns = Table(
    "module_columns",
    metadata,
    _key(),
    _of(module_tables, "table_id", nullable=False),
    _name(),
    Column("kind", String(10), nullable=False),
    Column("unit", String(LONGEST_NAME)),
    Column("place_id", Integer, ForeignKey("module_columns.id")),
    Column("indexed", Boolean, nullable=False),
    **TABLE,
)
"""The columns of those tables: number 42 is ``c42``. A renamed one lies in the place of the one that it was."""

numbers = Table(
    "numbers",
    metadata,
    _key(),
    _of(instances, "instance_id", nullable=False),
    _of(module_columns, "column_id"),
    _of(module_columns, "key_id"),
    Column("row_name", LongText),
    **TABLE,
)
"""Numbers that have summaries: the status of an instance, a column of its data, or one of its row of that name."""
Index("numbers_instance", numbers.c.instance_id, numbers.c.column_id)

summaries = Table(
    "summaries",
    metadata,
    _key_of(numbers, "number_id"),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("blocks", LargeBinary, nullable=False),
    **TABLE,
)
"""What a number was in 256 runs, in blocks of 32: they only make plots of a year quicker, and may be deleted."""

summarised_periods = Table(
    "summarised_periods", metadata, Column("period", Integer, primary_key=True, autoincrement=False), **TABLE
)
"""The periods that are full and of which all summaries have been made; the run 5000 is in the period 5000 / 256."""
