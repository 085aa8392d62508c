"""A large site with a long history: 500 instances of four module classes, two of them with rows."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from happyface.acquire.workers.extract import extract
from happyface.contract.module import Module
from happyface.model.results import FinishedRun, Outcome, SourceFact
from happyface.site import Site, read_site
from happyface.site.loading import load_module
from happyface.site.nesting import nested_settings
from happyface.site.site import Instance
from happyface.store import Store

INSTANCES, IN_CATEGORY, ROWS = 500, 10, 20
STEP = timedelta(minutes=15)
END = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
"""The time of the newest run."""
CHANGED_EVERY = 24
"""Runs for which an instance's dataset stays unchanged: six hours."""

_MODULE = '''
"""Something to measure with."""

import random

from happyface import Above, Bytes, Module, Result, Share, column


class {name}(Module):
    """Numbers that look like those of a pool."""

    class Data(Module.Data):
        total: Bytes
        free: Bytes
        free_share: Share = column("Free")
        load: float = column(limits=Above(warning=90, critical=98))
        jobs: int
        state: str
{rows}
    def extract(self) -> Result:
        dice = random.Random(f"{{self.instance}} {{self.now.timestamp() // {period}}}")
        load = dice.uniform(10, 100)
        rows = [{row}for number in range({count})]
        data = self.Data(total=1e13, free=load * 1e10, free_share=load / 100, load=load, jobs=int(load), state="well")
        return Result(data, rows, sentence=f"{{int(load)}} jobs run")
'''
_ROWS = """
    class Node(Module.Row, counts=False):
        name: str
        total: Bytes
        used: Share = column(limits=Above(warning=0.9, critical=0.98))
        message: str
"""
_ROW = "self.Node(name=f'node{number:03}', total=1e12, used=dice.random(), message='all well on this node') "


def make_site(root: Path, instances: int = INSTANCES, categories: int = INSTANCES // IN_CATEGORY) -> Site:
    """The directory of the site, with its instances spread evenly over its categories."""
    for number in range(4):
        with_rows = number >= 2
        code = _MODULE.format(
            name=f"Bench{number}",
            rows=_ROWS if with_rows else "",
            row=_ROW if with_rows else "number ",
            count=ROWS if with_rows else 0,
            period=int(CHANGED_EVERY * STEP.total_seconds()),
        )
        _write(root / "modules" / f"bench{number}.py", code)
    names = [f"instance{number:03}" for number in range(instances)]
    _write(root / "config" / "happyface.cfg", "[happyface]\ntimezone = Europe/Berlin\n")
    _write(
        root / "config" / "modules-enabled" / "all.cfg",
        "".join(f"[{name}]\nmodule = bench{number % 4}\nname = Thing {number}\n" for number, name in enumerate(names)),
    )
    _write(
        root / "config" / "categories-enabled" / "all.cfg",
        "".join(
            f"[category{number:02}]\nmodules = "
            f"{', '.join(names[number * instances // categories : (number + 1) * instances // categories])}\n"
            for number in range(categories)
        ),
    )
    return read_site(root)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@cache
def _code(location: str) -> type[Module]:
    return load_module(location)


def _extracted(instance: Instance, now: datetime) -> Outcome:
    """What an instance says, by its module's own code: nothing but the benchmark's own is run here."""
    code = _code(instance.module.location)
    config = code.Config.model_validate(nested_settings(code.Config, instance.values))
    return extract(code, instance.name, config, now, {})


def finished_run(site: Site, now: datetime) -> FinishedRun:
    """A run of all instances, through the modules' own code."""
    outcomes = [
        replace(_extracted(each, now), facts=(SourceFact(f"https://example.org/{name}", 2000),))
        for name, each in site.instances.items()
    ]
    for each in outcomes:
        _ = each.digest  # it comes along: the store only compares it
    return FinishedRun(now, 1.0, site.outline, outcomes)


def fill(site: Site, length: timedelta) -> None:
    """Write a history that ends at :data:`END`.

    A run in :data:`CHANGED_EVERY` is written as any run is. Those between, in which nothing changes, leave nothing but
    the row of the run itself; these rows are made by the database.
    """
    count = int(length / STEP)
    first = END - (count - 1) * STEP
    with Store(site.database_url, site.archive) as store:
        database = Path(str(store.engine.url.database))
        for number in range(0, count, CHANGED_EVERY):
            store.write(finished_run(site, first + number * STEP))
    _spread(database, count)


def _spread(database: Path, count: int) -> None:
    """Give the written runs their places, and fill the gaps between with runs in which nothing changed."""
    step, every = int(STEP.total_seconds()), CHANGED_EVERY
    copies = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {every - 1})"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for table in ("results", "category_results", "memberships", "changes", "datasets"):
            connection.execute(f"UPDATE {table} SET run_id = -((run_id - 1) * {every} + 1)")  # none that is taken
            connection.execute(f"UPDATE {table} SET run_id = -run_id")
        for table in ("summaries", "numbers", "summarised_periods"):  # they were of the runs' old numbers
            connection.execute(f"DELETE FROM {table}")
        connection.execute("CREATE TABLE spread AS SELECT * FROM runs")
        connection.execute("DELETE FROM runs")
        connection.execute(
            f"INSERT INTO runs (id, time, seconds, outline_id, note_id) {copies} "
            f"SELECT (id - 1) * {every} + 1 + n.i, time + n.i * {step}, seconds, outline_id, note_id FROM spread, n "
            f"WHERE (id - 1) * {every} + 1 + n.i <= {count}"
        )
        connection.execute("DROP TABLE spread")
    connection.close()
