"""The main process's side of the process that workers and commands are forked from.

It needs nothing but the standard library: a command starts it first of all, so that it imports what workers need while
the command imports what it needs itself.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

HEAD = struct.Struct("!I")
"""What begins a request: how many bytes of JSON follow. The descriptors that belong to it come with it."""
_PATIENCE = 15.0
"""Seconds for the end of everything that was started."""


class Zygote:
    """The process that workers and commands are forked from; begun again when it is lost."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "happyface.acquire.workers.zygote", str(theirs.fileno())]
        # In a session of its own, so that ^C at a terminal reaches the acquisition alone.
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._control = ours

    def start(self, request: Mapping[str, Any], outputs: Sequence[int]) -> socket.socket:
        """Have something started under a keeper.

        Args:
            request: ``{"memory_limit"}`` of a worker, or ``{"command", "directory"}``.
            outputs: descriptors for its standard output and error; one for both if there is one only.

        Returns:
            The socket to talk to it. Lines of JSON come from it: what a worker answers, and ``{"ended": status}`` or
            ``{"unstarted": errno}`` from the keeper. When it is closed, all that was started ends.

        Raises:
            OSError: there are no more processes or descriptors.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._send(theirs)
                written = json.dumps(request).encode()
                # It has been read when all is sent: nobody else may take the beginning of what comes after it.
                socket.send_fds(ours, [HEAD.pack(len(written))], [outputs[0], outputs[-1]])
                ours.sendall(written)
            except OSError:
                ours.close()
                raise
        return ours

    def _send(self, channel: socket.socket) -> None:
        try:
            socket.send_fds(self._control, [b"."], [channel.fileno()])
        except OSError:  # a module may have killed it
            self._control.close()
            self._process.kill()
            self._process.wait()
            self._start()
            socket.send_fds(self._control, [b"."], [channel.fileno()])

    def close(self) -> None:
        """End it, when all that was forked from it has ended."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(OSError), self._control:
            self._control.shutdown(socket.SHUT_WR)
            self._control.settimeout(_PATIENCE)
            self._control.recv(1)  # nothing ever comes but its end, which Popen.wait would look for at times only
        self._process.kill()
        self._process.wait()


def pipe(outputs: int = 1) -> tuple[list[int], list[int]]:
    """So many pipes: the descriptors to read from, and those to write to. Raises OSError."""
    reads: list[int] = []
    writes: list[int] = []
    try:
        for _ in range(outputs):
            read, write = os.pipe()
            reads.append(read)
            writes.append(write)
    except OSError:
        close_all([*reads, *writes])
        raise
    return reads, writes


def close_all(descriptors: Sequence[int]) -> None:
    """Close some descriptors."""
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)
