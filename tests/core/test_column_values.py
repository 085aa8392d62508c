"""What may stand in a column, and what becomes of values that databases do not take."""

import math
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import numpy
import pytest

from happyface import Above, Bytes, Module, Share, column
from happyface.contract.columns import main_column, plain_cells, storable, table_of
from happyface.contract.files import File
from happyface.errors import ModuleError


class Every(Module):
    class Data(Module.Data):
        number: float | None = None
        integer: int | None = None
        flag: bool | None = None
        text: str | None = None
        time: datetime | None = None
        file: File | None = None
        size: Bytes | None = column("Size", description="how much", default=None)
        free: Share = column(limits=Above(warning=0.5), default=0, main=True)


TABLE = Every.declared.tables[""]


def stored(**values: Any) -> Any:
    (name,) = values
    return plain_cells(Every.Data(**values), TABLE)[TABLE.index(name)]


def test_columns_have_kinds_labels_units_and_limits() -> None:
    assert [column.kind for column in TABLE.columns] == [
        *("number", "integer", "flag", "text", "time", "file", "number", "number")
    ]
    size, free = TABLE.columns[6:]
    assert (size.label, size.unit, size.description) == ("Size", "bytes", "how much")
    assert (free.label, free.unit, free.limits.format("share")) == ("Free", "share", "warning ≥ 50 %")
    assert main_column(TABLE) is free


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"number": 1.5}, 1.5),
        ({"number": 3}, 3.0),
        ({"number": math.nan}, None),
        ({"number": math.inf}, None),
        ({"number": -math.inf}, None),
        ({"number": numpy.float64(2.5)}, 2.5),
        ({"number": numpy.float64("nan")}, None),
        ({"integer": 2**63 - 1}, 2**63 - 1),
        ({"integer": Level.HIGH}, 3),
        ({"flag": True}, True),
        ({"text": "Zürich ☺"}, "Zürich ☺"),
        ({"text": "nul\0here"}, "nul\ufffdhere"),
        ({"text": "half \ud800 pair"}, "half ? pair"),
        ({"text": Colour.RED}, "red"),
        ({"text": ""}, ""),
        ({"time": datetime(2026, 1, 1, tzinfo=UTC)}, 1767225600.0),
        ({"time": datetime(2026, 1, 1)}, 1767225600.0),
        ({"time": datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, 1767225600.0),
        ({"file": File(Path("/x"), "x.png")}, File(Path("/x"), "x.png")),
    ],
)
def test_values_are_stored_as_every_database_takes_them(given: dict[str, Any], expected: Any) -> None:
    found = stored(**given)
    assert found == expected
    assert type(found) in (float, int, bool, str, File, type(None))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400], ids=["over", "under", "far"])
def test_an_integer_that_no_database_takes_is_told(number: int) -> None:
    with pytest.raises(ModuleError, match=r"a whole number of [0-9]+ bits cannot be stored"):
        stored(integer=number)


def test_every_text_becomes_storable() -> None:
    text = storable("\0\ud800\udfff ok")
    assert "\0" not in text
    assert text.encode()


@pytest.mark.parametrize("name", ["Upper", "with-dash", "ä", "x" * 41])
def test_a_column_whose_name_no_database_takes_is_told(name: str) -> None:
    declaration = type("Data", (Module.Data,), {"__annotations__": {name: int}, "__module__": __name__})
    with pytest.raises(ModuleError, match="a column's name is of small letters, digits and _, at most 40"):
        table_of(declaration, "")


@pytest.mark.parametrize("annotation", [dict, list[int], bytes, int | str, Any])
def test_a_column_of_a_type_that_cannot_be_stored_is_told(annotation: Any) -> None:
    declaration = type("Data", (Module.Data,), {"__annotations__": {"x": annotation}, "__module__": __name__})
    with pytest.raises(ModuleError, match="a column is a str, int, float, bool, datetime, State, File or a quantity"):
        table_of(declaration, "")
