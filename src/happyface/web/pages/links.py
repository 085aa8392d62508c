"""Every address that a page points to is made here. The moment that a page shows is kept in all its links."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from urllib.parse import quote

from happyface.contract.charts import Chart
from happyface.model.local_time import moment_parameters
from happyface.model.outline import status_of_category

Filter = tuple[str, str]
"""A column, and the text that it has in the rows that are meant."""

DEFAULT_STEP = 15
"""Width of a step of the time machine, in minutes, where none was chosen."""

_LEAST, _MOST = timedelta(hours=1), timedelta(days=7)
_STEP = re.compile(r"(\d{1,4}):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class Links:
    """The addresses of one site at one moment.

    Attributes:
        root: the path prefix of the application (WSGI's ``SCRIPT_NAME``); empty for none.
        zone: the site's time zone.
        moment: what is kept in every link; None for the present.
        step: the width of the time machine's step, in minutes.
        version: changes when scripts and styles change, so that browsers may keep them.
        plots: whether there is a plot generator; without it nothing leads to a plot.
    """

    root: str
    zone: tzinfo
    moment: datetime | None = None
    step: int = DEFAULT_STEP
    version: str = ""
    plots: bool = True

    def at(self, moment: datetime | None) -> "Links":
        """These links at another moment; None for the present."""
        return replace(self, moment=moment)

    @property
    def parameters(self) -> dict[str, str]:
        """The moment and the step as parameters of an address; what is as always is left out."""
        found = {} if self.moment is None else moment_parameters(self.moment, self.zone)
        return found if self.step == DEFAULT_STEP else found | {"s": format_step(self.step)}

    @cached_property
    def query(self) -> str:
        """The moment and the step as the end of an address, with its question mark; empty where both are as always."""
        return f"?{_joined(self.parameters)}" if self.parameters else ""

    def overview(self) -> str:
        """The overview of all categories."""
        return f"{self.root}/{self.query}"

    def category(self, name: str, instance: str = "") -> str:
        """The page of a category, at one of its instances where that is given."""
        return f"{self.category_path(name)}{self.query}{'#' if instance else ''}{quoted(instance)}"

    def category_path(self, name: str) -> str:
        """The page of a category without any moment: what a form is sent to."""
        return f"{self.root}/category/{quoted(name)}"

    def trouble(self) -> str:
        """Everything that needs a look."""
        return f"{self.root}/trouble{self.query}"

    def instance(self, name: str, run_id: int) -> str:
        """One instance in one run, with its values."""
        return f"{self.root}/instance/{quoted(name)}/{run_id}{self.query}"

    def table(self, instance: str, run_id: int, table: str, first: int = 0) -> str:
        """One page of the rows of a table of an instance: those from the ``first`` on."""
        parameters = ({"first": str(first)} if first else {}) | self.parameters
        path = f"{self.root}/table/{quoted(instance)}/{run_id}/{quoted(table)}"
        return f"{path}?{_joined(parameters)}" if parameters else path

    def plot(self, instance: str, table: str = "", columns: Sequence[str] = (), key: Filter | None = None) -> str:
        """The plot of some numbers of an instance, of one row of a table where its key is given; without any column of
        its status. Empty where there is no plot generator.
        """
        if not self.plots:
            return ""
        # A comma would end the name.
        of = ",".join(quoted(name.replace(",", "\\,")) for name in (instance, table))
        curves = [f"curve_{number}={of},${name}," for number, name in enumerate(columns, 1)] or [f"curve_1={of},,"]
        if key:
            curves += [f"curve_{number}_filter_1={_filter(key)}" for number in range(1, len(columns) + 1)]
        return f"{self.root}/plot/time/?{'&'.join(curves)}{self._plot_end}"

    def own_plot(self, parameters: str, part: str = "") -> str:
        """A plot by the parameters of its address, ``curve_1=…&span=week``; ``part``: ``img``, its image.

        On a page of the past it ends at its moment. Empty where there is no plot generator.
        """
        end = f"&{self._moment_end}" if self.moment else ""
        # As people write them: with blanks, or as a browser shows an address.
        written = quote(parameters, safe="%=&+,:;$()*/.!<>{}")
        return f"{self.root}/plot/time/{part}?{written}{end}" if self.plots else ""

    def plot_of_category(self, name: str) -> str:
        """The plot of the status of a category; empty where there is no plot generator."""
        return self.plot(status_of_category(name))

    def moved_since(self, instance: str, since: datetime, now: datetime) -> str:
        """What else moved since a moment, up to that of the page; empty where there is no plot generator.

        At least an hour, of which something can be said; and of a long time the first week, in which it began.
        """
        if not self.plots:
            return ""
        end = self.moment or now
        if end - since < _LEAST:
            parameters = {"span": "1h"} | (_prefixed("end", end, self.zone) if self.moment else {})
        else:
            parameters = _prefixed("start", since, self.zone)
            last = min(end, since + _MOST)
            parameters |= _prefixed("end", last, self.zone) if self.moment or last < end else {}
        return f"{self.root}/plot/moved/?{_joined({'near': instance} | parameters)}"

    def plots_page(self) -> str:
        """The page on which plots are made; empty where there is no plot generator."""
        return f"{self.root}/plot/time/" if self.plots else ""

    def run_plot(self, instance: str = "", table: str = "", chart: Chart | None = None, part: str = "") -> str:
        """The plot of the rows of a table in the run that the page shows: its page, or its ``img`` or ``data``.

        Without a chart it is the usual one of the table. Empty where there is no plot generator.
        """
        named = {"instance": instance, "table": table} if instance else {}
        return self.run_plot_with(named | (_chart_parameters(chart) if chart else {}), part)

    def run_plot_with(self, parameters: Mapping[str, str], part: str = "") -> str:
        """The plot of these parameters, in the run that the page shows."""
        query = _joined({**parameters, **self.parameters}, safe=":,")
        return f"{self.root}/plot/custom/{part}{'?' if query else ''}{query}" if self.plots else ""

    def run_plot_path(self) -> str:
        """The page of plots of one run without any parameter: what a form is sent to."""
        return f"{self.root}/plot/custom/"

    def plot_part(self, part: str) -> str:
        """What a plot's page fetches: the image, the data, or what can be plotted."""
        return f"{self.root}/plot/{part}"

    @cached_property
    def _plot_end(self) -> str:
        """Plots on a page of the past end at its moment."""
        return f"&span=day&{self._moment_end}" if self.moment else ""

    @cached_property
    def _moment_end(self) -> str:
        return _joined(_prefixed("end", self.moment, self.zone)) if self.moment else ""

    def ajax(self, instance: str, run_id: int) -> str:
        """The data of an instance in one run, as JSON."""
        return f"{self.root}/ajax/{quoted(instance)}/{run_id}"

    def feed(self) -> str:
        """The XML feed."""
        return f"{self.root}/?{_joined({'action': 'getxml'} | self.parameters)}"

    def archive(self, path: str) -> str:
        """A file of the archive."""
        return f"{self.root}/static/archive/{quote(path.lstrip('/'))}"

    def static(self, path: str) -> str:
        """A script, a style or a picture of HappyFace itself."""
        return f"{self.root}/static/{quote(path)}{'?v=' if self.version else ''}{quoted(self.version)}"


def parse_step(text: str) -> int:
    """The width of a step in minutes, from ``HH:MM``; what cannot be read is as if not given."""
    match = _STEP.fullmatch(text.strip())
    minutes = int(match[1]) * 60 + int(match[2]) if match else 0
    return minutes or DEFAULT_STEP


def format_step(minutes: int) -> str:
    """The width of a step as ``HH:MM``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


# The same names are in many addresses of a page.
@lru_cache(4096)
def quoted(name: str) -> str:
    """A name as a part of an address."""
    return quote(name, safe="")


def _filter(wanted: Filter) -> str:
    column, value = wanted
    return f"{quoted(column)},{quoted(value)}"


def _chart_parameters(chart: Chart) -> dict[str, str]:
    found = {"type": chart.kind, "x": chart.x, "y": ",".join(chart.columns), "bins": str(chart.bins or "")}
    return {name: value for name, value in found.items() if value}


def _joined(parameters: Mapping[str, str], safe: str = ":") -> str:
    return "&".join(f"{quoted(name)}={quote(value, safe=safe)}" for name, value in parameters.items())


def _prefixed(prefix: str, moment: datetime, zone: tzinfo) -> dict[str, str]:
    return {f"{prefix}_{name}": value for name, value in moment_parameters(moment, zone).items()}
