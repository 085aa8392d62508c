"""A plot of one run as an image: PNG, SVG or PDF."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from happyface.contract.charts import MOST_COLUMNS
from happyface.plots import canvas
from happyface.plots.limit_lines import LimitLine, limits_near
from happyface.plots.one_run.plot import Axis, BarPlot, HistogramPlot, RowPlot, ScatterPlot, is_empty
from happyface.plots.one_run.request import RunPlotRequest

NOTHING = "No row has a value to show here."
_LONGEST_NAME = 24
_SIGNS_BELOW = 60
"""Names of bars that have more signs in all stand upright."""


def draw_run_image(plot: RowPlot, asked: RunPlotRequest) -> bytes:
    """The plot as an image of the format, size and colours that were asked for."""
    with canvas.one_drawing():
        return _Drawing(asked, plot).written()


@dataclass
class _Drawing:
    """One image while it is drawn."""

    asked: RunPlotRequest
    plot: RowPlot
    figure: Any = field(init=False)
    axes: Any = field(init=False)

    def __post_init__(self) -> None:
        self.colours = canvas.colours_of(self.asked)
        self.figure = canvas.new_figure(self.asked)
        self.axes = self.figure.add_subplot()

    def written(self) -> bytes:
        canvas.paint(self.axes, self.colours)
        self._label(self.axes.xaxis, self.axes.set_xlabel, self.plot.x)
        self._label(self.axes.yaxis, self.axes.set_ylabel, self.plot.y)
        if is_empty(self.plot):
            middle = {"transform": self.axes.transAxes, "ha": "center", "va": "center"}
            self.axes.text(0.5, 0.5, NOTHING, color=self.colours.ink, **middle)
        else:
            self._draw()
        title = canvas.wrapped(self.asked.title or self.plot.title, 0.8, self.asked)
        self.axes.set_title(title, color=self.colours.ink)
        if self.plot.notes:
            notes = canvas.wrapped(" ".join(self.plot.notes), 1.0, self.asked)
            self.figure.supxlabel(notes, x=0.01, ha="left", color=self.colours.muted, fontsize="x-small")
        return canvas.written(self.figure, self.asked)

    def _draw(self) -> None:
        match self.plot:
            case BarPlot():
                self._bars(self.plot)
            case HistogramPlot():
                self._histogram(self.plot)
            case _:
                self._scatter(self.plot)

    def _label(self, axis: Any, write: Any, about: Axis) -> None:
        unit = canvas.scale(axis, about.unit)
        beside = unit and unit.lower() not in about.label.lower()
        write(canvas.wrapped(f"{about.label} [{unit}]" if beside else about.label, 0.8, self.asked))
        axis.label.set_color(self.colours.ink)

    def _bars(self, plot: BarPlot) -> None:
        width = 0.8 / (1 if plot.stacked else len(plot.columns))
        for number in range(len(plot.columns)):
            heights = [bar.heights[number] or 0.0 for bar in plot.bars]
            offset = 0.0 if plot.stacked else (number + 0.5) * width - 0.4
            places = [place + offset for place in range(len(plot.bars))]
            bottoms = self._bottoms(plot, number) if plot.stacked else 0.0
            self.axes.bar(places, heights, width, bottoms, color=self.colours.curves[number % MOST_COLUMNS])
        self._names(plot)
        self._limits(plot.y, *plot.range)
        if len(plot.columns) > 1:
            self._legend([column.label for column in plot.columns])

    def _bottoms(self, plot: BarPlot, number: int) -> list[float]:
        """On what the pieces of a column stand: on those before it that go the same way."""
        found = []
        for bar in plot.bars:
            before = [height or 0.0 for height in bar.heights[:number]]
            down = (bar.heights[number] or 0.0) < 0
            found.append(sum(height for height in before if (height < 0) == down))
        return found

    def _names(self, plot: BarPlot) -> None:
        names = [_shortened(bar.name) for bar in plot.bars]
        upright = sum(map(len, names)) > _SIGNS_BELOW
        self.axes.grid(False, axis="x")
        self.axes.set_xlim(-0.6, len(names) - 0.4)
        size = "small" if len(names) <= 40 else 4
        self.axes.set_xticks(range(len(names)), names, rotation=90 if upright else 0, fontsize=size)

    def _histogram(self, plot: HistogramPlot) -> None:
        self.axes.yaxis.get_major_locator().set_params(integer=True)
        for begin, end, count in plot.steps:
            style = {"color": self.colours.curves[0], "edgecolor": self.colours.sheet, "lw": 0.6}
            self.axes.bar((begin + end) / 2, count, end - begin, **style)
        self._limits(plot.x, plot.edges[0], plot.edges[-1], upright=True)

    def _scatter(self, plot: ScatterPlot) -> None:
        right, up = [point.x for point in plot.points], [point.y for point in plot.points]
        self.axes.plot(right, up, ls="none", marker="o", markersize=3.5, alpha=0.7, color=self.colours.curves[0])
        self._limits(plot.x, min(right), max(right), upright=True)
        self._limits(plot.y, min(up), max(up))

    def _limits(self, axis: Axis, low: float, high: float, upright: bool = False) -> None:
        near: Sequence[LimitLine] = limits_near(axis.limits, low, high)
        for limit in near:
            canvas.draw_limit(self.axes, limit, self.colours, upright)

    def _legend(self, labels: Sequence[str]) -> None:
        legend = self.figure.legend(
            handles=self.axes.containers,
            # The labels come afterwards: matplotlib leaves out what begins with a line.
            labels=["x"] * len(labels),
            loc="outside upper right",
            ncols=len(labels),
            fontsize="small",
            labelcolor=self.colours.ink,
            facecolor=self.colours.sheet,
            edgecolor=self.colours.line,
        )
        for text, label in zip(legend.get_texts(), labels, strict=True):
            text.set_text(label)


def _shortened(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"
