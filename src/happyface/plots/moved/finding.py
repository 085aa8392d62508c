"""What else moved: all numbers of a site in a span against the four times as long one before it."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import groupby, islice
from typing import Protocol

import numpy as np

from happyface.contract.columns import Column
from happyface.contract.units import count_of
from happyface.errors import nearest
from happyface.model.access import Reader
from happyface.model.series import PlotInstance, SeriesKey, Span, TwoSpans
from happyface.plots.curves import plan_curve
from happyface.plots.moved.comparing import FEWEST, Side, distances, is_slight, sides_of
from happyface.plots.parameters import read_whole
from happyface.plots.request import DAY, HOUR, CurveRequest, PlotRequest, parse_request, shown_moment

TIMES_BEFORE = 4
"""So many times as long as the span is what it is compared with."""
LONGEST = 31 * DAY
"""All numbers of a site are read for it, and of the time before, too."""
USUAL, MOST = 10, 50
_AT_ONCE = 64
_OF_ONE = 3
"""So many numbers of one instance are told before those of others."""


class MovedStore(Protocol):
    """What is read; the store has these methods."""

    def plottable(self, reader: Reader, now: datetime) -> Sequence[PlotInstance]:
        """The instances that a reader may see."""

    def two_spans(self, reader: Reader, span: Span, before: Span) -> Iterator[TwoSpans]:
        """Every number that a reader may see, in two spans."""

    def recorded(self, reader: Reader) -> Span | None:
        """From when to when there are runs."""


@dataclass(frozen=True)
class MovedRequest:
    """What is asked.

    Attributes:
        plot: the plot from which it is asked: its span, and its curves.
        near: the instance about which it is asked; empty for none.
        limit: how many numbers at most.
    """

    plot: PlotRequest
    near: str = ""
    limit: int = USUAL

    def spans(self, now: datetime) -> tuple[Span, Span]:
        """The span, up to now at most, and the one before it."""
        begin, end = (int(min(moment, now).timestamp()) for moment in self.plot.bounds(now))
        return Span(begin, end), Span(max(0, begin - TIMES_BEFORE * (end - begin)), begin - 1)


@dataclass(frozen=True)
class MovedNumber:
    """A number that moved.

    Attributes:
        label: what plots call it.
        category: in which its instance is.
        difference: from 0 to 1, by the Kolmogorov–Smirnov test.
        since: when it was first where it had not been in the span before, in seconds since 1970; None for never.
        own: it is one of those for which it is asked.
    """

    key: SeriesKey
    column: Column
    difference: float
    now: Side
    before: Side
    since: int | None
    own: bool = False
    label: str = ""
    title: str = ""
    category: str = ""

    @property
    def row(self) -> str:
        """The name of the row whose number it is; empty where it is one of the instance itself."""
        return self.key.filters[0].value if self.key.filters else ""

    @property
    def curve(self) -> CurveRequest:
        """The curve of it."""
        return CurveRequest(self.key.instance, self.key.table, f"${self.key.column}", filters=self.key.filters)


@dataclass(frozen=True)
class Moved:
    """What moved, most first.

    Attributes:
        compared: how many numbers were compared.
        left_out: how many could not be: of these there are too few values in one of the spans.
        recorded: from when to when there is something, where nothing is known of the span; else None.
    """

    span: Span
    before: Span
    compared: int
    left_out: int
    numbers: tuple[MovedNumber, ...]
    recorded: Span | None = None

    @property
    def counted(self) -> str:
        """How many numbers were compared, and how many could not be, as a sentence."""
        compared = f"{count_of(self.compared, 'number was', 'numbers were')} compared"
        return f"{compared}, {self.left_out} left out for want of values." if self.left_out else f"{compared}."

    def problem(self, zone: tzinfo) -> str:
        """Why nothing could be compared, as a sentence; empty where something was."""
        if self.compared:
            return ""
        if self.left_out:
            return (
                f"The span is too short to compare: no number has {FEWEST} values in it and in the four times as long "
                "span before it. Widen it."
            )
        if self.recorded is None:
            return "There is no number that could have moved: nothing is stored of any."
        begin, end = (shown_moment(datetime.fromtimestamp(at, UTC), zone) for at in _ends(self.recorded))
        return f"Nothing is stored of this span and the one before it. There is something from {begin} to {end}."


def _ends(span: Span) -> tuple[int, int]:
    return span.begin, span.end


def parse_moved(parameters: Mapping[str, str], zone: tzinfo, now: datetime) -> MovedRequest:
    """Read the parameters of an address: those of the plot from which it is asked, ``near`` and ``limit``.

    Raises:
        ValueError: what is wrong with one of them, as :func:`parse_request` says it.
    """
    plot = parse_request(parameters, zone, now)
    begin, end = plot.bounds(now)
    if begin >= now:
        raise ValueError(f"the span begins in the future ({shown_moment(begin, zone)}): nothing has moved there yet")
    if (min(end, now) - begin).total_seconds() >= LONGEST + HOUR:  # October has an hour more
        raise ValueError(
            f"the span goes from {shown_moment(begin, zone)} to {shown_moment(end, zone)}; "
            f"{LONGEST // DAY} days can be compared at most"
        )
    limit = read_whole(parameters, "limit", USUAL, 1, MOST)
    return MovedRequest(plot, parameters.get("near", "").strip(), limit)


def find_moved(request: MovedRequest, store: MovedStore, reader: Reader, now: datetime) -> Moved:
    """What moved, of all that a reader may see.

    Raises:
        ValueError: there is no instance of the name in ``near``.
    """
    span, before = request.spans(now)
    known = {instance.name: instance for instance in store.plottable(reader, now)}
    if request.near and request.near not in known:
        raise ValueError(f"near: there is no instance '{request.near}'{nearest(request.near, known)}")
    ranking = _Ranking(request, known)
    numbers = _Comparing(store.two_spans(reader, span, before), ranking.own)
    found = _of_several(numbers, request.limit, ranking.place)
    recorded = None if numbers.compared or numbers.left_out else store.recorded(reader)
    named = tuple(ranking.named(number) for number in found)
    return Moved(span, before, numbers.compared, numbers.left_out, named, recorded)


class _Comparing:
    """Those of some numbers that moved. How many there were is known when all have been gone through."""

    def __init__(self, numbers: Iterable[TwoSpans], own: frozenset[SeriesKey]) -> None:
        self._numbers = numbers
        self._own = own
        self.compared = self.left_out = 0

    def __iter__(self) -> Iterator[MovedNumber]:
        with np.errstate(over="ignore", invalid="ignore"):  # a module may store any number
            for some in _alike(self._numbers):
                yield from self._compare(some)

    def _compare(self, some: Sequence[TwoSpans]) -> Iterator[MovedNumber]:
        """Those that moved of some that have as many values each."""
        if min(len(some[0].values), len(some[0].before)) < FEWEST:
            self.left_out += len(some)
            return
        values, before = np.stack([each.values for each in some]), np.stack([each.before for each in some])
        if not (np.isfinite(values).all() and np.isfinite(before).all()):
            for each in some:
                yield from self._compare([_finite(each)])
            return
        self.compared += len(some)
        sides = list(zip(sides_of(values), sides_of(before), strict=True))
        changing = [
            number
            for number, (now, then) in enumerate(sides)
            if not (now.constant and then.constant and now.low == then.low)
        ]
        parts = [part.tolist() for part in distances(values[changing], before[changing])]
        for number, difference, moved_by in zip(changing, *parts, strict=True):
            now, then = sides[number]
            if difference and not is_slight(now, then, moved_by):
                yield self._moved(some[number], difference, now, then)

    def _moved(self, number: TwoSpans, difference: float, now: Side, before: Side) -> MovedNumber:
        outside = (number.values < before.low) | (number.values > before.high)
        since = int(number.times[outside.argmax()]) if outside.any() else None
        own = number.key in self._own
        return MovedNumber(number.key, number.column, round(difference, 2), now, before, since, own)


Place = Callable[[MovedNumber], tuple[object, ...]]
"""What numbers are sorted by."""


def _of_several(numbers: Iterable[MovedNumber], limit: int, place: Place) -> list[MovedNumber]:
    """The first ones, few of them of one instance: that all its rows moved alike would hide all the others."""
    by_instance: dict[str, list[MovedNumber]] = {}
    for number in numbers:
        best = by_instance.setdefault(number.key.instance, [])
        best.append(number)
        if len(best) > 4 * limit:  # there may be a hundred thousand
            best[:] = heapq.nsmallest(limit, best, key=place)
    few, others = [], []
    for best in by_instance.values():
        best.sort(key=place)
        few += best[:_OF_ONE]
        others += best[_OF_ONE:]
    found = heapq.nsmallest(limit, few, key=place)
    return sorted([*found, *heapq.nsmallest(limit - len(found), others, key=place)], key=place)


def _alike(numbers: Iterable[TwoSpans]) -> Iterator[list[TwoSpans]]:
    """Some numbers at a time that have as many values each."""
    for _, group in groupby(numbers, lambda number: (len(number.values), len(number.before))):
        while some := list(islice(group, _AT_ONCE)):
            yield some


def _finite(number: TwoSpans) -> TwoSpans:
    """A number without infinities, which no mean bears."""
    known, known_before = np.isfinite(number.values), np.isfinite(number.before)
    values, times = number.values[known], number.times[known]
    return replace(number, values=values, times=times, before=number.before[known_before])


class _Ranking:
    """In which order numbers are told: of those that moved alike the nearest first, in the site and in time."""

    def __init__(self, request: MovedRequest, known: Mapping[str, PlotInstance]) -> None:
        self._known, self._request = known, request
        plans = [plan_curve(number, curve, request.plot, known) for number, curve in enumerate(request.plot.curves, 1)]
        self.own = frozenset(key for plan in plans for key in plan.keys)
        self._instances = {request.near, *(key.instance for key in self.own)}
        self._categories = {known[name].category for name in self._instances if name in known}

    def place(self, number: MovedNumber) -> tuple[object, ...]:
        """What numbers are sorted by."""
        key, since = number.key, number.since
        name = (key.instance, key.table, key.column, number.row)
        return (-number.difference, self._distance(key.instance), since is None, since or 0, *name)

    def _distance(self, instance: str) -> int:
        if instance in self._instances:
            return 0
        return 1 if instance in self._known and self._known[instance].category in self._categories else 2

    def named(self, number: MovedNumber) -> MovedNumber:
        """A number with what it is called."""
        label = plan_curve(1, number.curve, PlotRequest(), self._known).label
        instance = self._known.get(number.key.instance)
        if instance is None:  # it went while the numbers were read
            return replace(number, label=label, title=number.key.instance)
        return replace(number, label=label, title=instance.title, category=instance.category)


def plot_of(number: MovedNumber, moved: Moved) -> PlotRequest:
    """The plot of a number: the span, and the time with which it is compared."""
    begin, end = moved.before.begin // 60 * 60, moved.span.end // 60 * 60 + 59
    return PlotRequest((number.curve,), begin=datetime.fromtimestamp(begin, UTC), end=datetime.fromtimestamp(end, UTC))
