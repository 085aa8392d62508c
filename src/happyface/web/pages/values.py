"""The values of an instance's ``Data`` as HTML, and the pictures that it stored."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from happyface.contract import states
from happyface.contract.columns import Cell, Column
from happyface.contract.images import is_image_name
from happyface.model.views import InstanceView, RatedCell, RowsView
from happyface.web.pages.cells import anchor, formatter, is_address
from happyface.web.pages.links import Links
from happyface.web.pages.times import Clock

_LONG = 32
"""Texts longer than this take a line of their own among the values."""


def format_cell(cell: RatedCell, links: Links, clock: Clock) -> Markup:
    """One value with its unit."""
    return Markup(formatter(cell.column, links, clock)(cell.value))  # noqa: S704 - formatters escape


def draw_values(view: InstanceView, links: Links, clock: Clock) -> Markup:
    """All values of an instance, those at fault marked and with their reason."""
    addresses = {cell.column.link: cell.value for cell in view.cells if cell.column.link}
    tiles: list[str] = []
    details: list[str] = []
    for cell in view.cells:
        if cell.column.hidden or cell.column.link or is_image_name(cell.value) or _is_missing_main_number(cell):
            continue
        value, address = format_cell(cell, links, clock), addresses.get(cell.column.name)
        if is_address(address) and cell.value:  # a link without a text cannot be clicked
            value = anchor(address, escape(cell.value) if isinstance(cell.value, str) else value)
        elif is_plottable(cell.column, cell.value) and links.plots:
            value = _plot_link(links.plot(view.outline.name, columns=(cell.column.name,)), value)
        (details if cell.column.detail else tiles).append(_tile(cell, value))
    html = f'<dl class="values">{"".join(tiles)}</dl>' if tiles else ""
    if details:
        html += (
            f'<details class="more-values"><summary>More</summary><dl class="values">{"".join(details)}</dl></details>'
        )
    return Markup(html)  # noqa: S704 - escaped in _tile


def _tile(cell: RatedCell, value: Markup) -> str:
    style = " long" if isinstance(cell.value, str) and len(cell.value) > _LONG else ""
    reason = title = ""
    if 0 <= cell.status < states.FINE:
        style += f" at-fault {states.face(cell.status)}"
        reason = f'<dd class="reason">{escape(cell.reason)}</dd>' if cell.reason else ""
    if cell.column.description:
        title = f' title="{escape(cell.column.description)}"'
    label = escape(cell.column.label)
    return f'<div class="value{style}"{title}><dt>{label}</dt><dd>{value}</dd>{reason}</div>'


def is_plottable(column: Column, value: Cell) -> bool:
    """Whether a value is a number that has a plot."""
    return column.numeric and value is not None


def _plot_link(address: str, value: Markup) -> Markup:
    return Markup('<a class="to-plot" href="{}" title="Plot">{}</a>').format(address, value)


def _is_missing_main_number(cell: RatedCell) -> bool:
    """Whether this is a main number that the module did not give: some have one only now and then, and say no more."""
    return cell.column.main and cell.value is None and cell.status < 0


def holds_pictures(rows: RowsView) -> bool:
    """Whether rows are pictures with their captions."""
    return any(is_image_name(cell.value) for row in rows.rows for cell in row if cell.column.kind == "file")


def draw_images(view: InstanceView, links: Links) -> Markup:
    """The pictures among an instance's values."""
    found = [(str(cell.value), cell.column.label) for cell in view.cells if is_image_name(cell.value)]
    return _pictures(found, view, links)


def draw_gallery(view: InstanceView, rows: RowsView, links: Links) -> Markup:
    """Rows that are pictures: each with its texts as its caption, the first one, its name, left out."""
    found = []
    for row in rows.rows:
        texts = [str(cell.value) for cell in row if cell.column.kind == "text" and cell.value]
        path = next((str(cell.value) for cell in row if is_image_name(cell.value)), "")
        found.append((path, " · ".join(texts[1:] or texts)))
    return _pictures(found, view, links)


def _pictures(found: Sequence[tuple[str, str]], view: InstanceView, links: Links) -> Markup:
    """Pictures by their paths in the archive (empty for one that is missing) and their captions."""
    drawn = Markup().join(_picture(path, caption, view, links) for path, caption in found)
    return Markup('<div class="pictures">{}</div>').format(drawn) if found else Markup()


def _picture(path: str, caption: str, view: InstanceView, links: Links) -> Markup:
    if not path:
        return Markup('<figure class="picture"><figcaption>{}</figcaption></figure>').format(caption)
    return Markup(
        '<figure class="picture"><figcaption>{1}</figcaption>'
        '<a href="{0}"><img src="{0}" alt="{1}, {2}" loading="lazy"></a></figure>'
    ).format(links.archive(path), caption, view.outline.title)
