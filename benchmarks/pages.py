"""Pages: how many statements one costs, and how long it takes against a trivial page of the same server."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import event

from benchmarks import large_site
from benchmarks.figures import Figure
from benchmarks.servers import free_port, wait_for
from happyface.model.access import ANONYMOUS
from happyface.store import Store

REPEATS = 60
CATEGORY = "category07"


def run() -> Iterator[Figure]:
    """A year's pages, and a week's beside them."""
    with tempfile.TemporaryDirectory() as temporary:
        year = _site(Path(temporary) / "year", timedelta(days=365))
        week = _site(Path(temporary) / "week", timedelta(days=7))
        yield from _statements(year)
        with _server(year) as ask_year, _server(week) as ask_week:
            yield from _times(ask_year, ask_week)


def _site(root: Path, length: timedelta) -> Path:
    site = large_site.make_site(root)
    large_site.fill(site, length)
    return root


def _statements(root: Path) -> Iterator[Figure]:
    site = large_site.read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        statements: list[str] = []
        event.listen(store.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        now, tables = datetime.now(UTC), 6  # four classes, two of them with a table of rows
        store.category(ANONYMOUS, CATEGORY, None, now)
        yield Figure("category page, statements beside those of its tables", len(statements) - tables, "statements", 6)
        statements.clear()
        store.overview(ANONYMOUS, None, now)
        yield Figure("overview, statements", len(statements), "statements", 9)


def _times(ask_year: "_Asker", ask_week: "_Asker") -> Iterator[Figure]:
    half = (large_site.END - timedelta(days=182)).strftime("?date=%Y-%m-%d&time=%H:%M")
    pages = {"category page": f"/category/{CATEGORY}", "category page half a year ago": f"/category/{CATEGORY}{half}"}
    for name, address in pages.items():
        ratio, told = _against_trivial(ask_year, address)
        yield Figure(name, ratio, "× a trivial page", 15, told)
    ratio, told = _against_trivial(ask_year, "/")
    yield Figure(f"overview of {large_site.INSTANCES} instances", ratio, "× a trivial page", 40, told)
    for name, address in (("category page", f"/category/{CATEGORY}"), ("overview", "/")):
        year, week = _alternately(ask_year, address, ask_week, address)
        told = f"{median(year) * 1e3:.1f} ms against {median(week) * 1e3:.1f} ms"
        yield Figure(f"{name} of a year", median(year) / median(week), "× a week's", 1.3, told)


def _against_trivial(ask: "_Asker", address: str) -> tuple[float, str]:
    ours, trivial = _alternately(ask, address, ask, "/word")
    told = f"{median(ours) * 1e3:.1f} ms against {median(trivial) * 1e3:.2f} ms"
    return median(ours) / median(trivial), told


def _alternately(ask: "_Asker", address: str, other: "_Asker", other_address: str) -> tuple[list[float], list[float]]:
    for _ in range(5):
        ask(address), other(other_address)
    pairs = [(ask(address), other(other_address)) for _ in range(REPEATS)]
    ours, theirs = zip(*pairs, strict=True)
    return list(ours), list(theirs)


class _Asker:
    """A visitor who keeps the connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def __call__(self, address: str) -> float:
        """Seconds until a page is here, whole."""
        begun = time.perf_counter()
        self._connection.request("GET", address)
        response = self._connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - begun
        if response.status != 200 or not body:
            raise RuntimeError(f"{address} answered {response.status}")
        return seconds


@contextmanager
def _server(root: Path) -> Iterator[_Asker]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.word_server", str(root), str(port)]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield _Asker(port)
        finally:
            process.terminate()
