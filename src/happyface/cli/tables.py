"""Tables as commands print them: as wide as the terminal, or, elsewhere, as wide as they need to be."""

from rich.console import Console
from rich.table import Table

_WIDE = 1000


def show(table: Table) -> None:
    """Print a table, in colours where a person reads it."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(table)
