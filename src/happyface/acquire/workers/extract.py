"""From what was fetched to an outcome: the one place where a module's code is called. It runs in workers alone."""

import inspect
import os
import shutil
import stat
import traceback
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from happyface.contract import module as contract
from happyface.contract import states
from happyface.contract.columns import Cell, plain_cells, storable
from happyface.contract.files import File
from happyface.contract.module import Module, Previous, Result
from happyface.contract.quoting import LONGEST_SENTENCE, one_line
from happyface.errors import ContractError, HappyFaceError, ModuleError
from happyface.model.results import Outcome
from happyface.rating.instance import rate_instance
from happyface.rating.rules import rules_of
from happyface.site.loading import code_place, summary

MOST_ROWS = 100_000
"""A page and a database can bear so many rows of one instance a run."""
_LONGEST_DETAIL = 10_000
"""Characters that the log has of a sentence that is too long to be shown."""


def extract(
    module: type[Module],
    instance: str,
    config: contract.CommonConfig,
    now: datetime,
    fetched: Mapping[str, Any],
    previous: Previous | None = None,
) -> Outcome:
    """Let a module read what was fetched, and rate it. What a module raises is an outcome, too.

    Raises:
        MemoryError: it needed more than there is; its process is better ended.
    """
    given: dict[str, Any] = dict(fetched)
    if "previous" in inspect.signature(module.extract).parameters:
        given["previous"] = previous
    try:
        result = module(instance, config, now).extract(**given)
        return _outcome(module, instance, config, _checked(module, result), now)
    except MemoryError:
        raise
    except BaseException as error:  # a module may even call sys.exit()
        return raised(module, instance, error)


def failed(instance: str, sentence: str, detail: str = "") -> Outcome:
    """The outcome of an instance that could not look."""
    return Outcome(instance, states.UNKNOWN, one_line(sentence), detail=detail or _rest(sentence))


def _rest(sentence: str) -> str:
    """What the log has of a sentence that is too long to be shown."""
    return storable(sentence)[:_LONGEST_DETAIL] if len(sentence) > LONGEST_SENTENCE else ""


def raised(module: type[Module], instance: str, error: BaseException) -> Outcome:
    """The outcome of a module that raised something: what, and where in its own files."""
    if isinstance(error, HappyFaceError) and not isinstance(error, ContractError):
        return failed(instance, summary(error, _LONGEST_DETAIL))
    place = code_place(error, Path(inspect.getfile(module)).parent)
    detail = "" if isinstance(error, ContractError) else "".join(traceback.format_exception(error))
    return failed(instance, f"The module {module.__name__} failed: {summary(error)}{place}.", detail)


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


def _what(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _outcome(
    module: type[Module], instance: str, config: contract.CommonConfig, result: Result, now: datetime
) -> Outcome:
    tables = module.declared.tables
    try:
        data = plain_cells(result.data, tables[""]) if result.data is not None else None
        rows: dict[str, list[list[Cell | File]]] = {name: [] for name in tables if name}
        for row in result.rows:
            name = module.declared.rows[type(row)]
            rows[name].append(plain_cells(row, tables[name]))
    except ModuleError as error:
        raise ModuleError(f"The module {module.__name__} returned what cannot be stored: {error}.") from error
    _check_files(module, data or [], *(row for table in rows.values() for row in table))
    status, sentence = rate_instance(rules_of(tables, config), data, rows, result, now.timestamp())
    limited = result.status is None
    return Outcome(instance, status, one_line(sentence), data, rows, limited=limited, detail=_rest(sentence))


def _check_files(module: type[Module], *rows: list[Cell | File]) -> None:
    for file in (cell for row in rows for cell in row if isinstance(cell, File)):
        try:
            if not isinstance(file.path, Path) or not stat.S_ISREG(file.path.stat().st_mode):
                raise ModuleError(
                    f"The module {module.__name__} failed: {file.path}, which it wants to keep, is not a file."
                )
            file.path.open("rb").close()
        except OSError as error:
            reason = f"the file {file.path} that it wants to keep cannot be read: {error.strerror}"
            raise ModuleError(f"The module {module.__name__} failed: {reason}.") from error


def with_files_in(outcome: Outcome, directory: Path) -> Outcome:
    """The same outcome, its files copied into a directory under their digests.

    Their content is taken here, at once: what a module does to them later, or another one that writes to the same path,
    changes nothing.
    """
    if not any(File in map(type, row) for row in _all_rows(outcome)):
        return outcome
    data = [_taken(cell, directory) for cell in outcome.data] if outcome.data is not None else None
    rows = {name: [[_taken(cell, directory) for cell in row] for row in rows] for name, rows in outcome.rows.items()}
    return replace(outcome, data=data, rows=rows)


def _all_rows(outcome: Outcome) -> list[list[Cell | File]]:
    return [*([outcome.data] if outcome.data else []), *(row for rows in outcome.rows.values() for row in rows)]


def _taken(cell: Cell | File, directory: Path) -> Cell | File:
    if not isinstance(cell, File):
        return cell
    copy = directory / f"taking-{os.getpid()}"
    shutil.copyfile(cell.path, copy)
    taken = File(copy, cell.name)
    target = directory / taken.digest
    copy.replace(target)
    return File(target, str(cell.name))
