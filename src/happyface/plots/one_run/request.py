"""What an address asks to be plotted of one run, and the address of such a plot; the moment is not a part of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from happyface.contract.charts import KINDS, MOST_BINS, MOST_COLUMNS, Chart, ChartKind, checked_chart, usual_chart
from happyface.contract.columns import Table
from happyface.model.series import RowFilter
from happyface.plots.parameters import (
    OF_ALL,
    by_number,
    check_text,
    read_filters,
    read_size,
    read_text,
    read_whole,
    read_word,
    read_yes,
)
from happyface.plots.request import Format

_Y = re.compile(r"y(_\d+)?", re.ASCII)


@dataclass(frozen=True)
class RunPlotRequest:
    """A plot of one run that is asked for. What is empty is chosen when the table is known.

    Attributes:
        kind: the chart's; empty for the usual one of the table.
        x: what names the bars, or stands from left to right.
        y: the numbers that are drawn.
        bins: of a histogram.
        width: in pixels, as ``height``.
    """

    instance: str = ""
    table: str = ""
    kind: ChartKind | str = ""
    x: str = ""
    y: tuple[str, ...] = ()
    bins: int = 0
    filters: tuple[RowFilter, ...] = ()
    title: str = ""
    width: int = 800
    height: int = 400
    dpi: int = 100
    dark: bool = False
    format: Format = "png"

    def chart(self, table: Table) -> Chart:
        """What is drawn of a table.

        Raises:
            ValueError: it cannot be drawn from this table, or the table has nothing to draw.
        """
        usual = usual_chart(table)
        if not (self.kind or self.x or self.y):
            if usual is None:
                raise ValueError(f"the rows '{table.name}' have no number, or nothing by which to name them")
            return usual
        kind: Any = self.kind or "bars"
        return checked_chart(Chart(kind, self._columns(kind, usual), self._x(kind), self.bins), table)

    def _columns(self, kind: ChartKind, usual: Chart | None) -> tuple[str, ...]:
        if kind == "histogram":  # of x, as it stands from left to right; of y all the same
            return (self.x,) if self.x and not self.y else self.y
        return self.y or (usual.columns if usual and kind != "scatter" else ())

    def _x(self, kind: ChartKind) -> str:
        if kind == "scatter" and not self.x:
            raise ValueError("a scatter has two columns: x=COLUMN and y=COLUMN")
        return "" if kind == "histogram" else self.x


def parse_run_request(parameters: Mapping[str, str]) -> RunPlotRequest:
    """Read the parameters of an address; those that are not known are ignored.

    Raises:
        ValueError: what is wrong with one of them, with its name and what was expected.
    """
    given = {name: text.strip() for name, text in parameters.items() if text.strip()}
    # A form has a field for each column.
    fields = sorted((name for name in given if _Y.fullmatch(name)), key=lambda name: by_number(name[2:]))
    columns = tuple(dict.fromkeys(part.strip() for name in fields for part in given[name].split(",") if part.strip()))
    if len(columns) > MOST_COLUMNS:
        raise ValueError(f"y: there are {len(columns)} columns; a chart of bars shows at most {MOST_COLUMNS}")
    return RunPlotRequest(
        read_text(given, "instance"),
        read_text(given, "table"),
        read_word(given, "type", KINDS, "") if given.get("type") else "",
        read_text(given, "x"),
        tuple(check_text("y", column) for column in columns),
        read_whole(given, "bins", 0, 0, MOST_BINS),
        read_filters(given, OF_ALL),
        read_text(given, "title"),
        **read_size(given),
        dark=read_yes(given, "dark"),
        format=read_word(given, "format", get_args(Format), "png"),
    )
