"""The main number's last day as a small drawing, with its limits as dashed lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from happyface.contract.columns import Column
from happyface.contract.limits import Limits
from happyface.contract.units import human
from happyface.model.views import InstanceView

WIDTH, HEIGHT, MARGIN = 240.0, 48.0, 3.0
_DAY = 86400.0
_BREAK = 3.0
"""A line is broken where this many usual steps are missing."""

Point = tuple[float, float]


@dataclass(frozen=True)
class _Scale:
    """What the drawing shows: a day from ``begin`` on, and the values from ``low`` to ``high``."""

    begin: float
    low: float
    high: float

    def y(self, value: float) -> float:
        return HEIGHT - MARGIN - (value - self.low) / (self.high - self.low) * (HEIGHT - 2 * MARGIN)


def limits_of(view: InstanceView, column: Column, table: str = "") -> Limits:
    """The limits that rate a column of an instance: its configuration's, else the column's own."""
    return view.outline.limits.get(table, {}).get(column.name, column.limits)


def sparkline(view: InstanceView) -> Markup:
    """The drawing of an instance's main column; empty where there is no curve to draw."""
    column, known = view.main, [(seconds, value) for seconds, value in view.trend if value is not None]
    if column is None or len(known) < 2:
        return Markup()
    lines = _limit_lines(limits_of(view, column))
    scale = _scale(known, [value for _, value in lines], view.run.time.timestamp())
    marks = "".join(_limit(level, scale.y(value)) for level, value in lines if scale.low <= value <= scale.high)
    return Markup(  # noqa: S704 - numbers, and the words are escaped
        f'<svg class="spark" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" role="img"'
        f' aria-label="{escape(_spoken(column, known, lines))}">{marks}'
        f'<path class="curve" d="{_curve(known, scale)}"/></svg>'
    )


def _limit_lines(limits: Limits) -> list[tuple[str, float]]:
    named = (("neutral", limits.warning), ("unhappy", limits.critical))
    return [
        (level, float(limit.value))
        for level, limit in named
        if limit is not None and not isinstance(limit.value, str | bool)
    ]


def _scale(known: Sequence[Point], limits: Sequence[float], end: float) -> _Scale:
    """The range of the values, with the limits that are near enough not to press the curve flat."""
    low, high = min(value for _, value in known), max(value for _, value in known)
    room = 4 * (high - low) or max(abs(high), 1.0)
    near = [value for value in limits if low - room <= value <= high + room]
    low, high = min([low, *near]), max([high, *near])
    if low == high:
        low, high = low - 1, high + 1
    return _Scale(end - _DAY, low, high)


def _curve(known: Sequence[Point], scale: _Scale) -> str:
    longest = _BREAK * (known[-1][0] - known[0][0]) / (len(known) - 1)
    across, up = WIDTH / _DAY, (HEIGHT - 2 * MARGIN) / (scale.high - scale.low)
    begin, bottom = scale.begin, HEIGHT - MARGIN + scale.low * up
    parts, before = [], -math.inf
    for seconds, value in known:
        pen = "M" if seconds - before > longest else "L"
        parts.append("%s%.1f %.1f" % (pen, (seconds - begin) * across, bottom - value * up))  # noqa: UP031 - faster
        before = seconds
    return "".join(parts)


def _limit(level: str, y: float) -> str:
    return f'<path class="limit {level}" d="M0 {y:.1f}H{WIDTH:g}"/>'


def _spoken(column: Column, known: Sequence[Point], lines: Sequence[tuple[str, float]]) -> str:
    values = [value for _, value in known]
    low, high, last = (human(each, column.unit) for each in (min(values), max(values), values[-1]))
    limits = "".join(
        f", {'critical' if level == 'unhappy' else 'warning'} at {human(value, column.unit)}" for level, value in lines
    )
    return f"{column.label} in the last 24 hours: from {low} to {high}, at the end {last}{limits}"
