"""The rows of an instance as tables: worst first, sortable, the large ones on demand."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from happyface import rating
from happyface.columns import Column
from happyface.rating import Limits
from happyface.views import InstanceView, RatedCell, RowsView
from happyface.web.cells import Writer, sort_key, writer
from happyface.web.links import Links
from happyface.web.sparkline import limits_of
from happyface.web.times import Clock

SCROLLS_FROM = 15
"""Tables with more rows than these scroll in a frame of their own."""

_WORDS = {"neutral": "warning", "unhappy": "critical"}


def table(view: InstanceView, rows: RowsView, links: Links, clock: Clock, whole: bool = False) -> Markup:
    """One table with its heading, and a link to all its rows where some are missing.

    ``whole`` marks one that was asked for with all its rows: a page that renews itself keeps it so.
    """
    return Markup('<section class="rows" id="{}"{}>{}{}{}</section>').format(
        f"{view.outline.name}--{rows.table.name}",
        Markup(" data-whole") if whole else "",
        _heading(rows),
        _frame(view, rows, links, clock) if rows.rows else "",
        "" if rows.complete else _more(view, rows, links),
    )


def count(rows: RowsView) -> str:
    """How many rows there are, and how many of them are here: ``20 of 312, worst first``."""
    if not rows.total:
        return "none"
    order = ", worst first" if any(_status(each) < rating.FINE for each in rows.rows) else ""
    return f"{rows.total}{order}" if rows.complete or not rows.rows else f"{len(rows.rows)} of {rows.total}{order}"


def _heading(rows: RowsView) -> Markup:
    return Markup('<h3>{} <span class="count">{}</span></h3>').format(rows.table.label, count(rows))


def _more(view: InstanceView, rows: RowsView, links: Links) -> Markup:
    return Markup(
        '<p class="more"><a href="{0}" hx-get="{0}" hx-target="closest .rows" hx-select=".rows"'
        ' hx-swap="outerHTML show:none">Show all {1} rows</a></p>'
    ).format(links.table(view.outline.name, view.run.id, rows.table.name), rows.total)


def _frame(view: InstanceView, rows: RowsView, links: Links, clock: Clock) -> Markup:
    name = f"{rows.table.label} of {view.outline.title}"
    scrolls = len(rows.rows) > SCROLLS_FROM
    frame = Markup('class="frame tall" tabindex="0" role="region" aria-label="{}"').format(name)
    limits = [limits_of(view, column, rows.table.name) for column in rows.table.columns]
    return Markup(
        '<div {}><table class="sorts"><caption class="said">{}</caption><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(
        frame if scrolls else Markup('class="frame"'),
        name,
        Markup().join(_head(column, each) for column, each in zip(rows.table.columns, limits, strict=True)),
        _body(rows, links, clock),
    )


def _head(column: Column, limits: Limits) -> Markup:
    named = (("warning", limits.warning), ("critical", limits.critical))
    written = (f"{level} {limit.written(column.unit)}" for level, limit in named if limit)
    return Markup('<th scope="col"{}{}><span>{}</span>{}</th>').format(
        _class_of(column),
        Markup(' title="{}"').format(column.description) if column.description else "",
        column.label,
        Markup().join(map(Markup('<small class="limit">{}</small>').format, written)),
    )


def _body(rows: RowsView, links: Links, clock: Clock) -> Markup:
    writers = [(writer(column, links, clock), str(_class_of(column))) for column in rows.table.columns]
    return Markup("".join(_row(each, writers) for each in rows.rows))  # noqa: S704 - the writers escape


def _row(cells: Sequence[RatedCell], writers: Sequence[tuple[Writer, str]]) -> str:
    status = _status(cells)
    face = rating.face(status) if status < rating.FINE else ""
    word = _WORDS.get(face, "")
    mark = f'<span class="said">{word}: </span>' if word else ""
    parts = [f'<tr class="{face}">' if word else "<tr>"]
    for position, (cell, (write, style)) in enumerate(zip(cells, writers, strict=True)):
        tag, scope = ("td", "") if position else ("th", ' scope="row"')
        bad = "" if cell.status < 0 or cell.status >= rating.FINE else _bad(cell)
        parts.append(
            f"<{tag}{scope}{style}{sort_key(cell.value)}>{mark}{bad}{write(cell.value)}{'</b>' if bad else ''}</{tag}>"
        )
        mark = ""
    return "".join((*parts, "</tr>"))


def _bad(cell: RatedCell) -> str:
    """The beginning of a value at fault: marked, with its reason at hand."""
    return f'<b class="{rating.face(cell.status)}" title="{escape(cell.reason)}">'


def _status(cells: Sequence[RatedCell]) -> float:
    """The status of a row: its worst cell's; a row without limits is fine."""
    return min((cell.status for cell in cells if cell.status >= 0), default=rating.FINE)


def _class_of(column: Column) -> Markup:
    if column.numeric:
        return Markup(' class="number"')
    return Markup(' class="when"') if column.kind == "time" else Markup()
