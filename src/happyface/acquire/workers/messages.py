"""What goes to a worker and comes back from it, as JSON: never pickled objects, for a worker runs code of others."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from happyface.contract.columns import Cell, Column, Table
from happyface.contract.fetched import Certificate, Fetched
from happyface.contract.files import File
from happyface.contract.module import Previous
from happyface.contract.states import State
from happyface.model.results import Outcome


def dump_fetched(value: Any) -> Any:
    """Fetched sources in the shape in which ``extract`` is handed them, as plain values."""
    if isinstance(value, dict):
        return {"by_name": {name: dump_fetched(part) for name, part in value.items()}}
    if isinstance(value, list | tuple):
        return {"in_order": [dump_fetched(part) for part in value]}
    return {**asdict(value), "file": str(value.file) if value.file else None}


def load_fetched(value: Any) -> Any:
    """Fetched sources from plain values."""
    if "by_name" in value:
        return {name: load_fetched(part) for name, part in value["by_name"].items()}
    if "in_order" in value:
        return [load_fetched(part) for part in value["in_order"]]
    certificate = Certificate(**value["certificate"]) if value["certificate"] else None
    return Fetched(**{**value, "file": Path(value["file"]) if value["file"] else None, "certificate": certificate})


def dump_previous(previous: Previous | None) -> Any:
    """What an instance stored last, as plain values."""
    return None if previous is None else {**asdict(previous), "time": previous.time.isoformat()}


def dump_outcome(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain values. Its files are named by their digests, under which the main process finds them."""
    return {
        "status": outcome.status,
        "sentence": outcome.sentence,
        "data": _dump_row(outcome.data) if outcome.data is not None else None,
        "rows": {name: [_dump_row(row) for row in rows] for name, rows in outcome.rows.items() if rows},
        "limited": outcome.limited,
        "detail": outcome.detail,
        "digest": outcome.values_digest.hex(),
    }


def _dump_row(row: list[Cell | File]) -> list[Any]:
    return [_dump_cell(cell) if isinstance(cell, State | File) else cell for cell in row]


def _dump_cell(cell: State | File) -> list[Any]:
    return [str(cell), cell.status] if isinstance(cell, State) else [cell.path.name, cell.name]


def load_outcome(instance: str, value: Mapping[str, Any], tables: Mapping[str, Table], directory: Path) -> Outcome:
    """An outcome from plain values.

    Args:
        instance: of which instance it is.
        value: what the worker answered.
        tables: the tables of its module.
        directory: where the worker has put the files of its outcomes.

    Raises:
        ValueError, TypeError, LookupError: it is none; whoever reads it takes it for a failure of the module.
    """
    rows = {
        name: [_load_row(row, tables[name].columns, directory) for row in rows] for name, rows in value["rows"].items()
    }
    data = value["data"]
    outcome = Outcome(
        instance,
        float(value["status"]),
        str(value["sentence"]),
        None if data is None else _load_row(data, tables[""].columns, directory),
        rows,
        bool(value["limited"]),
        str(value["detail"]),
    )
    outcome.__dict__["values_digest"] = bytes.fromhex(value["digest"])  # made where there are several processors
    return outcome


def _load_row(row: list[Any], columns: tuple[Column, ...], directory: Path) -> list[Cell | File]:
    if list not in set(map(type, row)):
        return row
    return [
        _load_cell(cell, column, directory) if isinstance(cell, list) else cell
        for cell, column in zip(row, columns, strict=True)
    ]


def _load_cell(cell: list[Any], column: Column, directory: Path) -> State | File:
    first, second = cell
    if column.kind == "state":
        return State(str(first), float(second))
    bytes.fromhex(first)  # a digest, and no path that leads elsewhere
    return File(directory / str(first), str(second))
