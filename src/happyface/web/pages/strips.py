"""Strips: the last 24 hours of every category on one axis of time, which ends with the run that is shown.

A strip is one drawing: all calm stretches are one path, and each stretch of trouble is a link to its beginning. A site
of hundreds of categories still has a page of few elements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup, escape

from happyface.contract import states
from happyface.contract.states import Face
from happyface.model.views import LAST_DAY, CategoryView, Moment, Segment
from happyface.web.pages.faces import WORDS
from happyface.web.pages.links import Links
from happyface.web.pages.times import Clock

LAST_RUN_WIDTH = timedelta(minutes=15)
"""The least width of the shown run: a change in it would have none otherwise."""
HEIGHT = 22
NARROWEST = 6
"""The least width of a stretch of trouble, in minutes: it must be seen, and be hit."""
MOST_LINKS = 24
"""How many stretches of a strip, the newest ones, are links; those before are drawn by kind."""
MOST_LINKS_OF_ALL = 2000
"""How many are links on the whole page."""

_CLASSES: dict[Face, str] = {"neutral": "n", "unhappy": "u", "noinfo": "x", "unavail_plot": "u"}
# What a stretch looks like, from top to bottom: where its parts begin and how high they are. The kinds differ without
# colour, too: calm is low, neutral has a line in its middle, unhappy is full with caps, no information is hollow.
_PARTS = {"h": ((6, 10),), "n": ((2, 8), (12, 8)), "u": ((0, 3), (5, 12), (19, 3)), "x": ((4, 14),)}


@dataclass(frozen=True)
class Strips:
    """The strips of an overview as HTML.

    Attributes:
        hours: the line of hours above them.
        of_category: the drawing of each category, by its name.
        begin: where the axis begins, in seconds since 1970.
        seconds: how long it is.
    """

    hours: Markup
    of_category: Mapping[str, Markup]
    begin: int
    seconds: int


class _Place(NamedTuple):
    """A moment on the axis.

    Attributes:
        x: in minutes from the beginning.
        query: the end of an address of that moment, escaped.
    """

    x: float
    query: str
    time: str
    zone: str


class _Axis:
    """Converts times to places: a minute is one unit. Places are kept: most strips change in the same runs."""

    def __init__(self, begin: datetime, end: datetime, links: Links, clock: Clock) -> None:
        self.begin, self.end, self.page_time = begin, end, clock.page_time
        self.length = (end - begin).total_seconds() / 60
        self._links, self._clock = links, clock
        self._known: dict[datetime, _Place] = {}

    def place(self, moment: datetime) -> _Place:
        """Where a moment is; the nearest end for one that is outside."""
        found = self._known.get(moment)
        if found is None:
            inside = min(max(moment, self.begin), self.end)
            query = str(escape(self._links.at(moment).query))
            time, zone = self._clock.time(moment), self._clock.zone_name(moment)
            found = self._known[moment] = _Place((inside - self.begin).total_seconds() / 60, query, time, zone)
        return found


def draw_strips(
    categories: Sequence[CategoryView],
    segments: Mapping[str, Sequence[Segment]],
    moment: Moment,
    links: Links,
    clock: Clock,
) -> Strips:
    """The strips of all categories in the 24 hours before the run that is shown."""
    ends = [found[-1].end for found in segments.values() if found]
    axis = _Axis(moment.run.time - LAST_DAY, max([moment.run.time + LAST_RUN_WIDTH, *ends]), links, clock)
    # A site of 450 restless categories would have ten thousand links, and a browser would take seconds for them.
    most = min(MOST_LINKS, max(2, MOST_LINKS_OF_ALL // max(1, len(categories))))
    drawn = {
        category.outline.name: _Strip(category, axis, links.category_path(category.outline.name)).draw(
            segments.get(category.outline.name, ()), most
        )
        for category in categories
    }
    return Strips(_hours(axis, clock), drawn, int(axis.begin.timestamp()), round(axis.length * 60))


@dataclass(frozen=True)
class _Strip:
    """One category's strip; ``path`` is the address of its page without any moment."""

    category: CategoryView
    axis: _Axis
    path: str

    def draw(self, segments: Sequence[Segment], most: int) -> Markup:
        kinds = [_CLASSES.get(states.face(segment.status, self.category.outline.type), "h") for segment in segments]
        trouble = [position for position, kind in enumerate(kinds) if kind != "h"]
        linked = set(trouble[-most:])
        by_kind: dict[str, list[str]] = {}
        anchors = []
        for position, (segment, kind) in enumerate(zip(segments, kinds, strict=True)):
            if position in linked:
                anchors.append(self._link(segment, kind))
            else:
                by_kind.setdefault(kind, []).append(self._path(segment, kind))
        paths = [f'<path class="{kind}" d="{"".join(parts)}"/>' for kind, parts in by_kind.items()]
        return Markup(  # noqa: S704 - numbers, and the texts are escaped
            f'<svg class="strip" viewBox="0 0 {self.axis.length:g} {HEIGHT}" preserveAspectRatio="none"'
            f' role="{"group" if linked else "img"}" aria-label="{escape(self.category.outline.title)},'
            f' the last 24 hours">{"".join(paths)}{"".join(anchors)}</svg>'
        )

    def _path(self, segment: Segment, kind: str) -> str:
        begin = self.axis.place(segment.begin).x
        # What holds in the run that is shown holds to the end of the axis.
        end = self.axis.length if segment.end >= self.axis.page_time else self.axis.place(segment.end).x
        width = max(end - begin, NARROWEST if kind != "h" else 0)
        begin = min(begin, self.axis.length - width)  # one that was made wider must not stand out at the right
        return "".join(f"M{begin:.0f} {top}h{width:.0f}v{high}h-{width:.0f}z" for top, high in _PARTS[kind])

    def _link(self, segment: Segment, kind: str) -> str:
        address = f"{self.path}{self.axis.place(segment.begin).query}"
        title = f"<title>{escape(self._title(segment))}</title>"
        return f'<a href="{address}">{title}<path class="{kind}" d="{self._path(segment, kind)}"/></a>'

    def _title(self, segment: Segment) -> str:
        begin, word = self.axis.place(segment.begin), WORDS[states.face(segment.status, self.category.outline.type)]
        until = "" if segment.end >= self.axis.page_time else f"–{self.axis.place(segment.end).time}"
        sentence = f", {segment.sentence}" if segment.sentence else ""
        return f"{begin.time}{until} {begin.zone}: {word}{sentence}"


def _hours(axis: _Axis, clock: Clock) -> Markup:
    """Every third hour, at its place; those near the right end would be cut off."""
    labels = []
    for hour in range(int((axis.end - axis.begin) / timedelta(hours=1)) + 1):
        moment = axis.begin.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hour + 1)
        local = moment.astimezone(clock.zone)
        place = (moment - axis.begin) / (axis.end - axis.begin)
        if local.hour % 3 == 0 and place < 0.96:  # by the local hour: a day may have 23 or 25
            style = ' class="wide"' if local.hour % 6 or place > 0.88 else ""
            labels.append(f'<text x="{place:.2%}" y="14"{style}>{local.hour:02}:00</text>')
    return Markup(f'<svg class="hours" aria-hidden="true">{"".join(labels)}</svg>')  # noqa: S704 - numbers
