"""``kill -9`` at random moments of an acquisition: ten by default, ``HAPPYFACE_KILLS=100`` for more."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest
import sqlalchemy as sa

from happyface.model.access import ANONYMOUS
from happyface.site import Site, read_site
from happyface.store import Store, schema
from making import MakeSite
from servers import PNG, MonitorServer

KILLS = int(os.environ.get("HAPPYFACE_KILLS", "10"))

PICTURES = """
from happyface import Fetched, File, Module, Result, Source

class Pictures(Module):
    class Config(Module.Config):
        source: Source
        command: Source
    class Data(Module.Data):
        image: File
        size: int
    class Line(Module.Row):
        text: str
        number: int
    def extract(self, source: Fetched, command: Fetched) -> Result:
        lines = [self.Line(text=f"line {n}", number=n + source.size) for n in range(50)]
        return Result(self.Data(image=source.image(), size=source.size), lines, sentence=command.text())
"""


class Killing:
    """A site whose every acquisition brings new values, files and errors."""

    def __init__(self, site: Site, server: MonitorServer) -> None:
        self.site = site
        self.server = server
        self.number = 0

    def start(self) -> psutil.Popen:
        """An acquisition; every source has changed since the last one."""
        self.number += 1
        self.server.version = self.number
        self.server.bodies |= {
            "a.png": PNG + b"a%d" % self.number,
            "b.png": PNG + b"b%d" % (self.number // 2),
            "odd": b"<p>no JSON, %d</p>" % self.number,
        }
        command = [sys.executable, "-m", "happyface", "-C", str(self.site.root), "acquire"]
        return psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def acquire(self) -> float:
        """An acquisition that nobody disturbs; how long it took."""
        begun = time.monotonic()
        with self.start() as process:
            _, said = process.communicate()
            assert process.returncode == 0, said
        return time.monotonic() - begun

    def kill(self, when: Callable[[], bool], within: float) -> None:
        """Kill an acquisition once ``when`` says so, and see that nothing lives on."""
        with self.start() as process:
            end = time.monotonic() + within
            while not when() and time.monotonic() < end and process.poll() is None:
                time.sleep(0.001)
            family = process.children(recursive=True) if process.poll() is None else []
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []

    def check(self) -> int:
        """Every run that can be seen is whole; how many there are."""
        with Store(self.site.database_url, self.site.archive) as store, store.engine.connect() as connection:
            read = connection.execute
            runs = [row.id for row in read(sa.select(schema.runs.c.id).order_by(schema.runs.c.id))]
            assert runs == list(range(1, len(runs) + 1))
            views = [store.instance(ANONYMOUS, name, run_id) for name in self.site.instances for run_id in runs]
            assert [view for view in views if view is None or view.missing] == []
            pointed = set(
                read(sa.select(schema.results.c.dataset_id).where(schema.results.c.dataset_id.is_not(None))).scalars()
            )
            datasets = {row.id: row for row in read(sa.select(schema.datasets))}
            assert datasets.keys() == pointed
            tables = schema.module_tables.c
            number = connection.scalar(sa.select(tables.id).where(tables.name == "line"))
            lines = read(sa.text(f"SELECT dataset_id, count(*) FROM rows_{number} GROUP BY dataset_id"))
            assert {row[0]: row[1] for row in lines} == {key: 50 for key, row in datasets.items() if row.counts}
            texts = set(read(sa.select(schema.texts.c.id)).scalars())
            outlines = set(read(sa.select(schema.runs.c.outline_id)).scalars())
            assert outlines == set(read(sa.select(schema.outlines.c.id)).scalars())
            assert texts >= set(read(sa.select(schema.results.c.sentence_id)).scalars()) - {None}
            for digest in self._archived(connection):
                assert hashlib.sha256(store.archive.path(digest).read_bytes()).hexdigest() == digest
        return len(runs)

    def check_nothing_is_left(self) -> None:
        """No file lies about that nothing points to."""
        data = self.site.data
        assert list(data.glob("tmp*")) == []
        with Store(self.site.database_url, self.site.archive) as store, store.engine.connect() as connection:
            archived = self._archived(connection)
            inside = {path.name for path in store.archive.directory.rglob("*") if path.is_file()}
            assert inside == archived
            assert all(any(each.iterdir()) for each in store.archive.directory.iterdir())
        kept = {path.name.partition("-")[0] for path in (data / "cache").iterdir()}
        assert kept == {"index.json", *json.loads((data / "cache/index.json").read_text())}
        assert len(list((data / "cache").iterdir())) <= 2
        names = {path.name for path in data.iterdir()} - {"happyface.db-wal", "happyface.db-shm"}
        assert names == {"archive", "cache", "log", "acquire.lock", "database.known", "happyface.db", "modules.json"}

    @staticmethod
    def _archived(connection: sa.Connection) -> set[str]:
        return set(connection.execute(sa.select(schema.archive.c.digest)).scalars())


@pytest.fixture
def killing(make_site: MakeSite, server: MonitorServer) -> Killing:
    instances = "".join(
        f"[pictures_{name}]\nmodule = pictures\nsource = {server.url}/{name}.png\ncommand = command:date +%s.%N\n"
        for name in "ab"
    )
    paths = ("etag", "odd", "missing", "json")
    instances += "".join(f"[{name}]\nmodule = probe\nsource = {server.url}/{name}\n" for name in paths)
    instances += "[sleeper]\nmodule = pictures\nsource = /nowhere\ncommand = command:sleep 0.1\n"
    categories = f"[one]\nmodules = pictures_a, pictures_b, sleeper\n[two]\nmodules = {', '.join(paths)}\n"
    root = make_site(instances=instances, categories=categories, modules={"pictures": PICTURES})
    return Killing(read_site(root), server)


def moments(killing: Killing, whole: float) -> list[Callable[[], Callable[[], bool]]]:
    """Kinds of moments to kill at: any at all, and those that are over in a few milliseconds."""
    data, archive = killing.site.data, killing.site.archive
    database = data / "happyface.db-wal"

    def at_any_time() -> Callable[[], bool]:
        end = time.monotonic() + random.uniform(0.1, whole)
        return lambda: time.monotonic() > end

    def when_fetching() -> Callable[[], bool]:
        return lambda: any(data.glob("tmp-*/fetched-0"))

    def when_placing() -> Callable[[], bool]:
        return lambda: (archive / "pending.json").exists() or (archive / "pending.new").exists()

    def when_writing() -> Callable[[], bool]:
        before = database.stat().st_size if database.exists() else 0
        return lambda: (database.stat().st_size if database.exists() else 0) > before

    def when_keeping() -> Callable[[], bool]:
        before = {path.name: path.stat().st_mtime_ns for path in (data / "cache").iterdir()}
        return lambda: (
            before != {path.name: path.stat().st_mtime_ns for path in (data / "cache").iterdir() if path.exists()}
        )

    def a_little_later(make: Callable[[], Callable[[], bool]]) -> Callable[[], Callable[[], bool]]:
        def later() -> Callable[[], bool]:
            when, pause = make(), random.uniform(0, 0.02)

            def waited() -> bool:
                try:
                    seen = when()
                except FileNotFoundError:
                    seen = True
                if seen:
                    time.sleep(pause)
                return seen

            return waited

        return later

    special = [when_fetching, when_placing, when_writing, when_keeping]
    return [at_any_time, *special, *map(a_little_later, special)]


def test_a_killed_acquisition_leaves_nothing_half(killing: Killing) -> None:
    whole = max(killing.acquire(), killing.acquire())
    assert killing.check() == 2
    killing.check_nothing_is_left()
    kinds = moments(killing, whole)
    survived = 0
    for number in range(KILLS):
        before = killing.check()
        killing.kill(kinds[number % len(kinds)](), within=whole * 2)
        after = killing.check()
        assert after in (before, before + 1), f"kill {number}"
        survived += after - before
        killing.acquire()
        assert killing.check() == after + 1, f"kill {number}"
        killing.check_nothing_is_left()
    print(f"{KILLS} kills: {survived} runs were complete all the same, the others are not there")
