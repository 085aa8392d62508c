"""What else moved for the addresses: what is asked for, the page's state, its charts, and JSON.

It imports numpy: so it is imported when somebody asks.
"""

import json
from collections.abc import Callable, Mapping

from happyface.model.series import Span
from happyface.plots.moved.finding import Moved, MovedNumber, MovedRequest, find_moved, parse_moved, plot_of
from happyface.plots.moved.words import moved_json, sentence_of, value_writer
from happyface.plots.request import request_parameters
from happyface.web import plotting
from happyface.web.moved.drawing import MovedChart, MovedList, draw_chart
from happyface.web.pages.plot import PlotState, plot_query
from happyface.web.visit import Visit

_POINTS = 200
"""Of a small chart: it has hardly more pixels."""


def read_request(parameters: Mapping[str, str], visit: Visit) -> MovedRequest:
    """What is asked for.

    Raises:
        ValueError: what is wrong, as a sentence.
    """
    try:
        return parse_moved(plotting.filled_in(parameters), visit.site.zone, visit.now)
    except ValueError as error:
        raise _as_sentence(error) from error


def _as_sentence(error: ValueError) -> ValueError:
    return ValueError(f"The address asks for what cannot be compared: {error}.")


def _find(request: MovedRequest, visit: Visit) -> Moved:
    try:
        return find_moved(request, visit.store, visit.reader, visit.now)
    except ValueError as error:
        raise _as_sentence(error) from error


def page_state(request: MovedRequest, visit: Visit) -> PlotState:
    """What the page of a request shows; its parameters as we write them ourselves."""
    begin, end = request.plot.bounds(visit.now)
    own = {"near": request.near} if request.near else {}
    parameters = request_parameters(request.plot, visit.site.zone) | own
    return PlotState(parameters, begin, min(end, visit.now), live=request.plot.end is None)


def json_of(request: MovedRequest, visit: Visit) -> str:
    """What moved, as JSON; the addresses of plots are absolute."""
    moved = _find(request, visit)
    found = moved_json(moved, visit.site.zone, _plot_address(moved, visit, visit.base))
    return json.dumps(found, ensure_ascii=False, allow_nan=False)


def _plot_address(moved: Moved, visit: Visit, base: str = "") -> Callable[[MovedNumber], str]:
    page, zone = f"{base}{visit.show.links.plots_page()}", visit.site.zone
    return lambda number: page + plot_query(request_parameters(plot_of(number, moved), zone))


def charts_of(request: MovedRequest, visit: Visit) -> MovedList:
    """What moved, with a chart of each number."""
    moved = _find(request, visit)
    whole = Span(moved.before.begin, moved.span.end)
    keys = [number.key for number in moved.numbers]
    series = visit.store.series(visit.reader, keys, whole, _POINTS) if keys else None
    address, zone = _plot_address(moved, visit), visit.site.zone
    charts = [
        MovedChart(
            number.label,
            sentence_of(number, moved, zone),
            address(number),
            number.own,
            draw_chart(series, number.key, moved.span, whole, value_writer(number.column)),
        )
        for number in moved.numbers
        if series
    ]
    return MovedList(charts, moved.counted, moved.problem(zone), request.limit)
