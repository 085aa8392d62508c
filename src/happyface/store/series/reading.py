"""The store's methods for plots. What needs numpy is imported by those who call them: no page is slower for it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, select

from happyface.model.access import AccessRule, Reader, Visible
from happyface.model.views import Moment
from happyface.store import schema
from happyface.store.layout import Layout
from happyface.store.moments import Outlines, find_newest
from happyface.store.series.periods import PERIOD

if TYPE_CHECKING:
    from happyface.model.series import PlotInstance, SeriesKey, SeriesSet, Span, StatusPiece, TwoSpans
    from happyface.store.series.curves import SeriesReading
    from happyface.store.series.runs import KnownRuns

log = logging.getLogger(__name__)

_NEWEST_PERIOD = select(func.max(schema.summarised_periods.c.period))
_FIRST_TIME = select(func.min(schema.runs.c.time))


class SeriesMethods:
    """The part of a store that reads numbers over time."""

    engine: Engine
    _access: AccessRule
    _layout: Layout
    _outlines: Outlines
    _known_runs: "KnownRuns | None" = None
    _next_period: int | None = None

    def _reading(self) -> AbstractContextManager[Connection | None]:
        """A connection; None while nothing was ever written."""
        raise NotImplementedError

    def _visible(self, connection: Connection, reader: Reader, outline_id: int) -> Visible:
        """The outline of that number as a reader may see it."""
        raise NotImplementedError

    def _moment(
        self, connection: Connection, reader: Reader, asked: datetime | None, now: datetime
    ) -> tuple[Moment, Visible] | None:
        """The run that stands for a moment, with its outline."""
        raise NotImplementedError

    def recorded(self, reader: Reader) -> "Span | None":
        """The times of the first run and of the newest; None while there is none."""
        from happyface.model.series import Span

        with self._reading() as connection:
            newest = find_newest(connection) if connection else None
            if connection is None or newest is None:
                return None
            end = int(newest.time.timestamp())
            return Span(min(connection.scalar(_FIRST_TIME) or end, end), end)

    def plottable(self, reader: Reader, now: datetime) -> "list[PlotInstance]":
        """The instances of the newest run that the reader may see, in the site's order, with what can be plotted."""
        from happyface.store.series.choices import plot_instances

        with self._reading() as connection:
            found = self._moment(connection, reader, None, now) if connection else None
            return plot_instances(found[1].outline) if found else []

    def status_pieces(self, reader: Reader, name: str, span: "Span") -> "list[StatusPiece]":
        """In which times of a span an instance, or a category as ``category:NAME``, kept its status.

        There are none of what the reader may not see.
        """
        from happyface.store.series.hiding import Hiding
        from happyface.store.series.pieces import instance_pieces

        with self._reading() as connection:
            if connection is None:
                return []
            reading = self._series_reading(connection, reader, [name])
            runs = reading.all_runs.within(span)
            if name in reading.outlines:
                return instance_pieces(connection, runs, name, Hiding(connection, reader, self._access, [name]))
            return reading.category_pieces(runs, name) or []

    def row_keys(self, reader: Reader, instance: str, table: str, search: str = "", limit: int = 200) -> list[str]:
        """The names of an instance's rows in a table that contain a text; none of what the reader may not see.

        They are those of the newest dataset that has rows, in the module's order.
        """
        from happyface.store.series.hiding import Hiding
        from happyface.store.series.keys import read_keys

        with self._reading() as connection:
            if connection is None:
                return []
            reading = self._series_reading(connection, reader, [instance])
            outline = reading.outlines.get(instance)
            if outline is None:
                return []
            hiding = Hiding(connection, reader, self._access, [instance])
            found = read_keys(connection, self._layout, outline, instance, table, hiding)
        return [key for key in found if search.casefold() in key.casefold()][: max(0, limit)]

    def series(
        self, reader: Reader, keys: "Sequence[SeriesKey]", span: "Span", points: int | None = None
    ) -> "SeriesSet":
        """Some numbers over a span, all in the same buckets.

        What cannot be found, or may not be seen, is a series of gaps that says why. An instance that was restricted for
        a while has a gap there for whoever is no member; one that is restricted now is as if there were none.

        Args:
            points: about how many buckets there are at most; None: one for each run.
        """
        with self._reading() as connection:
            if connection is None:
                from happyface.store.series.curves import no_series

                return no_series(keys)
            return self._series_reading(connection, reader, [key.instance for key in keys]).read(keys, span, points)

    def two_spans(self, reader: Reader, span: "Span", before: "Span") -> "Iterator[TwoSpans]":
        """Every number that the reader may see, in the runs of a span and in those of one before it.

        All columns that are numbers, states, or yes and no, and each row that has a name of its own; not times, which
        always move. Numbers that are known in neither are left out. What is in memory at once is bounded.
        """
        from happyface.store.series.spans import read_two_spans

        with self._reading() as connection:
            newest = find_newest(connection) if connection else None
            if connection is None or newest is None:
                return
            outline = self._visible(connection, reader, newest.outline_id).outline
            reading = self._series_reading(connection, reader, [])
            yield from read_two_spans(reading, outline, span, before)

    def _summarise(self, newest: int) -> None:
        """Summarise what a run has made full. The run is stored already: what goes wrong here must not undo that."""
        full = (newest + 1) // PERIOD
        if not full or self._next_period == full:
            return
        try:
            if self._next_period is None:
                with self.engine.connect() as connection:
                    newest_period = connection.scalar(_NEWEST_PERIOD)
                    self._next_period = 0 if newest_period is None else newest_period + 1
            if self._next_period < full:
                from happyface.store.series.summarising import summarise

                self._next_period = summarise(self.engine, self._next_period, full)
        except Exception:
            log.exception("Summaries for plots could not be made; the next cycle tries again.")

    def _series_reading(self, connection: Connection, reader: Reader, names: Sequence[str]) -> "SeriesReading":
        from happyface.store.series.curves import SeriesReading
        from happyface.store.series.outlines import read_outlines
        from happyface.store.series.runs import KnownRuns

        self._known_runs = self._known_runs or KnownRuns()
        outlines = read_outlines(connection, self._outlines, self._access, reader, names)
        newest = find_newest(connection)
        visible = self._visible(connection, reader, newest.outline_id) if newest else None
        runs = self._known_runs.read(connection)
        return SeriesReading(connection, self._layout, reader, self._access, outlines, visible, runs)
