"""What moved, in the words of a shifter and as JSON."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from happyface.contract.columns import Column
from happyface.contract.units import human
from happyface.plots.moved.comparing import Side
from happyface.plots.moved.finding import Moved, MovedNumber
from happyface.plots.request import shown_moment


def sentence_of(number: MovedNumber, moved: Moved, zone: tzinfo) -> str:
    """How a number moved: ``Free of pool f01: 12 % on average, 45 % before; lowest 2 %.``"""
    parts = [_compared(number), _extreme(number), _since(number, moved, zone)]
    return f"{name_of(number)}: {'; '.join(filter(None, parts))}."


def name_of(number: MovedNumber) -> str:
    """What a number is called in a sentence: the column, and whose it is."""
    if not number.row:
        return f"{number.column.label} of {number.title}"
    return f"{number.column.label} of {number.key.table.replace('_', ' ')} {number.row}"


def _compared(number: MovedNumber) -> str:
    now, before, write = number.now, number.before, value_writer(number.column)
    if write(now.mean) == write(before.mean) and number.column.kind != "flag":
        return f"{_range(now, write)}, {_range(before, write)} before"
    earlier = _middle(number.column, before, "always {}", "{}" if not now.constant else "{} on average")
    return f"{_middle(number.column, now, '{} all the time', '{} on average')}, {earlier} before"


def _middle(column: Column, side: Side, constant: str, average: str) -> str:
    """The mean of some values, by one of two patterns."""
    if side.constant:
        return constant.format(value_writer(column)(side.mean))
    if column.kind == "flag":
        return f"yes in {human(side.mean, 'share')} of the runs"
    return average.format(value_writer(column)(side.mean))


def _range(side: Side, write: Callable[[float], str]) -> str:
    """From where to where some values go; those that are written alike with all their digits."""
    low, high = write(side.low), write(side.high)
    if low == high and not side.constant:
        low, high = f"{side.low:.12g}", f"{side.high:.12g}"
    return f"always {low}" if side.constant else f"from {low} to {high}"


def value_writer(column: Column) -> Callable[[float], str]:
    """How the values of a column are written in sentences."""
    if column.kind == "flag":
        return lambda value: "yes" if value else "no"
    if column.kind == "state":
        return lambda value: f"status {human(value)}"
    return lambda value: human(value, column.unit)


def _extreme(number: MovedNumber) -> str:
    """The value that lies farthest in the direction of the move."""
    now, write = number.now, value_writer(number.column)
    if now.constant or number.column.kind == "flag" or write(now.mean) == write(number.before.mean):
        return ""
    return f"lowest {write(now.low)}" if now.mean < number.before.mean else f"highest {write(now.high)}"


def _since(number: MovedNumber, moved: Moved, zone: tzinfo) -> str:
    if number.since is None:
        return ""
    begin, since, end = (
        datetime.fromtimestamp(at, UTC).astimezone(zone) for at in (moved.span.begin, number.since, moved.span.end)
    )
    at = f"{since:%H:%M}" if begin.date() == end.date() else shown_moment(since, zone)
    return f"changed at {at}" if number.before.constant else f"first outside its former range at {at}"


def moved_json(moved: Moved, zone: tzinfo, plot_address: Callable[[MovedNumber], str]) -> dict[str, Any]:
    """What moved as JSON; times are seconds since 1970.

    Args:
        plot_address: returns the address of the plot of a number.
    """
    return {
        "begin": moved.span.begin,
        "end": moved.span.end,
        "before_begin": moved.before.begin,
        "compared": moved.compared,
        "left_out": moved.left_out,
        "problem": moved.problem(zone),
        "moved": [
            _number_json(number) | {"sentence": sentence_of(number, moved, zone), "plot": plot_address(number)}
            for number in moved.numbers
        ],
    }


def _number_json(number: MovedNumber) -> dict[str, Any]:
    key, column = number.key, number.column
    return {
        "instance": key.instance,
        "category": number.category,
        "table": key.table,
        "column": key.column,
        "key": number.row,
        "label": number.label,
        "unit": column.unit,
        "difference": number.difference,
        "since": number.since,
        "own": number.own,
        "before": _side_json(number.before),
        "now": _side_json(number.now),
    }


def _side_json(side: Side) -> dict[str, float]:
    return {"mean": side.mean, "low": side.low, "high": side.high, "values": side.values}
