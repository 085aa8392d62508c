"""Our own server: the application behind cheroot, until a signal ends it."""

import contextlib
import ctypes
import gc
import signal
import socket
import threading
from collections.abc import Callable

import cherrypy

from happyface.errors import HappyFaceError
from happyface.site.live import LiveSite
from happyface.web.app import create_app
from happyface.web.connections import Server

_M_ARENA_MAX = -8
"""glibc's number of that option, from ``malloc.h``."""


def serve(live: LiveSite, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve a site until SIGTERM or SIGINT.

    Args:
        live: the site.
        host: the address to listen on.
        port: the port; 0 for any that is free.
        on_ready: called with the page's address once it can be opened.

    Raises:
        HappyFaceError: the address cannot be listened on.
    """
    cherrypy.log.screen = False
    _bound_arenas()  # before there are any threads
    server = Server((host, port), create_app(live), lambda address: live.site.settings.server.is_proxy(address))
    try:
        server.prepare()
    except OSError as error:
        raise HappyFaceError(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from error
    if threading.current_thread() is threading.main_thread():  # Python allows signal handlers nowhere else
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.stop).start())  # stop waits
    _tune_collector()
    on_ready(_address(server.bind_addr, host, live))
    try:
        server.serve()
    finally:
        server.stop()


def _tune_collector() -> None:
    """Exempt what is loaded by now from garbage collection, and collect the rest less often.

    A page makes tens of thousands of short-lived values; without this, every other page pays for a full collection.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _bound_arenas() -> None:
    """Let all threads take their memory from two arenas.

    glibc gives each thread one of its own, and what a page needed once stays in it: 183 MB instead of 159 MB after a
    crowd of readers. Two are enough for threads that wait for each other anyway.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such thing
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _address(bound: tuple[str, int], host: str, live: LiveSite) -> str:
    everywhere = host in ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
    name = socket.getfqdn() if everywhere else host
    url_host = f"[{name}]" if ":" in name else name
    return f"http://{url_host}:{bound[1]}{live.site.settings.paths.root}/"
