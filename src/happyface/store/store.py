"""The store: one class that hides the database and the archive."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, select

from happyface.contract.module import Previous
from happyface.errors import GoneError, StoreError
from happyface.model.access import AccessRule, Reader, Visible
from happyface.model.outline import Outline
from happyface.model.results import FinishedRun
from happyface.model.views import CategoryPage, CategoryView, InstanceView, Listing, Moment, Overview, RowsView, RunView
from happyface.store import moments, schema, statuses, values, versions
from happyface.store.engine import display_url, file_identity, is_missing, open_engine, translated_errors
from happyface.store.layout import Layout
from happyface.store.previous import read_previous
from happyface.store.strips import read_strips
from happyface.store.timeline import read_timeline
from happyface.store.writing.archive import Archive
from happyface.store.writing.writer import StoredRun, Writer


@dataclass(frozen=True)
class ArchivedFile:
    """An archived file: where its content is, what it is called, and its length in bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class _VisibleRun:
    """A run as a reader may see it: the part that all pages of a moment have in common."""

    moment: Moment
    visible: Visible
    categories: list[CategoryView]

    @property
    def outline(self) -> Outline:
        return self.visible.outline

    @property
    def run(self) -> RunView:
        return self.moment.run


class Store:
    """Everything that was ever acquired. Reading methods take the reader, and leave out what it may not see.

    Reading makes nothing: a database that is not there yet is a site without a run. Writing makes it, and upgrades it.

    Args:
        url: an SQLAlchemy address.
        archive: the directory of archived files.
        current: the outline of the site as it is now: what is restricted in it is restricted in the past, too.

    Attributes:
        generation: another number as soon as the database is another one: what was made before holds no longer.

    Raises:
        StoreError: the database cannot be opened, or is of another version.
    """

    def __init__(self, url: str, archive: Path, current: Outline | None = None) -> None:
        self._access = AccessRule(current)
        self.archive = Archive(archive)
        self.engine = open_engine(url)
        self._file = file_identity(self.engine)
        self._newest_seen = 0
        self._had_tables = False
        self.generation = 0
        self._forget()
        try:
            with self._reading():  # a database that cannot be used is an error now, not at the first page
                pass
        except StoreError:
            self.close()
            raise

    def _forget(self) -> None:
        """Know nothing any more of what is in the database."""
        self._writer = Writer(self.engine, self.archive)
        self._outlines = moments.Outlines()
        self._layout = Layout()
        self._is_ready = self._is_prepared = False
        self.generation += 1

    def _follow_file(self) -> None:
        """Notice that the database is another file, or gone: open connections would still read the old one."""
        found = file_identity(self.engine)
        if found != self._file:
            self._file = found
            self.engine.dispose()
            self._forget()

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
        self._access = AccessRule(outline)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def prepare(self) -> None:
        """Make the tables of a new site, or upgrade those of an older program, before something is written.

        Raises:
            StoreError: the database is of a newer program, or of something else, or cannot be written.
        """
        self._follow_file()
        # Once: it takes the writer's lock.
        if not self._is_prepared:
            with self._translated():
                versions.prepare(self.engine)
            self._file = file_identity(self.engine)
            self._is_prepared = self._had_tables = True

    def write(self, run: FinishedRun) -> StoredRun:
        """Store a run: all of it, or nothing."""
        return self.write_all([run])[0]

    def write_all(self, runs: Sequence[FinishedRun]) -> list[StoredRun]:
        """Store some runs, in their order: all of them, or nothing."""
        self.prepare()
        with self._translated():
            return self._writer.write(runs)

    def recover(self) -> None:
        """Prepare the database, and clear away the archived files of a run that was killed."""
        self.prepare()
        with self._translated():
            self.archive.recover(self._known_contents)

    def look_anew(self) -> None:
        """Look at the database itself again: a server's may have been dropped and made anew, which no file tells."""
        self._is_ready = False

    def newest(self) -> RunView | None:
        """The run that was written last; None while there is none."""
        with self._reading() as connection:
            newest = moments.find_newest(connection) if connection else None
        number = newest.id if newest else 0
        if number < self._newest_seen:  # numbers only grow: something older was restored into the same database
            self._forget()
        self._newest_seen = number
        return newest

    def moment(self, reader: Reader, asked: datetime | None, now: datetime) -> Moment | None:
        """The run that stands for a moment; None while there is no run at all."""
        with self._reading() as connection:
            found = self._moment(connection, reader, asked, now) if connection else None
            return found[0] if found else None

    def overview(self, reader: Reader, asked: datetime | None, now: datetime) -> Overview | None:
        """The site at a moment; None while there is no run at all."""
        with self._reading() as connection:
            visible_run = self._visible_run(connection, reader, asked, now)
            if visible_run is None or connection is None:
                return None
            bad = statuses.read_trouble(connection, visible_run.run.id)
            timeline = read_timeline(connection, visible_run.run)
            strips = read_strips(connection, timeline, reader, self._access, visible_run.visible)
        views = [
            statuses.bare_view(visible_run.outline, instance, visible_run.run, bad[name])
            for name, instance in visible_run.outline.instance.items()
            if name in bad
        ]
        trouble = _trouble_first([view for view in views if view.in_trouble])
        return Overview(visible_run.moment, visible_run.outline, visible_run.categories, trouble, strips)

    def listing(self, reader: Reader, asked: datetime | None, now: datetime) -> Listing | None:
        """All categories and instances at a moment, without their values; None while there is no run at all."""
        with self._reading() as connection:
            visible_run = self._visible_run(connection, reader, asked, now)
            if visible_run is None or connection is None:
                return None
            rows = statuses.read_results(connection, visible_run.run.id)
        views = {
            name: statuses.bare_view(visible_run.outline, instance, visible_run.run, rows.get(name))
            for name, instance in visible_run.outline.instance.items()
        }
        return Listing(visible_run.moment, visible_run.outline, visible_run.categories, views)

    def category(
        self,
        reader: Reader,
        name: str,
        asked: datetime | None,
        now: datetime,
        unfolded: Callable[[InstanceView], bool] = lambda _: True,
        whole_rows: Collection[str] = (),
    ) -> CategoryPage | None:
        """A category at a moment; None where there is none of this name that the reader may see.

        Args:
            unfolded: of which instances the values are wanted.
            whole_rows: the modules of which all rows are wanted, in the module's order, and not the worst ones first.
        """
        with self._reading() as connection:
            visible_run = self._visible_run(connection, reader, asked, now)
            if visible_run is None or connection is None:
                return None
            category = next((view for view in visible_run.categories if view.outline.name == name), None)
            if category is None:
                return None
            instances = [visible_run.outline.instance[member] for member in category.outline.instances]
            wanted = values.Wanted(instances, unfolded, whole_rows)
            views = values.read_views(connection, self._layout, visible_run.outline, visible_run.run, wanted)
        return CategoryPage(
            visible_run.moment, visible_run.outline, visible_run.categories, category, _trouble_first(views)
        )

    def instance(self, reader: Reader, name: str, run_id: int, whole_rows: Collection[str] = ()) -> InstanceView | None:
        """An instance in a run, with its values; None where there is none that the reader may see."""
        with self._reading() as connection:
            found = self._in_run(connection, reader, run_id)
            if found is None or connection is None or name not in found[1].instance:
                return None
            run, outline = found
            wanted = values.Wanted([outline.instance[name]], whole_rows=whole_rows)
            return values.read_views(connection, self._layout, outline, run, wanted)[0]

    def table(
        self, reader: Reader, name: str, run_id: int, table: str, first: int = 0, count: int = 200
    ) -> tuple[InstanceView, RowsView] | None:
        """Some rows of one table of an instance in a run, worst first, and the instance without its values.

        None where there is no such table, or none that the reader may see.
        """
        with self._reading() as connection:
            found = self._in_run(connection, reader, run_id)
            if found is None or connection is None or name not in found[1].instance:
                return None
            run, outline = found
            instance = outline.instance[name]
            module = outline.module.get(instance.module)
            if module is None or not table or table not in module.tables:
                return None
            row = statuses.read_results(connection, run.id, [name]).get(name)
            view = replace(statuses.bare_view(outline, instance, run, row), folded=True)
            page = values.Page(max(0, first), min(max(0, count), values.MOST_ROWS_READ))
            return view, values.read_page(connection, self._layout, view, row, module.tables[table], page)

    def previous(self, names: Collection[str]) -> dict[str, Previous]:
        """What some instances stored last, for their own modules; those that never stored anything are missing."""
        with self._reading() as connection:
            return read_previous(connection, self._layout, self._outlines, names) if connection else {}

    def file(self, reader: Reader, path: str) -> ArchivedFile | None:
        """An archived file by the path in its address; None where there is none that the reader may see."""
        with self._reading() as connection:
            row = connection.execute(_FILE.where(schema.archive.c.path == path)).first() if connection else None
            if row is None or connection is None:
                return None
            if row.name not in self._visible(connection, reader, row.outline_id).outline.instance:
                return None
        return ArchivedFile(self.archive.path(row.digest), path.rpartition("/")[2], row.size)

    def _visible_run(
        self, connection: Connection | None, reader: Reader, asked: datetime | None, now: datetime
    ) -> _VisibleRun | None:
        found = self._moment(connection, reader, asked, now) if connection else None
        if found is None or connection is None:
            return None
        moment, visible = found
        return _VisibleRun(moment, visible, statuses.read_categories(connection, moment.run.id, visible))

    def _moment(
        self, connection: Connection, reader: Reader, asked: datetime | None, now: datetime
    ) -> tuple[Moment, Visible] | None:
        moment = moments.find_moment(connection, asked, now)
        if moment is None:
            return None
        visible = self._visible(connection, reader, moment.run.outline_id)
        before, after = moments.find_changes(connection, moment.run, self._access, reader.member)
        return replace(moment, previous_change=before, next_change=after), visible

    def _in_run(self, connection: Connection | None, reader: Reader, run_id: int) -> tuple[RunView, Outline] | None:
        run = moments.find_run(connection, run_id) if connection else None
        if run is None or connection is None:
            return None
        return run, self._visible(connection, reader, run.outline_id).outline

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

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A connection; None while nothing was ever written."""
        with self._translated():
            # Asked until there are tables: a server may be started before the first acquisition.
            self._follow_file()
            if not self._is_ready and is_missing(self.engine):
                self._refuse_gone()
                yield None
                return
            with self.engine.connect() as connection:
                self._is_ready = self._is_ready or versions.is_ready(connection)
                if not self._is_ready:
                    self._refuse_gone()
                self._had_tables = self._had_tables or self._is_ready
                yield connection if self._is_ready else None

    def _refuse_gone(self) -> None:
        """Raise that the database is gone, if it was there."""
        if self._had_tables:
            self._forget()
            raise GoneError(f"The database {display_url(self.engine)} is gone: restore it from a backup.")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with translated_errors(self.engine, self.archive.directory):
                yield
        except StoreError:
            # A server's database may have been made anew: whether there are tables is looked at again.
            self._is_ready = self._is_prepared = False
            raise


_FILE = (
    select(schema.archive.c.digest, schema.archive.c.size, schema.instances.c.name, schema.runs.c.outline_id)
    .join_from(schema.archive, schema.datasets)
    .join(schema.instances)
    .join(schema.runs, schema.runs.c.id == schema.datasets.c.run_id)
)


def _trouble_first(views: list[InstanceView]) -> list[InstanceView]:
    """Trouble first: unhappy, neutral, nothing known, then what is well or never counted, as configured."""

    def badness(view: InstanceView) -> tuple[int, float]:
        if not view.in_trouble:
            return (2, 0)
        return (1, 0) if view.status < 0 else (0, view.status)

    return sorted(views, key=badness)
