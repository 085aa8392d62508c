"""Helpers for modules: what the shipped ones share, and any other may use as well."""

from happyface.contract.columns import format_name
from happyface.contract.kit.by_name import ByName, Fault, chosen, refuse, strangers
from happyface.contract.kit.named_values import (
    Measure,
    NamedConfig,
    NamedData,
    NamedValue,
    counts,
    missing_or_calm,
    number_of,
    own_status,
    worst_first,
)
from happyface.contract.kit.names import matches, named
from happyface.contract.kit.time_window import TimedConfig
from happyface.contract.limits import parse_limits
from happyface.contract.units import human, human_duration

__all__ = [
    "ByName",
    "Fault",
    "Measure",
    "NamedConfig",
    "NamedData",
    "NamedValue",
    "TimedConfig",
    "chosen",
    "counts",
    "format_name",
    "human",
    "human_duration",
    "matches",
    "missing_or_calm",
    "named",
    "number_of",
    "own_status",
    "parse_limits",
    "refuse",
    "strangers",
    "worst_first",
]
