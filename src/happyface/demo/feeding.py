"""The demo's writing side: the past first, then a run every two minutes."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from happyface.acquire.run import alone, cycle, every
from happyface.demo.history import fill, missing_times
from happyface.demo.site import DemoSite, simulated_part
from happyface.model.access import ANONYMOUS
from happyface.site.live import LiveSite
from happyface.store import Store

log = logging.getLogger(__name__)

INTERVAL = 120
"""Seconds between two runs: more often than a real site, so that something moves."""


def newest_run_time(store: Store) -> float | None:
    """The time of the newest run in seconds since 1970; None where there is none."""
    now = datetime.now(UTC)
    moment = store.moment(ANONYMOUS, None, now)
    return moment.newest.time.timestamp() if moment else None


class Feeding(threading.Thread):
    """Writes the missing runs of the past, oldest first, and then acquires at intervals until it is stopped.

    Args:
        live: the site.
        demo: its state as a demo.
        on_progress: called with how many runs of the past are written, and of how many.
    """

    def __init__(self, live: LiveSite, demo: DemoSite, on_progress: Callable[[int, int], None]) -> None:
        super().__init__(name="feeding", daemon=True)  # the end of the process never waits for it
        self._live, self._demo, self._on_progress = live, demo, on_progress
        self._stop_now = threading.Event()
        self.filled = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._fill()
        except Exception as error:
            self.error = error  # the command raises it in its own thread
            log.error("The past could not be written: %s", error)
        finally:
            self.filled.set()
        if not self.error:
            every(self._acquire, INTERVAL, self._stop_now)

    def stop(self) -> None:
        """End the writing, and wait until what was begun is complete."""
        self._stop_now.set()
        self.join()

    def _fill(self) -> None:
        site, store = self._live.current()
        times = missing_times(datetime.now(UTC).timestamp(), newest_run_time(store))
        # Under the lock of acquisition: `happyface acquire` in the same directory is refused meanwhile.
        with alone(site):
            store.recover()
            past = simulated_part(site, self._demo.address)
            fill(past, store, self._demo.world, self._demo.address, times, self._on_progress, self._stop_now)

    def _acquire(self) -> None:
        cycle(*self._live.current())
