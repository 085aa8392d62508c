"""A trial for modules of others: whoever hangs or ends its process when it is imported does so elsewhere, first."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from happyface.contract.units import human
from happyface.errors import ModuleError
from happyface.site.modules import load_module

TIME_LIMIT = 20.0
"""Seconds that importing all modules of a site may take."""

_tried: dict[tuple[str, int], str] = {}
"""What came of the trials of this process, by location and age of its file; empty for what can be imported."""


def find_unsafe(locations: Iterable[str]) -> dict[str, str]:
    """Which modules must not be imported, by location, and why. An exception is no reason: importing tells it."""
    wanted = {location: (location, _changed(location)) for location in locations}
    left = [location for location, key in wanted.items() if key not in _tried]
    while left:
        done, fault = _try(left)
        _tried.update({wanted[location]: "" for location in left[:done]})
        if done < len(left):
            _tried[wanted[left[done]]] = fault
        left = left[done + 1 :]
    return {location: fault for location, key in wanted.items() if (fault := _tried[key])}


def _changed(location: str) -> int:
    path = Path(location.removeprefix("file:"))
    return path.stat().st_mtime_ns if path.is_file() else 0


def _try(locations: Sequence[str]) -> tuple[int, str]:
    """Import modules one after another in a new process: how many could be, and what the next one did."""
    command = [sys.executable, "-m", __name__, *locations]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=TIME_LIMIT
        )
    except subprocess.TimeoutExpired as error:
        limit = human(TIME_LIMIT, "seconds")
        return (error.stdout or b"").count(b"\n"), f"importing it does not end within {limit}"
    return ended.stdout.count(b"\n"), f"importing it ends its process (exit status {ended.returncode})"


def _main(locations: Sequence[str]) -> None:
    """In the new process: a line for each module that is done with, whatever the module itself prints."""
    told = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    for location in locations:
        with suppress(ModuleError):  # told with its line when it is really imported
            load_module(location)
        told.write(b"\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
    os._exit(0)  # whatever a module has started ends with this process
