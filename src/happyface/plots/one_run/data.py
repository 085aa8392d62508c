"""A plot of one run as JSON and as CSV."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from happyface.plots.data import foreign_cell
from happyface.plots.one_run.plot import Axis, BarPlot, HistogramPlot, RowPlot


def row_plot_json(plot: RowPlot, about: dict[str, Any]) -> bytes:
    """The plot as one JSON object, behind what is said ``about`` it."""
    entries = about | {
        "title": plot.title,
        "notes": list(plot.notes),
        "x": _axis(plot.x),
        "y": _axis(plot.y),
        **_values(plot),
    }
    return f"{json.dumps(entries, ensure_ascii=False, allow_nan=False)}\n".encode()


def _axis(axis: Axis) -> dict[str, Any]:
    limits = [asdict(limit) for limit in axis.limits]
    return {"label": axis.label, "unit": axis.unit, "limits": limits}


def _values(plot: RowPlot) -> dict[str, Any]:
    match plot:
        case BarPlot():
            columns = [{"name": each.name, "label": each.label, "unit": each.unit} for each in plot.columns]
            bars = [{"name": bar.name, "heights": list(bar.heights)} for bar in plot.bars]
            return {"type": "stacked" if plot.stacked else "bars", "columns": columns, "bars": bars}
        case HistogramPlot():
            bins = [{"from": begin, "to": end, "rows": count} for begin, end, count in plot.steps]
            return {"type": "histogram", "bins": bins}
        case _:
            return {"type": "scatter", "points": [asdict(point) for point in plot.points]}


def row_plot_csv(plot: RowPlot) -> bytes:
    """The plot as a table: a line for each bar, step or point; what is not known is an empty cell."""
    heads, lines = row_plot_table(plot)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([foreign_cell(_with_unit(*head)) for head in heads])
    writer.writerows([[foreign_cell(cell) if isinstance(cell, str) else cell for cell in line] for line in lines])
    return written.getvalue().encode()


Heads = list[tuple[str, str]]
"""What stands above the columns of a table, each with its unit."""


def row_plot_table(plot: RowPlot) -> tuple[Heads, Sequence[Sequence[str | float | None]]]:
    """The heads and the lines of a plot as a table."""
    match plot:
        case BarPlot():
            heads = [(plot.x.label, ""), *((each.label, each.unit) for each in plot.columns)]
            return heads, [(bar.name, *bar.heights) for bar in plot.bars]
        case HistogramPlot():
            label, unit = plot.x.label, plot.x.unit
            heads = [(f"{label}, from", unit), (f"{label}, to below", unit), (plot.y.label, "")]
            return heads, list(plot.steps)
        case _:
            heads = [("Name", ""), (plot.x.label, plot.x.unit), (plot.y.label, plot.y.unit)]
            return heads, [(point.name, point.x, point.y) for point in plot.points]


def _with_unit(label: str, unit: str) -> str:
    return f"{label} [{unit.partition('|')[2] or unit}]" if unit else label
