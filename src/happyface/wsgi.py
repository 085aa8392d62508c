"""``happyface.wsgi:application`` for any WSGI server; the site is ``HAPPYFACE_SITE``, else the current directory."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

_lock = threading.Lock()
_made: list[Callable[..., Iterable[bytes]]] = []


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The application; its site is read with the first request, so that nothing happens at import."""
    with _lock:
        if not _made:
            from happyface.site import find_site
            from happyface.site.live import LiveSite
            from happyface.web.app import create_app

            _made.append(create_app(LiveSite(find_site(None))))
    return _made[0](environ, start_response)
