"""A plot of one run as a drawing: light and dark by the page's colours, as wide as there is room.

From left to right all is in percent of the width, and from top to bottom in pixels: so texts keep their size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup, escape

from happyface.contract.units import human
from happyface.plots.limit_lines import LimitLine, limits_near
from happyface.plots.one_run.plot import Axis, Bar, BarPlot, HistogramPlot, RowPlot, ScatterPlot
from happyface.plots.one_run.scales import ticks
from happyface.web.pages.charts.words import describe_chart

ON_CARD, ON_PAGE = 120, 320
"""How high drawings are, in pixels, without the names below them."""
_SCALE = 60
"""The width of the numbers at the left, in pixels."""
_TOP, _LINE = 14, 12
_FEWEST = 4
"""Fewer bars are no wider than so many."""
_MOST_NAMES, _SIGNS_BELOW, _LONGEST_NAME = 40, 40, 16
"""More bars have no names below them; names of more signs in all stand upright; longer ones are cut."""


def draw_chart(plot: RowPlot, height: int) -> Markup:
    """The drawing of a plot that has something to show."""
    field = _field(plot, height)
    inside = "".join((*field.grid(), *field.values(), *field.limits(), *field.below()))
    high = f'height="{field.height + field.room_below}"'
    return Markup(  # noqa: S704 - numbers, and all words are escaped
        f'<div class="row-chart" role="img" aria-label="{escape(describe_chart(plot))}">'
        f'<svg class="scale" width="{_SCALE}" {high}>{"".join(field.numbers())}</svg>'
        f'<svg class="field" {high}>{inside}</svg></div>'
    )


@dataclass(frozen=True)
class _Scale:
    """One direction: the values from ``low`` to ``high``, with the limits that are near.

    Attributes:
        whole: there are whole numbers alone.
    """

    axis: Axis
    low: float
    high: float
    whole: bool = False

    @classmethod
    def of(cls, axis: Axis, low: float, high: float, whole: bool = False) -> "_Scale":
        near = [limit.value for limit in limits_near(axis.limits, low, high)]
        low, high = min([low, *near]), max([high, *near])
        # What is all the same stands in the middle.
        half = (abs(low) / 2 or 0.5) if low == high else 0.0
        return cls(axis, low - half, high + half, whole)

    def share(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        # By halves: the whole may be more than a number can be.
        whole = self.high / 2 - self.low / 2
        return (value / 2 - self.low / 2) / whole if whole else 0.5

    @cached_property
    def limits(self) -> list[LimitLine]:
        """The limits that lie in it."""
        return [limit for limit in self.axis.limits if self.low <= limit.value <= self.high]

    def numbers(self, parts: int) -> list[tuple[float, str]]:
        """Where which numbers stand, from 0 to 1."""
        found = [value for value in ticks(self.low, self.high, parts) if not self.whole or value == round(value)]
        return [(self.share(value), human(value, self.axis.unit)) for value in found]


class _Field:
    """The part of a drawing in which values are: its numbers, lines and names."""

    def __init__(self, up: _Scale, inner: int, across: _Scale | None = None) -> None:
        self.up, self.inner, self.across = up, inner, across
        self.height = inner + _TOP
        self.room_below = _LINE + 4

    def y(self, value: float) -> float:
        return _TOP + self.inner * (1 - self.up.share(value))

    def x(self, value: float) -> float:
        """In percent; a little room is left at both sides."""
        return 2 + 96 * self.across.share(value) if self.across else 0.0

    def numbers(self) -> Iterator[str]:
        """The numbers at the left."""
        for share, text in self.up.numbers(2 if self.inner < 200 else 4):
            y = _TOP + self.inner * (1 - share) + 4
            yield f'<text x="{_SCALE - 6}" y="{y:.1f}" text-anchor="end">{escape(text)}</text>'

    def grid(self) -> Iterator[str]:
        for share, _ in self.up.numbers(2 if self.inner < 200 else 4):
            y = _TOP + self.inner * (1 - share)
            yield f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'

    def values(self) -> Iterator[str]:
        raise NotImplementedError

    def limits(self) -> Iterator[str]:
        above = 0.0
        for limit in sorted(self.up.limits, key=lambda limit: -limit.value):
            y = self.y(limit.value)
            # Labels of limits that lie close together do not lie upon each other.
            above = max(y - 3, above + _LINE, _LINE - 2)
            yield f'<line class="limit {limit.face}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="{limit.face}" x="100%" y="{above:.1f}" text-anchor="end">{escape(limit.label)}</text>'
        for limit in self.across.limits if self.across else ():
            x = self.x(limit.value)
            yield f'<line class="limit {limit.face}" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="{self.height}"/>'
            # At the left there is no room before the line.
            yield _upright(x, 0, -3 if x > 10 else 11, escape(limit.label), f' class="{limit.face}"')

    def below(self) -> Iterator[str]:
        """What stands below: numbers."""
        for share, text in self.across.numbers(4) if self.across else ():
            anchor = "start" if share < 0.05 else "end" if share > 0.95 else "middle"
            x, y = 2 + 96 * share, self.height + _LINE
            yield f'<text x="{x:.2f}%" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _upright(x: float, y: float, shift: float, text: str, more: str = "") -> str:
    """A text that is read from below to above, and ends at a place."""
    inside = f'<text transform="rotate(-90)" y="{shift:g}" text-anchor="end"{more}>{text}</text>'
    return f'<svg x="{x:.2f}%" y="{y:g}" overflow="visible">{inside}</svg>'


def _field(plot: RowPlot, height: int) -> _Field:
    match plot:
        case BarPlot():
            return _Bars(plot, height)
        case HistogramPlot():
            return _Steps(plot, height)
        case _:
            return _Points(plot, height)


class _Bars(_Field):
    def __init__(self, plot: BarPlot, height: int) -> None:
        whole = all(column.kind == "integer" for column in plot.columns)
        super().__init__(_Scale.of(plot.y, *plot.range, whole), height)
        self.plot = plot
        self._step = 100 / max(len(plot.bars), _FEWEST)  # in percent, for one row
        names = [_shortened(bar.name) for bar in plot.bars]
        self._names = names if len(names) <= _MOST_NAMES else []
        self._is_upright = sum(map(len, names)) > _SIGNS_BELOW
        if self._is_upright:
            self.room_below = 7 * max(map(len, self._names), default=0) + 8

    def values(self) -> Iterator[str]:
        for place, bar in enumerate(self.plot.bars):
            pieces = self._stacked(bar) if self.plot.stacked else self._beside(bar)
            drawn = "".join(
                self._piece(number, place * self._step + left * self._step, width * self._step, *ends)
                for number, left, width, ends in pieces
            )
            yield f"<g><title>{escape(self._about(bar))}</title>{drawn}</g>"

    def _about(self, bar: Bar) -> str:
        known = [
            f"{column.label} {human(height, column.unit)}"
            for column, height in zip(self.plot.columns, bar.heights, strict=True)
            if height is not None
        ]
        return f"{bar.name}: {', '.join(known)}"

    def _beside(self, bar: Bar) -> Iterator[tuple[int, float, float, tuple[float, float]]]:
        width = 0.8 / len(bar.heights)
        for number, height in enumerate(bar.heights):
            if height is not None:
                yield number, 0.1 + number * width, width, (0.0, height)

    def _stacked(self, bar: Bar) -> Iterator[tuple[int, float, float, tuple[float, float]]]:
        down = up = 0.0
        for number, height in enumerate(bar.heights):
            if height is None:
                continue
            begin = down if height < 0 else up
            yield number, 0.1, 0.8, (begin, begin + height)
            down, up = (begin + height, up) if height < 0 else (down, begin + height)

    def _piece(self, number: int, left: float, width: float, begin: float, end: float) -> str:
        top, bottom = sorted((self.y(begin), self.y(end)))
        return (
            f'<rect class="k{number + 1}" x="{left:.2f}%" y="{top:.1f}" width="{width:.2f}%"'
            f' height="{max(bottom - top, 0.5):.1f}"/>'
        )

    def below(self) -> Iterator[str]:
        for place, name in enumerate(self._names):
            x, y = (place + 0.5) * self._step, self.height
            if self._is_upright:
                yield _upright(x, y + 4, 4, escape(name))
            else:
                yield f'<text x="{x:.2f}%" y="{y + _LINE}" text-anchor="middle">{escape(name)}</text>'


class _Steps(_Field):
    def __init__(self, plot: HistogramPlot, height: int) -> None:
        across = _Scale.of(plot.x, plot.edges[0], plot.edges[-1])
        super().__init__(_Scale.of(plot.y, 0, max(plot.counts), whole=True), height, across)
        self.plot = plot

    def values(self) -> Iterator[str]:
        unit = self.plot.x.unit
        for begin, end, count in self.plot.steps:
            left, right, top = self.x(begin), self.x(end), self.y(count)
            about = f"{human(begin, unit)} to {human(end, unit)}: {count}"
            yield (
                f'<rect class="k1 step" x="{left:.2f}%" y="{top:.1f}" width="{right - left:.2f}%"'
                f' height="{self.height - top:.1f}"><title>{escape(about)}</title></rect>'
            )


class _Points(_Field):
    def __init__(self, plot: ScatterPlot, height: int) -> None:
        right, up = [point.x for point in plot.points], [point.y for point in plot.points]
        across = _Scale.of(plot.x, min(right), max(right))
        super().__init__(_Scale.of(plot.y, min(up), max(up)), height, across)
        self.plot = plot

    def values(self) -> Iterator[str]:
        for point in self.plot.points:
            about = f"{point.name}: {human(point.x, self.plot.x.unit)}, {human(point.y, self.plot.y.unit)}"
            yield (
                f'<circle class="k1" cx="{self.x(point.x):.2f}%" cy="{self.y(point.y):.1f}" r="3">'
                f"<title>{escape(about)}</title></circle>"
            )


def _shortened(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"
