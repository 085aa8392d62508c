"""What an address below ``/plot/custom`` asks for: found in the store, or a sentence that says what is wrong.

It imports numpy, which takes longer than a page takes to make: so it is imported when the first plot is asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from happyface.contract.charts import Chart
from happyface.contract.columns import Table
from happyface.errors import nearest, nearest_or_all
from happyface.model.views import InstanceView, Listing
from happyface.plots.one_run.data import row_plot_csv, row_plot_json
from happyface.plots.one_run.images import draw_run_image
from happyface.plots.one_run.plot import RowPlot, filtered_rows, make_row_plot
from happyface.plots.one_run.request import RunPlotRequest, parse_run_request
from happyface.web.pages.charts.card import rows_of
from happyface.web.pages.charts.page import RunPlotState
from happyface.web.visit import Visit

MOST_ROWS = 10_000
_KEPT = re.compile(r"instance|table|type|x|y|y_\d+|bins|(filter|exclude)(_.+)?|title|width|height|dpi|dark")
_FEW = 12
"""Names that a sentence may list where none is near."""


class NotThereError(ValueError):
    """What an address names is not there, or may not be seen: for a reader that is the same."""


@dataclass(frozen=True)
class FoundPlot:
    """A plot of one run that can be drawn."""

    request: RunPlotRequest
    view: InstanceView
    table: Table
    chart: Chart
    plot: RowPlot

    def image(self) -> bytes:
        """The plot as an image."""
        return draw_run_image(self.plot, self.request)

    def data(self) -> bytes:
        """The plot as JSON or CSV."""
        if self.request.format == "csv":
            return row_plot_csv(self.plot)
        run = {"id": self.view.run.id, "time": int(self.view.run.time.timestamp())}
        return row_plot_json(self.plot, {"instance": self.view.outline.name, "table": self.table.name, "run": run})


def status_of(error: ValueError) -> int:
    """The status of an answer that says what is wrong."""
    return 404 if isinstance(error, NotThereError) else 400


def read_listing(visit: Visit) -> Listing:
    """What there is at the moment that is asked for, as the reader may see it. Raises NotThereError."""
    listing = visit.store.listing(visit.reader, visit.asked, visit.now)
    if listing is None:
        raise NotThereError("There is no run yet.")
    return listing


def kept_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a plot, without empty ones; the form's ``rows=INSTANCE,TABLE`` as the two that it means."""
    instance, _, table = parameters.get("rows", "").rpartition(",")
    of_form = {"instance": instance, "table": table} if instance else {}
    kept = {name: text for name, text in parameters.items() if text.strip() and _KEPT.fullmatch(name)}
    return of_form | {name: text for name, text in kept.items() if name not in of_form}


def page_state(parameters: Mapping[str, str], visit: Visit, listing: Listing) -> tuple[RunPlotState, int]:
    """What the page of an address shows, and the status of the answer."""
    state = RunPlotState(kept_parameters(parameters))
    if not state.parameters.get("instance"):
        return state, 200
    try:
        # Step by step: what is found stands on the page, so that the rest can be mended there.
        view = find_instance(state.parameters["instance"], listing)
        state = replace(state, view=view)
        state = replace(state, table=find_table(state.parameters.get("table", ""), view))
        found = find_plot(read_request(state.parameters), visit, listing)
        return replace(state, view=found.view, chart=found.chart, plot=found.plot), 200
    except ValueError as error:
        return replace(state, problem=str(error)), status_of(error)


def read_request(parameters: Mapping[str, str]) -> RunPlotRequest:
    """What is asked for.

    Raises:
        ValueError: what is wrong, as a sentence.
    """
    try:
        return parse_run_request(kept_parameters(parameters) | _format(parameters))
    except ValueError as error:
        raise _undrawable(error) from error


def _format(parameters: Mapping[str, str]) -> dict[str, str]:
    return {"format": parameters["format"]} if parameters.get("format", "").strip() else {}


def _undrawable(error: ValueError) -> ValueError:
    return ValueError(_sentence(f"The address asks for what cannot be drawn: {error}"))


def find_instance(name: str, listing: Listing) -> InstanceView:
    """The instance at the moment of a listing. Raises NotThereError."""
    if not name:
        raise _undrawable(ValueError("it names no instance; write instance=NAME&table=ROWS"))
    if name not in listing.instances:
        known = list(listing.instances)
        hint = nearest_or_all(name, known) if len(known) <= _FEW else nearest(name, known)
        raise NotThereError(_sentence(f"There is no instance '{name}' in this run{hint}"))
    return listing.instances[name]


def find_table(name: str, view: InstanceView) -> Table:
    """The table of rows of an instance; the only one need not be named. Raises NotThereError."""
    tables = {table.name: table for table in (view.module.tables.values() if view.module else ()) if table.name}
    if not name and len(tables) == 1:
        return next(iter(tables.values()))
    if name in tables:
        return tables[name]
    what = "has no rows"
    if tables:
        what = f"has no rows '{name}'" if name else "has several tables of rows, so name one"
    raise NotThereError(_sentence(f"{view.outline.name} {what} in this run{nearest_or_all(name, tables)}"))


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


def find_plot(request: RunPlotRequest, visit: Visit, listing: Listing) -> FoundPlot:
    """The plot that is asked for, at the moment of a listing.

    Raises:
        NotThereError: an instance or a table that is not there, or that the reader may not see.
        ValueError: it cannot be drawn.
    """
    table = find_table(request.table, find_instance(request.instance, listing))
    try:
        chart = request.chart(table)
    except ValueError as error:
        raise _undrawable(error) from error
    run = listing.moment.run
    found = visit.store.table(visit.reader, request.instance, run.id, table.name, 0, MOST_ROWS)
    if found is None:  # it has been removed since
        raise NotThereError(f"There is no instance '{request.instance}' in this run.")
    view, rows = found
    given = rows_of(view, rows)
    try:
        chosen = filtered_rows(table, given.rows, request.filters)
    except ValueError as error:
        raise _undrawable(error) from error
    left_out = len(given.rows) - len(chosen)
    given = replace(given, rows=chosen, total=given.total - left_out)
    return FoundPlot(request, view, table, chart, make_row_plot(chart, given))
