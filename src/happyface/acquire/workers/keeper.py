"""A keeper: the parent of one worker or of one command, which ends all that this has started.

Orphans become its children, so that no session of its own and no second fork leads away from it. It acts when what it
keeps has ended, and when nobody is at the other end of its socket any more: that is how a worker's time is over, and
how everything ends after a ``kill -9`` of the acquisition.
"""

import errno
import json
import os
import select
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from happyface.acquire.workers.forking import HEAD
from happyface.acquire.workers.tasks import OUT_OF_MEMORY, answer
from happyface.site.processes import adopt_orphans, end_descendants, end_with_parent, limit_memory, woken_by_children

_ORDINARY = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_OF_PROGRAMS = (signal.SIGPIPE, signal.SIGXFSZ)
"""What Python ignores, and other programs do not expect to be ignored."""


def keep(channel: socket.socket) -> None:
    """Start what is asked for, wait for its end or for that of who wants it, and end what is left."""
    os.setsid()  # a module that kills the group of its parent kills this process alone
    adopt_orphans()
    woken = woken_by_children()
    request, outputs = _request(channel)
    try:
        pid = os.fork()
    except OSError as error:
        tell(channel, unstarted=error.errno or 0)
        return
    if not pid:
        woken.close()
        _become(request, outputs, channel)
    for output in outputs:
        os.close(output)
    status = _end_of(pid, woken, channel)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    else:
        tell(channel, ended=status)
    end_descendants()


def tell(channel: socket.socket, **values: int) -> None:
    """Write a line to the acquisition, if it is there."""
    with suppress(OSError):
        channel.sendall(json.dumps(values).encode() + b"\n")


def _request(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, outputs, _, _ = socket.recv_fds(channel, HEAD.size, 2, socket.MSG_WAITALL)
    (size,) = HEAD.unpack(head)
    written = bytearray()
    while len(written) < size:
        part = channel.recv(size - len(written))
        if not part:
            raise EOFError
        written += part
    return json.loads(written), outputs


def _end_of(pid: int, woken: socket.socket, channel: socket.socket) -> int | None:
    """Wait for the end of a child: its exit status; None when nobody is interested any more."""
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    poll.register(channel, 0)  # that the other end was closed is told unasked
    while True:
        if channel.fileno() in dict(poll.poll()):
            return None
        woken.recv(4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == pid:
                    return os.waitstatus_to_exitcode(ended[1])


def _become(request: Mapping[str, Any], outputs: Sequence[int], channel: socket.socket) -> NoReturn:
    """Be the worker or the command that is asked for."""
    try:
        end_with_parent()
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in _ORDINARY:
            signal.signal(number, signal.SIG_DFL)
        for stream, output in enumerate(outputs, start=1):
            os.dup2(output, stream)
            os.close(output)
        if "command" in request:
            _execute(request["command"], request["directory"], channel)
        limit_memory(request["memory_limit"])
        _work(channel)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # the acquisition has gone, or what was to be told cannot be written
        os._exit(1)
    os._exit(0)


def _execute(words: Sequence[str], directory: str, channel: socket.socket) -> None:
    for number in _OF_PROGRAMS:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.chdir(directory)
        os.execvp(words[0], list(words))  # noqa: S606 - no shell is meant
    except OSError as error:
        tell(channel, unstarted=error.errno or 0)
    except ValueError:  # a NUL in a word
        tell(channel, unstarted=errno.EINVAL)


def _work(requests: socket.socket) -> None:
    """Answer one request after another, a line of JSON each, until there are no more."""
    with requests.makefile("rb") as lines:
        for line in lines:
            requests.sendall(json.dumps(answer(json.loads(line))).encode() + b"\n")
