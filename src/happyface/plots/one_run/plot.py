"""Plots of one run: the rows of a table as bars, as a histogram or as points, as plain values.

What is not known is left out, and said to be. Pages draw these, too: nothing here needs numpy.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from happyface.contract.charts import Chart
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Limits
from happyface.contract.states import State
from happyface.contract.units import human
from happyface.errors import nearest_or_all
from happyface.plots.limit_lines import LimitLine, limit_lines
from happyface.plots.one_run.scales import histogram_edges

if TYPE_CHECKING:
    from happyface.model.series import RowFilter  # of numpy

MOST_BARS, MOST_POINTS = 100, 5000
"""More of them cannot be told from each other."""
_USUAL_BINS = (8, 30)
_LARGEST = 1e100
"""No scale holds larger numbers, and nothing counts so many of anything."""

Row = Sequence[Cell]


@dataclass(frozen=True)
class Axis:
    """What one direction of a plot shows; its limits are lines across it."""

    label: str
    unit: str = ""
    limits: tuple[LimitLine, ...] = ()


@dataclass(frozen=True)
class Bar:
    """The bars of one row: its name, and the number of each column; None where that is not known."""

    name: str
    heights: tuple[float | None, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """From where to where its pieces go when they are stacked: what is negative hangs down."""
        known = [height for height in self.heights if height is not None]
        return sum(height for height in known if height < 0), sum(height for height in known if height > 0)


@dataclass(frozen=True)
class BarPlot:
    """Bars over rows.

    Attributes:
        columns: what the bars of each row are, in order.
    """

    title: str
    bars: tuple[Bar, ...]
    columns: tuple[Column, ...]
    x: Axis
    y: Axis
    stacked: bool = False
    notes: tuple[str, ...] = ()

    @property
    def range(self) -> tuple[float, float]:
        """From where to where the bars go; 0 is always there."""
        if self.stacked:
            ends = [end for bar in self.bars for end in bar.ends]
        else:
            ends = [height for bar in self.bars for height in bar.heights if height is not None]
        return min(0.0, *ends) if ends else 0.0, max(0.0, *ends) if ends else 0.0


@dataclass(frozen=True)
class HistogramPlot:
    """How many rows have which value: ``counts[n]`` of them from ``edges[n]`` to below ``edges[n + 1]``."""

    title: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    x: Axis
    y: Axis
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> Iterator[tuple[float, float, int]]:
        """Begin, end and number of rows of each step."""
        return zip(self.edges, self.edges[1:], self.counts, strict=False)


@dataclass(frozen=True)
class Point:
    """One row."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class ScatterPlot:
    """A point for each row."""

    title: str
    points: tuple[Point, ...]
    x: Axis
    y: Axis
    notes: tuple[str, ...] = ()


RowPlot = BarPlot | HistogramPlot | ScatterPlot


@dataclass(frozen=True)
class TableRows:
    """The rows of one table of an instance in one run.

    Attributes:
        total: how many there are; ``rows`` may be the first ones of them.
        limits: the effective ones, by column.
    """

    table: Table
    rows: Sequence[Row]
    total: int
    limits: Mapping[str, Limits]


def make_row_plot(chart: Chart, rows: TableRows) -> RowPlot:
    """The plot of a chart that can be drawn from a table."""
    return _Making(chart, rows).plot()


def is_empty(plot: RowPlot) -> bool:
    """Whether no row has a value to be drawn."""
    match plot:
        case BarPlot():
            return not plot.bars
        case HistogramPlot():
            return not plot.counts
        case _:
            return not plot.points


