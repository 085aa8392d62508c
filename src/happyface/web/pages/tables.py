"""The rows of an instance as tables: worst first, sortable, the large ones on demand and a page at a time.

Pages have many cells, so tables are joined as plain strings: whatever is not ours goes through ``escape`` first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from happyface.contract import states
from happyface.contract.charts import usual_chart
from happyface.contract.columns import Column, Table
from happyface.contract.limits import Limits
from happyface.contract.units import human
from happyface.model.views import InstanceView, RatedCell, RowsView
from happyface.web.pages.cells import FormatValue, anchor, formatter, is_address, link_columns, sort_key
from happyface.web.pages.links import Links, quoted
from happyface.web.pages.sparkline import column_limits
from happyface.web.pages.times import Clock

PAGE = 200
"""How many rows make one page of a table."""
SCROLLS_FROM = 15
"""Tables with more rows than these scroll in a frame of their own."""

_LONG = 40
"""Longer texts are given some width: in a narrow page they would be towers."""

_WORDS = {"neutral": "warning", "unhappy": "critical"}


def draw_table(view: InstanceView, rows: RowsView, links: Links, clock: Clock, paged: bool = False) -> Markup:
    """One table with its heading, and links to the rows that are not here.

    ``paged`` marks one that was asked for by itself, a page of all its rows: a page that renews itself keeps it so.
    """
    mark = f' data-first="{rows.first}"' if paged else ""
    frame = _frame(view, rows, links, clock) if rows.rows else ""
    drawn = _drawn(view, rows, links) if rows.rows else ""
    more = _pager(view, rows, links) if paged else _more(view, rows, links)
    name = escape(f"{view.outline.name}--{rows.table.name}")
    return Markup(f'<section class="rows" id="{name}"{mark}>{_heading(rows, drawn)}{frame}{more}</section>')  # noqa: S704


def describe_count(rows: RowsView) -> str:
    """How many rows there are, and which of them are here: ``25 of 312, worst first``."""
    if not rows.total:
        return "none"
    bad = not rows.in_order and any(_row_status(row) < states.FINE for row in rows.rows)
    order, total = ", worst first" if bad else "", human(rows.total)
    if rows.complete or not rows.rows:
        return f"{total}{order}"
    last = rows.first + len(rows.rows)
    return f"{f'{rows.first + 1} to {last}' if rows.first else last} of {total}{order}"


def _heading(rows: RowsView, drawn: str) -> str:
    return f'<h3>{escape(rows.table.label)} <span class="count">{describe_count(rows)}</span>{drawn}</h3>'


def _drawn(view: InstanceView, rows: RowsView, links: Links) -> str:
    """The link to a chart of these rows; empty where there is nothing to draw of them."""
    address = links.run_plot(view.outline.name, rows.table.name) if usual_chart(rows.table) else ""
    label = escape(f"Chart of {rows.table.label}")
    return f' <a class="to-chart" href="{escape(address)}" aria-label="{label}">chart</a>' if address else ""


def _more(view: InstanceView, rows: RowsView, links: Links) -> str:
    if rows.complete:
        return ""
    text = f"Show all {rows.total} rows" if rows.total <= PAGE else f"Show more of {human(rows.total)} rows"
    return f'<p class="more">{_fetching_link(view, rows, links, 0, text)}</p>'


def _pager(view: InstanceView, rows: RowsView, links: Links) -> str:
    """Links to the rows before and after a page of them."""
    found, after = [], rows.first + len(rows.rows)
    if rows.first:
        found.append(_fetching_link(view, rows, links, max(0, rows.first - PAGE), "‹ previous rows"))
    if after < rows.total and rows.rows:
        found.append(_fetching_link(view, rows, links, after, f"next {min(PAGE, rows.total - after)} rows ›"))
    return f'<p class="more">{" ".join(found)}</p>' if found else ""


def _fetching_link(view: InstanceView, rows: RowsView, links: Links, first: int, text: str) -> str:
    """A link to rows that take the place of these; without a script, to a page of them."""
    address = escape(links.table(view.outline.name, view.run.id, rows.table.name, first))
    return (
        f'<a href="{address}" hx-get="{address}" hx-target="closest .rows" hx-select=".rows"'
        f' hx-swap="outerHTML show:none">{text}</a>'
    )


def _frame(view: InstanceView, rows: RowsView, links: Links, clock: Clock) -> str:
    name = escape(f"{rows.table.label} of {view.outline.title}")
    scrolls = f' tall" tabindex="0" role="region" aria-label="{name}"' if len(rows.rows) > SCROLLS_FROM else '"'
    columns = rows.table.columns
    heads = (
        _head(column, column_limits(view, column, rows.table.name))
        for column in columns
        if not (column.hidden or column.link or column.detail)
    )
    layout = _Layout.of(columns, links, clock, _plots_of(view, rows.table, links))
    return (
        f'<div class="frame{scrolls}><table class="sorts"><caption class="sr-only">{name}</caption>'
        f"<thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(_row(cells, layout) for cells in rows.rows)}</tbody></table></div>"
    )


def _head(column: Column, limits: Limits) -> str:
    small = "".join(f'<small class="limit">{escape(text)}</small>' for text in _written_limits(column, limits))
    title = f' title="{escape(column.description)}"' if column.description else ""
    name = f' data-column="{escape(column.name)}"' if column.numeric else ""
    return f'<th scope="col"{_class_of(column)}{name}{title}><span>{escape(column.label)}</span>{small}</th>'


def _written_limits(column: Column, limits: Limits) -> list[str]:
    """The limits that fit a column's head: those of numbers and of ages."""
    if not (column.numeric or limits.age):
        return []
    unit = "seconds" if limits.age else column.unit
    named = (("warning", limits.warning), ("critical", limits.critical))
    return [f"{level} {limit.format(unit)}" for level, limit in named if limit]


