"""``happyface.wsgi:application`` for any WSGI server; the site is ``HAPPYFACE_SITE``, else the current directory."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

log = logging.getLogger(__name__)

Application = Callable[..., Iterable[bytes]]

_PATIENCE = 2.0
"""Seconds between two tries to read a site that is not valid: it may take a processor to find that out."""
_UNUSABLE = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>HappyFace</title></head>
<body><h1>HappyFace cannot be shown</h1>
<p>Its site cannot be used as it is configured now. Its administrator must run <code>happyface check</code>;
the reason is in the web server's log.</p></body></html>
"""


class SiteApplication:
    """The application of a site that is read with the first request, so that nothing happens at import.

    A site that cannot be used is a page that says so, until it can: a WSGI server need not be started again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Application | None = None
        self._reason = ""
        self._tried = 0.0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        made = self._made or self._try()
        if made:
            return made(environ, start_response)
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        start_response("503 Service Unavailable", [*headers, ("Content-Length", str(len(_UNUSABLE)))])
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [_UNUSABLE]

    def _try(self) -> Application | None:
        # The first ones wait for the site; once it was not valid, nobody waits for another try.
        if not self._lock.acquire(blocking=not self._reason):
            return None
        try:
            if not self._made and (not self._reason or time.monotonic() - self._tried >= _PATIENCE):
                self._make()
        finally:
            self._lock.release()
        return self._made

    def _make(self) -> None:
        from happyface.errors import HappyFaceError

        try:
            self._made = _create()
        except HappyFaceError as error:
            if str(error) != self._reason:  # once, and not at every try
                log.error("The site cannot be used:\n%s", error)
            self._reason = str(error)
        except Exception as error:  # else the web server answers, with words of its own
            if repr(error) != self._reason:
                log.exception("The site cannot be read.")
            self._reason = repr(error)
        self._tried = time.monotonic()


def _create() -> Application:
    from happyface.site import find_site
    from happyface.site.live import LiveSite
    from happyface.web.app import create_app

    made: Application = create_app(LiveSite(find_site(None)))
    return made


application = SiteApplication()
