"""A plot in the format that was asked for, and what to call it."""

from collections.abc import Iterator
from datetime import tzinfo

from happyface.plots.data import write_csv, write_json
from happyface.plots.images import draw_image
from happyface.plots.plot import Plot
from happyface.plots.request import Format

CONTENT_TYPES: dict[Format, str] = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}


def write_plot(plot: Plot, zone: tzinfo) -> Iterator[bytes]:
    """The bytes of a plot, piece by piece; times are in UTC and in the zone."""
    match plot.request.format:
        case "json":
            yield from write_json(plot, zone)
        case "csv":
            yield from write_csv(plot, zone)
        case _:
            yield draw_image(plot, zone)
