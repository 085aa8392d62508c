"""A plot over time as an image: PNG, SVG or PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np

from happyface.model.series import Floats
from happyface.plots import canvas
from happyface.plots.limit_lines import LimitLine, limits_near
from happyface.plots.plot import Curve, Plot
from happyface.plots.request import OUTSIDE

_DAY = 86_400.0  # matplotlib counts days since 1970
_STYLES = ("-", "--", "-.", ":")


def draw_image(plot: Plot, zone: tzinfo) -> bytes:
    """The plot as an image of the format, size and colours that were asked for.

    Args:
        zone: of the times on its axis.
    """
    with canvas.one_drawing():
        return _Drawing(canvas.new_figure(plot.request), plot, zone).written()


@dataclass
class _Drawing:
    """One image while it is drawn."""

    figure: Any
    plot: Plot
    zone: tzinfo

    def __post_init__(self) -> None:
        self.colours = canvas.colours_of(self.plot.request)
        self.left = self.figure.add_subplot()
        self.top = self.left
        self.scales: dict[str, Any] = {}

    def written(self) -> bytes:
        self._ground()
        lines = [(_label(curve), self._curve(curve)) for curve in self.plot.curves if not curve.problem]
        self._limits()
        self._markers()
        for axes in {id(axes): axes for axes in (self.left, *self.scales.values())}.values():
            canvas.paint(axes, self.colours, axes is self.left)
        self._times()
        self._texts()
        if lines and self.plot.request.legend is not None:
            self._legend(lines, self.plot.request.legend)
        return canvas.written(self.figure, self.plot.request)

    def _axes(self, curve: Curve) -> Any:
        """The axes of a curve's unit: the first ones are left, all others lie over them."""
        if curve.unit not in self.scales:
            axes = self.left if curve.axis == "left" else self.left.twinx()
            self.scales[curve.unit] = self.top = axes
            self._scale(axes, curve)
        return self.scales[curve.unit]

    def _scale(self, axes: Any, curve: Curve) -> None:
        if curve.axis == "none":
            axes.set_axis_off()
            return
        label = canvas.scale(axes.yaxis, curve.unit)
        if curve.axis == "left":
            trend = "around the mean, in parts of the height" if self.plot.request.renormalize else label
            label = self.plot.request.ylabel or trend
        axes.set_ylabel(label, color=self.colours.ink)

    def _curve(self, curve: Curve) -> Any:
        axes, times = self._axes(curve), self._steps()
        place = curve.number - 1
        colour = self.colours.curves[place % len(self.colours.curves)]
        style = {"color": colour, "alpha": 0.45 if curve.compared else 1.0}
        low, mean, high = (_held(values) for values in (curve.values.low, curve.values.mean, curve.values.high))
        if curve.values.spread:
            axes.fill_between(times, low, high, step="post", color=colour, alpha=0.12 if curve.compared else 0.22, lw=0)
        dashes = _STYLES[place // len(self.colours.curves) % len(_STYLES)]
        # A value holds until the next one, and a single run is a line as long as it lasted.
        return axes.plot(times, mean, drawstyle="steps-post", lw=1.4, ls=dashes, **style)[0]

    def _steps(self) -> Floats:
        """Where the buckets begin, and where the last one ends, in days."""
        buckets = self.plot.buckets
        return np.append(buckets.begins, buckets.ends[-1:]) / _DAY

    def _ground(self) -> None:
        from matplotlib.collections import PolyCollection

        for face in dict.fromkeys(piece.face for piece in self.plot.ground):
            colour = self.colours.grounds.get(face)
            if not colour:
                continue
            spans = [(piece.begin / _DAY, piece.end / _DAY) for piece in self.plot.ground if piece.face == face]
            corners = [((begin, 0), (begin, 1), (end, 1), (end, 0)) for begin, end in spans]
            # All of one face at once: one by one they would take far longer.
            pieces = PolyCollection(
                corners, transform=self.left.get_xaxis_transform(), facecolor=colour, lw=0, zorder=0
            )
            if face == "noinfo":
                pieces.set(hatch="////", edgecolor=self.colours.line)
            self.left.add_collection(pieces, autolim=False)

    def _limits(self) -> None:
        for curve in self.plot.curves:
            for limit in _near(curve):
                canvas.draw_limit(self._axes(curve), limit, self.colours)

    def _markers(self) -> None:
        for face in dict.fromkeys(marker.face for marker in self.plot.markers):
            times = [marker.time / _DAY for marker in self.plot.markers if marker.face == face]
            self.left.plot(
                times,
                [0.0] * len(times),
                transform=self.left.get_xaxis_transform(),
                color=self.colours.faces.get(face, self.colours.muted),
                marker="^",
                markersize=5,
                ls="none",
                clip_on=False,
            )

    def _times(self) -> None:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        self.left.set_xlim(self.plot.begin / _DAY, self.plot.end / _DAY)
        locator = AutoDateLocator(tz=self.zone)
        self.left.xaxis.set_major_locator(locator)
        self.left.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=self.zone))
        self.left.xaxis.get_offset_text().set_color(self.colours.muted)

    def _texts(self) -> None:
        asked = self.plot.request
        if asked.title:
            self.left.set_title(self._wrapped(asked.title, 0.8), color=self.colours.ink)
        if self.plot.problems:
            problems = "\n".join(self._wrapped(problem, 1.0) for problem in self.plot.problems[:5])
            self.left.set_xlabel(problems, loc="left", color=self.colours.faces["unhappy"], fontsize="small")
        if self.plot.empty:
            self.left.text(
                0.5,
                0.5,
                self._wrapped(self._nothing(), 0.7),
                transform=self.left.transAxes,
                ha="center",
                va="center",
                color=self.colours.ink,
            )

    def _nothing(self) -> str:
        if not self.plot.curves:
            return "No curve is asked for."
        if self.plot.recorded is None:
            return "Nothing is stored yet."
        begin, end = (self._day(seconds) for seconds in (self.plot.recorded.begin, self.plot.recorded.end))
        return f"There is nothing to show here. HappyFace has runs from {begin} to {end}."

    def _day(self, seconds: int) -> str:
        return f"{datetime.fromtimestamp(seconds, UTC).astimezone(self.zone):%Y-%m-%d %H:%M}"

    def _wrapped(self, text: str, share: float) -> str:
        return canvas.wrapped(text, share, self.plot.request)

    def _legend(self, lines: Sequence[tuple[str, Any]], place: int) -> None:
        style = {
            "handles": [line for _, line in lines],
            # The labels come afterwards: matplotlib leaves out what begins with a line.
            "labels": ["x"] * len(lines),
            "fontsize": "small",
            "labelcolor": self.colours.ink,
            "facecolor": self.colours.sheet,
            "edgecolor": self.colours.line,
            "framealpha": 0.85,
        }
        if place == OUTSIDE:
            legend = self.figure.legend(loc="outside lower center", ncols=min(len(lines), 3), **style)
        else:
            # On the axes that are drawn last, or curves would lie over it.
            legend = self.top.legend(loc=place, **style)
            legend.set_in_layout(False)  # nothing has to make room for it, and its best place is looked for each time
        for text, (label, _) in zip(legend.get_texts(), lines, strict=True):
            text.set_text(self._wrapped(label, 0.6))


def _held(values: Floats) -> Floats:
    """The last value goes on to the end of its bucket."""
    return np.append(values, values[-1:])


def _label(curve: Curve) -> str:
    if curve.axis != "none" or not curve.values.known:
        return curve.label
    low, high = float(np.nanmin(curve.values.low)), float(np.nanmax(curve.values.high))
    return f"{curve.label} ({canvas.format_number(low, curve.unit)} to {canvas.format_number(high, curve.unit)})"


def _near(curve: Curve) -> list[LimitLine]:
    """The limits that would not press the curve flat."""
    if not curve.values.known:
        return []
    low, high = float(np.nanmin(curve.values.low)), float(np.nanmax(curve.values.high))
    return limits_near(curve.limits, low, high)
