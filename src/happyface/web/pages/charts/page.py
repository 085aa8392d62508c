"""The page of a plot of one run: what it shows, and what its forms offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from happyface.contract.charts import Chart
from happyface.contract.columns import Table
from happyface.contract.units import human
from happyface.model.views import InstanceView, Listing
from happyface.plots.one_run.data import row_plot_table
from happyface.plots.one_run.plot import RowPlot, is_empty
from happyface.web.pages.charts.drawing import ON_PAGE, draw_chart
from happyface.web.pages.charts.words import draw_legend
from happyface.web.pages.links import Links

KINDS = {"bars": "bars", "stacked": "stacked bars", "histogram": "histogram", "scatter": "scatter"}
MOST_LINES = 200
"""So many lines of its table are on the page; data have all."""


@dataclass(frozen=True)
class RunPlotState:
    """What the page shows.

    Attributes:
        parameters: of its address, without empty ones and without the moment.
        view: the instance; None where there is none of the name, or none is named.
        table: of it; None likewise.
        chart: what is drawn; None where nothing can be.
        plot: of that chart.
        problem: why nothing is drawn, as a sentence; empty where nothing was asked for.
    """

    parameters: Mapping[str, str]
    view: InstanceView | None = None
    table: Table | None = None
    chart: Chart | None = None
    plot: RowPlot | None = None
    problem: str = ""

    @property
    def heading(self) -> str:
        """What the page is called."""
        return self.parameters.get("title") or (self.plot.title if self.plot else "Plot of one run")

    @property
    def drawing(self) -> Markup:
        """The picture; empty where there is nothing to draw."""
        return draw_chart(self.plot, ON_PAGE) if self.plot and not is_empty(self.plot) else Markup()

    @property
    def legend(self) -> Markup:
        """What belongs below the picture."""
        return draw_legend(self.plot) if self.plot else Markup()

    @property
    def lines(self) -> tuple[list[str], Sequence[Sequence[str]]]:
        """The values as a table: its heads, and its lines as they are written."""
        if self.plot is None:
            return [], ()
        heads, lines = row_plot_table(self.plot)
        return [head for head, _ in heads], [
            [_written(cell, unit) for cell, (_, unit) in zip(line, heads, strict=True)] for line in lines[:MOST_LINES]
        ]

    def over_time(self, links: Links) -> list[tuple[str, str]]:
        """Each number of the table, with the address of its plot over time."""
        if self.view is None or self.table is None:
            return []
        found = []
        for column in self.table.columns:
            if column.numeric and not column.hidden:
                found.append((column.label, links.plot(self.view.outline.name, self.table.name, (column.name,))))
        return found

    def rest(self, *left_out: str) -> list[tuple[str, str]]:
        """The parameters that a form keeps beside its own fields."""
        own = ("y", *left_out)
        return [pair for pair in self.parameters.items() if pair[0] not in own and not pair[0].startswith("y_")]


def _written(cell: str | float | None, unit: str) -> str:
    if cell is None:
        return "—"
    return cell if isinstance(cell, str) else human(cell, unit)


@dataclass(frozen=True)
class RowsChoice:
    """A table of rows that can be drawn, as the form names it."""

    value: str
    label: str
    chosen: bool


def choices_of_rows(listing: Listing, state: RunPlotState) -> list[tuple[str, list[RowsChoice]]]:
    """The tables with numbers of all instances, by category."""
    chosen = (state.view.outline.name, state.table.name) if state.view and state.table else None
    found = []
    for category in listing.categories:
        choices = [
            RowsChoice(f"{name},{table.name}", f"{view.outline.title}: {table.label}", (name, table.name) == chosen)
            for view in listing.members(category.outline.name)
            for name in (view.outline.name,)
            for table in (view.module.tables.values() if view.module else ())
            if table.name and any(column.numeric for column in table.columns)
        ]
        if choices:
            found.append((category.outline.title, choices))
    return found