PlotOfRow = Callable[[Sequence[RatedCell]], str]
"""Writes the link to the plot of a row."""


def _plots_of(view: InstanceView, table: Table, links: Links) -> PlotOfRow | None:
    """The link from a row to the plot of its first number; None where rows have no key or no numbers.

    A script makes the other numbers of a row lead to their plots: one link for each would make pages large.
    """
    numbers = [column.name for column in table.columns if column.numeric]
    if not (links.plots and table.key and numbers):
        return None
    position = table.index(table.key)
    # One address for all rows, but for the key: a page may have thousands of rows.
    before, after = links.plot(view.outline.name, table.name, numbers[:1], (table.key, _KEY)).split(_KEY)
    begin, end = f'<a class="plot" href="{escape(before)}', f'{escape(after)}" aria-label="Plot"></a>'
    return lambda cells: f"{begin}{quoted(str(cells[position].value))}{end}" if cells[position].value else ""


_KEY = "-key-of-a-row-"
"""Stands for a row's key in an address until the row is written."""


@dataclass(frozen=True)
class _Place:
    """A column of a table: where its cells stand in a row, and how they are written.

    ``link`` is where the address behind its cells stands; None for no link.
    """

    position: int
    column: Column
    format: FormatValue
    style: str
    link: int | None

    def write(self, cells: Sequence[RatedCell]) -> str:
        """The value of this column as HTML, marked where it is at fault, with its reason at hand."""
        cell = cells[self.position]
        text = self.format(cell.value)
        if self.link is not None and cell.value and is_address(address := cells[self.link].value):
            text = anchor(address, escape(cell.value) if isinstance(cell.value, str) else text)
        if cell.status < 0 or cell.status >= states.FINE:
            return text
        return f'<b class="{states.face(cell.status)}" title="{escape(cell.reason)}">{text}</b>'


@dataclass(frozen=True)
class _Layout:
    """What stands in the rows of a table, and what is shown when one is unfolded."""

    columns: Sequence[_Place]
    details: Sequence[_Place]
    plots: PlotOfRow | None

    @classmethod
    def of(cls, columns: Sequence[Column], links: Links, clock: Clock, plots: PlotOfRow | None) -> "_Layout":
        behind = link_columns(columns)
        places = [
            _Place(position, column, formatter(column, links, clock), _class_of(column), behind.get(column.name))
            for position, column in enumerate(columns)
            if not (column.hidden or column.link)
        ]
        return cls(
            [place for place in places if not place.column.detail],
            [place for place in places if place.column.detail],
            plots,
        )


def _row(cells: Sequence[RatedCell], layout: _Layout) -> str:
    face = states.face(_row_status(cells))
    word = _WORDS.get(face, "")
    mark = f'<span class="sr-only">{word}: </span>' if word else ""
    parts = [f'<tr class="{face}">' if word else "<tr>"]
    # The first cell is the row's head: it speaks the row's status, and unfolds its details.
    tag, scope, details = "th", ' scope="row"', _details(cells, layout)
    for place in layout.columns:
        value, style = cells[place.position].value, place.style
        if not style and isinstance(value, str) and len(value) > _LONG:  # by value: most texts of a column are short
            style = ' class="long"'
        written = mark + place.write(cells)
        if details:
            written = f'<details class="row"><summary>{written}</summary>{details}</details>'
        if tag == "th" and layout.plots:
            written = f"{written}{layout.plots(cells)}"  # not +, which would escape what follows markup
        parts.append(f"<{tag}{scope}{style}{sort_key(value)}>{written}</{tag}>")
        tag, scope, mark, details = "td", "", "", ""
    return "".join((*parts, "</tr>"))


def _details(cells: Sequence[RatedCell], layout: _Layout) -> str:
    """What is shown when a row is unfolded; empty where there is nothing more."""
    known = [place for place in layout.details if cells[place.position].value not in (None, "")]
    items = "".join(f"<dt>{escape(place.column.label)}</dt><dd>{place.write(cells)}</dd>" for place in known)
    return f"<dl>{items}</dl>" if items else ""


def _row_status(cells: Sequence[RatedCell]) -> float:
    """The status of a row: its worst cell's; a row without limits is fine."""
    return min((cell.status for cell in cells if cell.status >= 0), default=states.FINE)


def _class_of(column: Column) -> str:
    if column.numeric:
        return ' class="number"'
    return ' class="when"' if column.kind == "time" else ""
