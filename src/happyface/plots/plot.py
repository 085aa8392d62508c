"""A plot: the curves that were asked for, with everything that is drawn beside them, as plain values.

Values that a reader may not see, unknown names and expressions that cannot be computed are problems of their curve; the
others are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

import numpy as np

from happyface.contract.units import human_duration
from happyface.model.access import Reader
from happyface.model.series import Floats, PlotInstance, Series, SeriesKey, SeriesSet, Span, StatusPiece
from happyface.plots.curves import CurvePlan, plan_curve
from happyface.plots.ground import Ground, Marker, mark_changes, paint_ground
from happyface.plots.limit_lines import LimitLine, limit_lines
from happyface.plots.reducing import Buckets, Values, reduce_onto
from happyface.plots.request import SPANS, PlotRequest

MOST_RUNS = 110_000
"""Over so many runs an expression is computed for each of them (three years); over more, of the means of buckets."""

Axis = Literal["left", "right", "none"]
"""Where the scale of a curve stands: the first unit left, the second right; further ones have a scale of their own."""


class SeriesStore(Protocol):
    """What a plot reads; the store has these methods."""

    def plottable(self, reader: Reader, now: datetime) -> Sequence[PlotInstance]:
        """The instances that a reader may see, with what of them can be plotted."""

    def series(self, reader: Reader, keys: Sequence[SeriesKey], span: Span, points: int | None) -> SeriesSet:
        """Numbers over time, in about so many buckets; None for one a run."""

    def recorded(self, reader: Reader) -> Span | None:
        """From when to when there are runs."""

    def status_pieces(self, reader: Reader, name: str, span: Span) -> Sequence[StatusPiece]:
        """The statuses of an instance."""


@dataclass(frozen=True)
class Curve:
    """One curve, over the buckets of its plot.

    Attributes:
        number: its place among those that were asked for, from 1 on; a compared one has that of its original.
        category: in which its instance is now; empty where the reader knows of none.
        unit: of the contract, such as ``bytes`` or ``node|nodes``.
        compared: it is the same as another one, but earlier.
        problem: why there is none, as a sentence; its values are then all unknown.
    """

    number: int
    label: str
    instance: str
    values: Values
    unit: str = ""
    axis: Axis = "left"
    limits: tuple[LimitLine, ...] = ()
    compared: bool = False
    problem: str = ""
    category: str = ""


@dataclass(frozen=True)
class Plot:
    """Everything that is drawn. Times are seconds since 1970, UTC.

    Attributes:
        live: it ends now, wherever that has got to.
        buckets: where the runs of a bucket are none, they are missing; every value is then NaN.
        ground: the status of the first curve's instance.
        markers: its changes, the newest ones where there are too many.
        problems: sentences about single curves and about the whole.
        recorded: from when to when there is something, where there is nothing to draw; None where that is not asked.
    """

    request: PlotRequest
    begin: int
    end: int
    now: int
    live: bool
    buckets: Buckets
    curves: tuple[Curve, ...]
    ground: tuple[Ground, ...] = ()
    markers: tuple[Marker, ...] = ()
    problems: tuple[str, ...] = ()
    recorded: Span | None = None

    @property
    def empty(self) -> bool:
        """Whether no curve has any value."""
        return not any(curve.values.known for curve in self.curves)


def make_plot(request: PlotRequest, store: SeriesStore, reader: Reader, now: datetime, points: int | None) -> Plot:
    """The plot that is asked for, as a reader may see it.

    Args:
        points: about how many buckets at most; None for one a run.
    """
    begin, end = (int(moment.timestamp()) for moment in request.bounds(now))
    span = Span(begin, max(begin, end))
    known = {instance.name: instance for instance in store.plottable(reader, now)}
    plans = [plan_curve(number, curve, request, known) for number, curve in enumerate(request.curves, start=1)]
    reading = _Reading(store, reader, plans, span, points)
    curves = [reading.curve(plan) for plan in plans]
    if request.compare:
        earlier = Span(span.begin - request.compare, span.end - request.compare)
        # Finer: its buckets lie elsewhere, and are brought to those of now.
        other = _Reading(store, reader, plans, earlier, points and 4 * points)
        curves += [_compared(other, reading, plan, request.compare) for plan, curve in _good(plans, curves)]
    if request.renormalize:
        curves = _renormalized(curves)
    gaps = reading.buckets.gaps
    curves = [replace(curve, values=curve.values.filled(gaps)) for curve in _with_axes(curves)]
    homes = {name: instance.category for name, instance in known.items()}
    curves = [replace(curve, category=homes.get(curve.instance, "")) for curve in curves]
    plot = Plot(
        request,
        span.begin,
        span.end,
        int(now.timestamp()),
        request.end is None,
        reading.buckets.filled(),
        tuple(curves),
        problems=tuple(f"Curve {curve.number}: {curve.problem}" for curve in curves if curve.problem),
    )
    return _with_ground(plot, store, reader, known)


def _good(plans: Sequence[CurvePlan], curves: Sequence[Curve]) -> list[tuple[CurvePlan, Curve]]:
    return [(plan, curve) for plan, curve in zip(plans, curves, strict=True) if not curve.problem]


class _Reading:
    """The numbers of one span, in the buckets of a picture and, where something is computed from them, of each run."""

    def __init__(
        self, store: SeriesStore, reader: Reader, plans: Sequence[CurvePlan], span: Span, points: int | None
    ) -> None:
        keys = list(dict.fromkeys(key for plan in plans for key in plan.keys))
        self.reduced = self.fine = store.series(reader, keys, span, points)
        self.buckets = Buckets.of(self.reduced)
        computed = [key for key in keys if any(key in plan.keys and self._is_computed(plan) for plan in plans)]
        # Means of what is computed are not computed of means: 1 / 2 is not the mean of 0 / 2 and 2 / 1.
        if computed and not self.buckets.single and self.reduced.runs.sum() <= MOST_RUNS:
            self.fine = store.series(reader, computed, span, None)

    def _is_computed(self, plan: CurvePlan) -> bool:
        if plan.problem or self._problem(plan):
            return False
        return not plan.plain or any(self._is_time(key) for key in plan.keys)

    def _is_time(self, key: SeriesKey) -> bool:
        column = self.reduced.series[key].column
        return column is not None and column.kind == "time" and key.aggregate != "count"

    def _problem(self, plan: CurvePlan) -> str:
        """Why one of its numbers is not there; with the place of it where the curve is an expression."""
        for reference, key in plan.columns:
            if problem := self.reduced.series[key].problem:
                return problem if plan.plain else f"{problem} ('{reference.name}' at character {reference.place})"
        return plan.problem

    def curve(self, plan: CurvePlan) -> Curve:
        """A curve of these numbers."""
        problem = self._problem(plan)
        if problem:
            nothing = Values.unknown(len(self.buckets.begins))
            return Curve(plan.number, plan.label, plan.instance, nothing, problem=problem)
        series = self.reduced.series[plan.keys[0]] if plan.plain else None
        unit = _unit(series, self._is_time(plan.keys[0])) if series and plan.keys[0].aggregate != "count" else ""
        return Curve(
            plan.number,
            plan.label,
            plan.instance,
            self.values(plan),
            unit,
            limits=limit_lines(series.limits, unit) if series and series.limits and plan.limited else (),
        )

    def values(self, plan: CurvePlan) -> Values:
        """The values of a curve without a problem."""
        if not self._is_computed(plan):
            return Values.of(self.reduced.series[plan.keys[0]])
        source = Buckets.of(self.fine)
        columns = {reference.name: self._column(key, source) for reference, key in plan.columns}
        found = plan.expression.evaluate(columns, len(source.begins))
        values = Values(found, found, found)
        return values if self.fine is self.reduced else reduce_onto(values, source, self.buckets)

    def _column(self, key: SeriesKey, source: Buckets) -> Floats:
        values = self.fine.series[key].mean
        # A time counts as its age: since 1970 it would be a straight line up.
        return source.begins - values if self._is_time(key) else values


def _unit(series: Series, is_time: bool) -> str:
    return "seconds" if is_time else series.column.unit if series.column else ""


def _compared(other: _Reading, reading: _Reading, plan: CurvePlan, seconds: int) -> Curve:
    """A curve as it was so many seconds earlier, over the buckets of now."""
    curve = other.curve(plan)
    values = reduce_onto(curve.values, Buckets.of(other.reduced, seconds), reading.buckets)
    name = next((f"{'an' if word == 'hour' else 'a'} {word}" for word, span in SPANS.items() if span == seconds), "")
    label = f"{curve.label}, {name or human_duration(seconds)} earlier"
    return replace(curve, values=values, label=label, limits=(), compared=True)


def _renormalized(curves: Sequence[Curve]) -> list[Curve]:
    """Each curve around its mean, in parts of its own height; what is compared by the measure of its original."""
    found, measures = [], {}
    for curve in curves:
        if curve.number not in measures and curve.values.known:
            low, high = float(np.nanmin(curve.values.low)), float(np.nanmax(curve.values.high))
            measures[curve.number] = (float(np.nanmean(curve.values.mean)), (high - low) or 1.0)
        values = curve.values.scaled(*measures[curve.number]) if curve.values.known else curve.values
        found.append(replace(curve, values=values, unit="", limits=()))
    return found


def _with_axes(curves: Sequence[Curve]) -> list[Curve]:
    units = list(dict.fromkeys(curve.unit for curve in curves if not curve.problem))
    axes: dict[str, Axis] = dict.fromkeys(units, "none")
    axes |= dict(zip(units, ("left", "right"), strict=False))
    return [replace(curve, axis=axes.get(curve.unit, "left")) for curve in curves]


def _with_ground(plot: Plot, store: SeriesStore, reader: Reader, known: dict[str, PlotInstance]) -> Plot:
    if plot.empty:
        return replace(plot, recorded=store.recorded(reader))
    first = next(curve.instance for curve in plot.curves if not curve.problem)
    span = Span(plot.begin, plot.end)
    pieces = store.status_pieces(reader, first, span)
    title = known[first].title if first in known else first
    return replace(plot, ground=paint_ground(pieces, span), markers=mark_changes(pieces, span, first, title))
