"""The rows of an instance as tables: worst first, sortable, the large ones on demand.

Pages have many cells, so tables are joined as plain strings: whatever is not ours goes through ``escape`` first.
"""

from collections.abc import Sequence

from markupsafe import Markup, escape

from happyface.contract import states
from happyface.contract.columns import Column
from happyface.contract.limits import Limits
from happyface.model.views import InstanceView, RatedCell, RowsView
from happyface.web.cells import Writer, sort_key, writer
from happyface.web.links import Links
from happyface.web.sparkline import limits_of
from happyface.web.times import Clock

SCROLLS_FROM = 15
"""Tables with more rows than these scroll in a frame of their own."""

_LONG = 40
"""Longer texts are given some width: in a narrow page they would be towers."""

_WORDS = {"neutral": "warning", "unhappy": "critical"}


def table(view: InstanceView, rows: RowsView, links: Links, clock: Clock, whole: bool = False) -> Markup:
    """One table with its heading, and a link to all its rows where some are missing.

    ``whole`` marks one that was asked for with all its rows: a page that renews itself keeps it so.
    """
    mark = " data-whole" if whole else ""
    frame = _frame(view, rows, links, clock) if rows.rows else ""
    more = "" if rows.complete else _more(view, rows, links)
    name = escape(f"{view.outline.name}--{rows.table.name}")
    return Markup(f'<section class="rows" id="{name}"{mark}>{_heading(rows)}{frame}{more}</section>')  # noqa: S704


def count(rows: RowsView) -> str:
    """How many rows there are, and how many of them are here: ``20 of 312, worst first``."""
    if not rows.total:
        return "none"
    order = ", worst first" if any(_status(each) < states.FINE for each in rows.rows) else ""
    return f"{rows.total}{order}" if rows.complete or not rows.rows else f"{len(rows.rows)} of {rows.total}{order}"


def _heading(rows: RowsView) -> str:
    return f'<h3>{escape(rows.table.label)} <span class="count">{count(rows)}</span></h3>'


def _more(view: InstanceView, rows: RowsView, links: Links) -> str:
    address = escape(links.table(view.outline.name, view.run.id, rows.table.name))
    return (
        f'<p class="more"><a href="{address}" hx-get="{address}" hx-target="closest .rows" hx-select=".rows"'
        f' hx-swap="outerHTML show:none">Show all {rows.total} rows</a></p>'
    )


def _frame(view: InstanceView, rows: RowsView, links: Links, clock: Clock) -> str:
    name = escape(f"{rows.table.label} of {view.outline.title}")
    scrolls = f' tall" tabindex="0" role="region" aria-label="{name}"' if len(rows.rows) > SCROLLS_FROM else '"'
    heads = (_head(column, limits_of(view, column, rows.table.name)) for column in rows.table.columns)
    writers = [(writer(column, links, clock), _class_of(column)) for column in rows.table.columns]
    return (
        f'<div class="frame{scrolls}><table class="sorts"><caption class="said">{name}</caption>'
        f"<thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(_row(each, writers) for each in rows.rows)}</tbody></table></div>"
    )


def _head(column: Column, limits: Limits) -> str:
    named = (("warning", limits.warning), ("critical", limits.critical)) if column.numeric else ()
    written = (f"{level} {limit.written(column.unit)}" for level, limit in named if limit)
    small = "".join(f'<small class="limit">{escape(each)}</small>' for each in written)
    title = f' title="{escape(column.description)}"' if column.description else ""
    return f'<th scope="col"{_class_of(column)}{title}><span>{escape(column.label)}</span>{small}</th>'


def _row(cells: Sequence[RatedCell], writers: Sequence[tuple[Writer, str]]) -> str:
    status = _status(cells)
    face = states.face(status) if status < states.FINE else ""
    word = _WORDS.get(face, "")
    mark = f'<span class="said">{word}: </span>' if word else ""
    parts = [f'<tr class="{face}">' if word else "<tr>"]
    tag, scope = "th", ' scope="row"'
    for cell, (write, style) in zip(cells, writers, strict=True):
        if not style and isinstance(cell.value, str) and len(cell.value) > _LONG:
            style = ' class="long"'
        written = write(cell.value) if cell.status < 0 or cell.status >= states.FINE else _at_fault(cell, write)
        parts.append(f"<{tag}{scope}{style}{sort_key(cell.value)}>{mark}{written}</{tag}>")
        tag, scope, mark = "td", "", ""
    return "".join((*parts, "</tr>"))


def _at_fault(cell: RatedCell, write: Writer) -> str:
    """A value marked, with its reason at hand."""
    return f'<b class="{states.face(cell.status)}" title="{escape(cell.reason)}">{write(cell.value)}</b>'


def _status(cells: Sequence[RatedCell]) -> float:
    """The status of a row: its worst cell's; a row without limits is fine."""
    return min((cell.status for cell in cells if cell.status >= 0), default=states.FINE)


def _class_of(column: Column) -> str:
    if column.numeric:
        return ' class="number"'
    return ' class="when"' if column.kind == "time" else ""
