"""A plot as JSON, as the page's script draws it, and as CSV for spreadsheets; piece by piece, however much it is."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from happyface.plots.plot import Curve, Plot

_PIECE = 2000
"""So many values or rows are made into text at once."""


def write_json(plot: Plot, zone: tzinfo) -> Iterator[bytes]:
    """The plot as one JSON object; NaN, which JSON has not, is null. In full it has the times as texts, too."""
    yield _object_start(_about(plot, zone))
    yield from _list("times", plot.buckets.begins)
    yield from _list("ends", plot.buckets.ends)
    if plot.request.full:
        yield from _texts("times_utc", plot.buckets.begins, UTC)
        yield from _texts("times_local", plot.buckets.begins, zone)
    yield b',"curves":['
    for number, curve in enumerate(plot.curves):
        yield b"," if number else b""
        yield from _curve(curve)
    yield b"]}\n"


def _about(plot: Plot, zone: tzinfo) -> dict[str, Any]:
    return {
        "title": plot.request.title,
        "ylabel": plot.request.ylabel,
        "begin": plot.begin,
        "end": plot.end,
        "now": plot.now,
        "live": plot.live,
        "zone": str(zone),
        "ground": [asdict(piece) for piece in plot.ground],
        "markers": [asdict(marker) for marker in plot.markers],
        "problems": plot.problems,
        "recorded": plot.recorded and asdict(plot.recorded),
    }


def _curve(curve: Curve) -> Iterator[bytes]:
    yield _object_start(
        {
            "number": curve.number,
            "label": curve.label,
            "unit": curve.unit,
            "axis": curve.axis,
            "instance": curve.instance,
            "category": curve.category,
            "compared": curve.compared,
            "problem": curve.problem,
            "limits": [asdict(limit) for limit in curve.limits],
        }
    )
    yield from _list("mean", curve.values.mean)
    if curve.values.spread:
        yield from _list("low", curve.values.low)
        yield from _list("high", curve.values.high)
    else:
        yield b',"low":null,"high":null'
    yield b"}"


def _object_start(entries: dict[str, Any]) -> bytes:
    return _text(entries)[:-1].encode()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _list(name: str, values: npt.NDArray[Any]) -> Iterator[bytes]:
    yield f',"{name}":['.encode()
    for first in range(0, len(values), _PIECE):
        piece = values[first : first + _PIECE]
        yield f"{',' if first else ''}{_text(_known(piece))[1:-1]}".encode()
    yield b"]"


def _known(values: npt.NDArray[Any]) -> list[Any]:
    """The numbers, with None for NaN."""
    found = values.astype(object)
    found[~np.isfinite(values)] = None
    return list(found)


def _texts(name: str, seconds: npt.NDArray[np.int64], zone: tzinfo) -> Iterator[bytes]:
    yield f',"{name}":['.encode()
    for first in range(0, len(seconds), _PIECE):
        texts = [_time(second, zone) for second in seconds[first : first + _PIECE].tolist()]
        yield f"{',' if first else ''}{_text(texts)[1:-1]}".encode()
    yield b"]"


def _time(seconds: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds")


def write_csv(plot: Plot, zone: tzinfo) -> Iterator[bytes]:
    """The plot as a table: a line for each run or bucket of runs, with times in UTC and in the site's zone.

    A curve that varies within the buckets has its lowest and highest values, too. Where runs are missing there is no
    line, and where nothing is known an empty cell.
    """
    columns = [column for curve in plot.curves for column in _columns(curve)]
    heads = ["begin (UTC)", f"begin ({zone})", "end (UTC)", "runs", *(foreign_cell(head) for head, _ in columns)]
    yield _lines([heads], csv.QUOTE_ALL)
    made = np.flatnonzero(plot.buckets.runs > 0)
    for first in range(0, len(made), _PIECE):
        chosen = made[first : first + _PIECE]
        times = [_row_start(plot, place, zone) for place in chosen.tolist()]
        cells = [_known(values[chosen]) for _, values in columns]
        yield _lines([[*start, *row] for start, row in zip(times, _rows(cells, len(times)), strict=True)])


def _columns(curve: Curve) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    unit = f" [{curve.unit.partition('|')[2] or curve.unit}]" if curve.unit else ""
    head = f"{curve.label}: {curve.problem}" if curve.problem else f"{curve.label}{unit}"
    yield head, curve.values.mean
    if curve.values.spread:
        yield f"{head}, lowest", curve.values.low
        yield f"{head}, highest", curve.values.high


def _row_start(plot: Plot, place: int, zone: tzinfo) -> list[str | int]:
    begin, end = int(plot.buckets.begins[place]), int(plot.buckets.ends[place])
    return [_time(begin, UTC), _time(begin, zone), _time(end, UTC), int(plot.buckets.runs[place])]


def _rows(cells: Sequence[Sequence[Any]], rows: int) -> Sequence[Sequence[Any]]:
    # zip() of no curves would be no rows.
    return list(zip(*cells, strict=True)) if cells else [()] * rows


def foreign_cell(text: str) -> str:
    """A text of others as a cell: what a spreadsheet would take for a formula is none with an apostrophe before it."""
    line = " ".join(text.split())
    return f"'{line}" if line[:1] in ("=", "+", "-", "@") else line


def _lines(rows: Sequence[Sequence[Any]], quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> bytes:
    written = io.StringIO()
    csv.writer(written, quoting=quoting, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()
