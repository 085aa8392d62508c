"""The store's door: every outcome is checked here before it is stored, whatever happened to it on its way."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from happyface.contract import columns
from happyface.contract.columns import Cell, Column, Table, storable
from happyface.contract.files import File
from happyface.contract.states import UNKNOWN, State
from happyface.model.results import Outcome, SourceFact
from happyface.store.writing.archive import is_digest

LONGEST_KEY = 200
"""Characters of a cell that names a row: every database can have an index of so many."""
_LONGEST_TEXT = 1_000_000
"""Bytes of one cell; what is longer is cut."""
_LONGEST_ROW = 4_000_000
"""Bytes of the texts of one row: MariaDB takes 16 MB in one statement."""
_LONGEST_SENTENCE = 10_000
"""Bytes of a sentence, or of an address or an error of a source."""

_Row = list[Cell | File]


class Unstorable(Exception):
    """An outcome cannot be stored; the text is the end of a sentence."""


def checked_outcome(outcome: Outcome, module: str, tables: Mapping[str, Table]) -> Outcome:
    """An outcome as it can be stored: its values in plain types, or one that says what is wrong with them.

    Args:
        tables: those of its module.
    """
    try:
        return _checked(outcome, tables)
    except Unstorable as problem:
        return refused_outcome(outcome, f"The module {module} returned what cannot be stored: {problem}.")
    except Exception as error:  # a value whose own code fails when it is looked at
        return refused_outcome(outcome, f"The module {module} returned what cannot be stored: {type(error).__name__}.")


def refused_outcome(outcome: Outcome, sentence: str) -> Outcome:
    """The outcome of an instance whose values cannot be stored: it says so, and keeps what was fetched."""
    sentence = _cut(storable(sentence), _LONGEST_SENTENCE)
    facts = tuple(_fact(fact) for fact in outcome.facts)
    return Outcome(outcome.instance, UNKNOWN, sentence, facts=facts, detail=f"{outcome.detail}\n{sentence}".strip())


def _checked(outcome: Outcome, tables: Mapping[str, Table]) -> Outcome:
    data = None if outcome.data is None else _rows(tables.get("", _NO_TABLE), [outcome.data])[0]
    for name in outcome.rows:
        if name not in tables or not name:
            raise Unstorable(f"it declares no rows {name}")
    rows = {name: _rows(tables[name], given) for name, given in outcome.rows.items()}
    for file in outcome.kept.values():
        _check_file(file)
    facts = outcome.facts
    if any(len(fact.url) + len(fact.error) > _LONGEST_SENTENCE for fact in facts):
        facts = tuple(_fact(fact) for fact in facts)
    status, sentence = _status(outcome.status), _sentence(outcome.sentence)
    same_values = data is outcome.data and all(rows[name] is outcome.rows[name] for name in rows)
    if same_values and facts is outcome.facts and status is outcome.status and sentence is outcome.sentence:
        return outcome  # with the digest of its values, which was made in a worker
    return replace(outcome, status=status, sentence=sentence, data=data, rows=rows, facts=facts)


_NO_TABLE = Table("", "", ())


def _status(status: object) -> float:
    if not isinstance(status, float | int) or isinstance(status, bool):
        raise Unstorable(f"its status is {_type_name(status)}, not a number from 0 to 1")
    if not (0 <= status <= 1 or status == UNKNOWN):
        raise Unstorable("its status is not from 0 to 1, and not -1 either")
    return status if type(status) is float else float(status)


def _sentence(sentence: object) -> str:
    if not isinstance(sentence, str):
        raise Unstorable(f"its sentence is {_type_name(sentence)}, not a text")
    if type(sentence) is str and _is_plain(sentence, _LONGEST_SENTENCE):
        return sentence
    cleaned = _cut(storable(sentence), _LONGEST_SENTENCE)
    return sentence if type(sentence) is str and cleaned == sentence else cleaned


def _fact(fact: SourceFact) -> SourceFact:
    return replace(
        fact,
        url=_cut(storable(str(fact.url)), _LONGEST_SENTENCE),
        error=_cut(storable(str(fact.error)), _LONGEST_SENTENCE),
    )


def _rows(table: Table, rows: Any) -> list[_Row]:
    """The rows of a table in plain types; the very same where nothing had to be changed."""
    where = table.name or "Data"
    if not isinstance(rows, list) or not set(map(type, rows)) <= {list, tuple}:
        raise Unstorable(f"the rows of {where} are no rows")
    width = len(table.columns)
    if set(map(len, rows)) - {width}:
        raise Unstorable(f"a row of {where} has not the {width} columns of its table")
    if not rows or not width:
        return rows
    given = list(zip(*rows, strict=True))
    cells = [_column(column, where, values) for column, values in zip(table.columns, given, strict=True)]
    _check_key(table, cells)
    _check_length(table, where, cells)
    if all(after is before for after, before in zip(cells, given, strict=True)):
        return rows
    return [list(row) for row in zip(*cells, strict=True)]


def _column(column: Column, where: str, values: Sequence[Any]) -> Sequence[Any]:
    """The cells of one column in plain types."""
    if _are_plain(column.kind, values):
        return values
    plain = _CHECKS[column.kind]
    try:
        made = [None if value is None else plain(value) for value in values]
    except Unstorable as problem:
        raise Unstorable(f"column {column.name} of {where} is {problem}") from problem
    unchanged = all(after is before for after, before in zip(made, values, strict=True))
    return values if unchanged else made


def _are_plain(kind: columns.ColumnKind, values: Sequence[Any]) -> bool:
    """A quick check that nearly all columns pass: whether all their cells are surely of the right types."""
    known = [value for value in values if value is not None]
    kinds = set(map(type, known))
    if kinds == {float}:
        return kind in ("number", "time") and all(map(math.isfinite, known))
    if kinds == {int}:
        return kind == "integer" and min(known) >= -(2**63) and max(known) < 2**63
    if kinds == {str}:
        return kind == "text" and _is_plain("".join(known), _LONGEST_TEXT)
    return not kinds or (kind == "flag" and kinds == {bool})


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise Unstorable(f"{_type_name(value)}, not a number")
    try:
        number = value if type(value) is float else float(value)
    except OverflowError:
        raise Unstorable("a number that is too large") from None
    if not math.isfinite(number):
        raise Unstorable("a number that is not finite")
    return number


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unstorable(f"{_type_name(value)}, not a whole number")
    if not -(2**63) <= value < 2**63:
        raise Unstorable("a whole number of more than 64 bits")
    return value if type(value) is int else int(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unstorable(f"{_type_name(value)}, not yes or no")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unstorable(f"{_type_name(value)}, not a text")
    cleaned = _cut(storable(str(value)), _LONGEST_TEXT)
    return value if type(value) is str and cleaned == value else cleaned


def _state(value: Any) -> State:
    if not isinstance(value, State):
        raise Unstorable(f"{_type_name(value)}, not a State")
    try:
        status = _status(value.status)
    except Unstorable as problem:
        raise Unstorable(f"a State, but {problem}") from problem
    if type(value) is State and status is value.status and _is_plain(value, _LONGEST_TEXT):
        return value
    return State(_cut(storable(str(value)), _LONGEST_TEXT), status)


def _check_file(value: Any) -> File:
    if not isinstance(value, File):
        raise Unstorable(f"{_type_name(value)}, not a file")
    if not isinstance(value.path, Path) or not isinstance(value.name, str):
        raise Unstorable("a file without a path or a name")
    try:
        if not is_digest(value.digest):
            raise Unstorable("a file without the digest of its content")
    except OSError as error:
        raise Unstorable(f"the file {value.name}, which cannot be read: {error.strerror}") from error
    return value


_CHECKS: Mapping[columns.ColumnKind, Callable[[Any], Any]] = {
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "text": _text,
    "state": _state,
    "time": _number,
    "file": _check_file,
}


def _check_key(table: Table, cells: Sequence[Sequence[Any]]) -> None:
    for column, values in zip(table.columns, cells, strict=True):
        is_key = column.name == table.key and column.kind in ("text", "state")
        if is_key and any(value is not None and len(value) > LONGEST_KEY for value in values):
            where = f"column {column.name} of {table.name}"
            raise Unstorable(f"{where} names a row, and is longer than {LONGEST_KEY} characters")


def _check_length(table: Table, where: str, cells: Sequence[Sequence[Any]]) -> None:
    columns = zip(table.columns, cells, strict=True)
    texts = [[value or "" for value in values] for column, values in columns if column.kind in ("text", "state")]
    # A bound first: no character has more than four bytes.
    if sum(max(map(len, values)) for values in texts) * 4 <= _LONGEST_ROW:
        return
    for row in zip(*texts, strict=True):
        if sum(len(value.encode()) for value in row) > _LONGEST_ROW:
            raise Unstorable(f"a row of {where} is longer than {_LONGEST_ROW // 1_000_000} MB")


def _is_plain(text: str, most: int) -> bool:
    """A quick check that most texts pass: whether it can be stored as it is."""
    return text.isascii() and len(text) <= most and "\0" not in text


def _cut(text: str, most: int) -> str:
    """A text of so many bytes at most, with … where it was cut."""
    whole = text.encode()
    return text if len(whole) <= most else whole[: most - 3].decode("utf-8", "ignore") + "…"


def _type_name(value: object) -> str:
    """A value's type with its article. The value itself is not asked: its ``__str__`` may fail."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
