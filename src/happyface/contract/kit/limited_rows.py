"""Values that are named by the configuration alone, with limits of their own: what prometheus and values share.

Limits belong to columns, but here each row has its own. So each row carries a ``state`` (coloured by its limits),
the counts of states in ``Data`` decide the instance's status, and the sentence names what is at fault.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from happyface.contract import states
from happyface.contract.columns import column, format_name
from happyface.contract.kit.by_name import Fault, refuse, strangers
from happyface.contract.limits import Above, Equal, Limits, parse_limits
from happyface.contract.module import Module
from happyface.contract.units import human

_NAMED = 3
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_STATES = {
    states.CRITICAL: "critical",
    states.WARNING: "warning",
    states.FINE: "fine",
    states.UNKNOWN: "unknown",
    None: "not rated",
}
STATE_LIMITS = Equal(warning="warning", critical="critical")


class LimitedData(Module.Data):
    """How many values are in which state; and the value itself, where there is but one, so that it has a curve."""

    value: float | None = column("Value", main=True)
    in_critical: int = column("In critical", limits=Above(critical=1))
    in_warning: int = column("In warning", limits=Above(warning=1))
    unknown: int = column("Not known")


@dataclass(frozen=True)
class Measure:
    """What was found for a name: a number, a word, both (``yes`` is 1), or, with a note why, nothing."""

    number: float | None = None
    word: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Rated:
    """A measure with its limits. Its status is None when it is known and has no limits."""

    name: str
    label: str
    unit: str
    limits: Limits
    measure: Measure
    series: str = ""
    decided: float | None = None

    @property
    def value(self) -> float | str | None:
        """What its limits compare: the word when they hold words, else the number."""
        given = (each.value for each in (self.limits.warning, self.limits.critical) if each)
        return self.measure.word if any(isinstance(each, str) for each in given) else self.measure.number

    @property
    def limited(self) -> bool:
        """Whether it takes part in the rating when it is known."""
        return self.decided is not None or bool(self.limits.warning or self.limits.critical)

    @cached_property
    def status(self) -> float | None:
        """Its status; -1 when it is not known."""
        if self.decided is not None:
            return self.decided
        if self.limited:
            return self.limits.rate(self.value)
        return states.UNKNOWN if self.measure.number is None and self.measure.word is None else None

    @property
    def text(self) -> str:
        """The value as a person reads it, or why there is none."""
        found = self.measure
        if found.number is None or found.word in ("yes", "no"):
            return found.word or found.note
        return human(found.number, self.unit)

    @property
    def title(self) -> str:
        """How a sentence names it."""
        return f"{self.label} {self.series}".strip()

    def cells(self) -> dict[str, Any]:
        """The values of its row, by the names of its columns."""
        return {
            "name": self.name,
            "label": self.label,
            "text": self.text,
            "value": self.measure.number,
            "state": _STATES[self.status],
            "limit": self.limits.format(self.unit),
        }


class LimitedConfig(Module.Config):
    """The settings by name; ``named`` is the setting that declares the names."""

    named: ClassVar[str]

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
        refuse(type(self), strangers(self, ("label", "unit", "limit"), self.named))
        return self

    def rated(self, name: str, measure: Measure, series: str = "", decided: float | None = None) -> Rated:
        """A measure with all that the configuration says about its name."""
        unit = self.unit.get(name, "")
        label = self.label.get(name) or format_name(name)
        return Rated(name, label, unit, limits_of(self.limit.get(name, ""), unit), measure, series, decided)


def _limit_faults(name: str, text: str, unit: str) -> list[Fault]:
    try:
        limits_of(text, unit)
    except ValueError as error:
        return [Fault("", name, str(error))]
    return []


def limits_of(text: str, unit: str) -> Limits:
    """Limits of numbers or, where a value looks like no number, of words. Raises ValueError."""
    try:
        return parse_limits(text, unit)
    except ValueError:
        if re.search(r"[=<>]\s*[-+.]?\d", text):  # meant as a number: its fault is the one to tell
            raise
        return parse_limits(text, kind="text")


def number_of(value: object) -> float | None:
    """A JSON number, or a text that is one, if it is finite."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def counts(found: Sequence[Rated]) -> dict[str, Any]:
    """The values of :class:`LimitedData`."""
    statuses = [each.status for each in found]
    return {
        "value": found[0].measure.number if len(found) == 1 else None,
        "in_critical": statuses.count(states.CRITICAL),
        "in_warning": statuses.count(states.WARNING),
        "unknown": statuses.count(states.UNKNOWN),
    }


def own_status(found: Sequence[Rated]) -> float | None:
    """-1 when nothing of what is rated is known; else None: the counts decide."""
    statuses = [each.status for each in found if each.limited] or [each.status for each in found]
    return None if any(each != states.UNKNOWN for each in statuses) else states.UNKNOWN


def told(found: Sequence[Rated]) -> str:
    """What is at fault and what is not known, by name; of a few that are all well, their values."""
    faults = sorted((each for each in found if each.status in (states.CRITICAL, states.WARNING)), key=_status)
    missing = [each for each in found if each.status == states.UNKNOWN]
    if not faults and not missing:
        few = len(found) <= _NAMED
        return (
            _listed([f"{each.title}: {each.text}" for each in found]) if few else f"{len(found)} values, none at fault"
        )
    parts = [_listed([_fault(each) for each in faults]), _listed([_missing(each) for each in missing])]
    return " · ".join(filter(None, parts))


def _status(each: Rated) -> float:
    return states.FINE if each.status is None else each.status


def _fault(each: Rated) -> str:
    reason = each.limits.reason(each.value, each.unit) if each.value is not None else _STATES[each.status]
    return f"{each.title}: {each.text} ({reason})"


def _missing(each: Rated) -> str:
    return f"{each.title} is not known ({each.text or 'no value'})"


def _listed(texts: list[str]) -> str:
    more = [f"and {len(texts) - _NAMED} more"] if len(texts) > _NAMED else []
    return ", ".join(texts[:_NAMED] + more)


def worst_first(found: Sequence[Rated], most: int) -> list[Rated]:
    """All of them; or, of too many, those that matter most: at fault, not known, then the rest, in their order."""
    if len(found) <= most:
        return list(found)
    order = (states.CRITICAL, states.WARNING, states.UNKNOWN, None, states.FINE)
    return sorted(found, key=lambda each: order.index(each.status))[:most]
