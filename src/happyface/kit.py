"""Helpers for modules: what the shipped ones share, and any other may use as well."""

from happyface.contract.columns import format_name
from happyface.contract.kit.ages import check_age, is_ahead, time_of
from happyface.contract.kit.by_name import ByName, Fault, chosen, refuse, strangers
from happyface.contract.kit.named_values import (
    Measure,
    NamedConfig,
    NamedData,
    NamedValue,
    count_states,
    most_pressing,
    own_status,
    sentence_of,
    unknown_values,
)
from happyface.contract.kit.names import matches, named, named_groups
from happyface.contract.kit.numbers import number_of, total
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
    "check_age",
    "chosen",
    "count_states",
    "format_name",
    "human",
    "human_duration",
    "is_ahead",
    "matches",
    "most_pressing",
    "named",
    "named_groups",
    "number_of",
    "own_status",
    "parse_limits",
    "refuse",
    "sentence_of",
    "strangers",
    "time_of",
    "total",
    "unknown_values",
]
