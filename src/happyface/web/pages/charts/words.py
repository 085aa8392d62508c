"""A plot of one run in words: for those who do not see its drawing, and below it."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from happyface.contract.units import human
from happyface.plots.one_run.plot import Axis, BarPlot, HistogramPlot, RowPlot


def draw_legend(plot: RowPlot) -> Markup:
    """Which colour is which column, where there are several; and what is not drawn."""
    columns = plot.columns if isinstance(plot, BarPlot) and len(plot.columns) > 1 else ()
    keys = [
        Markup('<span class="key"><i class="k{}"></i>{}</span>').format(number, column.label)
        for number, column in enumerate(columns, start=1)
    ]
    notes = Markup('<span class="chart-note">{}</span>').format(" ".join(plot.notes)) if plot.notes else Markup()
    return Markup(" ").join([*keys, notes])


def describe_chart(plot: RowPlot) -> str:
    """What a drawing shows, for those who do not see it."""
    return f"{plot.title}: {'; '.join(_parts(plot))}.{''.join(f' {note}' for note in plot.notes)}"


def _parts(plot: RowPlot) -> Iterator[str]:
    match plot:
        case BarPlot():
            yield f"{len(plot.bars)} bars"
            for place, column in enumerate(plot.columns):
                named = [(height, bar.name) for bar in plot.bars if (height := bar.heights[place]) is not None]
                if named:
                    least, most = min(named), max(named)
                    ends = [f"{human(height, column.unit)} ({name})" for height, name in (least, most)]
                    yield f"{column.label} from {ends[0]} to {ends[1]}"
        case HistogramPlot():
            begin, end, count = max(plot.steps, key=lambda step: step[2])
            yield f"{sum(plot.counts)} rows {_range(plot.x, plot.edges)}"
            yield f"most of them, {count}, from {human(begin, plot.x.unit)} to {human(end, plot.x.unit)}"
        case _:
            yield f"{len(plot.points)} points"
            for axis, values in ((plot.x, [p.x for p in plot.points]), (plot.y, [p.y for p in plot.points])):
                yield f"{axis.label} {_range(axis, values)}"
    for axis in (plot.x, plot.y):
        yield from (limit.label for limit in axis.limits)


def _range(axis: Axis, values: Sequence[float]) -> str:
    return f"from {human(min(values), axis.unit)} to {human(max(values), axis.unit)}"
