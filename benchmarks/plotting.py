"""Plotting: numbers of a year against a bare cursor that fetches as many, and ten years against one."""

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import sqlalchemy as sa

from benchmarks.figures import Figure, NotHere, paired
from happyface.contract.columns import Column, Table
from happyface.model.access import ANONYMOUS
from happyface.model.outline import CategoryOutline, InstanceOutline, ModuleOutline, Outline
from happyface.model.results import FinishedRun, Outcome
from happyface.model.series import RowFilter, SeriesKey, Span
from happyface.plots.moved.finding import Moved, MovedRequest, find_moved
from happyface.plots.request import PlotRequest
from happyface.store import Store

YEAR, YEARS, POINTS, REPEATS = 35_040, 10, 1_000, 15
INSTANCES, COLUMNS, DAYS = 500, 10, 5
STEP = timedelta(minutes=15)
END = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
CURVES = [SeriesKey(f"curve{number}", column="load") for number in range(4)]
ROW = SeriesKey("rows", "pool", "free", (RowFilter("name", "pool3"),))

_LOAD = Column("load", "number", "Load")
_POOL = Table("pool", "Pools", (Column("name", "text", "Name"), Column("free", "number", "Free")), key="name")
_ROWS_PER_DATASET = 10


def run() -> Iterator[Figure]:
    """On SQLite, on PostgreSQL, over ten years, and all numbers of some days."""
    with tempfile.TemporaryDirectory() as temporary:
        url = f"sqlite:///{temporary}/year.db"
        with Store(url, Path(temporary) / "archive") as store:
            fill(store, YEAR)
            yield from _on_sqlite(store, Path(temporary) / "bare.db")
            yield from _ten_years(store, Path(temporary))
    with tempfile.TemporaryDirectory() as temporary:
        yield from _all_numbers(Path(temporary))
    try:
        yield from _on_postgresql()
    except NotHere as missing:
        yield Figure(f"four curves of a year on PostgreSQL: {missing}", 0, "left out")


def _outline(instances: Sequence[tuple[str, str]], modules: Sequence[ModuleOutline]) -> Outline:
    made = tuple(InstanceOutline(name, name.title(), module, "all", name.title()) for name, module in instances)
    category = CategoryOutline("all", "All", instances=tuple(name for name, _ in instances))
    return Outline("Site", (category,), made, tuple(modules))


def fill(store: Store, count: int, rows: bool = True) -> None:
    """Store runs up to :data:`END` by the store's own way, in each of which every value is another one."""
    single = ModuleOutline("single", "", {"": Table("", "", (_LOAD,))})
    pools = ModuleOutline("pools", "", {"pool": _POOL})
    names = [(key.instance, "single") for key in CURVES] + ([("rows", "pools")] if rows else [])
    site = _outline(names, [single, pools])
    dice = np.random.default_rng(1)
    for first in range(0, count, 500):
        values = dice.random((min(500, count - first), 4 + _ROWS_PER_DATASET))
        numbered = enumerate(values.tolist(), start=first)
        store.write_all([_run(site, END - (count - 1 - number) * STEP, row, rows) for number, row in numbered])


def _run(site: Outline, moment: datetime, values: Sequence[float], rows: bool) -> FinishedRun:
    made = [Outcome(key.instance, 1.0, "", [value], {}) for key, value in zip(CURVES, values[:4], strict=True)]
    if rows:
        pools = [[f"pool{number}", value] for number, value in enumerate(values[4:])]
        made.append(Outcome("rows", 1.0, "", None, {"pool": pools}))
    return FinishedRun(moment, 1.0, site, made)


def _span(count: int) -> Span:
    end = int(END.timestamp())
    return Span(end - (count - 1) * int(STEP.total_seconds()), end)


def as_json(store: Store, keys: Sequence[SeriesKey], count: int) -> str:
    """Some curves as a page gets them: begins of buckets, lowest value, mean and highest."""
    found = store.series(ANONYMOUS, keys, _span(count), POINTS)
    curves = [[part.tolist() for part in (series.low, series.mean, series.high)] for series in found.series.values()]
    return json.dumps({"times": found.begins.tolist(), "curves": curves})


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _against(ours: Callable[[], object], bare: Callable[[], object], repeats: int = REPEATS) -> tuple[float, str]:
    """The median of ratios of runs in turn, and both times."""
    ours(), bare()
    pairs = [(_timed(ours), _timed(bare)) for _ in range(repeats)]
    mine, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    return paired(mine, theirs), f"{median(mine) * 1e3:.1f} ms against {median(theirs) * 1e3:.1f} ms"


def _on_sqlite(store: Store, path: Path) -> Iterator[Figure]:
    bare = _bare_sqlite(path)
    four = [lambda number=number: bare.execute(_SELECT, (number,)).fetchall() for number in range(4)]
    ratio, absolute = _against(lambda: as_json(store, CURVES, YEAR), lambda: [fetch() for fetch in four])
    yield Figure("four curves of a year as JSON, on SQLite", ratio, "× a bare cursor's 4 × 35,040 values", 2, absolute)
    ratio, absolute = _against(lambda: as_json(store, [ROW], YEAR), four[0])
    yield Figure("one row of ten, a year as JSON", ratio, "× a bare cursor's 35,040 values", 3, absolute)
    bare.close()


