"""Columns and tables: what a module's ``Data`` and ``Row`` classes declare, as plain values.

A declaration is a pydantic model; ``table_of`` turns it into a :class:`Table`, which is all that the store
and the pages ever see of it.
"""

import math
import re
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from happyface.contract.charts import Chart, checked_charts
from happyface.contract.files import File
from happyface.contract.limits import Limits, check_limits
from happyface.contract.states import State, plain_status
from happyface.contract.units import Unit
from happyface.errors import ModuleError

ColumnKind = Literal["number", "integer", "flag", "text", "state", "time", "file"]
Cell = float | int | bool | str | None
"""What is stored in a column: times are seconds since 1970 in UTC, states are :class:`State`, files archive paths."""

MOST_COLUMNS = 200
"""The most columns of a table: databases allow about 1,000, and a page is unreadable long before."""


@dataclass(frozen=True)
class Column:
    """One column of a module's table.

    Attributes:
        unit: what it counts; ``node|nodes`` where one has another name than many.
        main: the one number that a folded instance is shown by.
        chart: the card has a curve of its last 24 hours.
        detail: of a row: the page shows it only when the row is unfolded.
        hidden: stored, but not on the page.
        link: the column whose cells become links to the addresses in this one.
        was: its name before it was renamed; the stored values go on under the new one.
        may_be_missing: a missing value says that there is none, not that it is unknown.
        unit_in: of a row: the column of texts that tells the unit of this number, where it is another in each row.
        limits_in: of a row: the column of texts that tells its limits, likewise.
    """

    name: str
    kind: ColumnKind
    label: str
    unit: str = ""
    description: str = ""
    limits: Limits = field(default_factory=Limits)
    main: bool = False
    chart: bool = False
    detail: bool = False
    hidden: bool = False
    link: str = ""
    was: str = ""
    may_be_missing: bool = False
    unit_in: str = ""
    limits_in: str = ""

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, which can be plotted, and which tables align at the right."""
        return self.kind in ("number", "integer")


@dataclass(frozen=True)
class Table:
    """The columns of a module's ``Data`` (whose name is empty) or of one of its ``Row`` classes.

    Attributes:
        counts: whether the worst row takes part in the instance's status.
        key: the column that names a row in sentences, in plots, and from run to run.
        sort: the columns by which the page sorts rows that are equally well, the first one counting most:
            ``enabled, -load``, largest first with a ``-`` before it.
        charts: what is drawn of its rows above it.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    counts: bool = False
    key: str = ""
    sort: str = ""
    charts: tuple[Chart, ...] = ()

    @property
    def sorting(self) -> list[tuple[str, bool]]:
        """The columns of ``sort``, and whether the largest comes first."""
        words = [word.strip() for word in self.sort.split(",") if word.strip()]
        return [(word.removeprefix("-"), word.startswith("-")) for word in words]

    def index(self, column: str) -> int:
        """The position of a column. Raises KeyError."""
        for position, candidate in enumerate(self.columns):
            if candidate.name == column:
                return position
        raise KeyError(column)


def column(
    label: str = "",
    *,
    limits: Limits | None = None,
    unit: str | tuple[str, str] = "",
    description: str = "",
    default: Any = PydanticUndefined,  # None is a default that a module may want
    main: bool = False,
    chart: bool = False,
    detail: bool = False,
    hidden: bool = False,
    link: str = "",
    was: str = "",
    may_be_missing: bool = False,
    unit_in: str = "",
    limits_in: str = "",
) -> Any:
    """Describe a column of ``Data`` or of a ``Row``.

    Args:
        label: what the page calls it; by default its name.
        limits: when it is a warning and when critical; an instance's configuration may override them.
        unit: what it counts, where its type does not say so; ``("node", "nodes")`` for one and for many.
        description: a sentence for the information panel.
        default: its value where the module gives none.
        main: the one number that stands for the instance when it is folded to a line.
        chart: its last 24 hours are drawn on the card.
        detail: of a row: it is shown when the row is unfolded.
        hidden: it is stored and can be plotted, but the page does not show it.
        link: the column whose cells become links to the addresses in this one.
        was: its name before it was renamed; what was stored under that goes on.
        may_be_missing: it has limits, and a missing value says that there is none, not that it is unknown.
        unit_in: of a row: the column that tells the unit of this number, where each row has its own; for its curve.
        limits_in: of a row: the column that tells its limits, as ``warning > 5, critical > 10``; likewise.

    A mistake in a column raises when its class is made: the module then cannot be used, and ``check`` says why.
    """
    if limits is not None and not isinstance(limits, Limits):
        raise ModuleError(f"limits are made by Above, Below, Equal, OneOf or Older; {limits!r} is none of them")
    # FieldInfo has no attributes for these; `_column` reads them back from its free-form extra.
    extra = {
        "label": label,
        "limits": limits or Limits(),
        "unit": unit if isinstance(unit, str) else "|".join(unit),
        "main": main,
        "chart": chart,
        "detail": detail,
        "hidden": hidden,
        "link": link,
        "was": was,
        "may_be_missing": may_be_missing,
        "unit_in": unit_in,
        "limits_in": limits_in,
    }
    return FieldInfo(default=default, description=description or None, json_schema_extra=cast(dict[str, Any], extra))


