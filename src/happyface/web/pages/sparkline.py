"""The last day of a number as a small drawing, with its limits as dashed lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from happyface.contract.columns import Column
from happyface.contract.limits import Limits
from happyface.contract.units import human
from happyface.model.views import LAST_DAY, InstanceView, Trend, TrendPoint

WIDTH, HEIGHT, MARGIN = 240.0, 48.0, 3.0
WORDS = {"neutral": "warning", "unhappy": "critical"}
"""The limits by the face that they lead to."""
_SECONDS = LAST_DAY.total_seconds()


@dataclass(frozen=True)
class _Scale:
    """What the drawing shows: a day from ``begin`` on, and the values from ``low`` to ``high``."""

    begin: float
    low: float
    high: float

    def x(self, seconds: float) -> float:
        return max(0.0, seconds - self.begin) * WIDTH / _SECONDS

    def y(self, value: float) -> float:
        return HEIGHT - MARGIN - (value - self.low) / (self.high - self.low) * (HEIGHT - 2 * MARGIN)


def column_limits(view: InstanceView, column: Column, table: str = "") -> Limits:
    """The limits that rate a column of an instance: its configuration's, else the column's own."""
    return view.outline.limits.get(table, {}).get(column.name, column.limits)


def draw_sparkline(label: str, trend: Trend, limits: Limits, end: datetime) -> Markup:
    """The drawing of a number in the 24 hours before ``end``; empty where there is no curve to draw."""
    values = [value for _, value in trend.points if value is not None]
    if len(values) < 2:
        return Markup()
    lines, unit = _limit_lines(limits), trend.column.unit
    scale = _scale(values, [value for _, value in lines], end.timestamp())
    drawn = [(level, value, scale.y(value)) for level, value in lines if scale.low <= value <= scale.high]
    marks = "".join(_limit(level, y) for level, _, y in drawn)
    names = "".join(_limit_name(level, human(value, unit), y) for level, value, y in drawn)
    # The curve is stretched to the card; what is written beside it is not.
    return Markup(  # noqa: S704 - numbers, and the words are escaped
        f'<svg class="spark" role="img" aria-label="{escape(_label(label, values, lines, unit))}">'
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="100%" height="100%" preserveAspectRatio="none">{marks}'
        f'<path class="curve" d="{_curve(trend.points, scale)}"/></svg>{names}</svg>'
    )


def figures(trend: Trend) -> str:
    """The least, the most and the last value of a curve."""
    values = [value for _, value in trend.points if value is not None]
    last = trend.points[-1][1]
    now = human(last, trend.column.unit) if last is not None else "not known"
    return f"min {human(min(values), trend.column.unit)} · max {human(max(values), trend.column.unit)} · now {now}"


def _limit_lines(limits: Limits) -> list[tuple[str, float]]:
    named = (("neutral", limits.warning), ("unhappy", limits.critical))
    return [
        (level, float(limit.value))
        for level, limit in named
        if limit is not None and isinstance(limit.value, int | float) and not isinstance(limit.value, bool)
    ]


def _scale(values: Sequence[float], limits: Sequence[float], end: float) -> _Scale:
    """The range of the values, with the limits that are near enough not to press the curve flat."""
    low, high = min(values), max(values)
    # A limit far away would leave a flat line of the curve; its label speaks of it all the same.
    room = 4 * (high - low) or max(abs(high), 1.0)
    near = [value for value in limits if low - room <= value <= high + room]
    low, high = min([low, *near]), max([high, *near])
    if low == high:  # a flat curve runs through the middle
        low, high = low - 1, high + 1
    return _Scale(end - _SECONDS, low, high)


def _curve(trend: Sequence[TrendPoint], scale: _Scale) -> str:
    """Steps, for a value holds until the next one; the pen is lifted where nothing is known."""
    parts, drawing = [], False
    for seconds, value in trend:
        x = f"{scale.x(seconds):.1f}"
        if drawing:
            parts.append(f"H{x}")
        if value is not None:
            y = f"{scale.y(value):.1f}"
            parts.append(f"V{y}" if drawing else f"M{x} {y}")
        drawing = value is not None
    if parts and parts[-1].startswith("M"):  # what began with the last run is a dot
        parts.append("h0")
    return "".join(parts)


def _limit(level: str, y: float) -> str:
    return f'<path class="limit {level}" d="M0 {y:.1f}H{WIDTH:g}"/>'


def _limit_name(level: str, value: str, y: float) -> str:
    # One at each side, so that two limits near each other are both read; below its line where there is no room above.
    side = 'x="0" ' if level == "neutral" else 'x="100%" text-anchor="end" '
    place = f'{side}y="{100 * y / HEIGHT:.0f}%" dy="{-3 if y > HEIGHT / 3 else 11}"'
    return f'<text class="{level}" {place}>{WORDS[level]} {escape(value)}</text>'


def _label(label: str, values: Sequence[float], lines: Sequence[tuple[str, float]], unit: str) -> str:
    low, high, last = (human(value, unit) for value in (min(values), max(values), values[-1]))
    limits = "".join(f", {WORDS[level]} at {human(value, unit)}" for level, value in lines)
    return f"{label} in the last 24 hours: from {low} to {high}, at the end {last}{limits}"
