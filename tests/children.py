"""The processes that a test's own process has started."""

from __future__ import annotations

import time

import psutil


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def left_running(before: set[psutil.Process], patience: float = 5) -> list[psutil.Process]:
    """Those that were not there before and do not end by themselves within some seconds.

    A process that was killed is there until somebody has asked how it ended, and a test must not look faster.
    """
    _, alive = psutil.wait_procs(children() - before, timeout=patience)
    return alive


def ended(pid: int, patience: float = 5) -> bool:
    """Whether a process of anybody's ends by itself within some seconds: it is gone, or waits to be asked how."""
    try:
        process = psutil.Process(pid)
        deadline = time.monotonic() + patience
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.02)
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def running(word: str) -> list[psutil.Process]:
    """Anybody's processes whose command line has a word, which nothing else on this machine may have."""
    return [each for each in psutil.process_iter(["cmdline"]) if word in " ".join(each.info["cmdline"] or [])]


def left_of(word: str, patience: float = 20) -> list[psutil.Process]:
    """Those of :func:`running` that do not end by themselves within some seconds."""
    deadline = time.monotonic() + patience
    while (found := running(word)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found
