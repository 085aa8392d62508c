"""The past of the simulated site, written as if HappyFace had watched it.

Each run of the past goes the way of a real one: the monitors' answers of that time lie in files, the modules' own code
reads and rates them, and the store writes the run. Only fetching is replaced, by asking the simulated site's world; and
as long as a monitor's answer stays the same edition, it is read once.
"""

import math
import multiprocessing
import os
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import forkserver
from pathlib import Path

from happyface.demo.past import Past
from happyface.demo.site import simulated_part
from happyface.demo.world import DAY, World
from happyface.model.results import FinishedRun
from happyface.site import Site, read_site
from happyface.site.processes import limit_process
from happyface.store import Store

STEP = 900
"""Seconds between two runs of the past."""
DAYS = 30
_RUNS_AT_ONCE = 48
"""Runs in one piece of work: half a day."""

_MEMORY_LIMIT = 10**9
_MEMORY = "/dev/shm"  # noqa: S108 - a directory of our own is made in it
"""Where Linux keeps files in memory; bodies of the past are read once and deleted."""


def missing_times(now: float, newest: float | None, days: float = DAYS) -> range:
    """The times of the runs that the past lacks: after the newest run that is stored, and not long ago."""
    first = now - days * DAY if newest is None else max(newest + STEP / 2, now - days * DAY)
    # The next full step, so that starts do not shift the grid.
    return range(-int(-first // STEP) * STEP, math.ceil(now), STEP)


def fill(
    site: Site,
    store: Store,
    world: World,
    address: str,
    times: Sequence[int],
    on_progress: Callable[[int, int], None],
    stop: threading.Event,
) -> None:
    """Write the runs of some past times, the oldest first.

    Args:
        address: where the simulated site is; instances with other sources have no past.
        on_progress: called with how many runs are written, and of how many.
        stop: ends it soon; what is missing then is written at the next start.
    """
    if not times:
        return
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"happyface-demo-{os.getpid()}-", dir=memory) as directory:
        done = 0
        for runs in _runs(site.root, world, address, times, Path(directory)):
            store.write_all(runs)
            done += len(runs)
            on_progress(done, len(times))
            if stop.is_set():
                return


def _runs(root: Path, world: World, address: str, times: Sequence[int], directory: Path) -> Iterator[list[FinishedRun]]:
    """The runs in their order, half a day at a time, made by other processes ahead of the one that writes."""
    count = os.cpu_count() or 1
    pieces = (
        (times[start : start + _RUNS_AT_ONCE], directory / str(start)) for start in range(0, len(times), _RUNS_AT_ONCE)
    )
    # Processes, since of threads only one at a time runs Python.
    executor = ProcessPoolExecutor(count, _context(), _prepare_worker, (root, world, address))
    try:
        waiting: deque[tuple[Future[list[FinishedRun]], Path]] = deque()
        # Two pieces for each worker: none waits for work, and the past does not fill the memory while it is written.
        for piece in islice(pieces, 2 * count):
            waiting.append((executor.submit(_work_out, *piece), piece[1]))
        while waiting:
            future, used = waiting.popleft()
            yield future.result()
            shutil.rmtree(used, ignore_errors=True)  # the archive has what is kept
            for piece in islice(pieces, 1):
                waiting.append((executor.submit(_work_out, *piece), piece[1]))
    finally:
        executor.shutdown(cancel_futures=True)


def warm_up() -> None:
    """Let the server of worker processes import what they need, while something else is done."""
    _context()
    forkserver.ensure_running()


def _context() -> multiprocessing.context.ForkServerContext:
    # Not fork: this process has threads by then. Not spawn: each worker would import everything anew.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


_past: Past | None = None
"""In each worker: what makes its runs."""


def _prepare_worker(root: Path, world: World, address: str) -> None:
    global _past
    limit_process(_MEMORY_LIMIT)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _past = Past(simulated_part(read_site(root), address), world)


def _end_with_parent() -> None:
    """End when the demo does, even when it is killed: waiting workers would keep each other alive."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _work_out(times: Sequence[int], directory: Path) -> list[FinishedRun]:
    if _past is None:
        raise RuntimeError("the worker was not prepared")
    directory.mkdir()
    return [_past.run(time, directory) for time in times]
