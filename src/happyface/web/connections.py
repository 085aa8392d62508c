"""Connections of many visitors on few threads: none can take from others what all need, be it threads or descriptors.

A connection waits in one place, without a thread, until the head of a request has arrived as a whole; when there are
too many, the one that has been silent for longest makes room. An answer that its visitor takes slowly waits in a thread
beside those that work, so that these are left to others.
"""

import contextlib
import errno
import logging
import resource
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from cheroot import connections, server, wsgi

from happyface.web.strict_http import END_OF_HEAD, LARGEST_BODY, LONGEST_HEAD, StrictRequest

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Requests worked on at the same time; further ones wait. More do not make pages faster."""
SLOW = 48
"""Answers that may wait for slow visitors at the same time, beside those that are worked on."""
TIMEOUT = 10
"""Seconds within which a request has to arrive, and for which an answer may stand still."""
_LONGEST_ANSWER = 120.0
"""Seconds that a visitor may take for an answer."""
_CONNECTIONS = 1000
"""Connections that may be open, where the system allows as many."""
_OTHER_DESCRIPTORS = 64
"""Descriptors that are left for the database, files and the log."""
PER_ADDRESS = 200
"""Connections that one address may have open, unless it is a proxy's."""
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class _Answer:
    """What an answer is written to: at once as far as the system takes it, and then for a limited time."""

    def __init__(self, sock: socket.socket, patience: "Patience") -> None:
        self._socket, self._patience = sock, patience
        self.bytes_written = 0

    def write(self, content: bytes) -> int:
        """Send all of it.

        Raises:
            TimeoutError: the visitor takes it too slowly.
        """
        left = memoryview(content)
        self._socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while left:
                left = left[self._socket.send(left) :]
        if left:
            with self._patience:
                self._send_slowly(left)
        self._socket.settimeout(TIMEOUT)
        return len(content)

    def _send_slowly(self, left: memoryview) -> None:
        end = time.monotonic() + _LONGEST_ANSWER
        while left:
            self._socket.settimeout(max(0.001, min(TIMEOUT, end - time.monotonic())))
            left = left[self._socket.send(left) :]


class Patience:
    """Lets threads that wait for a slow visitor leave their place to others, as long as some are left for those."""

    def __init__(self) -> None:
        self.working = threading.BoundedSemaphore(AT_ONCE)
        self._slow = threading.BoundedSemaphore(SLOW)

    def __enter__(self) -> None:
        if not self._slow.acquire(blocking=False):
            raise TimeoutError("timed out")
        self.working.release()

    def __exit__(self, *_: object) -> None:
        self.working.acquire()
        self._slow.release()


