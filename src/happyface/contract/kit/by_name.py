"""Settings by name that several modules share: ``expected_text = OK`` for all, ``expected_text.web = Hi`` for one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import InitErrorDetails

from happyface.errors import nearest_or_all

T = TypeVar("T")


def _for_all(value: object) -> object:
    return {"": value} if isinstance(value, str) else value


ByName = Annotated[dict[str, T], BeforeValidator(_for_all)]
"""A setting for all (its key is empty) and for single names."""


def chosen(setting: Mapping[str, T], name: str, default: T) -> T:
    """The value of a :data:`ByName` setting for one name."""
    return setting.get(name, setting.get("", default))


@dataclass(frozen=True)
class Fault:
    """What is wrong with the setting ``key.name``; in a validator of one field, its key is left empty."""

    key: str
    name: str
    sentence: str


def refuse(settings: type[BaseModel], faults: Iterable[Fault]) -> None:
    """Raise what is wrong with single keys, so that the configuration's check names their lines."""
    details = [
        InitErrorDetails(
            type="value_error",
            loc=tuple(filter(None, (fault.key, fault.name))),
            input="",
            ctx={"error": ValueError(fault.sentence)},
        )
        for fault in faults
    ]
    if details:
        raise ValidationError.from_exception_data(settings.__name__, details)


def strangers(settings: BaseModel, keys: Iterable[str], declaring: str) -> list[Fault]:
    """The names under ``keys`` that the setting ``declaring`` does not have: misspelt ones, most of the time."""
    known = getattr(settings, declaring)
    return [
        Fault(key, name, f"there is no '{declaring}.{name}'{nearest_or_all(name, known)}")
        for key in keys
        for name in getattr(settings, key)
        if name and name not in known
    ]
