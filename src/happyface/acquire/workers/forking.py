"""The main process's side of the process that workers are forked from.

It needs nothing but the standard library: a command starts it first of all, so that it imports what workers need while
the command imports what it needs itself.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys


def end_group(pid: int) -> None:
    """End a worker and everything in its session that it has started."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)


class Zygote:
    """The process that workers are forked from; begun again when it is lost."""

    def __init__(self) -> None:
        self._statuses: dict[int, int] = {}
        self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "happyface.acquire.workers.zygote", str(theirs.fileno())]
        # In a session of its own, so that ^C at a terminal reaches the acquisition alone.
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
        )
        theirs.close()
        self._control, self._received = ours, b""

    def fork(self, memory_limit: int) -> tuple[int, socket.socket]:
        """A new worker: its process and the socket to talk to it. Raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            for _ in range(2):
                with contextlib.suppress(OSError):
                    socket.send_fds(self._control, [str(memory_limit).encode()], [theirs.fileno()])
                    if pid := self._await("pid"):
                        return pid, ours
                self._end()  # a module may have killed it
                self._start()
        ours.close()
        raise OSError("no worker can be started")

    def status(self, pid: int) -> int | None:
        """The exit status of a worker that has ended; None where it is not told within a second."""
        while pid not in self._statuses:
            if self._await("ended", patience=1) is None:
                break
        return self._statuses.get(pid)

    def _await(self, wanted: str, patience: float | None = None) -> int | None:
        """Read what it tells up to something that is wanted; None when it has gone, or tells nothing for too long."""
        while True:
            while b"\n" in self._received:
                line, _, self._received = self._received.partition(b"\n")
                told = json.loads(line)
                if "ended" in told:
                    self._statuses[told["ended"]] = told["status"]
                if wanted in told:
                    return int(told[wanted])
            ready, _, _ = select.select([self._control], [], [], patience)
            part = self._control.recv(1 << 16) if ready else b""
            if not part:
                return None
            self._received += part

    def _end(self) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it, with all its workers."""
        if self._process.returncode is not None:
            return
        self._control.close()  # it ends its workers, and then itself
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
