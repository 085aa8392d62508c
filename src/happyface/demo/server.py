"""The simulated site's monitors over HTTP, on loopback."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from happyface.demo.answers.monitors import answer_address
from happyface.demo.world import World

_SILENCE = 60
"""Seconds for which a caller is kept waiting where nothing answers; nobody waits as long."""


class Server(ThreadingHTTPServer):
    """Answers for a world, as it is at the time of the clock."""

    daemon_threads = True
    block_on_close = False  # callers that are kept waiting must not hold up the end
    request_queue_size = 100  # HappyFace asks for everything at once

    def __init__(self, world: World, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.world = world
        self.clock = clock
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: Server

    def do_GET(self) -> None:
        found = answer_address(self.server.world, self.path, self.server.clock())
        if found is None:
            # wait() and not sleep(): the end of the demo ends this, too.
            self.server.ended.wait(_SILENCE)
            self.close_connection = True
            return
        if found.seconds:
            self.server.ended.wait(found.seconds)
        try:
            self.send_response(found.status)
            self.send_header("Content-Type", found.content_type)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)
        except OSError:  # the caller has gone
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: HappyFace tells what it fetched."""


def open_server(world: World, port: int) -> Server:
    """A server on a port, or on any that is free when that one is taken."""
    # The same port as before, if possible: the configuration with its address then stays as it is.
    try:
        return Server(world, port)
    except OSError:
        return Server(world)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Let a server answer within the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), name="simulated site", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
