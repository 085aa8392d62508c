"""What ``/healthz`` says; it finds the newest run within some seconds, also where the database does not answer."""

import threading
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from happyface.errors import StoreError
from happyface.model.freshness import age_of, is_ahead, is_stale
from happyface.model.views import RunView
from happyface.store import Store

_PATIENCE = 5.0
"""Seconds: those who watch HappyFace do not wait for long either."""


class HealthCheck:
    """Asks the database beside the request, and once at a time: a question that hangs is not asked again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: Future[RunView | None] | None = None

    def newest(self, store: Store) -> RunView | None:
        """The newest run; None while there is none.

        Raises:
            StoreError: the database cannot be used, or does not answer.
        """
        with self._lock:
            asking = self._asking
            if asking is None or asking.done():
                asking = self._asking = Future()
                threading.Thread(target=_ask, args=(store, asking), daemon=True).start()
        try:
            return asking.result(_PATIENCE)
        except TimeoutError:
            raise StoreError(f"The database has not answered for {_PATIENCE:.0f} seconds.") from None


def judge(
    newest: RunView | None, lost_since: datetime | None, now: datetime, stale_after: timedelta
) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the answer, for the newest run and the time at which the database was found empty."""
    facts: dict[str, Any] = {}
    if newest:
        facts = {"newest_run": newest.time.isoformat(), "age_seconds": round(age_of(newest, now).total_seconds())}
    if lost_since:  # first: the run of an hour later says nothing of those before
        facts["reason"] = f"The database was found empty at {lost_since.isoformat(timespec='seconds')}."
        return 503, {"status": "lost", **facts}
    if newest is None:
        return 503, {"status": "empty", "reason": "There is no run yet."}
    if is_ahead(newest, now):
        facts["reason"] = "The newest run is yet to come: the clock of some machine is wrong."
        return 503, {"status": "ahead", **facts}
    if is_stale(newest, now, stale_after):
        return 503, {"status": "stale", **facts}
    return 200, {"status": "ok", **facts}


def _ask(store: Store, answer: "Future[RunView | None]") -> None:
    try:
        answer.set_result(store.newest())
    except BaseException as error:
        answer.set_exception(error)
