"""The tables. Times are whole seconds since 1970 in UTC; texts and datasets are stored once and pointed to."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import mysql, oracle
from sqlalchemy.types import TypeEngine

from happyface.contract import columns

VERSION = "1"
"""Of the core tables; written when they are made."""

metadata = MetaData()

_TABLE: dict[str, Any] = {
    "sqlite_with_rowid": False,  # the key is the table: measured smallest, and found by one walk
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}
_Digest = LargeBinary(16).with_variant(mysql.BINARY(16), "mysql", "mariadb").with_variant(oracle.RAW(16), "oracle")
_LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def _key(name: str, type: type[TypeEngine[int]] = Integer) -> "Column[int]":
    return Column(name, type, primary_key=True, autoincrement=False)


meta = Table("meta", metadata, Column("name", String(100), primary_key=True), Column("value", _LongText), **_TABLE)
"""What the database knows of itself: its version, and the columns of each module."""

texts = Table(
    "texts", metadata, _key("id"), Column("digest", _Digest, nullable=False), Column("text", _LongText), **_TABLE
)
"""Sentences, facts and outlines, each stored once."""
Index("texts_digest", texts.c.digest, unique=True)

instances = Table("instances", metadata, _key("id"), Column("name", String(100), nullable=False, unique=True), **_TABLE)
categories = Table(
    "categories", metadata, _key("id"), Column("name", String(100), nullable=False, unique=True), **_TABLE
)

runs = Table(
    "runs",
    metadata,
    _key("id"),
    Column("time", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("outline_id", Integer, nullable=False),
    Column("note_id", Integer),
    **_TABLE,
)
"""Complete runs. A run's row is written in the same transaction as everything that belongs to it."""
Index("runs_time", runs.c.time)

datasets = Table(
    "datasets",
    metadata,
    _key("id"),
    Column("instance_id", Integer, nullable=False),
    Column("digest", _Digest, nullable=False),
    Column("limited", Boolean, nullable=False),
    Column("counts", String(400)),
    Column("facts_id", Integer),
    **_TABLE,
)
"""What an instance stored. ``counts`` are the numbers of rows, ``pool:42,queue:3``."""

results = Table(
    "results",
    metadata,
    _key("instance_id"),
    _key("run_id"),
    Column("status", Double, nullable=False),
    Column("dataset_id", Integer),
    Column("sentence_id", Integer),
    **_TABLE,
)
"""What an instance said in a run: the one large table, so its rows are tiny."""

category_results = Table(
    "category_results",
    metadata,
    _key("category_id"),
    _key("run_id"),
    Column("status", Double, nullable=False),
    Column("sentence_id", Integer),
    **_TABLE,
)
"""What a category's status was, all its members counted."""

changes = Table(
    "changes",
    metadata,
    _key("instance_id"),
    _key("run_id"),
    Column("old", Double),
    Column("new", Double, nullable=False),
    Column("sentence_id", Integer),
    **_TABLE,
)
"""When an instance changed its face, and why."""
Index("changes_run", changes.c.run_id)

archive = Table(
    "archive",
    metadata,
    Column("path", String(400), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("instance_id", Integer, nullable=False),
    Column("run_id", Integer, nullable=False),
    **_TABLE,
)
"""Archived files: the path in their address, and the SHA-256 under which the content is kept once."""
Index("archive_digest", archive.c.digest)

_TYPES: Mapping[columns.Kind, TypeEngine[Any]] = {
    "number": Double(),
    "integer": BigInteger(),
    "flag": Boolean(),
    "text": _LongText,
    "time": Double(),
    "file": String(400),
}


def table_name(module: str, table: str) -> str:
    """The name of a module's table in the database."""
    return f"rows_{module}_{table}" if table else f"data_{module}"


@cache
def module_table(module: str, table: columns.Table) -> Table:
    """The table of a module's ``Data`` or of one of its row classes, keyed by dataset."""
    keys = [_key("dataset_id")] + ([_key("position")] if table.name else [])
    return Table(
        table_name(module, table.name),
        MetaData(),
        *keys,
        *(Column(each.name, _TYPES[each.kind]) for each in table.columns),
        **_TABLE,
    )