_OPTIONS = ("limits", "main", "chart", "detail", "hidden", "link", "was", "may_be_missing", "unit_in", "limits_in")
_KINDS: dict[Any, ColumnKind] = {
    bool: "flag",
    int: "integer",
    float: "number",
    str: "text",
    State: "state",
    datetime: "time",
    File: "file",
}
# No capitals: keys of a configuration, such as `limits.NAME`, are read in small letters.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def table_of(
    declaration: type[BaseModel],
    name: str,
    counts: bool = False,
    key: str = "",
    sort: str = "",
    charts: Sequence[Chart] = (),
) -> Table:
    """The table that a ``Data`` or ``Row`` class declares.

    Raises:
        ModuleError: a column has a type that cannot be stored, a name that no database takes, or limits that can
            never be reached; or ``key`` and ``sort`` are no columns of it; or a chart cannot be drawn from it.
    """
    fields = declaration.model_fields
    if len(fields) > MOST_COLUMNS:
        raise ModuleError(f"{declaration.__qualname__} has {len(fields)} columns; there may be {MOST_COLUMNS}")
    columns = tuple(_column(declaration, column_name, info) for column_name, info in fields.items())
    label = (declaration.__doc__ or "").strip() or format_name(name)
    table = Table(name, label, columns, counts, key, sort)
    for what, wanted in (
        ("key", key),
        *(("sort", column) for column, _ in table.sorting),
        *((option, getattr(column, option)) for option in ("link", "unit_in", "limits_in") for column in columns),
    ):
        if wanted and wanted not in fields:
            raise ModuleError(f"{declaration.__qualname__}: {what}='{wanted}': there is no such column")
    try:
        return replace(table, charts=checked_charts(charts, table))
    except ValueError as error:
        raise ModuleError(f"{declaration.__qualname__}: charts: {error}") from error


