"""Strips: the last 24 hours of every category, one cell a run, the newest at the right.

A site with 50 categories has 4,800 cells on its overview, so they are joined as plain strings; what belongs to a run
is prepared once for all categories, and what belongs to a category once for all runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

from markupsafe import Markup, escape

from happyface.contract import states
from happyface.contract.states import Face
from happyface.model.views import CategoryView
from happyface.web.faces import WORDS
from happyface.web.links import Links
from happyface.web.times import Clock

DAY = timedelta(hours=24)


class StripCell(NamedTuple):
    """A category in one of the runs of the last 24 hours."""

    time: datetime
    status: float
    sentence: str = ""


MOST_CELLS = 288
"""More runs than these a day are shown as their worst one each five minutes."""

_GAP = "<i></i>"
_CLASSES: dict[Face, str] = {
    "happy": "h",
    "neutral": "n",
    "unhappy": "u",
    "noinfo": "x",
    "avail_plot": "h",
    "unavail_plot": "u",
}


@dataclass(frozen=True)
class Strips:
    """The strips of an overview as HTML.

    Attributes:
        hours: the line of hours above them.
        cells: the cells of each category, by its name.
        dense: there are so many cells that they stand without space between them.
    """

    hours: Markup
    cells: Mapping[str, Markup]
    dense: bool = False


@dataclass(frozen=True)
class _Run:
    """What all cells of one run share: the gap before it, its address and its time."""

    gap: str
    query: str
    time: str


def strips(
    categories: Sequence[CategoryView], cells: Mapping[str, Sequence[StripCell]], links: Links, clock: Clock
) -> Strips:
    """The strips of all categories on one axis of time, which ends with the run that is shown."""
    shown = {each.outline.name: _thinned(cells.get(each.outline.name, ()), clock.shown) for each in categories}
    times = sorted({cell.time for each in shown.values() for cell in each})
    gaps = _gaps(times, clock.shown)
    runs = {time: _run(time, gap, links, clock) for time, gap in zip(times, gaps, strict=True)}
    drawn = {each.outline.name: _cells(each, shown[each.outline.name], runs, links) for each in categories}
    return Strips(_hours(times, gaps, clock), drawn, len(times) + sum(gaps) > 150)


def _thinned(cells: Sequence[StripCell], shown: datetime) -> Sequence[StripCell]:
    """The worst run of each part of the day, where there are too many to be seen."""
    if len(cells) <= MOST_CELLS:
        return cells
    worst: dict[int, StripCell] = {}
    for cell in cells:
        part = (cell.time - shown) * MOST_CELLS // DAY
        if part not in worst or 0 <= cell.status < (worst[part].status if worst[part].status >= 0 else 2):
            worst[part] = cell
    return list(worst.values())


def _gaps(times: Sequence[datetime], shown: datetime) -> list[int]:
    """How many runs are missing before each one, judged by the usual time between two."""
    if not times:
        return []
    steps = [later - earlier for earlier, later in pairwise(times)]
    usual = max(median_low(steps) if steps else timedelta(minutes=15), DAY / MOST_CELLS)
    before = max(0, (times[0] - (shown - DAY)) // usual - 1)
    return [before, *(max(0, round(step / usual) - 1) for step in steps)]


def _run(time: datetime, gap: int, links: Links, clock: Clock) -> _Run:
    return _Run(_GAP * gap, str(escape(links.at(time).query)), f"{clock.time(time)} {clock.zone_name(time)}")


def _cells(category: CategoryView, cells: Sequence[StripCell], runs: Mapping[datetime, _Run], links: Links) -> Markup:
    by_time = {cell.time: cell for cell in cells}
    path = escape(links.category_path(category.outline.name))
    known: dict[tuple[float, str], tuple[str, str]] = {}
    parts = []
    for time, run in runs.items():
        cell = by_time.get(time)
        if cell is None:
            parts.append(run.gap + _GAP)
            continue
        said = known.get(key := (cell.status, cell.sentence))
        if said is None:
            said = known[key] = _said(cell, category)
        parts.append(f'{run.gap}<a class="{said[0]}" href="{path}{run.query}" title="{run.time}: {said[1]}"></a>')
    return Markup("".join(parts))  # noqa: S704 - every part is escaped above


def _said(cell: StripCell, category: CategoryView) -> tuple[str, str]:
    """The class and the words of a cell."""
    face = states.face(cell.status, category.outline.type)
    sentence = f", {cell.sentence}" if cell.sentence else ""
    return _CLASSES[face], str(escape(WORDS[face] + sentence))


def _hours(times: Sequence[datetime], gaps: Sequence[int], clock: Clock) -> Markup:
    """A line as wide as the strips, with every third hour at its cell."""
    parts, before = [], -1
    room = len(times) + sum(gaps)
    for time, gap in zip(times, gaps, strict=True):
        local = time.astimezone(clock.zone)
        new = local.hour != before and (before >= 0 or local.minute == 0)
        before = local.hour
        room -= gap + 1
        label = f"<b{_rank(local.hour, room)}>{local.hour:02}:00</b>" if new and local.hour % 3 == 0 else ""
        parts.append(f"{_GAP * gap}<i>{label}</i>")
    return Markup("".join(parts))  # noqa: S704 - nothing but numbers


def _rank(hour: int, room: int) -> str:
    """Which labels give way: all for which there is no room at the right, every second one on a phone."""
    if room < 5:
        return ' class="never"'
    return ' class="wide"' if hour % 6 or room < 12 else ""
