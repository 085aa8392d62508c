"""Tables as commands print them: drawn on a terminal, and elsewhere in columns as wide as they need to be."""

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from happyface.cli.printing import printable, say


@dataclass(frozen=True)
class Text:
    """What stands in a cell, and how a terminal shows it: ``bold red``."""

    text: str
    style: str = ""


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    """Print rows below their headings."""
    rows = [[Text(printable(cell.text), cell.style) for cell in row] for row in rows]
    # Pipes and files get plain columns, without colours and without a width that would cut sentences.
    if sys.stdout.isatty():
        _draw(headings, rows)
        return
    lines = [headings, *([cell.text for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True))
        say("  ".join(cells).rstrip())


def _draw(headings: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    # Scripts ask for the status more often than people do, and rich takes a good part of the time of a start.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Drawn

    table = Table(*headings, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*(Drawn(cell.text, cell.style) for cell in row))
    Console().print(table)


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters two, combining ones none."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else not unicodedata.combining(sign) for sign in text)