def format_name(name: str) -> str:
    """A name of the code as the page writes it: ``free_share`` as ``Free share``."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _column(declaration: type[BaseModel], name: str, info: FieldInfo) -> Column:
    where = f"column {declaration.__qualname__}.{name}"
    if not _NAME.fullmatch(name):
        raise ModuleError(f"{where}: a column's name is of small letters, digits and _, at most 40")
    extra = cast(dict[str, Any], info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {})
    kind = _KINDS.get(_plain_type(info.annotation))
    if kind is None:
        raise ModuleError(f"{where}: a column is a str, int, float, bool, datetime, State, File or a quantity: Bytes …")
    unit = next((metadata.name for metadata in _metadata(info) if isinstance(metadata, Unit)), "")
    made = Column(
        name,
        kind,
        str(extra.get("label") or format_name(name)),
        str(extra.get("unit") or unit),
        info.description or "",
        **{option: extra[option] for option in _OPTIONS if extra},
    )
    if (made.main or made.chart) and not made.numeric:
        raise ModuleError(f"{where}: main and chart are for numbers; this is {_NAMES[kind]}")
    try:
        check_limits(made.limits, kind, made.unit)
    except ValueError as error:
        raise ModuleError(f"{where}: {error}") from error
    return made


def _union_members(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [member for member in typing.get_args(annotation) if member is not type(None)]
    return [annotation]


def _plain_type(annotation: Any) -> Any:
    """``Bytes | None`` and ``Annotated[float, …]`` as ``float``."""
    members = _union_members(annotation)
    # `int | str` is no kind of column; `int | None` is a column of int that may be missing.
    if len(members) != 1:
        return None
    only = members[0]
    return typing.get_args(only)[0] if typing.get_origin(only) is typing.Annotated else only


def _metadata(info: FieldInfo) -> list[Any]:
    # pydantic keeps the metadata of `Bytes` in the field, that of `Bytes | None` in the members of the union.
    inner = [metadata for member in _union_members(info.annotation) for metadata in typing.get_args(member)[1:]]
    return [*info.metadata, *inner]


def plain_cells(values: BaseModel, table: Table) -> list[Cell | File]:
    """The values of one ``Data`` or ``Row`` in the order of its table's columns, as they are stored.

    Raises:
        ModuleError: a value is not of its column's kind, whatever happened to it since it was made.
    """
    return [plain_cell(getattr(values, column.name), column) for column in table.columns]


def plain_cell(value: Any, column: Column) -> Cell | File:
    """A value as it is stored: of plain types alone, subclasses and numbers of other libraries made plain.

    Raises:
        ModuleError: it is not of the column's kind.
    """
    if value is None:
        return None
    try:
        return _PLAIN[column.kind](value)
    # Its text names what is too large; those of the other two speak of Python's types.
    except OverflowError as error:
        raise ModuleError(f"column {column.name}: {error}") from error
    except (TypeError, ValueError) as error:
        raise ModuleError(
            f"column {column.name} is {_NAMES[column.kind]}, not of the type {type(value).__name__}"
        ) from error


_NAMES: dict[ColumnKind, str] = {
    "number": "a number",
    "integer": "a whole number",
    "flag": "yes or no",
    "text": "a text",
    "state": "a State",
    "time": "a time",
    "file": "a File",
}


def _number(value: Any) -> float | None:
    # float() would read "3": a text where a number is declared is a mistake to report, not one to repair.
    if isinstance(value, str | bytes):
        raise TypeError
    number = float(value)
    # MariaDB has no NaN and no infinity; both say that nothing is known.
    return number if math.isfinite(number) else None


def _integer(value: Any) -> int:
    if isinstance(value, str | bytes) or int(value) != value:  # 3.0 of another library is a whole number
        raise TypeError
    if not -(2**63) <= int(value) < 2**63:  # the range of BIGINT
        raise OverflowError(
            f"a whole number of {int(value).bit_length()} bits cannot be stored; declare the column as float"
        )
    return int(value)


def _flag(value: Any) -> bool:
    if isinstance(value, str | bytes) or value not in (True, False):  # by value: numpy has a bool of its own
        raise TypeError
    return bool(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return storable(str.__str__(value))  # a subclass may write itself otherwise


def _state(value: Any) -> State:
    if not isinstance(value, State):
        raise TypeError
    return State(storable(str.__str__(value)), plain_status(value.status))


def _time(value: Any) -> float:
    if not isinstance(value, datetime):
        raise TypeError
    # A time without a zone is UTC everywhere, whatever zone this machine is in.
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def _file(value: Any) -> File:
    if not isinstance(value, File):
        raise TypeError
    return value


_PLAIN: dict[ColumnKind, Callable[[Any], Cell | File]] = {
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "text": _text,
    "state": _state,
    "time": _time,
    "file": _file,
}


def storable(text: str) -> str:
    """A text that every database takes: no NUL, no half of a surrogate pair."""
    # JSON can bring both. PostgreSQL refuses NUL; half of a surrogate pair has no UTF-8 form.
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def main_column(table: Table | None) -> Column | None:
    """The number that stands for an instance: the one declared so, else the first with limits, else the first."""
    numeric: Sequence[Column] = [column for column in table.columns if column.numeric] if table else []
    return (
        next((column for column in numeric if column.main), None)
        or next((column for column in numeric if column.limits), None)
        or next(iter(numeric), None)
    )
