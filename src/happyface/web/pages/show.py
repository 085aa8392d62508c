"""What templates call: one object for each page, which knows its site and its moment and writes all that is on it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from markupsafe import Markup

from happyface.contract.charts import usual_chart
from happyface.contract.columns import Column
from happyface.contract.states import Face
from happyface.contract.units import human
from happyface.model.freshness import is_stale
from happyface.model.results import SourceFact
from happyface.model.views import InstanceView, Moment, RatedCell, RowsView, RunView, Trend
from happyface.web.pages import cells, faces, sparkline, tables, values
from happyface.web.pages.charts.card import card_charts
from happyface.web.pages.links import Links
from happyface.web.pages.times import Clock

MOST_CURVES = 8
"""How many numbers one plot of an instance shows: more could not be told from each other."""


@dataclass(frozen=True)
class Show:
    """Writes for the templates of one page. All its answers are safe in HTML: markup, or text that templates escape.

    Attributes:
        links: addresses at the moment that the page shows.
        clock: times as the site's zone has them.
        title: what the site calls itself.
        logo: address of the site's logo, shown beside its face; empty for none.
        documentation_url: address of the site's own documentation; empty for none.
        stale_after: the age of the newest run from which on the page says that acquisition has stopped.
        reload_interval: seconds after which a page that shows now renews itself; 0 for never.
        problems: what is wrong with the configuration, one sentence each, to be announced on every page.
        lost_since: when the database was found empty, to be announced on every page; None where it was not.
    """

    links: Links
    clock: Clock
    title: str = "HappyFace"
    logo: str = ""
    documentation_url: str = ""
    stale_after: timedelta = timedelta(hours=1)
    reload_interval: int = 300
    problems: tuple[str, ...] = ()
    lost_since: datetime | None = None

    def at(self, moment: Moment) -> "Show":
        """This object for the page of a moment."""
        return self.of_run(moment.run, moment.asked)

    def of_run(self, run: RunView, asked: datetime | None) -> "Show":
        """This object for a page of a run; its links lead to the moment that was asked for."""
        return replace(self, links=self.links.at(asked), clock=replace(self.clock, page_time=run.time))

    def face(self, face: Face, word: str | None = None) -> Markup:
        """A face; with an empty ``word`` where its word stands beside it."""
        return faces.draw_face(face, word)

    def word(self, face: Face) -> str:
        """The word of a face."""
        return faces.WORDS[face]

    def value(self, cell: RatedCell) -> Markup:
        """One value with its unit."""
        return values.format_cell(cell, self.links, self.clock)

    def prose(self, text: str) -> Markup:
        """A text that people wrote, its addresses as links."""
        return cells.prose(text)

    def sentence(self, text: str) -> str:
        """A sentence whose limits and percentages are not torn apart at the end of a line."""
        return _TORN.sub("\u00a0", text)

    def size(self, fact: SourceFact) -> str:
        """How much was fetched; empty for nothing."""
        return human(fact.size, "bytes") if fact.size else ""

    def values(self, view: InstanceView) -> Markup:
        """All values of an instance's ``Data``, those at fault marked and with their reason."""
        return values.draw_values(view, self.links, self.clock)

    def images(self, view: InstanceView) -> Markup:
        """The pictures that an instance stored."""
        return values.draw_images(view, self.links)

    def gallery(self, view: InstanceView, rows: RowsView) -> Markup:
        """Rows that are pictures, each with its texts as its caption."""
        return values.draw_gallery(view, rows, self.links)

    def sparkline(self, view: InstanceView, column: str = "") -> Markup:
        """The last 24 hours of a column of an instance, with its limits; empty where there is no curve.

        Without a ``column`` they are those of the numbers at fault, else of the main one, and of the columns that ask
        for it.
        """
        wanted = [trend for trend in view.trends if column in ("", trend.column.name)]
        return Markup().join(self._curve(view, trend) for trend in wanted)

    def _curve(self, view: InstanceView, trend: Trend) -> Markup:
        row = "" if trend.key is None else str(trend.key)
        table = trend.table.name if trend.table else ""
        # A hidden column stands behind one that the page shows: the row's name is all that is known of it.
        label = trend.column.label if not row else row if trend.column.hidden else f"{row}: {trend.column.label}"
        limits = trend.limits or sparkline.column_limits(view, trend.column, table)
        drawing = sparkline.draw_sparkline(label, trend, limits, view.run.time)
        if not drawing:
            return drawing
        key = (trend.table.key, row) if trend.table else None
        if address := self.links.plot(view.outline.name, table, (trend.column.name,), key):
            drawing = Markup('<a href="{}" title="Plot of {}">{}</a>').format(address, label, drawing)
        caption = Markup("<figcaption>{}, last 24 h <small>{}</small></figcaption>")
        return Markup('<figure class="trend">{}{}</figure>').format(
            drawing, caption.format(label, sparkline.figures(trend))
        )

    def plot_image(self, parameters: str, caption: str, width: int = 640, height: int = 320) -> Markup:
        """The image of a plot by the parameters of its address, ``curve_1=…&span=week``; it leads to the plot.

        On a page of the past it ends there. Empty where the site has no plots.
        """
        image = f"{self.links.own_plot(parameters, 'img')}&width={width}&height={height}"
        drawn = Markup(
            '<figure class="picture"><a href="{}"><picture><source media="(prefers-color-scheme: dark)"'
            ' srcset="{}&amp;dark=1"><img src="{}" alt="Plot: {}" loading="lazy"></picture></a>'
            "<figcaption>{}</figcaption></figure>"
        )
        address = self.links.own_plot(parameters)
        return drawn.format(address, image, image, caption, caption) if address else Markup()

    def chart(self, view: InstanceView, table: str) -> Markup:
        """The charts that a class of rows declares, of this run; empty where there is nothing to draw."""
        found = [rows for rows in view.rows if rows.table.name == table]
        return Markup().join(card_charts(view, rows, self.links) for rows in found)

    def table(self, view: InstanceView, rows: RowsView) -> Markup:
        """One table of rows, sortable, with a link to all of them where some are missing."""
        here = replace(rows, rows=rows.rows[: tables.PAGE])  # a module's template may have been given all of them
        return tables.draw_table(view, here, self.links, self.clock)

    def tables(self, view: InstanceView) -> Markup:
        """All rows of an instance: as tables, or as pictures where they are some."""
        # "none" is worth a line where a module looked and found nothing, but not where it could not look.
        wanted = [rows for rows in view.rows if rows.total or view.cells]
        return Markup().join(
            self.gallery(view, rows)
            if rows.complete and values.holds_pictures(rows)
            else self.chart(view, rows.table.name) + self.table(view, rows)
            for rows in wanted
        )

    def body(self, view: InstanceView) -> Markup:
        """The default page of an instance: values and their trend, pictures, tables."""
        curves = self.sparkline(view)
        trends = Markup('<div class="trends">{}</div>').format(curves) if curves else curves
        numbers = self.values(view) + trends
        around = Markup(f'<div class="numbers">{numbers}</div>') if numbers else numbers  # noqa: S704 - markup
        return around + self.images(view) + self.tables(view)

    def plots(self, view: InstanceView) -> list[tuple[str, str]]:
        """The plots of an instance, by what they show: its numbers all together, its status, its rows in this run."""
        if not self.links.plots:
            return []
        numbers = [cell.column.name for cell in view.cells if cell.column.numeric][:MOST_CURVES]
        found = [("its status", self.links.plot(view.outline.name))]
        found += [
            (f"its {rows.table.label} in this run", self.links.run_plot(view.outline.name, rows.table.name))
            for rows in view.rows
            if rows.total and usual_chart(rows.table)
        ]
        return [("its numbers", self.links.plot(view.outline.name, columns=numbers)), *found] if numbers else found

    def moved(self, view: InstanceView) -> str:
        """The address of what else moved since an instance is in trouble; empty where it is not."""
        if not view.in_trouble or view.since is None:
            return ""
        return self.links.moved_since(view.outline.name, view.since, self.clock.now)

    def limits(self, view: InstanceView) -> list[tuple[str, str]]:
        """The limits that rate an instance, by what they are about."""
        found = []
        for name, table in (view.module.tables if view.module else {}).items():
            for column in table.columns:
                limits = sparkline.column_limits(view, column, name)
                if limits:
                    unit = "seconds" if limits.age else column.unit
                    found.append((_about(table.label if name else "", column), limits.format(unit)))
        return found

    def stale(self, newest: RunView) -> bool:
        """Whether the newest run is so old that acquisition seems to have stopped."""
        return is_stale(newest, self.clock.now, self.stale_after)


_TORN = re.compile(r"(?<=[≤≥<>=≠]) (?=\S)|(?<=\d) (?=%)")


def _about(table: str, column: Column) -> str:
    return f"{table}, {column.label}" if table else column.label
