"""``python -m benchmarks [NAME …] [--json FILE]``."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import acquisition, pages, plot_images, plotting, readers, starting, storing
from benchmarks.figures import Figure, NotHere

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "acquisition": acquisition.run,
    "hanging": acquisition.run_hanging,
    "storing": storing.run,
    "pages": pages.run,
    "plotting": plotting.run,
    "readers": readers.run,
    "images": plot_images.run,
    "starting": starting.run,
}


def main() -> int:
    """Run the benchmarks that are named, or all; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    console = Console()
    for name in given.names or BENCHMARKS:
        try:
            figures += _measured(console, name)
        except NotHere as missing:
            console.print(f"{name}: left out: {missing}")
    console.print(_table(figures))
    if given.json:
        rows = [
            {"name": figure.name, "value": figure.value, "unit": figure.unit, "bar": figure.bar, "ok": figure.ok}
            for figure in figures
        ]
        given.json.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(figure.ok for figure in figures) else 1


def _measured(console: Console, name: str) -> Iterator[Figure]:
    with console.status(f"{name} …"):
        yield from BENCHMARKS[name]()


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "value", "unit", "bar", "", "absolute")
    for column in (1, 3):
        table.columns[column].justify = "right"
    for figure in figures:
        bar = "" if figure.bar is None else f"≤ {figure.bar:g}"
        kept = "ok" if figure.ok else "MISSED"
        table.add_row(figure.name, f"{figure.value:.3g}", figure.unit, bar, kept, figure.absolute)
    return table


if __name__ == "__main__":
    sys.exit(main())
