"""How the newest run is found for ``/healthz``: within some seconds, also where the database does not answer."""

import threading
from concurrent.futures import Future

from happyface.errors import StoreError
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


def _ask(store: Store, answer: "Future[RunView | None]") -> None:
    try:
        answer.set_result(store.newest())
    except BaseException as error:
        answer.set_exception(error)