_SELECT = "SELECT value FROM plain WHERE curve = ? ORDER BY run"


def _bare_sqlite(path: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(path)
    bare.execute("CREATE TABLE plain (curve INTEGER, run INTEGER, value REAL, PRIMARY KEY (curve, run)) WITHOUT ROWID")
    rows = ((curve, run, run * 1.1) for curve in range(4) for run in range(YEAR))
    with bare:
        bare.executemany("INSERT INTO plain VALUES (?, ?, ?)", rows)
    return bare


def _ten_years(store: Store, directory: Path) -> Iterator[Figure]:
    with Store(f"sqlite:///{directory}/years.db", directory / "archive") as long:
        fill(long, YEARS * YEAR, rows=False)
        work = lambda: as_json(long, CURVES, YEARS * YEAR)  # noqa: E731
        ratio, absolute = _against(work, lambda: as_json(store, CURVES, YEAR))
        yield Figure("four curves of ten years", ratio, "× those of one year", 2, absolute)


def _on_postgresql() -> Iterator[Figure]:
    with _postgresql() as url, tempfile.TemporaryDirectory() as temporary:
        with Store(url, Path(temporary)) as store:
            fill(store, YEAR, rows=False)
            engine = sa.create_engine(url)
            with engine.connect() as connection:
                _fill_plain(connection)
                cursor: Any = connection.connection.cursor()
                ratio, absolute = _against(
                    lambda: as_json(store, CURVES, YEAR), lambda: [_fetch(cursor, number) for number in range(4)]
                )
            engine.dispose()
        name = "four curves of a year as JSON, on PostgreSQL"
        yield Figure(name, ratio, "× a bare cursor's 4 × 35,040 values", 2, absolute)


def _fill_plain(connection: sa.Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE plain (curve int, run int, value float8, PRIMARY KEY (curve, run))")
    connection.exec_driver_sql(
        f"INSERT INTO plain SELECT c, r, r * 1.1 FROM generate_series(0, 3) c, generate_series(1, {YEAR}) r"
    )
    connection.commit()


def _fetch(cursor: Any, number: int) -> list[Any]:
    cursor.execute(_SELECT.replace("?", "%s"), (number,))
    return list(cursor.fetchall())


@contextmanager
def _postgresql() -> Iterator[str]:
    """A server of its own; the tests know how one is started."""
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    import databases

    try:
        with databases.postgresql() as server:
            yield server.database("postgres")
    except databases.Missing as missing:
        raise NotHere(str(missing)) from missing


def _all_numbers(directory: Path) -> Iterator[Figure]:
    """What "what else moved" reads: every number of a day, and of the four days before it."""
    columns = tuple(Column(f"n{number}", "number", f"N {number}") for number in range(COLUMNS))
    names = [(f"instance{number}", "many") for number in range(INSTANCES)]
    site = _outline(names, [ModuleOutline("many", "", {"": Table("", "", columns)})])
    runs, dice = DAYS * 96, np.random.default_rng(2)
    with Store(f"sqlite:///{directory}/many.db", directory / "archive") as store:
        for number in range(runs):
            values = dice.random((INSTANCES, COLUMNS)).tolist()
            outcomes = [Outcome(name, 1.0, "", row, {}) for (name, _), row in zip(names, values, strict=True)]
            store.write(FinishedRun(END - (runs - 1 - number) * STEP, 1.0, site, outcomes))
        bare = sqlite3.connect(f"{directory}/bare.db")
        wide = ", ".join(f"n{number} REAL" for number in range(COLUMNS))
        bare.execute(f"CREATE TABLE plain (i INTEGER, r INTEGER, {wide}, PRIMARY KEY (i, r)) WITHOUT ROWID")
        marks = ", ".join("?" * (COLUMNS + 2))
        rows = ((i, r, *dice.random(COLUMNS).tolist()) for i in range(INSTANCES) for r in range(runs))
        with bare:
            bare.executemany(f"INSERT INTO plain VALUES ({marks})", rows)
        asked = MovedRequest(PlotRequest(end=END))
        numbers = ", ".join(f"n{number}" for number in range(COLUMNS))
        select = f"SELECT {numbers} FROM plain ORDER BY i, r"

        def ours() -> Moved:
            found = find_moved(asked, store, ANONYMOUS, END)
            assert found.compared == INSTANCES * COLUMNS
            return found

        ratio, absolute = _against(ours, lambda: sum(1 for _ in bare.execute(select)), 5)
        bare.close()
        name = f"what else moved in a day of five, {INSTANCES} instances × {COLUMNS}"
        yield Figure(name, ratio, "× a bare cursor's same numbers", 5, absolute)
