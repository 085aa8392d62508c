"""The charts of a table on a card: what its class declares, each leading to a page of its own."""

from markupsafe import Markup

from happyface.contract.charts import Chart
from happyface.model.views import InstanceView, RowsView
from happyface.plots.one_run.plot import RowPlot, TableRows, is_empty, make_row_plot
from happyface.web.pages.charts.drawing import ON_CARD, draw_chart
from happyface.web.pages.charts.words import draw_legend
from happyface.web.pages.links import Links
from happyface.web.pages.sparkline import column_limits

_FEWEST_ROWS = 2


def rows_of(view: InstanceView, rows: RowsView) -> TableRows:
    """The rows of a table with their limits, as plots take them."""
    table = rows.table
    limits = {column.name: column_limits(view, column, table.name) for column in table.columns}
    return TableRows(table, rows.values, rows.total, limits)


def card_charts(view: InstanceView, rows: RowsView, links: Links) -> Markup:
    """All charts of a table that have something to show; one of a single row would say no more than the row."""
    if not rows.table.charts or rows.total < _FEWEST_ROWS:
        return Markup()
    given = rows_of(view, rows)
    drawn = [(chart, make_row_plot(chart, given)) for chart in rows.table.charts]
    figures = Markup().join(_figure(view, rows, chart, plot, links) for chart, plot in drawn if not is_empty(plot))
    return Markup('<div class="row-charts">{}</div>').format(figures) if figures else figures


def _figure(view: InstanceView, rows: RowsView, chart: Chart, plot: RowPlot, links: Links) -> Markup:
    drawing = draw_chart(plot, ON_CARD)
    if address := links.run_plot(view.outline.name, rows.table.name, chart):
        drawing = Markup('<a href="{}">{}</a>').format(address, drawing)
    caption = Markup('<figcaption><span class="title">{}</span> {}</figcaption>').format(plot.title, draw_legend(plot))
    return Markup('<figure class="rows-figure">{}{}</figure>').format(caption, drawing)