@dataclass(frozen=True)
class _Making:
    """A plot while it is made."""

    chart: Chart
    given: TableRows

    def plot(self) -> RowPlot:
        match self.chart.kind:
            case "histogram":
                return self._histogram()
            case "scatter":
                return self._scatter()
            case _:
                return self._bars()

    @property
    def _columns(self) -> tuple[Column, ...]:
        return tuple(self._column(name) for name in self.chart.columns)

    def _column(self, name: str) -> Column:
        return self.given.table.columns[self.given.table.index(name)]

    def _values(self, name: str) -> list[float | None]:
        place = self.given.table.index(name)
        return [_known(row[place]) for row in self.given.rows]

    def _names(self, name: str) -> list[str]:
        if not name:
            return [""] * len(self.given.rows)
        place, unit = self.given.table.index(name), self._column(name).unit
        return [_text(row[place], unit) for row in self.given.rows]

    def _axis(self, column: Column, label: str = "") -> Axis:
        limits = self.given.limits.get(column.name, Limits())
        return Axis(label or column.label, column.unit, limit_lines(limits, column.unit))

    def _bars(self) -> BarPlot:
        columns, stacked = self._columns, self.chart.kind == "stacked" and len(self.chart.columns) > 1
        values = zip(*(self._values(column.name) for column in columns), strict=True)
        bars = [Bar(name, heights) for name, heights in zip(self._names(self.chart.x), values, strict=True)]
        known = [bar for bar in bars if any(height is not None for height in bar.heights)]
        drawn, by = known[:MOST_BARS], self._column(self.chart.x)
        label = _listed([column.label for column in columns])
        limits = () if stacked else tuple(self._limits_of_bars(columns))
        return BarPlot(
            f"{label} by {_lowered(by.label)}",
            tuple(drawn),
            columns,
            Axis(by.label),
            Axis(label, columns[0].unit, limits),
            stacked,
            (*self._missing(columns), *self._cut(len(drawn), len(known))),
        )

    def _limits_of_bars(self, columns: Sequence[Column]) -> Iterator[LimitLine]:
        """Those of each column, named after it where there are several; of a stack they would be at no place."""
        for column in columns:
            for line in self._axis(column).limits:
                about = f"{column.label}: " if len(columns) > 1 else ""
                yield LimitLine(line.value, line.face, f"{about}{line.label}")

    def _histogram(self) -> HistogramPlot:
        (column,) = self._columns
        found = [value for value in self._values(column.name) if value is not None]
        edges, counts = _counted(found, self.chart.bins, column.kind == "integer")
        rows = self.given.table.label
        return HistogramPlot(
            f"{rows} by {_lowered(column.label)}",
            edges,
            counts,
            self._axis(column),
            Axis(f"Number of {_lowered(rows)}"),
            (*self._missing([column]), *self._cut(len(self.given.rows), len(self.given.rows))),
        )

    def _scatter(self) -> ScatterPlot:
        (up,), right = self._columns, self._column(self.chart.x)
        triples = zip(self._names(self.given.table.key), self._values(right.name), self._values(up.name), strict=True)
        points = [Point(name, x, y) for name, x, y in triples if x is not None and y is not None]
        drawn = points[:MOST_POINTS]
        return ScatterPlot(
            f"{up.label} over {_lowered(right.label)}",
            tuple(drawn),
            self._axis(right),
            self._axis(up),
            (*self._missing(dict.fromkeys((right, up))), *self._cut(len(drawn), len(points))),
        )

    def _missing(self, columns: Sequence[Column] | Mapping[Column, None]) -> Iterator[str]:
        count = len(self.given.rows)
        for column in columns:
            missing = self._values(column.name).count(None)
            if missing:
                yield f"{human(missing)} of {human(count)} rows have no value of {column.label}."

    def _cut(self, drawn: int, known: int) -> Iterator[str]:
        if drawn < known or len(self.given.rows) < self.given.total:
            yield f"These are the first {human(drawn)} of {human(self.given.total)} rows."


def _known(value: Cell) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        return None
    return float(value)


def _text(value: Cell, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return human(value, unit)
    return value or "(no name)"


def _counted(values: Sequence[float], bins: int, whole: bool) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """The edges of the steps of a histogram, and how many values are in each."""
    if not values:
        return (), ()
    fewest, most = _USUAL_BINS
    usual = -min(most, max(fewest, math.ceil(math.sqrt(len(values)))))
    edges = histogram_edges(min(values), max(values), bins or usual, whole)
    counts = [0] * (len(edges) - 1)
    for value in values:
        # What lies at the very end belongs to the last step.
        counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    return tuple(edges), tuple(counts)


def _listed(words: Sequence[str]) -> str:
    """``Free``, ``Free and used``, ``Free, removable and used``."""
    words = [words[0], *map(_lowered, words[1:])]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _lowered(label: str) -> str:
    """A label inside of a sentence: ``CPU efficiency`` stays as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def filtered_rows(table: Table, rows: Sequence[Row], filters: "Sequence[RowFilter]") -> list[Row]:
    """The rows that count; several values of one column are alternatives.

    Raises:
        ValueError: there is no such column.
    """
    known = {column.name: place for place, column in enumerate(table.columns)}
    grouped: dict[tuple[str, bool], list[str]] = {}
    for row_filter in filters:
        if row_filter.column not in known:
            raise ValueError(
                f"filter: there is no column '{row_filter.column}'{nearest_or_all(row_filter.column, known)}"
            )
        grouped.setdefault((row_filter.column, row_filter.exclude), []).append(row_filter.value)
    return [
        row
        for row in rows
        if all(_is_one_of(row[known[name]], values) != exclude for (name, exclude), values in grouped.items())
    ]


def _is_one_of(cell: Cell, texts: Sequence[str]) -> bool:
    """Whether a cell is, as a text, one of some values."""
    if isinstance(cell, bool):
        return any(_FLAGS.get(text.strip().lower()) == cell for text in texts)
    if isinstance(cell, int | float):
        return any(_same_number(cell, text) for text in texts)
    return cell is not None and (str.__str__(cell) if isinstance(cell, State) else cell) in texts


def _same_number(cell: float, text: str) -> bool:
    try:
        return float(text) == cell
    except ValueError:
        return False
