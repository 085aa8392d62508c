"""Images of plots: a PNG of four curves, against what matplotlib alone needs for the same arrays, and memory."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
import psutil

from benchmarks.figures import Figure, NotHere, paired
from happyface.model.series import Span, StatusPiece
from happyface.plots.ground import mark_changes, paint_ground
from happyface.plots.images import draw_image
from happyface.plots.plot import Curve, Plot
from happyface.plots.reducing import Buckets, Values
from happyface.plots.request import CurveRequest, PlotRequest

PAIRS, POINTS, CURVES = 11, 800, 4
IMAGES, WARM = 1000, 50
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def run() -> Iterator[Figure]:
    """A year, reduced to 800 buckets, with ground and markers."""
    plot, zone = _plot(), ZoneInfo("Europe/Berlin")
    bare = _bare()
    bare(plot)
    draw_image(plot, zone)
    ours, theirs = [], []
    for _ in range(PAIRS):
        theirs.append(_seconds(lambda: bare(plot)))
        ours.append(_seconds(lambda: draw_image(plot, zone)))
    told = f"{median(ours) * 1000:.0f} ms against {median(theirs) * 1000:.0f} ms"
    yield Figure("PNG of a year of four curves", paired(ours, theirs), "× matplotlib alone", 2.5, told)
    yield _memory(replace(plot, request=replace(plot.request, width=300, height=200)), zone)


def _memory(plot: Plot, zone: ZoneInfo) -> Figure:
    """What the process holds after a thousand images, against what it held after the first fifty."""
    process, held = psutil.Process(), []
    for _ in range(IMAGES // WARM):
        for _ in range(WARM):
            draw_image(plot, zone)
        held.append(process.memory_info().rss)
    told = f"{held[0] / 1e6:.0f} MB after {WARM}, {held[-1] / 1e6:.0f} MB after {IMAGES:,}"
    return Figure(f"memory after {IMAGES:,} images", held[-1] / held[0], f"× that after {WARM}", 1.05, told)


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _plot() -> Plot:
    end = int(NOW.timestamp())
    edges = np.linspace(end - 365 * 86_400, end, POINTS + 1).astype(np.int64)
    buckets = Buckets(edges[:-1], edges[1:], np.full(POINTS, 44))
    random = np.random.default_rng(1)
    means = [np.cumsum(random.standard_normal(POINTS)) for _ in range(CURVES)]
    curves = tuple(
        Curve(number, f"Curve {number}", "batch", Values(mean - 1, mean, mean + 1))
        for number, mean in enumerate(means, start=1)
    )
    span = Span(int(edges[0]), end)
    pieces = [
        StatusPiece(int(begin), int(stop), float(place % 3) / 2)
        for place, (begin, stop) in enumerate(zip(edges[:-1:20], edges[20::20], strict=False))
    ]
    request = PlotRequest(tuple(CurveRequest("batch", "", "running") for _ in curves), begin=NOW - timedelta(365))
    ground, markers = paint_ground(pieces, span), mark_changes(pieces, span, "batch", "Batch")
    return Plot(request, span.begin, end, end, True, buckets, curves, ground, markers)


def _bare() -> Callable[[Plot], bytes]:
    """The plainest image of the same arrays: lines, bands, a legend, times on the axis."""
    try:
        from matplotlib.figure import Figure as BareFigure
    except ImportError as error:
        raise NotHere("matplotlib is not installed") from error

    def draw(plot: Plot) -> bytes:
        figure = BareFigure(figsize=(8, 4), dpi=100)
        axes = figure.add_subplot()
        times = plot.buckets.begins.astype("datetime64[s]")
        for curve in plot.curves:
            axes.plot(times, curve.values.mean, label=curve.label)
            axes.fill_between(times, curve.values.low, curve.values.high, alpha=0.2)
        axes.legend(loc="upper right")
        file = io.BytesIO()
        figure.savefig(file, format="png")
        return file.getvalue()

    return draw
