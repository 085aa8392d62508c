"""The first version."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, oracle

revision = "0001"
down_revision = None

# As they were then: a later change of the tables is a later migration.
TABLE: dict[str, Any] = {
    "sqlite_with_rowid": False,
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}
DIGEST = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql", "mariadb").with_variant(oracle.RAW(16), "oracle")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Make all tables."""
    _categories()
    _instances()
    _modules()
    _outlines()
    _texts()
    _module_tables()
    _runs()
    _category_results()
    _changes()
    _datasets()
    _memberships()
    _module_columns()
    _archive()
    _results()


def _categories() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        sa.UniqueConstraint("name", name="uq_categories_name"),
        **TABLE,
    )


def _instances() -> None:
    op.create_table(
        "instances",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instances"),
        sa.UniqueConstraint("name", name="uq_instances_name"),
        **TABLE,
    )


def _modules() -> None:
    op.create_table(
        "modules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_modules"),
        sa.UniqueConstraint("name", name="uq_modules_name"),
        **TABLE,
    )


def _outlines() -> None:
    op.create_table(
        "outlines",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outlines"),
        **TABLE,
    )
    op.create_index("outlines_digest", "outlines", ["digest"], unique=True)


def _texts() -> None:
    op.create_table(
        "texts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("text", LONG_TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
        **TABLE,
    )
    op.create_index("texts_digest", "texts", ["digest"], unique=True)


def _module_tables() -> None:
    op.create_table(
        "module_tables",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("module_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["module_id"], ["modules.id"], name="fk_module_tables_module_id"),
        sa.PrimaryKeyConstraint("id", name="pk_module_tables"),
        **TABLE,
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("outline_id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["texts.id"], name="fk_runs_note_id"),
        sa.ForeignKeyConstraint(["outline_id"], ["outlines.id"], name="fk_runs_outline_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        **TABLE,
    )
    op.create_index("runs_time", "runs", ["time"], unique=False)


def _category_results() -> None:
    op.create_table(
        "category_results",
        sa.Column("category_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Double(), nullable=True),
        sa.Column("sentence_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_category_results_category_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_category_results_run_id"),
        sa.ForeignKeyConstraint(["sentence_id"], ["texts.id"], name="fk_category_results_sentence_id"),
        sa.PrimaryKeyConstraint("category_id", "run_id", name="pk_category_results"),
        **TABLE,
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("old_status", sa.Double(), nullable=True),
        sa.Column("new_status", sa.Double(), nullable=False),
        sa.Column("sentence_id", sa.Integer(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(instance_id IS NULL) <> (category_id IS NULL)", name="ck_changes_one"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_changes_category_id"),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], name="fk_changes_instance_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_changes_run_id"),
        sa.ForeignKeyConstraint(["sentence_id"], ["texts.id"], name="fk_changes_sentence_id"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        **TABLE,
    )
    op.create_index("changes_category", "changes", ["category_id", "run_id"], unique=False)
    op.create_index("changes_instance", "changes", ["instance_id", "run_id"], unique=False)
    op.create_index("changes_run", "changes", ["run_id"], unique=False)


def _datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False),
        sa.Column("counts", LONG_TEXT, nullable=True),
        sa.Column("facts_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["facts_id"], ["texts.id"], name="fk_datasets_facts_id"),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], name="fk_datasets_instance_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_datasets_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        **TABLE,
    )


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("instance_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_memberships_category_id"),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], name="fk_memberships_instance_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_memberships_run_id"),
        sa.PrimaryKeyConstraint("instance_id", "run_id", name="pk_memberships"),
        **TABLE,
    )


def _module_columns() -> None:
    op.create_table(
        "module_columns",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("table_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("indexed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["module_columns.id"], name="fk_module_columns_place_id"),
        sa.ForeignKeyConstraint(["table_id"], ["module_tables.id"], name="fk_module_columns_table_id"),
        sa.PrimaryKeyConstraint("id", name="pk_module_columns"),
        **TABLE,
    )


def _archive() -> None:
    op.create_table(
        "archive",
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name="fk_archive_dataset_id"),
        sa.PrimaryKeyConstraint("path", name="pk_archive"),
        **TABLE,
    )
    op.create_index("archive_digest", "archive", ["digest"], unique=False)


def _results() -> None:
    op.create_table(
        "results",
        sa.Column("instance_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Double(), nullable=True),
        sa.Column("dataset_id", sa.Integer(), nullable=True),
        sa.Column("sentence_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name="fk_results_dataset_id"),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], name="fk_results_instance_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_results_run_id"),
        sa.ForeignKeyConstraint(["sentence_id"], ["texts.id"], name="fk_results_sentence_id"),
        sa.PrimaryKeyConstraint("instance_id", "run_id", name="pk_results"),
        **TABLE,
    )
