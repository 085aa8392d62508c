"""The store: one class that hides the database and the archive."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event, select

from happyface.errors import StoreError
from happyface.model.access import Access, Reader, Visible
from happyface.model.outline import Outline
from happyface.model.results import FinishedRun
from happyface.model.views import CategoryPage, CategoryView, InstanceView, Listing, Moment, Overview, RunView
from happyface.store import moments, schema, statuses, values
from happyface.store.archive import Archive
from happyface.store.writing import StoredRun, Writer


@dataclass(frozen=True)
class ArchivedFile:
    """An archived file: where its content is, what it is called, and its length in bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class _Seen:
    """What every page of a moment begins with."""

    moment: Moment
    outline: Outline
    categories: list[CategoryView]

    @property
    def run(self) -> RunView:
        return self.moment.run


class Store:
    """Everything that was ever acquired. Reading methods take the reader, and leave out what it may not see.

    Args:
        url: an SQLAlchemy address.
        archive: the directory of archived files.
        current: the outline of the site as it is now: what is restricted in it is restricted in the past, too.

    Raises:
        StoreError: the database cannot be opened, or is of another version.
    """

    def __init__(self, url: str, archive: Path, current: Outline | None = None) -> None:
        self._access = Access(current)
        self.archive = Archive(archive)
        self.engine = _engine(url)
        self._writer = Writer(self.engine, self.archive)
        self._outlines = moments.Outlines()
        try:
            with self._told():
                self._make_tables()
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def current(self) -> Outline | None:
        """The outline of the site as it is now."""
        return self._access.current

    @current.setter
    def current(self, outline: Outline | None) -> None:
        self._access = Access(outline)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def write(self, run: FinishedRun) -> StoredRun:
        """Store a run: all of it, or nothing."""
        return self.write_all([run])[0]

    def write_all(self, runs: Sequence[FinishedRun]) -> list[StoredRun]:
        """Store some runs, in the order of their times: all of them, or nothing."""
        with self._told():
            return self._writer.write(runs)

    def recover(self) -> None:
        """Clear away the archived files of a run that was killed."""
        with self._told():
            self.archive.recover(self._known_contents)

    def moment(self, reader: Reader, asked: datetime | None, now: datetime) -> Moment | None:
        """The run that stands for a moment; None while there is no run at all."""
        with self._reading() as connection:
            found = self._moment(connection, reader, asked, now)
            return found[0] if found else None

    def overview(self, reader: Reader, asked: datetime | None, now: datetime) -> Overview | None:
        """The site at a moment; None while there is no run at all."""
        with self._reading() as connection:
            seen = self._seen(connection, reader, asked, now)
            if seen is None:
                return None
            trouble = statuses.read_trouble(connection, seen.run.id)
            views = [
                statuses.bare_view(seen.outline, instance, seen.run, trouble[name])
                for name, instance in seen.outline.instance.items()
                if name in trouble
            ]
            visible = partial(self._visible, connection, reader)
            strips = statuses.read_strips(connection, seen.run, seen.categories, visible)
        looks = _worst_first([each for each in views if each.in_trouble])
        return Overview(seen.moment, seen.outline, seen.categories, looks, strips)

    def listing(self, reader: Reader, asked: datetime | None, now: datetime) -> Listing | None:
        """All categories and instances at a moment, without their values; None while there is no run at all."""
        with self._reading() as connection:
            seen = self._seen(connection, reader, asked, now)
            if seen is None:
                return None
            rows = statuses.read_results(connection, seen.run.id)
        views = {
            name: statuses.bare_view(seen.outline, each, seen.run, rows.get(name))
            for name, each in seen.outline.instance.items()
        }
        return Listing(seen.moment, seen.outline, seen.categories, views)

    def category(self, reader: Reader, name: str, asked: datetime | None, now: datetime) -> CategoryPage | None:
        """A category at a moment; None where there is none of this name that the reader may see."""
        with self._reading() as connection:
            seen = self._seen(connection, reader, asked, now)
            if seen is None:
                return None
            category = next((each for each in seen.categories if each.outline.name == name), None)
            if category is None:
                return None
            wanted = [seen.outline.instance[each] for each in category.outline.instances]
            views = values.read_views(connection, seen.outline, seen.run, wanted, values.ROWS_AT_ONCE)
        return CategoryPage(seen.moment, seen.outline, seen.categories, category, _worst_first(views))

    def instance(self, reader: Reader, name: str, run_id: int, rows: int = 10**9) -> InstanceView | None:
        """An instance in a run, with all its rows; None where there is none that the reader may see."""
        with self._reading() as connection:
            found = moments.find_run(connection, run_id)
            if found is None:
                return None
            outline = self._visible(connection, reader, found.outline_id).outline
            instance = outline.instance.get(name)
            if instance is None:
                return None
            return values.read_views(connection, outline, found.view, [instance], rows)[0]

    def file(self, reader: Reader, path: str) -> ArchivedFile | None:
        """An archived file by the path in its address; None where there is none that the reader may see."""
        table = schema.archive
        with self._reading() as connection:
            row = connection.execute(
                select(table.c.digest, table.c.size, table.c.run_id, schema.instances.c.name)
                .join_from(table, schema.instances, schema.instances.c.id == table.c.instance_id)
                .where(table.c.path == path)
            ).first()
            found = moments.find_run(connection, row.run_id) if row else None
            if row is None or found is None:
                return None
            if row.name not in self._visible(connection, reader, found.outline_id).outline.instance:
                return None
        return ArchivedFile(self.archive.path(row.digest), path.rpartition("/")[2], row.size)

    def _seen(self, connection: Connection, reader: Reader, asked: datetime | None, now: datetime) -> "_Seen | None":
        found = self._moment(connection, reader, asked, now)
        if found is None:
            return None
        moment, visible = found
        categories = statuses.read_categories(connection, moment.run.id, visible)
        return _Seen(moment, visible.outline, categories)

    def _moment(
        self, connection: Connection, reader: Reader, asked: datetime | None, now: datetime
    ) -> tuple[Moment, Visible] | None:
        found = moments.find_moment(connection, asked, now)
        if found is None:
            return None
        moment, shown = found
        visible = self._visible(connection, reader, shown.outline_id)
        before, after = moments.find_changes(connection, moment.run.id, visible.hidden)
        return replace(moment, previous_change=before, next_change=after), visible

    def _visible(self, connection: Connection, reader: Reader, outline_id: int) -> Visible:
        """The outline of that number as a reader may see it."""
        return self._access.visible(reader, outline_id, self._outlines.get(connection, outline_id))

    def _known_contents(self, digests: Iterable[str]) -> set[str]:
        table = schema.archive
        with self.engine.connect() as connection:
            return {
                digest
                for digest in digests
                if connection.scalar(select(table.c.digest).where(table.c.digest == digest).limit(1))
            }

    def _make_tables(self) -> None:
        with self.engine.begin() as connection:
            schema.metadata.create_all(connection)
            version = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "version"))
            if version is None:
                connection.execute(sa.insert(schema.meta).values(name="version", value=schema.VERSION))
            elif version != schema.VERSION:
                raise StoreError(
                    f"The database is of version {version}; this HappyFace works with version {schema.VERSION}."
                )

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with the database or its disk, as one sentence."""
        try:
            yield
        except (sa.exc.DBAPIError, sqlite3.Error) as error:  # SQLite's own comes from the first connection
            reason = " ".join(str(getattr(error, "orig", error)).split())[:300]
            shown = self.engine.url.render_as_string(hide_password=True)
            raise StoreError(f"The database {shown} cannot be used: {reason}.") from error
        except OSError as error:
            raise StoreError(f"The archive {self.archive.directory} cannot be used: {error.strerror}.") from error


def _worst_first(views: list[InstanceView]) -> list[InstanceView]:
    """Trouble first: unhappy, neutral, nothing known, then what is well or never counted, as configured."""

    def badness(view: InstanceView) -> tuple[int, float]:
        if not view.in_trouble:
            return (2, 0)
        return (1, 0) if view.status < 0 else (0, view.status)

    return sorted(views, key=badness)


def _engine(url: str) -> Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except (sa.exc.ArgumentError, ImportError, OSError) as error:
        raise StoreError(f"The database's address cannot be used: {error}.") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Readers never wait for the writer (WAL); a second writer waits instead of failing."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", "cache_size=-32000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
