"""From what was fetched to an outcome: the one place where a module's code is called."""

import stat
import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from happyface.contract import module as contract
from happyface.contract import states
from happyface.contract.columns import Cell, cells, storable
from happyface.contract.files import File
from happyface.contract.module import Module, Result
from happyface.errors import ContractError, HappyFaceError, ModuleError
from happyface.model.results import Outcome
from happyface.rating.expressions import Values
from happyface.rating.instance import rate, worst_first
from happyface.rating.rules import Rules, rules_of

MOST_ROWS = 100_000
"""A page and a database can bear so many rows of one instance a run."""
_LONGEST_SENTENCE = 1000


def extract(
    module: type[Module], instance: str, config: contract.Config, now: datetime, fetched: Mapping[str, Any]
) -> Outcome:
    """Let a module read what was fetched, and rate it. What a module raises is an outcome, too.

    Raises:
        MemoryError: it needed more than there is; its process is better ended.
    """
    try:
        result = module(instance, config, now).extract(**fetched)
        return _outcome(module, instance, rules_of(module, config), _checked(module, result))
    except ContractError as error:
        return failed(instance, f"The module {module.__name__} failed: {error}.")
    except HappyFaceError as error:
        return failed(instance, str(error))
    except MemoryError:
        raise
    except Exception as error:
        return failed(instance, raised(module.__name__, error), "".join(traceback.format_exception(error)))


def failed(instance: str, sentence: str, detail: str = "") -> Outcome:
    """The outcome of an instance that could not look."""
    return Outcome(instance, states.UNKNOWN, storable(sentence)[:_LONGEST_SENTENCE], detail=detail)


def raised(module: str, error: BaseException) -> str:
    """What a module raised, as a sentence."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"The module {module} failed: {error.title}.{where}: {first['msg']}."
    try:
        text = " ".join(str(error).split())[:200]
    except Exception:  # it cannot even say what it is
        text = ""
    return f"The module {module} failed: {type(error).__name__}{': ' if text else ''}{text}."


def _checked(module: type[Module], result: object) -> Result:
    name = module.__name__
    if not isinstance(result, Result):
        raise ModuleError(f"The module {name} failed: extract returned {_what(result)}, not a Result.")
    if result.data is not None and not isinstance(result.data, module.Data):
        raise ModuleError(f"The module {name} failed: the Result's data is {_what(result.data)}, not its Data.")
    for row in result.rows:
        if type(row) not in module.declared.rows:
            raise ModuleError(f"The module {name} failed: a row of the Result is {_what(row)}, not one of its rows.")
    if len(result.rows) > MOST_ROWS:
        raise ModuleError(f"The module {name} found {len(result.rows)} rows; {MOST_ROWS} are kept at most.")
    return result


def _check_files(module: type[Module], *rows: list[Cell | File]) -> None:
    for file in (cell for row in rows for cell in row if isinstance(cell, File)):
        try:
            if not stat.S_ISREG(file.path.stat().st_mode):
                raise ModuleError(
                    f"The module {module.__name__} failed: {file.path}, which it wants to keep, is not a file."
                )
            file.path.open("rb").close()
        except OSError as error:
            told = f"the file {file.path} that it wants to keep cannot be read: {error.strerror}"
            raise ModuleError(f"The module {module.__name__} failed: {told}.") from error


def _what(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _outcome(module: type[Module], instance: str, rules: Rules, result: Result) -> Outcome:
    tables = module.declared.tables
    data = cells(cast(BaseModel, result.data), tables[""]) if result.data is not None else None
    rows: dict[str, list[list[Cell | File]]] = {name: [] for name in tables if name}
    for row in result.rows:
        name = module.declared.rows[type(row)]
        rows[name].append(cells(row, tables[name]))
    _check_files(module, data or [], *(row for each in rows.values() for row in each))
    values = Values(
        {column.name: cast(Cell, value) for column, value in zip(tables[""].columns, data or [], strict=False)},
        cast(dict[str, list[list[Cell]]], rows),
    )
    status, sentence = rate(rules, values, result.status, result.sentence, result.explained)
    if result.status is None:
        rows = {name: worst_first(rules, name, each) for name, each in rows.items()}
    sentence = storable(sentence)
    shortened = sentence if len(sentence) <= _LONGEST_SENTENCE else sentence[: _LONGEST_SENTENCE - 1] + "…"
    return Outcome(instance, status, shortened, data, rows, limited=result.status is None)
