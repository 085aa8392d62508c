"""What a writer remembers of the database, so that a run with few changes needs few queries."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.contract.columns import storable
from happyface.model.access import is_restricted
from happyface.model.outline import Outline
from happyface.rating.category import Verdict
from happyface.store import schema
from happyface.store.engine import newest_run_id
from happyface.store.layout import Layout, StoredTable
from happyface.store.statuses import newest_at
from happyface.store.writing.batch import Batch

_MOST_AT_ONCE = 500
"""Values in one IN list: every database takes so many."""
_REMEMBERED_TEXTS = 10_000


@dataclass(slots=True)
class LatestRow:
    """The latest row of ``results`` or ``category_results``; without a status: not looked at."""

    status: float | None = None
    sentence_id: int | None = None
    dataset_id: int | None = None
    digest: bytes = b""


Membership = tuple[int | None, bool]
"""The number of an instance's category, and whether it is for members only."""


class Memory:
    """The numbers that were given out, and the latest rows. It is read anew when somebody else has written.

    Attributes:
        outline: the one of the last run that was written, with its number.
        fingerprints: those of the last run's outcomes, in their order: equal ones are not looked at again.
        run_digest: the digest of that run, where nothing of it was refused.
        verdicts: the statuses and sentences as they were stored; ``statuses`` are these alone.
        problems: why modules of this outline cannot be stored.
        stored: where the tables of the others lie, by module.
        with_files: the modules that have columns of files.
        columns_digest: changes when a module's tables or columns do, by module.
    """

    def __init__(self) -> None:
        self.layout = Layout()
        self.forget()

    def forget(self) -> None:
        """Drop everything: it may no longer be what the database has."""
        self.run_id = -1
        self.outline: tuple[Outline, int] | None = None
        self.fingerprints: list[tuple[Any, ...]] = []
        self.run_digest = b""
        self.statuses: dict[str, float] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.problems: dict[str, str] = {}
        self.stored: dict[str, dict[str, StoredTable]] = {}
        self.columns_digest: dict[str, bytes] = {}
        self.with_files: set[str] = set()
        self.results: dict[str, LatestRow] = {}
        self.categories: dict[str, LatestRow] = {}
        self.memberships: dict[str, Membership] = {}
        self._next: dict[str, int] = {}
        self._names: dict[str, dict[str, int]] = {}
        self._texts: OrderedDict[str, int] = OrderedDict()
        self._outlines: dict[bytes, int] = {}

    def refresh(self, connection: Connection) -> None:
        """Read it anew, unless the newest run is the one that was written last from here."""
        # Under the writer's lock: where the newest run is ours, nobody else can have written since.
        newest = newest_run_id(connection)
        if newest == self.run_id:
            return
        self.forget()
        self.layout.load(connection)
        for table in (
            schema.texts,
            schema.outlines,
            schema.datasets,
            schema.instances,
            schema.categories,
            schema.changes,
        ):
            self._next[table.name] = (connection.scalar(select(func.max(table.c.id))) or 0) + 1
        for table in (schema.instances, schema.categories):
            self._names[table.name] = {row.name: row.id for row in connection.execute(select(table))}
        self._read_latest(connection, newest)
        # Last: if anything above fails, the next run reads all of it again.
        self.run_id = newest

    def _read_latest(self, connection: Connection, run_id: int) -> None:
        """Read what holds in a run of every instance and category."""
        parameters = {"run_id": run_id}
        for row in connection.execute(_LATEST_RESULTS, parameters):
            digest = b"" if row.digest is None else bytes(row.digest)
            self.results[row.name] = LatestRow(row.status, row.sentence_id, row.dataset_id, digest)
        for name, status, sentence_id in connection.execute(_LATEST_CATEGORIES, parameters):
            self.categories[name] = LatestRow(status, sentence_id)
        for name, category_id, restricted in connection.execute(_LATEST_MEMBERSHIPS, parameters):
            self.memberships[name] = category_id, bool(restricted)

    def number(self, table: sa.Table) -> int:
        """A new number."""
        number = self._next[table.name]
        self._next[table.name] += 1
        return number

    def name_id(self, batch: Batch, table: sa.Table, name: str) -> int:
        """The number of an instance or a category; a new one joins the batch."""
        known = self._names[table.name]
        if name not in known:
            known[name] = self.number(table)
            batch.add(table, known[name], name)
        return known[name]

    def text_ids(self, connection: Connection, batch: Batch, wanted: set[str]) -> dict[str, int]:
        """The numbers of some texts; those that are new join the batch. The empty text has none."""
        table, texts = schema.texts, wanted - {""}
        alike: dict[bytes, list[str]] = {}  # texts that differ only in what no database takes are one
        for text in texts:
            if text not in self._texts:
                alike.setdefault(text_digest(text), []).append(text)
        for some in _chunks(list(alike)):
            for row in connection.execute(select(table.c.digest, table.c.id).where(table.c.digest.in_(some))):
                self._texts |= dict.fromkeys(alike.pop(bytes(row.digest)), row.id)
        for digest, same in alike.items():
            number = self.number(table)
            self._texts |= dict.fromkeys(same, number)
            batch.add(table, number, digest, storable(same[0]))
        return {text: self._texts[text] for text in texts}

    def outline_id(self, connection: Connection, batch: Batch, outline: Outline) -> int:
        """The number of an outline; a new one joins the batch."""
        digest = text_digest(outline.text)
        table = schema.outlines
        if digest not in self._outlines:
            found = connection.scalar(select(table.c.id).where(table.c.digest == digest))
            if found is None:
                found = self.number(table)
                batch.add(table, found, digest, storable(outline.text))
            self._outlines[digest] = found
        self.outline = outline, self._outlines[digest]
        return self._outlines[digest]

    def find_tables(self, outline: Outline) -> None:
        """Look up where the values of an outline's modules go."""
        self.with_files = {
            module.name
            for module in outline.modules
            if any(column.kind == "file" for table in module.tables.values() for column in table.columns)
        }
        good = [module for module in outline.modules if module.name not in self.problems]
        self.stored = {
            module.name: {
                name: self.layout.get(module.name, table) for name, table in module.tables.items() if table.columns
            }
            for module in good
        }
        self.columns_digest = {
            module: hashlib.blake2b(
                repr([(stored.id, stored.places) for stored in tables.values()]).encode(), digest_size=8
            ).digest()
            for module, tables in self.stored.items()
        }

    def change_memberships(self, batch: Batch, run_id: int, outline: Outline) -> None:
        """Add who is in which category, and for whom, where that has changed."""
        now: dict[str, Membership] = {}
        for instance in outline.instances:
            category = outline.category.get(instance.category)
            category_id = self.name_id(batch, schema.categories, instance.category) if category else None
            now[instance.name] = category_id, is_restricted(instance, category)
        gone: dict[str, Membership] = {
            name: (None, restricted) for name, (_, restricted) in self.memberships.items() if name not in now
        }
        for name, membership in (now | gone).items():
            if self.memberships.get(name) != membership:
                instance_id = self.name_id(batch, schema.instances, name)
                batch.add(schema.memberships, instance_id, run_id, *membership)
                self.memberships[name] = membership

    def trim(self) -> None:
        """Forget the texts that were remembered first, where there are too many."""
        while len(self._texts) > _REMEMBERED_TEXTS:
            self._texts.popitem(last=False)


