"""Single values as HTML: numbers with their units, times, yes and no, addresses as links, files."""

import re
from collections.abc import Callable
from typing import TypeGuard
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from happyface.contract.columns import Cell, Column
from happyface.contract.units import human
from happyface.web.links import Links
from happyface.web.times import Clock

MISSING = Markup('<span class="none">—<span class="said"> not known</span></span>')
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif")

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_END = ".,;:!?)]}"
_SPECIAL = re.compile("[&<>\"']").search
"""Finds what must be escaped: most texts hold nothing of it, and looking is four times as fast as escaping."""

Writer = Callable[[Cell], str]
"""Writes a value of one column as HTML; what it returns is escaped, whether it is markup or a plain string."""


def escaped(value: object) -> str:
    """What every expression of every template passes through: markup as it is, everything else escaped."""
    if isinstance(value, Markup):
        return value
    if not isinstance(value, str):
        return escape(value)
    return escape(value) if _SPECIAL(value) else value


def is_image(path: object) -> bool:
    """Whether a file of the archive is a picture that browsers show."""
    return isinstance(path, str) and path.lower().endswith(IMAGES)


def writer(column: Column, links: Links, clock: Clock) -> Writer:
    """What writes the values of a column. A value that does not fit its column is written as it is."""
    if column.numeric:
        return _number_writer(column.unit)
    if column.kind == "time":
        return lambda value: clock.stamp(value) if _is_number(value) else _text(value)
    if column.kind == "file":
        return lambda value: _file(value, links)
    return _text


def _is_number(value: Cell) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_writer(unit: str) -> Writer:
    # A number needs no escaping, a unit that a module made up may; most have none or one of ours.
    if str(escape(unit)) == unit:
        return lambda value: human(value, unit) if _is_number(value) else _text(value)
    return lambda value: escape(human(value, unit)) if _is_number(value) else _text(value)


def _file(value: Cell, links: Links) -> str:
    if not isinstance(value, str) or not value:
        return MISSING
    return f'<a href="{escape(links.archive(value))}">{escape(value.rpartition("/")[2])}</a>'


def _text(value: Cell) -> str:
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(("http://", "https://")) and _ADDRESS.fullmatch(value):
        return _address(value)
    return escaped(value)


def _address(url: str) -> Markup:
    """A link to another site, if it is an address at all."""
    try:
        leads_somewhere = bool(urlsplit(url).hostname)
    except ValueError:
        leads_somewhere = False
    safe = escape(url)
    return Markup(f'<a href="{safe}" rel="noopener noreferrer">{safe}</a>') if leads_somewhere else safe  # noqa: S704


def prose(text: str) -> Markup:
    """A text that people wrote, with the addresses in it as links and everything else as it is."""
    if "://" not in text:
        return escape(text)
    parts, end = [], 0
    for match in _ADDRESS.finditer(text):
        url = match[0].rstrip(_END)
        parts += [escape(text[end : match.start()]), _address(url)]
        end = match.start() + len(url)
    return Markup().join([*parts, escape(text[end:])])


def sort_key(value: Cell) -> str:
    """The attribute by which a script sorts a cell that is not text; empty for those that are."""
    if isinstance(value, bool | int | float):
        return f' data-sort="{float(value):.17g}"'
    return "" if value else ' data-sort=""'
