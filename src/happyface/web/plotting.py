"""Plots for the addresses below ``/plot``: what is asked for, the page's state, what there is to pick from.

It imports numpy, which takes longer than a page takes to make: so it is imported when the first plot is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from happyface.contract.columns import Column
from happyface.model.outline import Outline
from happyface.model.series import PlotInstance
from happyface.model.views import Listing
from happyface.plots.curves import plan_curve
from happyface.plots.output import write_plot
from happyface.plots.plot import Plot, make_plot
from happyface.plots.request import PlotRequest, parse_request, request_parameters
from happyface.web.pages.plot import PlainChoices, PlotState, plain_choices
from happyface.web.visit import Visit

FEWEST, MOST, USUAL = 50, 2000, 800
"""How many buckets a reduced plot may have: more than a picture has pixels are of no use."""
MOST_KEYS = 200

_OURS = ("from", "off")
"""Parameters of the page alone: which category a plain form offers, and which curves are switched off."""


def filled_in(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address. An empty one, as a plain form sends them, is none."""
    return {name: text for name, text in parameters.items() if text.strip()}


def read_request(parameters: Mapping[str, str], visit: Visit) -> PlotRequest:
    """What is asked for.

    Raises:
        ValueError: what is wrong, as a sentence.
    """
    try:
        return parse_request(filled_in(parameters), visit.site.zone, visit.now)
    except ValueError as error:
        raise ValueError(f"The address asks for what cannot be drawn: {error}.") from error


def make(request: PlotRequest, visit: Visit, points: str = "") -> Plot:
    """The plot of a request; ``points`` is about how many buckets are wanted."""
    wanted = int(points) if points.isascii() and points.isdecimal() and len(points) < 9 else USUAL
    reduced = None if request.full else min(MOST, max(FEWEST, wanted))
    return make_plot(request, visit.store, visit.reader, visit.now, reduced)


def image_of(request: PlotRequest, visit: Visit) -> bytes:
    """The image of a request."""
    plot = make_plot(request, visit.store, visit.reader, visit.now, request.points)
    return b"".join(write_plot(plot, visit.site.zone))


def data_of(plot: Plot, visit: Visit) -> Iterator[bytes]:
    """The data of a plot, piece by piece."""
    return write_plot(plot, visit.site.zone)


def page_state(request: PlotRequest, parameters: Mapping[str, str], visit: Visit) -> PlotState:
    """What the page of a request shows; its parameters as we write them ourselves."""
    begin, end = request.bounds(visit.now)
    kept = {name: parameters[name] for name in _OURS if parameters.get(name)}
    return PlotState(
        request_parameters(request, visit.site.zone) | kept,
        begin,
        end,
        live=request.end is None,
        title=request.title,
        labels=_labels(request, visit),
    )


def _labels(request: PlotRequest, visit: Visit) -> list[str]:
    known = {instance.name: instance for instance in visit.store.plottable(visit.reader, visit.now)}
    return [plan_curve(number, curve, request, known).label for number, curve in enumerate(request.curves, start=1)]


def faulty_state(problem: str, parameters: Mapping[str, str], visit: Visit) -> PlotState:
    """What the page shows of an address that cannot be understood: all that is in it, to be mended."""
    kept = {name: text for name, text in parameters.items() if text}
    return PlotState(kept, visit.now - timedelta(days=1), visit.now, live=True, problem=problem)


def choices_of(listing: Listing, visit: Visit, state: PlotState) -> PlainChoices:
    """What the form without scripts offers."""
    titles = [(category.outline.name, category.outline.title) for category in listing.categories]
    return plain_choices(visit.store.plottable(visit.reader, visit.now), titles, state)


def choices_json(listing: Listing, visit: Visit) -> dict[str, Any]:
    """Everything that can be plotted, by category and instance; instances of a module share the list of numbers."""
    by_module: dict[str, int] = {}
    tables: list[list[dict[str, Any]]] = []
    members: dict[str, list[dict[str, Any]]] = {}
    for instance in visit.store.plottable(visit.reader, visit.now):
        found = listing.outline.instance.get(instance.name)
        module = found.module if found else ""  # categories have their status alone
        if module not in by_module:
            by_module[module] = len(tables)
            tables.append(_tables_json(instance, listing.outline, module))
        about = {"name": instance.name, "title": instance.title, "tables": by_module[module]}
        members.setdefault(instance.category, []).append(about)
    named = [(category.outline.name, category.outline.title) for category in listing.categories]
    categories = [{"name": name, "title": title, "instances": members.get(name, [])} for name, title in named]
    return {"categories": categories, "tables": tables}


def _tables_json(instance: PlotInstance, outline: Outline, module: str) -> list[dict[str, Any]]:
    declared = outline.module[module].tables if module in outline.module else {}
    found: dict[str, Sequence[Column]] = {"": []}
    found |= instance.tables
    status = {"name": "", "label": "Status", "unit": ""}
    return [
        {
            "name": name,
            "label": declared[name].label if name in declared else name,
            "key": declared[name].key if name in declared else "",
            "columns": ([] if name else [status])
            + [{"name": column.name, "label": column.label, "unit": column.unit} for column in columns],
        }
        for name, columns in found.items()
    ]
