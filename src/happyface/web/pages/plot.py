"""The plot page around its picture: from when to when, and a plain form for browsers without scripts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from happyface.model.local_time import moment_parameters, moved
from happyface.web.pages.links import Links
from happyface.web.pages.times import Clock

if TYPE_CHECKING:
    from happyface.model.series import PlotInstance  # of numpy, which takes longer to import than a page to make

SPANS = {
    "6h": timedelta(hours=6),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
"""The spans that have a name in addresses."""
SIZE = {"width": "1100", "height": "460"}
"""Of the image on the page, unless its address says otherwise: the place that a script would draw in."""
LEGEND_PLACES = (
    *("best", "upper right", "upper left", "lower left", "lower right", "right"),
    *("center left", "center right", "lower center", "upper center", "center", "below the curves"),
)
"""Where the legend of an image stands, by its number in an address."""

_MOMENTS = ("span", *(f"{end}{part}" for end in ("start", "end") for part in ("", "_date", "_time", "_fold")))
_CURVE = re.compile(r"curve_(\d+)", re.ASCII)


@dataclass(frozen=True)
class PlotState:
    """What a plot page shows.

    Attributes:
        parameters: of its address, without empty ones.
        begin: of the span.
        end: of the span; now where the plot is live.
        live: whether it ends now, whenever that is.
        title: of the plot, as its address has it.
        labels: of its curves.
        problem: why nothing can be drawn, as a sentence.
    """

    parameters: dict[str, str]
    begin: datetime
    end: datetime
    live: bool
    title: str = ""
    labels: Sequence[str] = ()
    problem: str = ""

    @property
    def curves(self) -> list[tuple[str, str]]:
        """The curves as the address has them, with the names of their parameters, in order."""
        found = [(name, value) for name, value in self.parameters.items() if _CURVE.fullmatch(name)]
        return sorted(found, key=lambda pair: int(pair[0].removeprefix("curve_")))

    @property
    def new_curve(self) -> str:
        """The name of the parameter that one more curve would have."""
        numbers = [int(name.removeprefix("curve_")) for name, _ in self.curves]
        return f"curve_{max(numbers, default=0) + 1}"

    @property
    def heading(self) -> str:
        """What the page is called."""
        return self.title or ", ".join(self.labels) or "Plots"

    def rest(self, *left_out: str) -> list[tuple[str, str]]:
        """The parameters that a form keeps beside its own fields."""
        return [pair for pair in self.parameters.items() if pair[0] not in left_out]


@dataclass(frozen=True)
class Knob:
    """One knob of the row of the span: what a script knows it by, what stands on it, its name, and where it leads."""

    go: str
    label: str
    name: str
    address: str
    current: bool = False


@dataclass(frozen=True)
class TimeRow:
    """From when to when a plot is, and the knobs that change it."""

    knobs: Sequence[Sequence[Knob]]
    fields: Sequence[tuple[str, str, str]]
    kept: Sequence[tuple[str, str]]
    zone: str
    now: str = ""


def time_row(state: PlotState, links: Links, clock: Clock) -> TimeRow:
    """The row of the span of a plot."""
    half, middle = (state.end - state.begin) / 2, state.begin + (state.end - state.begin) / 2

    def knob(go: str, label: str, name: str, begin: datetime, end: datetime, current: bool = False) -> Knob:
        return Knob(go, label, name, _address(state, links, begin, end, clock), current)

    def named(name: str, width: timedelta) -> Knob:
        address = _address(state, links, moved(state.end, -width), state.end, clock, name if state.live else "")
        about = f"{'the last' if state.live else 'these'} {_WORDS[name]}"
        return Knob(name, _WORDS[name], about, address, abs(2 * half / width - 1) < 0.02)

    begin, end = state.begin, state.end
    now = _with(state, links, {"span": str(round((end - begin).total_seconds()))})
    return TimeRow(
        knobs=(
            (
                knob("back", "‹", "Earlier", moved(begin, -half), moved(end, -half)),
                *(named(name, width) for name, width in SPANS.items()),
                knob("forward", "›", "Later", moved(begin, half), moved(end, half)),
            ),
            (
                knob("out", "−", "Zoom out", moved(middle, -2 * half), moved(middle, 2 * half)),
                knob("in", "+", "Zoom in", moved(middle, -half / 2), moved(middle, half / 2)),
                Knob("now", "Now", "Up to now", now, state.live),
            ),
        ),
        fields=[
            (prefix, clock.date(moment), clock.time(moment)) for prefix, moment in (("start", begin), ("end", end))
        ],
        kept=state.rest(*_MOMENTS),
        zone=clock.zone_name(end),
        now=now,
    )


_WORDS = {"6h": "6 h", "day": "day", "week": "week", "month": "month", "year": "year"}


def _address(state: PlotState, links: Links, begin: datetime, end: datetime, clock: Clock, name: str = "") -> str:
    """The same plot in another span; up to now where it would end there or later."""
    if name or end >= clock.now:
        return _with(state, links, {"span": name or str(round((end - begin).total_seconds()))})
    moments = {
        f"{prefix}_{part}": value
        for prefix, moment in (("start", begin), ("end", end))
        for part, value in moment_parameters(moment, clock.zone).items()
    }
    return _with(state, links, moments)


def _with(state: PlotState, links: Links, moments: Mapping[str, str]) -> str:
    return f"{links.plots_page()}{plot_query(dict(state.rest(*_MOMENTS)) | dict(moments))}"


def plot_query(parameters: Mapping[str, str]) -> str:
    """Parameters as the end of an address; commas and dollars stay as people write them."""
    parts = [f"{quote(name, safe='')}={quote(value, safe=':,$')}" for name, value in parameters.items()]
    return f"?{'&'.join(parts)}" if parts else ""


@dataclass(frozen=True)
class Choice:
    """One number that can be plotted, as a curve is written in an address."""

    curve: str
    label: str


@dataclass(frozen=True)
class PlainChoices:
    """What a form without scripts offers: the categories, and the numbers of one of them by instance."""

    categories: Sequence[tuple[str, str]] = ()
    picked: str = ""
    numbers: Sequence[tuple[str, Sequence[Choice]]] = field(default=())


def plain_choices(
    instances: "Sequence[PlotInstance]", categories: Sequence[tuple[str, str]], state: PlotState
) -> PlainChoices:
    """The numbers of the category that is picked; without one, of that of the first curve, or of the first."""
    home = {instance.name: instance.category for instance in instances}
    of_curves = [home.get(value.partition(",")[0], "") for _, value in state.curves]
    wanted = [state.parameters.get("from", ""), *of_curves, *(name for name, _ in categories)]
    names = {name for name, _ in categories}
    picked = next((name for name in wanted if name in names), "")
    numbers = [(instance.title, _numbers(instance)) for instance in instances if instance.category == picked]
    return PlainChoices(categories, picked, numbers)


def _numbers(instance: "PlotInstance") -> list[Choice]:
    status = Choice(f"{instance.name},,,", "Status")
    return [status] + [
        Choice(f"{instance.name},{table},${column.name},", f"{table}: {column.label}" if table else column.label)
        for table, columns in instance.tables.items()
        for column in columns
    ]
