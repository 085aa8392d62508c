"""Summaries, from which plots of a year are read."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"

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
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Make the three tables."""
    # MariaDB keeps what a killed process had begun to make; nothing is in it yet.
    for name in ("summaries", "numbers", "summarised_periods"):
        op.drop_table(name, if_exists=True)
    _numbers()
    _summaries()
    op.create_table(
        "summarised_periods",
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("period", name="pk_summarised_periods"),
        **TABLE,
    )


def _numbers() -> None:
    op.create_table(
        "numbers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("column_id", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("row_name", LONG_TEXT, nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instances.id"], name="fk_numbers_instance_id"),
        sa.ForeignKeyConstraint(["column_id"], ["module_columns.id"], name="fk_numbers_column_id"),
        sa.ForeignKeyConstraint(["key_id"], ["module_columns.id"], name="fk_numbers_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_numbers"),
        **TABLE,
    )
    op.create_index("numbers_instance", "numbers", ["instance_id", "column_id"], unique=False)


def _summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("number_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.id"], name="fk_summaries_number_id"),
        sa.PrimaryKeyConstraint("number_id", "period", name="pk_summaries"),
        **TABLE,
    )
