"""Values that are named by the configuration alone, each with limits of its own: what prometheus and values share."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zlib import crc32

from pydantic import Field, ValidationInfo, field_validator, model_validator

from happyface.contract import states
from happyface.contract.columns import column, format_name
from happyface.contract.kit.by_name import Fault, refuse, strangers
from happyface.contract.kit.names import named
from happyface.contract.limits import Limits, parse_limits
from happyface.contract.module import Module
from happyface.contract.states import State
from happyface.contract.units import human
from happyface.contract.unknown import Unknown

_FEW = 3
_LONGEST_TITLE = 200
_WORDS = {"true": "yes", "false": "no"}


class NamedData(Module.Data):
    """How many values are in which state; and the value itself, where there is but one, so that it has a curve."""

    value: float | None = column("Value", main=True)
    in_critical: int = column("In critical")
    in_warning: int = column("In warning")
    unknown: int = column("Not known")


class NamedValue(Module.Row, key="title", counts=True):
    """A value, with the status that its own limits give to it: limits of the column would be the same for all."""

    title: str = column("Value of")
    value: State
    # The value says it; this one has a curve.
    number: float | None = column(hidden=True, unit_in="unit", limits_in="limit")
    limit: str = column("Limits")
    unit: str = column(default="", hidden=True)


@dataclass(frozen=True)
class Measure:
    """What was found for a name: a number, a word, both (``yes`` is 1), or, with a note why, nothing."""

    number: float | None = None
    word: str | None = None
    note: str = ""

    @property
    def cell(self) -> float | None:
        """The number as it can be stored: an infinite one has its word alone."""
        return self.number if self.number is not None and math.isfinite(self.number) else None

    @property
    def is_known(self) -> bool:
        """Whether anything was found."""
        return self.number is not None or self.word is not None

    def format(self, unit: str) -> str:
        """What was found as a person reads it, or why there is nothing."""
        if self.cell is None or self.word in ("yes", "no"):
            return self.word or self.note or "no value"
        return human(self.cell, unit)


class NamedConfig(Module.Config):
    """The settings by name; ``declaring`` is the setting that declares the names."""

    declaring: ClassVar[str]

    label: dict[str, str] = Field({}, description="`label.NAME`: what the page calls it; by default NAME itself")
    unit: dict[str, str] = Field(
        {}, description="`unit.NAME`: bytes, bytes/s, seconds, share (0 to 1), percent, or any word"
    )
    limit: dict[str, str] = Field(
        {}, description="`limit.NAME = warning > 5, critical > 10`; for a text `limit.NAME = critical != ok`"
    )

    @field_validator("limit")
    @classmethod
    def _limits(cls, limit: dict[str, str], others: ValidationInfo) -> dict[str, str]:
        units = others.data.get("unit", {})
        refuse(cls, [fault for name, text in limit.items() for fault in _limit_faults(name, text, units.get(name, ""))])
        return limit

    @model_validator(mode="after")
    def _names(self) -> Self:
        refuse(type(self), strangers(self, ("label", "unit", "limit"), self.declaring))
        return self

    def cells(self, name: str, measure: Measure, series: str = "", status: float | None = None) -> dict[str, Any]:
        """The values of a :class:`NamedValue`.

        Args:
            name: the name in the configuration.
            measure: what was found.
            series: which one of several of that name it is.
            status: where that is decided already, whatever the limits are.
        """
        unit = self.unit.get(name, "")
        limits = limits_of(self.limit.get(name, ""), unit)
        label = self.label.get(name) or format_name(name)
        return {
            "title": _short(f"{label} {series}".strip()),
            "value": _state(measure, limits, unit, status),
            "number": measure.cell,
            "limit": limits.format(unit),
            "unit": unit,
        }


def _short(title: str) -> str:
    """A title that can be a key: those of series with many labels end in a number, so that they stay apart."""
    if len(title) <= _LONGEST_TITLE:
        return title
    return f"{title[: _LONGEST_TITLE - 10]}… {crc32(title.encode()):08x}"


def _state(measure: Measure, limits: Limits, unit: str, status: float | None) -> State:
    text = measure.format(unit)
    if status is not None:
        level = {states.CRITICAL: " (critical)", states.WARNING: " (warning)"}.get(status, "")
        return State(text + level, status)
    if not measure.is_known:
        return State.unknown(text)
    limited = [limit.value for limit in (limits.warning, limits.critical) if limit]
    value = measure.word if any(isinstance(limit, str | tuple) for limit in limited) else measure.number
    if limits and (value is None or _is_no_answer(value, limited)):  # a word where a number is limited
        return State.unknown(text)
    if isinstance(value, float) and math.isinf(value) and limits.rate(value) in (states.FINE, states.UNKNOWN):
        return State.unknown(text)  # what is divided by 0 reaches limits, and is well by none
    reason = limits.reason(value, unit) if value is not None else ""
    return State(f"{text} ({reason})" if reason else text, limits.rate(value) if limits else states.FINE)


def _is_no_answer(value: object, limited: Sequence[object]) -> bool:
    """Whether yes or no is asked for, and this is neither."""
    words = {word for limit in limited for word in (limit if isinstance(limit, tuple) else (limit,))}
    return words <= set(_WORDS.values()) and value not in _WORDS.values()


def _limit_faults(name: str, text: str, unit: str) -> list[Fault]:
    try:
        limits_of(text, unit)
    except ValueError as error:
        return [Fault("", name, str(error))]
    return []


def limits_of(text: str, unit: str) -> Limits:
    """Limits of numbers or, where a value looks like no number, of words; ``true`` is yes. Raises ValueError."""
    try:
        return parse_limits(text, unit)
    except ValueError:
        if re.search(r"[=<>]\s*[-+.]?\d", text):  # meant as a number: its fault is the one to tell
            raise
        words = re.sub(r"\b(true|false)\b", lambda match: _WORDS[match[0].lower()], text, flags=re.IGNORECASE)
        return parse_limits(words, kind="text")


def count_states(values: Sequence[NamedValue]) -> dict[str, Any]:
    """The values of :class:`NamedData`."""
    statuses = [value.value.status for value in values]
    return {
        "value": values[0].number if len(values) == 1 else None,
        "in_critical": statuses.count(states.CRITICAL),
        "in_warning": statuses.count(states.WARNING),
        "unknown": statuses.count(states.UNKNOWN),
    }


def own_status(values: Sequence[NamedValue]) -> float | None:
    """-1 when nothing of what is rated is known; else None: the rows decide."""
    # Without any limits, to know something is what is asked. A fault that was decided has none either.
    rated = [value.value.status for value in values if value.limit or value.value.status < states.FINE]
    known = [status for status in rated or [value.value.status for value in values] if status >= 0]
    return None if known else states.UNKNOWN


def unknown_values(values: Sequence[NamedValue], others: Sequence[str] = ()) -> Unknown:
    """What is not known: of a value with limits it might be anything.

    Args:
        values: all values.
        others: what else was not understood, by name.
    """
    missing = [value for value in values if value.value.status < 0]
    limited, free = ([value.title for value in missing if bool(value.limit) == has] for has in (True, False))
    return Unknown(len(values) + len(others), [*limited, *others], free)


def sentence_of(values: Sequence[NamedValue]) -> str:
    """What is not known, by name; where all is well, the values of a few. The rows themselves tell what is at fault."""
    missing = [f"{value.title} is not known ({value.value})" for value in values if value.value.status < 0]
    if missing or any(value.value.status < states.FINE for value in values):
        return named(missing)
    if len(values) > _FEW:
        return f"{len(values)} values, none at fault"
    return ", ".join(f"{value.title}: {value.value}" for value in values)


def most_pressing(values: Sequence[NamedValue], most: int) -> list[NamedValue]:
    """All of them; or, of too many, those that matter most: at fault, not known, then the rest, in their order."""
    if len(values) <= most:
        return list(values)
    order = (states.CRITICAL, states.WARNING, states.UNKNOWN, states.FINE)
    return sorted(values, key=lambda value: order.index(value.value.status))[:most]
