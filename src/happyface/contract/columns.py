"""Columns and tables: what a module's ``Data`` and ``Row`` classes declare, as plain values.

A declaration is a pydantic model; ``table_of`` turns it into a :class:`Table`, which is all that the store
and the pages ever see of it.
"""

import hashlib
import math
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from happyface.contract.limits import Limits
from happyface.contract.units import Unit
from happyface.errors import ModuleError

Kind = Literal["number", "integer", "flag", "text", "state", "time", "file"]
Cell = float | int | bool | str | None
"""What is stored in a column: times are seconds since 1970 in UTC, states are :class:`State`, files archive paths."""


@dataclass(frozen=True)
class File:
    """A file that an instance keeps with its values: an image, above all.

    Attributes:
        path: where it is now; it is copied into the archive when the run is stored.
        name: its name in the archive, with an ending that tells its type.
    """

    path: Path
    name: str

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its content, in hexadecimal digits."""
        with self.path.open("rb") as body:
            return hashlib.file_digest(body, "sha256").hexdigest()


@dataclass(frozen=True)
class Column:
    """One column of a module's table.

    Attributes:
        unit: what it counts; ``node|nodes`` where one has another name than many.
        main: it is the one number that stands for the instance.
        chart: its curve stands on the card.
        detail: it is shown when a row is unfolded.
        hidden: it is not shown at all.
        link: the column whose values lead to the addresses in this one.
        was: what it was called before it was renamed; its history goes on.
    """

    name: str
    kind: Kind
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

    @property
    def numeric(self) -> bool:
        """Whether it can be plotted, and is written at the right."""
        return self.kind in ("number", "integer")


@dataclass(frozen=True)
class Table:
    """The columns of a module's ``Data`` (whose name is empty) or of one of its ``Row`` classes.

    Attributes:
        counts: whether the worst row takes part in the instance's status.
        key: the column that names a row in sentences, in plots, and from run to run.
        sort: the column by which the page sorts rows that are equally well, largest first with a ``-`` before it.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    counts: bool = False
    key: str = ""
    sort: str = ""

    def index(self, column: str) -> int:
        """The position of a column. Raises KeyError."""
        for position, each in enumerate(self.columns):
            if each.name == column:
                return position
        raise KeyError(column)


def column(
    label: str = "",
    *,
    limits: Limits | None = None,
    unit: str = "",
    description: str = "",
    default: Any = PydanticUndefined,
    main: bool = False,
) -> Any:
    """Describe a column of ``Data`` or of a ``Row``.

    Args:
        label: what the page calls it; by default its name.
        limits: when it is a warning and when critical; an instance's configuration may override them.
        unit: what it counts, where its type does not say so.
        description: a sentence for the information panel.
        default: its value where the module gives none.
        main: the one number that stands for the instance when it is folded to a line.
    """
    extra = {"label": label, "limits": limits or Limits(), "unit": unit, "main": main}
    return FieldInfo(default=default, description=description or None, json_schema_extra=cast(dict[str, Any], extra))


_KINDS: dict[Any, Kind] = {
    bool: "flag",
    int: "integer",
    float: "number",
    str: "text",
    datetime: "time",
    File: "file",
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def table_of(declaration: type[BaseModel], name: str, counts: bool = True) -> Table:
    """The table that a ``Data`` or ``Row`` class declares.

    Raises:
        ModuleError: a column has a type that cannot be stored, or a name that no database takes.
    """
    columns = tuple(_column(declaration, key, info) for key, info in declaration.model_fields.items())
    return Table(name, (declaration.__doc__ or "").strip() or labelled(name), columns, counts)


def labelled(name: str) -> str:
    """A name of the code as the page writes it: ``free_share`` as ``Free share``."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _column(declaration: type[BaseModel], name: str, info: FieldInfo) -> Column:
    where = f"{declaration.__qualname__}.{name}"
    if not _NAME.fullmatch(name) or name in ("dataset_id", "position"):
        raise ModuleError(f"column {where}: a column's name is of small letters, digits and _, at most 40")
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind = _KINDS.get(_plain(info.annotation))
    if kind is None:
        raise ModuleError(
            f"column {where}: a column is a str, int, float, bool, datetime, File or a quantity such as Bytes"
        )
    unit = next((each.name for each in _metadata(info) if isinstance(each, Unit)), "")
    return Column(
        name,
        kind,
        str(extra.get("label") or labelled(name)),
        str(extra.get("unit") or unit),
        info.description or "",
        cast(Limits, extra.get("limits") or Limits()),
        bool(extra.get("main")),
    )


def _members(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [each for each in typing.get_args(annotation) if each is not type(None)]
    return [annotation]


def _plain(annotation: Any) -> Any:
    """``Bytes | None`` and ``Annotated[float, …]`` as ``float``."""
    members = _members(annotation)
    if len(members) != 1:
        return None
    only = members[0]
    return typing.get_args(only)[0] if typing.get_origin(only) is typing.Annotated else only


def _metadata(info: FieldInfo) -> list[Any]:
    inner = [each for member in _members(info.annotation) for each in typing.get_args(member)[1:]]
    return [*info.metadata, *inner]


def cells(values: BaseModel, table: Table) -> list[Cell | File]:
    """The values of one ``Data`` or ``Row`` in the order of its table's columns, as they are stored."""
    return [_cell(getattr(values, each.name)) for each in table.columns]


def _cell(value: Any) -> Cell | File:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int) and not isinstance(value, bool):
        if not -(2**63) <= value < 2**63:
            raise ModuleError(
                f"a whole number of {value.bit_length()} bits cannot be stored; declare the column as float"
            )
        return int(value)
    return cast(Cell | File, value)


def storable(text: str) -> str:
    """A text that every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def main_column(table: Table | None) -> Column | None:
    """The number that stands for an instance: the one declared so, else the first with limits, else the first."""
    numeric: Sequence[Column] = [each for each in table.columns if each.numeric] if table else []
    return (
        next((each for each in numeric if each.main), None)
        or next((each for each in numeric if each.limits.warning or each.limits.critical), None)
        or next(iter(numeric), None)
    )
