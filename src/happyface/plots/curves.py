"""Which numbers a curve needs, and what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass

from happyface.contract.columns import Column
from happyface.model.series import PlotInstance, RowFilter, SeriesKey
from happyface.plots.expressions import Expression, Reference, parse_expression
from happyface.plots.request import CurveRequest, PlotRequest

Known = Mapping[str, PlotInstance]
"""The instances that the reader may see, by name."""

STATUS = "status"
"""The status of an instance, as if it were a column, which it was in HappyFace 3; what nothing else is said of."""


@dataclass(frozen=True)
class CurvePlan:
    """A curve before its numbers are read.

    Attributes:
        columns: what its expression names, and the number that each of them is.
        plain: it is one number, and nothing is computed.
        problem: why it cannot be read at all.
    """

    number: int
    label: str
    instance: str
    expression: Expression
    columns: tuple[tuple[Reference, SeriesKey], ...]
    problem: str = ""

    @property
    def plain(self) -> bool:
        return self.expression.only_column is not None

    @property
    def keys(self) -> list[SeriesKey]:
        """The numbers that it needs."""
        return [key for _, key in self.columns]

    @property
    def limited(self) -> bool:
        """Whether the limits of its column are limits of the curve: a sum of rows has none, nor has their number."""
        return self.plain and self.keys[0].aggregate not in ("sum", "count")


def plan_curve(number: int, curve: CurveRequest, request: PlotRequest, known: Known) -> CurvePlan:
    """What a curve needs of the store."""
    try:
        expression = parse_expression(curve.expression or STATUS)
    except ValueError as error:
        return CurvePlan(number, curve.title or curve.instance, curve.instance, parse_expression("0"), (), str(error))
    names = {reference.name: reference for reference in expression.references.values()}
    columns = tuple(
        (reference, _key(reference, curve, request, known) if curve.expression else SeriesKey(curve.instance))
        for reference in names.values()
    )
    label = curve.title or _label(curve, columns, known)
    return CurvePlan(number, label, curve.instance, expression, columns)


def _key(reference: Reference, curve: CurveRequest, request: PlotRequest, known: Known) -> SeriesKey:
    instance, table, column = _resolved(reference.name, curve, known)
    if (table, column) == ("", STATUS) and not _column(SeriesKey(instance, column=column), known):
        return SeriesKey(instance)
    own = (instance, table) == (curve.instance, curve.table)
    filters = curve.filters if own else ()
    filters += tuple(entry for entry in request.filters if _has_column(instance, table, entry, known))
    return SeriesKey(instance, table, column, filters, curve.rows)


def _resolved(name: str, curve: CurveRequest, known: Known) -> tuple[str, str, str]:
    """Instance, table and column of a name in an expression; names of instances may have dots themselves."""
    front, _, column = name.rpartition(".")
    if not front:
        return curve.instance, curve.table, column
    instance, _, table = front.rpartition(".")
    return (front, "", column) if front in known or not instance else (instance, table, column)


def _has_column(instance: str, table: str, entry: RowFilter, known: Known) -> bool:
    if not table:
        return False
    columns = known[instance].row_columns.get(table) if instance in known else None
    return columns is None or entry.column in columns


def _label(curve: CurveRequest, columns: tuple[tuple[Reference, SeriesKey], ...], known: Known) -> str:
    """Made from the titles of the instance and of the column, and from the rows that are meant."""
    title = known[curve.instance].title if curve.instance in known else curve.instance
    what = curve.expression or STATUS
    if len(columns) == 1 and columns[0][0].name == curve.expression.strip("${} "):
        what = getattr(_column(columns[0][1], known), "label", what)
    rows = ", ".join([entry.value for entry in curve.filters if not entry.exclude])
    aggregate = f" ({curve.rows})" if curve.rows != "mean" else ""
    return f"{title}: {what}{', ' if rows else ''}{rows}{aggregate}"


def _column(key: SeriesKey, known: Known) -> Column | None:
    columns = known[key.instance].tables.get(key.table, ()) if key.instance in known else ()
    return next((column for column in columns if column.name == key.column), None)
