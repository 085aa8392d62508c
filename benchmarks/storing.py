"""Storing: the bytes of a year, and the time to write a run against a bare driver."""

import gc
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
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

PAIRS = 15
DAYS, IN_YEAR, RUNS_A_DAY = 40, 365.25, 96
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")


def run() -> Iterator[Figure]:
    """Both."""
    yield from _bytes()
    yield from _against_driver()


def _bytes() -> Iterator[Figure]:
    """Results and texts where a tenth of the instances changes each run, against one row for each instance and run.

    A day is written by the store; the days after it are copies of that one, run by run, as the store would go on.
    """
    with tempfile.TemporaryDirectory() as temporary:
        results, texts, tables = _day(Path(temporary))
        every = _each_run(results)
        ours = _filled(Path(temporary) / "ours.db", tables, results, texts)
        theirs = _filled(Path(temporary) / "theirs.db", tables, every, texts)
    year = IN_YEAR / DAYS / 1e6
    told = f"{ours * year:.0f} MB a year against {theirs * year:.0f} MB"
    name = f"results and texts of {large_site.INSTANCES} instances, a tenth changing each run"
    yield Figure(name, ours / theirs, "× one row an instance and run", 1 / 8, told)


_Row = tuple[Any, ...]


def _day(directory: Path) -> tuple[list[_Row], list[_Row], list[str]]:
    """The rows of results and of texts that a day leaves, and how their tables are made."""
    site = large_site.make_site(directory)
    # Instance i changes in the runs whose number ends like i: within ten runs each of them did once.
    made = [large_site.finished_run(site, large_site.END + n * timedelta(days=1)).outcomes for n in range(11)]
    with Store(site.database_url, site.archive) as store:
        for number in range(RUNS_A_DAY + 1):
            outcomes = [made[(number - place % 10 + 9) // 10 % 11][place] for place in range(large_site.INSTANCES)]
            time = large_site.END + number * large_site.STEP
            store.write(FinishedRun(time, 1.0, site.outline, outcomes))
        with store.engine.connect() as connection:
            read = connection.exec_driver_sql
            results = [tuple(row) for row in read("SELECT * FROM results ORDER BY run_id, instance_id")]
            texts = [tuple(row) for row in read("SELECT * FROM texts ORDER BY id")]
            tables = read("SELECT sql FROM sqlite_master WHERE tbl_name IN ('results', 'texts') AND sql IS NOT NULL")
            return results, texts, [row[0] for row in tables]


def _each_run(results: Sequence[_Row]) -> list[_Row]:
    """A row for each instance and run, from those where something changed."""
    by_run: dict[int, dict[int, _Row]] = {}
    for row in results:
        by_run.setdefault(row[1], {})[row[0]] = row
    newest: dict[int, _Row] = {}
    every = []
    for run_id in range(1, RUNS_A_DAY + 2):
        newest |= by_run.get(run_id, {})
        every += [(instance_id, run_id, *row[2:]) for instance_id, row in newest.items()]
    return every


def _filled(database: Path, tables: Sequence[str], results: Sequence[_Row], texts: Sequence[_Row]) -> int:
    """The size of a database with some days that are like a first one, in bytes."""
    datasets = max(row[3] for row in results)
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for sql in tables:
            connection.execute(sql)
        connection.executemany("INSERT INTO texts VALUES (?, ?, ?)", texts)
        for day in range(DAYS):
            shifted = (
                (instance_id, run_id + day * RUNS_A_DAY, status, dataset_id + day * datasets, sentence_id)
                for instance_id, run_id, status, dataset_id, sentence_id in results
                if run_id > 1 or not day
            )
            connection.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?)", shifted)
    connection.close()
    return database.stat().st_size


def _against_driver() -> Iterator[Figure]:
    """A run in which everything has changed, and one in which nothing has."""
    with tempfile.TemporaryDirectory() as temporary:
        site = large_site.make_site(Path(temporary))
        changed = [large_site.finished_run(site, large_site.END + n * timedelta(days=1)) for n in range(PAIRS + 1)]
        ours, theirs = _compared(Path(temporary), "changed", site, changed, only_results=False)
        told = f"{median(ours) * 1e3:.1f} ms against {median(theirs) * 1e3:.1f} ms"
        count = large_site.INSTANCES
        yield Figure(
            f"writing a run of {count} instances, all changed", paired(ours, theirs), "× the bare rows", 4, told
        )
        ours, _ = _compared(Path(temporary), "same", site, _alike(changed[0]), only_results=False)
        _, theirs = _compared(Path(temporary), "rows", site, changed, only_results=True)
        told = f"{median(ours) * 1e3:.2f} ms against {median(theirs) * 1e3:.2f} ms"
        name = f"writing a run of {count} instances, nothing changed"
        yield Figure(name, paired(ours, theirs), f"× a bare driver's {count} result rows", 0.3, told)


def _alike(run: FinishedRun) -> list[FinishedRun]:
    """Runs in which nothing changed."""
    made = [replace(run, time=run.time + number * large_site.STEP) for number in range(PAIRS + 1)]
    for each in made:
        _ = each.digest  # an acquisition asks for it when the outcomes have come in
    return made


def _compared(
    directory: Path, name: str, site: Site, runs: Iterable[FinishedRun], only_results: bool
) -> tuple[list[float], list[float]]:
    """How long the store took for some runs, and the driver for the same rows, or for those of results alone."""
    gc.collect()
    gc.freeze()  # an acquisition holds one run in memory, not all of these: the collector need not look at them
    with Store(f"sqlite:///{directory}/{name}.db", site.archive) as store:
        following = iter(runs)
        store.write(next(following))
        inserted: list[tuple[str, Any]] = []
        event.listen(store.engine, "before_cursor_execute", _recorder(inserted, only_results))
        bare = _copy(store, directory / f"{name} bare.db")
        pairs = [(_ours(store, each, inserted), _bare(bare, inserted)) for each in following]
        bare.close()
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]


def _recorder(inserted: list[tuple[str, Any]], only_results: bool) -> Any:
    def record(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("INSERT INTO results" if only_results else "INSERT"):
            inserted.append((statement, parameters if many else [parameters]))

    return record


def _copy(store: Store, path: Path) -> sqlite3.Connection:
    """The same tables with the same rows, opened by the driver alone with the same settings."""
    with sqlite3.connect(str(store.engine.url.database)) as original:
        original.execute(f"VACUUM INTO '{path}'")
    original.close()
    bare = sqlite3.connect(path)
    for pragma in _PRAGMAS:
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
