"""Single values as HTML: numbers with their units, times, yes and no, addresses as links, files."""

import re
from collections.abc import Callable, Sequence
from typing import TypeGuard
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from happyface.contract.columns import Cell, Column
from happyface.contract.units import human
from happyface.web.pages.links import Links
from happyface.web.pages.times import Clock

MISSING = Markup('<span class="none">—<span class="sr-only"> not known</span></span>')

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
# Of prose: signs behind an address that are the sentence's and not its own.
_END = ".,;:!?)]}"
_SPECIAL = re.compile("[&<>\"']").search
"""Finds what must be escaped: most texts hold nothing of it, and looking is four times as fast as escaping."""

FormatValue = Callable[[Cell], str]
"""Formats a value of one column as HTML; what it returns is escaped, whether it is markup or a plain string."""


def escaped(value: object) -> str:
    """What every expression of every template passes through: markup as it is, everything else escaped."""
    if isinstance(value, Markup):
        return value
    if not isinstance(value, str):
        return escape(value)
    return escape(value) if _SPECIAL(value) else value


def formatter(column: Column, links: Links, clock: Clock) -> FormatValue:
    """What formats the values of a column. A value that does not fit its column is written as it is."""
    if column.numeric:
        return _number_formatter(column.unit)
    if column.kind == "time":
        return lambda value: clock.value(value) if _is_number(value) else _text(value)
    if column.kind == "file":
        return lambda value: _file(value, links)
    return _text


def _is_number(value: Cell) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_formatter(unit: str) -> FormatValue:
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
    if isinstance(value, str) and value.startswith(("http://", "https://")) and is_address(value):
        return anchor(value, escape(value))
    return escaped(value)


def is_address(value: Cell) -> TypeGuard[str]:
    """Whether a value is an address that a page may link to: of the web, and of some host."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        return False
    try:
        return bool(urlsplit(value).hostname)
    except ValueError:  # such as "https://["
        return False


def anchor(url: str, inside: str) -> Markup:
    """A link to another site, which is told nothing about us; ``inside`` is HTML."""
    return Markup(f'<a href="{escape(url)}" rel="noopener noreferrer">{inside}</a>')  # noqa: S704


def link_columns(columns: Sequence[Column]) -> dict[str, int]:
    """Where the addresses behind the cells of a column stand: positions by the names of the linked columns."""
    return {column.link: position for position, column in enumerate(columns) if column.link}


def prose(text: str) -> Markup:
    """A text that people wrote, with the addresses in it as links and everything else as it is."""
    if "://" not in text:
        return escape(text)
    parts, end = [], 0
    for match in _ADDRESS.finditer(text):
        url = match[0].rstrip(_END)
        parts += [escape(text[end : match.start()]), anchor(url, escape(url)) if is_address(url) else escape(url)]
        end = match.start() + len(url)
    return Markup().join([*parts, escape(text[end:])])


def sort_key(value: Cell) -> str:
    """The attribute by which a script sorts a cell that is not text; empty for those that are."""
    if isinstance(value, bool | int | float):
        return f' data-sort="{float(value):.17g}"'
    return "" if value else ' data-sort=""'