class _Connection(server.HTTPConnection):  # type: ignore[misc]
    """A connection that gets a thread only when the head of a request is there."""

    RequestHandlerClass = StrictRequest
    server: "Server"

    def __init__(self, server: "Server", sock: socket.socket, makefile: Any) -> None:
        super().__init__(server, sock, makefile)
        self.wfile = _Answer(sock, server.patience)
        self.arrived = 0
        self.is_open = True

    def communicate(self) -> bool:
        """Answer a request; whether the connection stays open."""
        with self.server.patience.working:
            return bool(super().communicate())

    def has_request(self) -> bool:
        """Whether the head of a request has arrived, or what can be none any more; else it is woken by what comes next.

        Raises:
            OSError: the connection has ended.
        """
        head = self.socket.recv(LONGEST_HEAD + 1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        is_whole = bool(END_OF_HEAD.search(head)) or len(head) > LONGEST_HEAD
        if not is_whole and len(head) == self.arrived:
            raise ConnectionResetError("it was closed before a request was complete")
        if not self.arrived:
            self.last_used = time.time()  # from now on: later parts of a request get no more time
        self.arrived = 0 if is_whole else len(head)
        # What has arrived stays with the system, which tells of a connection only when there is more than this.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, self.arrived + 1)
        return is_whole

    def close(self) -> None:
        """Close the connection; what has arrived is read, else the visitor's system may throw away the answer."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(0)
            for _ in range(64):
                if not self.socket.recv(65_536):
                    break
        super().close()
        if self.is_open:
            self.is_open = False
            self.server.on_closed(self)


class _Connections(connections.ConnectionManager):  # type: ignore[misc]
    """Those that wait, with or without a part of a request."""

    server: "Server"

    def watch(self, conn: _Connection) -> None:
        """Wait for more of a request. Only for the thread that waits."""
        conn.last_used = conn.last_used or time.time()
        self._selector.register(conn.socket.fileno(), selectors.EVENT_READ, data=conn)

    def drop_oldest(self, address: str | None = None) -> bool:
        """Close the one that has been silent for longest, of an address or of any; whether there was one."""
        waiting = [
            (conn.last_used, number, conn)
            for number, conn in self._selector.connections
            if conn is not self.server and address in (None, conn.remote_addr)
        ]
        if not waiting:
            return False
        _, number, conn = min(waiting, key=lambda found: found[:2])
        self._selector.unregister(number)
        conn.close()
        return True

    def _from_server_socket(self, server_socket: socket.socket) -> _Connection | None:
        try:
            found: _Connection | None = super()._from_server_socket(server_socket)
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                raise
            self.server.on_exhausted(error)
            return None
        return found


class Server(wsgi.Server):  # type: ignore[misc]
    """cheroot's server, within limits.

    Args:
        address: host and port to listen on.
        application: what answers.
        is_proxy: whether an address is one of a proxy, which brings the requests of many.
    """

    ConnectionClass = _Connection
    max_request_body_size = LARGEST_BODY
    _connections: _Connections

    def __init__(self, address: tuple[str, int], application: Any, is_proxy: Callable[[str], bool]) -> None:
        super().__init__(
            address,
            application,
            numthreads=AT_ONCE + SLOW,
            server_name="HappyFace",
            request_queue_size=128,
            timeout=TIMEOUT,
        )
        self.patience = Patience()
        self.keep_alive_conn_limit = None  # all connections are counted, and not only those that wait
        self._is_proxy = is_proxy
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._most = most_connections()
        self._told = 0.0

    def prepare(self) -> None:
        """Listen."""
        super().prepare()
        self._connections._selector.close()
        self._connections = _Connections(self)

    def process_conn(self, conn: _Connection) -> None:
        """Give a connection to a thread; one without a whole request waits first."""
        if conn.rfile.has_data():  # a whole one, which came with the one before
            super().process_conn(conn)
            return
        if conn.last_used is None:
            self._welcome(conn)
            return
        try:
            if conn.has_request():
                super().process_conn(conn)
            else:
                self._connections.watch(conn)
        except OSError:
            conn.close()

    def _welcome(self, conn: _Connection) -> None:
        """Let a new connection wait; where there are too many, the longest silent one goes, or else the new one."""
        address = conn.remote_addr or ""
        with self._lock:
            self._open[address] += 1
            crowded = self._open[address] > PER_ADDRESS and not self._is_proxy(address)
            full = self._open.total() > self._most
            largest = self._open.most_common(1)[0][0]
        if crowded or full:
            self._tell("More connections than are allowed: those that are silent for longest are closed.")
            if not self._connections.drop_oldest(address if crowded else largest) and not (
                full and self._connections.drop_oldest()
            ):
                conn.close()
                return
        self._connections.watch(conn)

    def on_closed(self, conn: _Connection) -> None:
        """Called when a connection was closed."""
        with self._lock:
            self._open[conn.remote_addr or ""] -= 1
            self._open += Counter()  # without those that have none left

    def on_exhausted(self, error: OSError) -> None:
        """Called when the system has no descriptor or memory for a connection: one makes room, and nothing spins."""
        self._tell(f"A connection could not be taken: {error.strerror}.")
        self._connections.drop_oldest()
        time.sleep(0.1)

    def _tell(self, sentence: str) -> None:
        if time.monotonic() - self._told > 60:
            self._told = time.monotonic()
            log.warning("%s", sentence)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """What cheroot has to say goes to the log, like everything."""
        log.log(level, "%s", msg, exc_info=traceback)


def most_connections() -> int:
    """How many connections may be open: with enough descriptors left for everything else."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, min(_CONNECTIONS, allowed - _OTHER_DESCRIPTORS))
