"""A small chart of a number that moved: the span, marked, after the time with which it is compared."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from happyface.model.series import Series, SeriesKey, SeriesSet, Span

WIDTH, HEIGHT, MARGIN = 400.0, 72.0, 3.0


@dataclass(frozen=True)
class MovedChart:
    """One number on the page.

    Attributes:
        address: of its plot.
        own: it is one of those for which it was asked.
        drawing: an SVG; empty where there is nothing to draw.
    """

    label: str
    sentence: str
    address: str
    own: bool
    drawing: Markup


@dataclass(frozen=True)
class MovedList:
    """All that the page shows of what moved.

    Attributes:
        counted: how many numbers were compared, as a sentence.
        problem: why nothing could be compared, as a sentence.
        limit: how many numbers were asked for.
    """

    charts: Sequence[MovedChart]
    counted: str
    problem: str
    limit: int

    @property
    def heading(self) -> str:
        """What the list is."""
        if len(self.charts) == 1:
            return "One of them moved:" if self.limit > 1 else "This one moved most:"
        return f"These {len(self.charts)} moved{' most' if len(self.charts) == self.limit else ''}, most first:"


@dataclass(frozen=True)
class _Scale:
    span: Span
    low: float
    high: float

    def x(self, seconds: float) -> str:
        part = (seconds - self.span.begin) / max(1, self.span.end - self.span.begin)
        return f"{WIDTH * min(1.0, max(0.0, part)):.1f}"

    def y(self, value: float) -> str:
        # Halved, so that what lies between the largest numbers of all is no infinity.
        part = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2) if self.high > self.low else 0.5
        return f"{HEIGHT - MARGIN - part * (HEIGHT - 2 * MARGIN):.1f}"


def draw_chart(found: SeriesSet, key: SeriesKey, marked: Span, whole: Span, write: Callable[[float], str]) -> Markup:
    """The chart of a number over the whole span, of which a part is marked; empty where nothing is known.

    Args:
        write: returns a value as it is written.
    """
    series = found.series[key]
    if not np.isfinite(series.mean).any():
        return Markup()
    low, high = float(np.nanmin(series.low)), float(np.nanmax(series.high))
    scale = _Scale(whole, low, high)
    pieces = list(_pieces(found, series))
    about = f"from {write(low)} to {write(high)}" if low < high else f"always {write(low)}"
    return Markup(  # noqa: S704 - numbers, and the words are escaped
        f'<svg class="small" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(about)}"><path class="marked" d="M{scale.x(marked.begin)} 0H{WIDTH:g}V{HEIGHT:g}'
        f'H{scale.x(marked.begin)}Z"/><path class="band" d="{_band(pieces, scale)}"/>'
        f'<path class="curve" d="{_curve(pieces, scale)}"/></svg><small>{escape(about)}</small>'
    )


@dataclass(frozen=True)
class _Piece:
    begin: int
    end: int
    low: float
    mean: float
    high: float


def _pieces(found: SeriesSet, series: Series) -> Iterator[_Piece]:
    parts = (found.begins, found.ends, series.low, series.mean, series.high)
    for begin, end, low, mean, high in zip(*(part.tolist() for part in parts), strict=True):
        if np.isfinite(mean):
            yield _Piece(begin, end, low, mean, high)


def _band(pieces: Sequence[_Piece], scale: _Scale) -> str:
    return "".join(
        f"M{scale.x(piece.begin)} {scale.y(piece.low)}H{scale.x(piece.end)}V{scale.y(piece.high)}"
        f"H{scale.x(piece.begin)}Z"
        for piece in pieces
        if piece.low != piece.high
    )


def _curve(pieces: Sequence[_Piece], scale: _Scale) -> str:
    """Steps, for a value holds until the next one; the pen is lifted where nothing is known."""
    parts, last = [], None
    for piece in pieces:
        begins = f"V{scale.y(piece.mean)}" if last == piece.begin else f"M{scale.x(piece.begin)} {scale.y(piece.mean)}"
        parts.append(f"{begins}H{scale.x(piece.end)}")
        last = piece.end
    return "".join(parts)
