"""Acquisition: a thousand sources through fetch, workers and store; and what a few that hang do to the others."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil

from benchmarks.figures import Figure, paired
from benchmarks.servers import hanging_server, nginx
from happyface.contract.states import FINE
from happyface.model.access import ANONYMOUS
from happyface.site import read_site
from happyface.store import Store

SOURCES, PAIRS = 1000, 5


def run() -> Iterator[Figure]:
    """A thousand small distinct sources, against a bare script that only fetches them; whole processes, in pairs."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        (directory / "www").mkdir()
        for number in range(SOURCES):
            (directory / "www" / f"{number}.json").write_text(_body(number))
        with nginx(directory) as base:
            addresses = [f"{base}/{number}.json" for number in range(SOURCES)]
            site = make_site(directory / "site", addresses)
            (directory / "addresses").write_text("\n".join(addresses))
            (directory / "bare").mkdir()
            bare = [sys.executable, "benchmarks/bare_fetch.py", str(directory / "bare"), str(directory / "addresses")]
            ours = [sys.executable, "-m", "happyface", "-C", str(site), "acquire"]
            yield from _compared(ours, bare, site)


def _compared(ours: list[str], bare: list[str], site: Path) -> Iterator[Figure]:
    memory = _measured(ours)[1]
    _measured(bare)
    times: list[tuple[float, float]] = []
    for _ in range(PAIRS):
        _forget(site)
        times.append((_measured(ours)[0], _measured(bare)[0]))
    _expect_all_fine(site, SOURCES)
    our_times, bare_times = zip(*times, strict=True)
    absolute = f"{median(our_times):.2f} s against {median(bare_times):.2f} s"
    yield Figure(f"{SOURCES} sources, whole process", paired(our_times, bare_times), "× a bare fetch", 6, absolute)
    yield Figure(f"{SOURCES} sources, peak memory of all processes", memory / 1e6, "MB", 400)


def run_hanging() -> Iterator[Figure]:
    """A hundred sources of which five never answer: the others are unharmed, and the run ends at its deadline."""
    with tempfile.TemporaryDirectory() as temporary, hanging_server(_body(1)) as base:
        addresses = [f"{base}/{'hang' if number % 20 == 7 else 'ok'}/{number}" for number in range(100)]
        site = make_site(Path(temporary) / "site", addresses, "[downloadService]\ntimeout = 60\ndeadline = 5\n")
        begun = time.monotonic()
        subprocess.run([sys.executable, "-m", "happyface", "-C", str(site), "acquire"], check=True, capture_output=True)
        seconds = time.monotonic() - begun
        statuses = list(_statuses(site).values())
    yield Figure("100 sources, 5 of them hanging: unharmed others missed", 95 - statuses.count(FINE), "sources", 0)
    yield Figure("the run's time, its deadline being 5 s", seconds / 5, "× the deadline", 1.6, f"{seconds:.1f} s")


def make_site(root: Path, addresses: list[str], settings: str = "") -> Path:
    """A site with an instance of ``values`` for each address."""
    files = {
        "config/happyface.cfg": settings,
        "config/categories-enabled/all.cfg": "[all]\nmodules = "
        + ", ".join(f"i{number}" for number in range(len(addresses))),
        "config/modules-enabled/all.cfg": "".join(
            f"[i{number}]\nmodule = values\nsource = {address}\nvalue.load = load\nvalue.free = disk.free\n"
            "limit.load = critical > 1e9\n"
            for number, address in enumerate(addresses)
        ),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def _body(number: int) -> str:
    return json.dumps({"load": number, "disk": {"free": number * 1000}, "padding": "x" * 1950})


def _measured(command: list[str]) -> tuple[float, int]:
    """Seconds and peak memory (PSS: what several processes share counts once) of a command and its children."""
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        peak = _watched(process) if "acquire" in command else 0
        if process.wait():
            raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}")
    return time.monotonic() - begun, peak


def _watched(process: subprocess.Popen[bytes]) -> int:
    peak, root = 0, psutil.Process(process.pid)
    while process.poll() is None:
        used = 0
        try:
            for each in [root, *root.children(recursive=True)]:
                used += each.memory_full_info().pss
        except psutil.Error:
            continue
        peak = max(peak, used)
        time.sleep(0.02)
    return peak


def _forget(site: Path) -> None:
    """Take away what conditional requests would spare."""
    shutil.rmtree(site / "data" / "cache", ignore_errors=True)


def _statuses(root: Path) -> dict[str, float]:
    from datetime import UTC, datetime

    site = read_site(root)
    with Store(site.database_url, site.archive) as store:
        listing = store.listing(ANONYMOUS, None, datetime.now(UTC))
    return {name: view.status for name, view in listing.instances.items()} if listing else {}


def _expect_all_fine(site: Path, count: int) -> None:
    statuses = _statuses(site)
    if list(statuses.values()).count(FINE) != count:
        raise RuntimeError("not all sources were read; the figures would mean nothing")
