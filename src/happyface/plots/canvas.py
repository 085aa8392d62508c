"""What all images have in common: matplotlib's ``Figure`` (never pyplot, which keeps every figure), colours, texts."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from textwrap import fill
from threading import Lock
from typing import Any, Protocol

from happyface.contract.units import human
from happyface.plots.colours import DARK, LIGHT, Colours
from happyface.plots.limit_lines import LimitLine

_SCALED = ("bytes", "bytes/s", "seconds", "share", "percent")
"""Units whose numbers change with their size: they stand at each number of the axis, the others once beside it."""
_DRAWING = Lock()
"""matplotlib's fonts are not made for several threads."""
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": "HappyFace"},
    "svg": {"Creator": "HappyFace", "Date": None},
    "pdf": {"Creator": "HappyFace", "Producer": None, "CreationDate": None},
}


class Sheet(Protocol):
    """What is asked of an image, whatever is drawn on it: a size in pixels, a resolution, light or dark."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def dpi(self) -> int: ...
    @property
    def dark(self) -> bool: ...
    @property
    def format(self) -> str: ...


@contextmanager
def one_drawing() -> Iterator[None]:
    """One image is drawn at a time."""
    with _DRAWING, warnings.catch_warnings():
        # Signs that the font has not are drawn as boxes, and values that no scale can hold are drawn somehow.
        warnings.simplefilter("ignore")
        yield


@cache
def _figure_class() -> Any:
    """matplotlib's ``Figure``, imported with the first image: it takes longer than a page takes to make."""
    import matplotlib
    from matplotlib.figure import Figure

    # What somebody has set for his own pictures is not for ours.
    matplotlib.rcdefaults()
    # Texts of others stay texts, in an SVG too, whatever is between two dollar signs.
    matplotlib.rcParams.update({"text.parse_math": False, "svg.fonttype": "none", "font.family": ["DejaVu Sans"]})
    return Figure


def colours_of(sheet: Sheet) -> Colours:
    """The colours of an image."""
    return DARK if sheet.dark else LIGHT


def new_figure(sheet: Sheet) -> Any:
    """An empty figure of the size and the ground that were asked for."""
    # In inches, and a little more: what comes of it is cut to whole pixels.
    size = ((sheet.width + 0.01) / sheet.dpi, (sheet.height + 0.01) / sheet.dpi)
    figure = _figure_class()(figsize=size, dpi=sheet.dpi, layout="constrained")
    figure.set_facecolor(colours_of(sheet).sheet)
    return figure


def written(figure: Any, sheet: Sheet) -> bytes:
    """A figure in the format that was asked for."""
    file = io.BytesIO()
    metadata = _METADATA[sheet.format]
    figure.savefig(file, format=sheet.format, facecolor=colours_of(sheet).sheet, metadata=metadata)
    return file.getvalue()


def paint(axes: Any, colours: Colours, is_ground: bool = True) -> None:
    """Give axes their colours; those that are not the ground lie over others."""
    axes.set_facecolor(colours.sheet if is_ground else "none")
    axes.tick_params(colors=colours.muted, labelsize="small")
    for spine in axes.spines.values():
        spine.set_color(colours.line)
    if is_ground:
        axes.grid(True, color=colours.line, lw=0.6)
        axes.set_axisbelow(True)


def scale(axis: Any, unit: str) -> str:
    """Write the numbers of an axis in their unit; what is to stand beside it, where that is not at each number."""
    at_numbers = unit if unit in _SCALED else ""
    axis.set_major_formatter(lambda value, _: format_number(value, at_numbers))
    return "" if at_numbers else unit.partition("|")[2] or unit


def draw_limit(axes: Any, limit: LimitLine, colours: Colours, upright: bool = False) -> None:
    """A limit as a dashed line across axes, with its label."""
    colour = colours.faces[limit.face]
    draw = axes.axvline if upright else axes.axhline
    draw(limit.value, color=colour, lw=1, ls=(0, (5, 3)))
    place = (
        {"xy": (limit.value, 0.99), "xycoords": axes.get_xaxis_transform(), "rotation": 90, "va": "top"}
        if upright
        else {"xy": (0.995, limit.value), "xycoords": axes.get_yaxis_transform(), "va": "bottom"}
    )
    axes.annotate(limit.label, **place, ha="right", color=colour, fontsize="x-small")


def wrapped(text: str, share: float, sheet: Sheet) -> str:
    """A text in lines that take about a share of the width: a sign is 0.6 times as wide as it is high."""
    signs = int(sheet.width * share / (0.6 * 10 * sheet.dpi / 72))
    return fill(text, max(signs, 10))


def format_number(value: float, unit: str) -> str:
    """A number beside an axis; a very large one by its power of ten, or it would be wider than the image."""
    return f"{value:.3g}" if abs(value) >= 1e15 and unit not in ("bytes", "bytes/s") else human(value, unit)
