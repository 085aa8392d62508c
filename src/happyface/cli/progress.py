"""Progress bars of the commands that work for long."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


def is_terminal() -> bool:
    """Whether somebody looks at standard error, where progress is shown."""
    return sys.stderr.isatty()


def bars(time_left: bool = False) -> "Progress":
    """Bars on standard error that are gone when they are full; with an estimate of the time that is left, if wanted."""
    # rich takes a good part of the time of a start; from cron and systemd nobody sees a bar.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    return Progress(
        *columns, *([TimeRemainingColumn()] if time_left else []), console=Console(stderr=True), transient=True
    )
