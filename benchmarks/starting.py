"""Starting: what commands cost as whole processes, against a Python that only imports what they need."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.acquisition import make_site
from benchmarks.figures import Figure

ROUNDS = 15
SOURCES = 100


def run() -> Iterator[Figure]:
    """``--help``, ``status``, and ``acquire`` of a hundred files that did not change."""
    with tempfile.TemporaryDirectory() as temporary:
        site = _site(Path(temporary))
        compared = {
            "--help": (["--help"], "happyface", 1.3),
            "status": (["-C", str(site), "status"], "happyface, sqlalchemy", 1.3),
            f"acquire of {SOURCES} unchanged files": (
                ["-C", str(site), "acquire"],
                "sqlalchemy, aiohttp, pydantic",
                1.8,
            ),
        }
        for name, (arguments, imported, bar) in compared.items():
            ours, bare = _interleaved(["-m", "happyface", *arguments], ["-c", f"import {imported}"])
            absolute = f"{ours:.3f} s against {bare:.3f} s"
            yield Figure(f"{name}, whole process", ours / bare, f"× import {imported}", bar, absolute)


def _site(directory: Path) -> Path:
    """A site that has acquired its files once, so that the next time nothing has changed."""
    for number in range(SOURCES):
        (directory / f"{number}.json").write_text(f'{{"load": {number}, "disk": {{"free": {number * 1000}}}}}')
    site = make_site(directory / "site", [str(directory / f"{number}.json") for number in range(SOURCES)])
    _seconds(["-m", "happyface", "-C", str(site), "acquire"])
    return site


def _interleaved(ours: list[str], bare: list[str]) -> tuple[float, float]:
    """The medians of runs in turn, so that whatever else the machine does disturbs both alike."""
    times = [(_seconds(ours), _seconds(bare)) for _ in range(ROUNDS)]
    return median(time for time, _ in times), median(time for _, time in times)


def _seconds(arguments: list[str]) -> float:
    # Installed packages are compiled; a checkout is when it runs for the first time, unless that is forbidden.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return seconds