_instances, _categories, _results = schema.instances, schema.categories, schema.results
_category_results, _memberships = schema.category_results, schema.memberships
_LATEST_RESULTS = (
    select(
        _instances.c.name,
        _results.c.status,
        _results.c.sentence_id,
        _results.c.dataset_id,
        schema.datasets.c.digest,
    )
    .join_from(_results, _instances, _instances.c.id == _results.c.instance_id)
    .join(schema.datasets, schema.datasets.c.id == _results.c.dataset_id, isouter=True)
    .where(newest_at(_results, _instances))
)
_LATEST_CATEGORIES = (
    select(_categories.c.name, _category_results.c.status, _category_results.c.sentence_id)
    .join_from(_category_results, _categories, _categories.c.id == _category_results.c.category_id)
    .where(newest_at(_category_results, _categories))
)
_LATEST_MEMBERSHIPS = (
    select(_instances.c.name, _memberships.c.category_id, _memberships.c.restricted)
    .join_from(_memberships, _instances, _instances.c.id == _memberships.c.instance_id)
    .where(newest_at(_memberships, _instances))
)


def text_digest(text: str) -> bytes:
    """The digest by which a text is found."""
    return hashlib.blake2b(storable(text).encode(), digest_size=16).digest()


def _chunks(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(values), _MOST_AT_ONCE):
        yield values[start : start + _MOST_AT_ONCE]
