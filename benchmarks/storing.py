"""Storing: bytes of a stored result, and the time to write a run against a bare driver."""

import gc
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import event

from benchmarks import large_site
from benchmarks.figures import Figure, paired
from happyface.model.results import FinishedRun
from happyface.site import Site
from happyface.store import Store

RUNS, PAIRS = 400, 15


def run() -> Iterator[Figure]:
    """Both."""
    yield from _bytes()
    yield from _against_driver()


def _bytes() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as temporary:
        site = large_site.make_site(Path(temporary))
        with Store(site.database_url, site.archive) as store:
            first = large_site.finished_run(site, large_site.END)
            store.write(first)
            before = _size(store)
            for number in range(1, RUNS + 1):
                store.write(replace(first, time=first.time + number * large_site.STEP))
            grown = _size(store) - before
    results = RUNS * large_site.INSTANCES
    told = f"{grown / 1e6:.1f} MB for {results} results"
    yield Figure("a stored result whose dataset is unchanged", grown / results, "bytes", 60, told)


def _size(store: Store) -> int:
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(str(store.engine.url.database)).stat().st_size


def _against_driver() -> Iterator[Figure]:
    """A run in which everything has changed, and one in which nothing has."""
    with tempfile.TemporaryDirectory() as temporary:
        site = large_site.make_site(Path(temporary))
        changed = [large_site.finished_run(site, large_site.END + n * timedelta(days=1)) for n in range(PAIRS + 1)]
        same = [replace(changed[0], time=each.time) for each in changed]
        for name, runs in (("all changed", changed), ("nothing changed", same)):
            ours, theirs = _compared(Path(temporary), name, site, runs)
            told = f"{median(ours) * 1e3:.1f} ms against {median(theirs) * 1e3:.1f} ms"
            name = f"writing a run of {large_site.INSTANCES} instances, {name}"
            yield Figure(name, paired(ours, theirs), "× a bare driver", 4, told)


def _compared(directory: Path, name: str, site: Site, runs: list[FinishedRun]) -> tuple[list[float], list[float]]:
    gc.collect()
    gc.freeze()  # an acquisition holds one run in memory, not all of these: the collector need not look at them
    with Store(f"sqlite:///{directory}/{name}.db", site.archive) as store:
        store.write(runs[0])
        inserted: list[tuple[str, Any]] = []
        event.listen(store.engine, "before_cursor_execute", _recorder(inserted))
        bare = _copy(store, directory / f"{name} bare.db")
        pairs = [(_ours(store, each, inserted), _bare(bare, inserted)) for each in runs[1:]]
        bare.close()
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]


def _recorder(inserted: list[tuple[str, Any]]) -> Any:
    def record(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("INSERT"):
            inserted.append((statement, parameters if many else [parameters]))

    return record


def _copy(store: Store, path: Path) -> sqlite3.Connection:
    """The same tables with the same rows, opened by the driver alone with the same settings."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{path}'")
    bare = sqlite3.connect(path)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        bare.execute(f"PRAGMA {pragma}")
    return bare


def _ours(store: Store, run: FinishedRun, inserted: list[tuple[str, Any]]) -> float:
    inserted.clear()
    begun = time.perf_counter()
    store.write(run)
    return time.perf_counter() - begun


def _bare(connection: sqlite3.Connection, inserted: list[tuple[str, Any]]) -> float:
    """The very rows that ours has just inserted, in one transaction."""
    begun = time.perf_counter()
    with connection:
        for statement, rows in inserted:
            connection.executemany(statement, rows)
    return time.perf_counter() - begun
