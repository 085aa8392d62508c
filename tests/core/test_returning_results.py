"""What ``extract`` may return; what it may not is told to the module's author, where it is made."""

from decimal import Decimal
from fractions import Fraction

import numpy
import pytest

from happyface import Module, Result
from happyface.errors import ContractError, ModuleError


class Pools(Module):
    """Pools."""

    class Data(Module.Data):
        total: int

    class Pool(Module.Row):
        name: str


DATA, ROW = Pools.Data(total=1), Pools.Pool(name="a")


@pytest.mark.parametrize(
    ("status", "stored"),
    [
        (numpy.float32(0.5), 0.5),
        (numpy.array(0.5), 0.5),
        (numpy.bool_(True), 1.0),
        (Decimal("0.25"), 0.25),
        (Fraction(1, 2), 0.5),
        (False, 0.0),
        (-1, -1.0),
    ],
    ids=repr,
)
def test_a_status_becomes_a_plain_number(status: float, stored: float) -> None:
    found = Result(DATA, status=status).status
    assert (found, type(found)) == (stored, float)


class Odd(float):
    """A number that compares as it likes."""

    def __le__(self, other: object) -> bool:
        return True

    __ge__ = __lt__ = __gt__ = __le__


@pytest.mark.parametrize(
    "status", ["critical", "0.5", b"1", 7, -0.5, float("nan"), Decimal("NaN"), numpy.array([1, 2]), Odd(5), object()]
)
def test_what_is_no_status_is_told(status: float) -> None:
    with pytest.raises(ContractError, match=r"is not a status, which is 0.0 to 1.0, or -1"):
        Result(DATA, status=status)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((DATA, ROW), r"not a Pool; put it in a list: Result\(data, \[row\]\)"),
        (([ROW],), r"not a list; rows come after it: Result\(None, rows\)"),
        ((ROW,), "not a Pool; rows come after it"),
        (({"total": 1},), "Data or None, not a dict"),
        ((DATA, "rows"), "lists of rows after the data, not a str"),
        ((DATA, {"a": ROW}), "lists of rows after the data, not a dict"),
        ((DATA, 3), "lists of rows after the data, not an int"),
    ],
)
def test_a_wrong_argument_of_a_result_is_told(arguments: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(ContractError, match=sentence):
        Result(*arguments)  # type: ignore[arg-type]


def test_a_list_as_a_sentence_is_told() -> None:
    with pytest.raises(ContractError, match="one text, not a list; join several"):
        Result(DATA, sentence=["a", "b"])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["warning", "critical", "limits", "weight"])
def test_a_setting_that_every_instance_has_already_is_refused(name: str) -> None:
    settings = type("Config", (Module.Config,), {"__annotations__": {name: list[int]}, name: [3]})
    with pytest.raises(ModuleError, match=f"every instance has a setting '{name}' already"):
        type("Bad", (Module,), {"Config": settings})


def test_a_module_may_change_the_default_of_a_common_setting() -> None:
    class Plots(Module):
        class Config(Module.Config):
            weight: float = 2.0

    assert Plots.Config().weight == 2
