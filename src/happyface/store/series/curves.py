"""Series: several numbers over the same buckets of a span."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from sqlalchemy import Connection

from happyface.errors import nearest_or_all
from happyface.model.access import AccessRule, Reader, Visible
from happyface.model.outline import Outline, category_of
from happyface.model.series import Series, SeriesKey, SeriesSet, Span, StatusPiece
from happyface.store.layout import Layout
from happyface.store.series.buckets import Buckets, Cells, cells_of, make_buckets, reduce_cells
from happyface.store.series.finding import (
    Number,
    Site,
    Source,
    Unplottable,
    find_instances,
    unplottable_rows,
    without_curve,
)
from happyface.store.series.hiding import Hiding
from happyface.store.series.keys import read_keys
from happyface.store.series.periods import BLOCK
from happyface.store.series.pieces import category_pieces, statuses_at
from happyface.store.series.runs import AllRuns, Flags, SpanRuns
from happyface.store.series.summaries import Blocks, Found, NumberKey, make_blocks, number_key, read_summaries
from happyface.store.series.values import cell_of, read_changes, unhidden


@dataclass(frozen=True)
class SeriesReading:
    """What is needed to read series for one reader.

    Attributes:
        outlines: of each instance that the reader may see, the outline of the newest run in which it was.
        visible: what the reader may see of the newest run; None while there is none.
    """

    connection: Connection
    layout: Layout
    reader: Reader
    access: AccessRule
    outlines: Mapping[str, Outline]
    visible: Visible | None
    all_runs: AllRuns

    def category_pieces(self, runs: SpanRuns, name: str) -> list[StatusPiece] | None:
        """The pieces of a category's status, ``category:NAME``; None where there is no such category."""
        category = category_of(name)
        if self.visible is None or category not in self.visible.outline.category:
            return None
        return category_pieces(self.connection, runs, category, self.reader, self.access, self.visible)

    def read(self, keys: Sequence[SeriesKey], span: Span, points: int | None) -> SeriesSet:
        """The numbers of some keys; of those that cannot be found, series that say why."""
        runs = self.all_runs.within(span)
        buckets = make_buckets(runs, points)
        wanted = list(dict.fromkeys(keys))
        ids = find_instances(self.connection, (key.instance for key in wanted))
        site = Site(self.outlines, ids, self.layout)
        numbers, series = [], {}
        for key in wanted:
            try:
                if key.instance not in self.outlines and category_of(key.instance):
                    series[key] = self._category(key, runs, buckets)
                else:
                    numbers.append(self._find(site, key))
            except Unplottable as problem:
                series[key] = without_curve(key, str(problem), len(buckets.counts))
        hiding = Hiding(self.connection, self.reader, self.access, {number.key.instance for number in numbers})
        series |= _Curves(self, runs, buckets, hiding).read(numbers)
        return SeriesSet(buckets.begins, buckets.ends, buckets.counts, series)

    def _category(self, key: SeriesKey, runs: SpanRuns, buckets: Buckets) -> Series:
        pieces = self.category_pieces(runs, key.instance)
        if pieces is None:
            names = self.visible.outline.category if self.visible else ()
            name = category_of(key.instance)
            raise Unplottable(f"There is no category '{name}'{nearest_or_all(name, names)}")
        if key.column or key.table:
            raise Unplottable(f"A category has its status alone, and no column '{key.column}'")
        cells = cells_of(buckets.places, statuses_at(pieces, runs.times))
        return Series(key, *reduce_cells([cells], len(buckets.counts)))

    def _find(self, site: Site, key: SeriesKey) -> Number:
        try:
            return site.find(key)
        except Unplottable:  # it may only mean that another process has made the table since
            self.layout.load(self.connection)
            return site.find(key)


def no_series(keys: Sequence[SeriesKey]) -> SeriesSet:
    """The series of a site without a run."""
    none = np.zeros(0, np.int64)
    return SeriesSet(none, none, none, {key: without_curve(key, "Nothing was ever recorded.", 0) for key in keys})


@dataclass(frozen=True)
class _Curves:
    """The curves of a span."""

    reading: SeriesReading
    runs: SpanRuns
    buckets: Buckets
    hiding: Hiding
    parts: dict[Number, list[Cells]] = field(default_factory=dict)
    _summaries: dict[NumberKey | None, Found] = field(default_factory=dict)

    @cached_property
    def _blocks(self) -> Blocks:
        return make_blocks(self.runs, self.buckets.places)

    def read(self, numbers: Sequence[Number]) -> dict[SeriesKey, Series]:
        if not len(self.runs.ids):
            return {number.key: self._series(number) for number in numbers}
        if self.buckets.size >= BLOCK:
            wanted = {key for key in map(number_key, numbers) if key}
            for key, found in read_summaries(self.reading.connection, wanted, self._blocks).items():
                self._summaries[key] = found
        by_source: dict[Source, list[Number]] = {}
        for number in numbers:
            by_source.setdefault(number.source, []).append(number)
        for source, some in by_source.items():
            self._read_source(source, some)
        return {number.key: self._series(number) for number in numbers}

    def _read_source(self, source: Source, numbers: Sequence[Number]) -> None:
        """Read the numbers of one source together: to find the rows takes longer than to read their columns."""
        hidden = self.hiding.of(numbers[0].key.instance, self.runs.ids)
        done = self._summarised(numbers, hidden)
        for number in numbers:
            found = self._summaries.get(number_key(number))
            is_done = np.isin(found.periods, self.runs.periods[done]) if found else None
            self.parts[number] = [self._blocks.cells(found.of(is_done))] if found and is_done is not None else []
        cells = [cell_of(number) for number in numbers]
        for first, end in self._stretches(done):
            ids = self.runs.ids[first:end]
            changes = read_changes(self.reading.connection, source, cells, int(ids[0]), int(ids[-1]))
            for number in numbers:
                values = unhidden(changes.at(number, ids), None if hidden is None else hidden[first:end])
                self.parts[number].append(cells_of(self.buckets.places[first:end], values))

    def _summarised(self, numbers: Sequence[Number], hidden: Flags | None) -> Flags:
        """In which periods all of some numbers have summaries, and may be seen throughout."""
        done = np.ones(len(self.runs.periods), np.bool_)
        for number in numbers:
            found = self._summaries.get(number_key(number))
            done &= np.isin(self.runs.periods, found.periods) if found else False
        if hidden is not None:
            done &= ~np.logical_or.reduceat(hidden, self.runs.period_begins)
        return done

    def _stretches(self, done: Flags) -> list[tuple[int, int]]:
        """The runs of which rows are to be read: from which place to before which."""
        begins = np.append(self.runs.period_begins, len(self.runs.ids))
        edges = [0, *(np.flatnonzero(np.diff(done)) + 1).tolist(), len(done)]
        return [(int(begins[first]), int(begins[end])) for first, end in pairwise(edges) if not done[first]]

    def _series(self, number: Number) -> Series:
        low, mean, high = reduce_cells(self.parts.get(number, []), len(self.buckets.counts))
        problem = self._problem(number) if bool(np.isnan(mean).all()) else ""
        return Series(number.key, low, mean, high, number.column, number.limits, problem)

    def _problem(self, number: Number) -> str:
        """Why a curve of one row has no value at all: there may be no such row."""
        if number.row is None:
            return ""
        reading, name = self.reading, number.key.instance
        outline = reading.outlines[name]
        known = read_keys(reading.connection, reading.layout, outline, name, number.key.table, self.hiding)
        return unplottable_rows(number, known)
