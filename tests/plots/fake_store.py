"""A store of a few numbers in memory, for tests of plots: what the real one answers, by the plainest way there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from happyface.contract.columns import Column
from happyface.model.access import Reader
from happyface.model.series import PlotInstance, Series, SeriesKey, SeriesSet, Span, StatusPiece
from happyface.plots.reducing import Buckets, Values, reduce_onto

STEP = 900


@dataclass
class FakeStore:
    """Runs at ``times``; ``numbers`` are the values of each run by instance, table and column."""

    times: Sequence[int]
    columns: Mapping[tuple[str, str], Sequence[Column]]
    numbers: Mapping[tuple[str, str, str], Sequence[float]]
    pieces: Sequence[StatusPiece] = ()
    hidden: frozenset[str] = frozenset()
    asked: list[tuple[tuple[SeriesKey, ...], int | None]] = field(default_factory=list)

    def plottable(self, reader: Reader, now: datetime) -> list[PlotInstance]:
        names = dict.fromkeys(instance for instance, _ in self.columns if self._sees(reader, instance))
        return [
            PlotInstance(
                name,
                name.title(),
                "all",
                {table: columns for (instance, table), columns in self.columns.items() if instance == name},
                {table: ["name", "state"] for instance, table in self.columns if instance == name and table},
            )
            for name in names
        ]

    def _sees(self, reader: Reader, instance: str) -> bool:
        return reader.member or instance not in self.hidden

    def recorded(self, reader: Reader) -> Span | None:
        return Span(self.times[0], self.times[-1]) if self.times else None

    def status_pieces(self, reader: Reader, name: str, span: Span) -> list[StatusPiece]:
        return [piece for piece in self.pieces if piece.end > span.begin and piece.begin <= span.end]

    def series(self, reader: Reader, keys: Sequence[SeriesKey], span: Span, points: int | None) -> SeriesSet:
        self.asked.append((tuple(keys), points))
        times = np.array(self.times, dtype=np.int64)
        chosen = np.flatnonzero((times >= span.begin) & (times <= span.end))
        runs = Buckets(times[chosen], self._ends(times)[chosen], np.ones(len(chosen), dtype=np.int64))
        target = self._buckets(runs, points)
        found = {key: self._series(reader, key, chosen, runs, target) for key in keys}
        return SeriesSet(target.begins, target.ends, target.runs, found)

    def _ends(self, times: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.int64]:
        following = np.append(times[1:], times[-1:] + STEP)
        return np.where(following - times > 2.5 * STEP, times + STEP, following)

    def _buckets(self, runs: Buckets, points: int | None) -> Buckets:
        size = 1 if points is None else -(-len(runs.begins) // points) or 1
        first = np.union1d(np.arange(0, len(runs.begins), size), runs.gaps).astype(int)
        last = np.append(first[1:], len(runs.begins))[: len(first)] - 1
        return Buckets(runs.begins[first], runs.ends[last], last - first + 1)

    def _series(
        self, reader: Reader, key: SeriesKey, chosen: np.typing.NDArray[np.intp], runs: Buckets, target: Buckets
    ) -> Series:
        column = next((one for one in self.columns.get((key.instance, key.table), ()) if one.name == key.column), None)
        numbers = self.numbers.get((key.instance, key.table, key.column))
        if numbers is None or not self._sees(reader, key.instance):
            nothing = np.full(len(target.begins), np.nan)
            return Series(key, nothing, nothing, nothing, problem=f"there is no '{key.instance}', '{key.column}'")
        single = np.array(numbers, dtype=np.float64)[chosen]
        values = reduce_onto(Values(single, single, single), runs, target)
        return Series(key, values.low, values.mean, values.high, column, column.limits if column else None)
