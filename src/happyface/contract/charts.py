"""Charts of the rows of one run: bars, histograms, points. A row class declares them; an address may ask for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from happyface.errors import ModuleError, nearest_or_all

if TYPE_CHECKING:
    from happyface.contract.columns import Column, Table

ChartKind = Literal["bars", "stacked", "histogram", "scatter"]
KINDS: tuple[ChartKind, ...] = get_args(ChartKind)
MOST_COLUMNS, MOST_BINS, MOST_CHARTS = 8, 200, 4
"""More columns cannot be told from each other; more charts of one table would hide it."""


@dataclass(frozen=True)
class Chart:
    """A chart of the rows of one table in one run.

    Attributes:
        columns: the numbers that are drawn: several for bars, else one.
        x: the column that names the bars, or by which points stand from left to right; of bars empty for the key.
        bins: into how many steps a histogram counts; 0 for as many as suit it.
    """

    kind: ChartKind
    columns: tuple[str, ...]
    x: str = ""
    bins: int = 0


def Bars(*columns: str, by: str = "", stacked: bool = False) -> Chart:
    """Bars over the rows, one for each column, or one of all of them where they are ``stacked``.

    Args:
        by: the column that names the bars; by default the key of the rows.

    Raises ModuleError where a column is not named by a text.
    """
    _check_names("Bars", *columns, by)
    return Chart("stacked" if stacked else "bars", columns, by)


def Histogram(column: str, *, bins: int = 0) -> Chart:
    """How many rows have which value of a column.

    Args:
        bins: into how many steps its values are counted; by default as many as suit them.

    Raises ModuleError where the column is not named by a text.
    """
    _check_names("Histogram", column)
    return Chart("histogram", (column,), bins=bins)


def Scatter(x: str, y: str) -> Chart:
    """A point for each row: one column to the right, another one up. Raises ModuleError where one is no text."""
    _check_names("Scatter", x, y)
    return Chart("scatter", (y,), x)


def _check_names(maker: str, *columns: object) -> None:
    for column in columns:
        if not isinstance(column, str):
            raise ModuleError(f"{maker} takes names of columns, such as 'load', not {column!r}")


def checked_charts(charts: object, table: "Table") -> tuple[Chart, ...]:
    """The charts that a row class declares, complete: bars have the column that names them.

    Raises:
        ValueError: one of them cannot be drawn from this table, as a sentence.
    """
    if not isinstance(charts, list | tuple):
        raise ValueError("charts are a list: charts=[Bars('load')]")
    if len(charts) > MOST_CHARTS:
        raise ValueError(f"there are {len(charts)} charts; a table may have {MOST_CHARTS}")
    return tuple(checked_chart(chart, table) for chart in charts)


def checked_chart(chart: Any, table: "Table") -> Chart:
    """A chart that can be drawn from a table, complete. Raises ValueError."""
    if not isinstance(chart, Chart):
        raise ValueError(f"charts are made by Bars, Histogram or Scatter; {chart!r} is none of them")
    known = {column.name: column for column in table.columns}
    numbers = [_number(name, known) for name in chart.columns]
    if not numbers:
        raise ValueError(f"{_a(chart.kind)} shows at least one column of numbers")
    most = MOST_COLUMNS if chart.kind in ("bars", "stacked") else 1
    if len(numbers) > most:
        raise ValueError(f"{_a(chart.kind)} shows at most {most} column{'s' * (most > 1)}, not {len(numbers)}")
    if len(set(chart.columns)) < len(chart.columns):
        raise ValueError("each column stands in a chart only once")
    if isinstance(chart.bins, bool) or not isinstance(chart.bins, int) or not 0 <= chart.bins <= MOST_BINS:
        raise ValueError(f"bins={chart.bins!r}: expected is a whole number from 0 (as many as suit it) to {MOST_BINS}")
    if chart.kind == "histogram":
        return chart
    if chart.kind == "scatter":
        return Chart("scatter", chart.columns, _number(chart.x, known).name)
    _check_units(numbers)
    return Chart(chart.kind, chart.columns, _name_of_bars(chart.x or table.key, known))


def _a(kind: ChartKind) -> str:
    return {"bars": "a chart of bars", "stacked": "a chart of bars"}.get(kind, f"a {kind}")


def _find(name: str, known: Mapping[str, "Column"]) -> "Column":
    if name not in known:
        raise ValueError(f"there is no column '{name}'{nearest_or_all(name, known)}")
    return known[name]


def _number(name: str, known: Mapping[str, "Column"]) -> "Column":
    column = _find(name, known)
    if not column.numeric:
        numbers = ", ".join(column.name for column in known.values() if column.numeric)
        raise ValueError(f"the column '{name}' is not a number; numbers are: {numbers or 'none'}")
    return column


def _check_units(columns: Sequence["Column"]) -> None:
    """All bars of a chart have one scale."""
    first = columns[0]
    for column in columns[1:]:
        if column.unit != first.unit:
            raise ValueError(
                f"bars have one scale, but '{first.name}' is {_in(first.unit)} and '{column.name}' {_in(column.unit)}"
            )


def _in(unit: str) -> str:
    return f"in {unit.partition('|')[2] or unit}" if unit else "without a unit"


def _name_of_bars(name: str, known: Mapping[str, "Column"]) -> str:
    if not name:
        raise ValueError("bars need a name: give the rows a key, or say by='…'")
    column = _find(name, known)
    if column.kind in ("time", "file"):
        raise ValueError(f"the column '{name}' is a {column.kind}, which names no bar")
    return name


def usual_chart(table: "Table") -> Chart | None:
    """What is drawn where nobody says what: the first chart declared, else bars of the first number; None for none."""
    if table.charts:
        return table.charts[0]
    visible = sorted((column for column in table.columns if column.numeric), key=lambda column: column.hidden)
    name = table.key or next((column.name for column in table.columns if column.kind in ("text", "state")), "")
    return Chart("bars", (visible[0].name,), name) if visible and name else None
