"""The process that workers are forked from: ``python -m happyface.acquire.workers.zygote DESCRIPTOR``.

It has imported everything that a worker needs, and has no thread, so that a worker is there within milliseconds. Over
its socket it is sent one end of another socket for each worker that is wanted. It answers ``{"pid"}``, tells
``{"ended", "status"}`` of each worker that has ended, and ends them all when the acquisition has gone, however that
ended.

Why not multiprocessing's forkserver or a pool made of it: they unpickle in the main process whatever a worker writes,
and import the command line anew in each worker.
"""

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress

from happyface.acquire.workers.forking import end_group
from happyface.acquire.workers.tasks import OUT_OF_MEMORY, answer

_HIDDEN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""A module may send them to its parent; only the acquisition ends this process, by going."""


def main(descriptor: int) -> None:
    """Fork workers until the acquisition has gone."""
    for each in _HIDDEN:
        signal.signal(each, signal.SIG_IGN)
    gc.freeze()  # what workers share with this process is never written to, and so never copied
    control = socket.socket(fileno=descriptor)
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    workers: set[int] = set()
    while _is_alive(control, woken, workers):
        pass
    for pid in workers:
        end_group(pid)


def _is_alive(control: socket.socket, woken: socket.socket, workers: set[int]) -> bool:
    """Wait for the next thing to happen, and see to it; False when the acquisition has gone."""
    ready, _, _ = select.select([control, woken], [], [])
    if woken in ready:
        woken.recv(4096)
    try:
        for pid, status in _ended():
            workers.discard(pid)
            end_group(pid)  # what it has started ends with it
            _tell(control, ended=pid, status=status)
        if control in ready:
            message, descriptors, _, _ = socket.recv_fds(control, 64, 1)
            if not message:
                return False
            pid = _fork(descriptors[0], int(message), control, woken)
            os.close(descriptors[0])
            workers.add(pid)
            _tell(control, pid=pid)
    except OSError:  # nobody listens any more
        return False
    return True


def _ended() -> list[tuple[int, int]]:
    found = []
    with suppress(ChildProcessError):
        while (pair := os.waitpid(-1, os.WNOHANG))[0]:
            found.append((pair[0], os.waitstatus_to_exitcode(pair[1])))
    return found


def _tell(control: socket.socket, **values: int) -> None:
    control.sendall(json.dumps(values).encode() + b"\n")


def _fork(descriptor: int, memory_limit: int, *inherited: socket.socket) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (*_HIDDEN, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        for opened in inherited:
            opened.close()
        resource.setrlimit(resource.RLIMIT_DATA, (memory_limit, memory_limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _work(socket.socket(fileno=descriptor))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:  # the acquisition has gone, or what was to be told cannot be written
        os._exit(1)
    os._exit(0)


def _work(requests: socket.socket) -> None:
    """Answer one request after another, a line of JSON each, until there are no more."""
    with requests.makefile("rb") as lines:
        for line in lines:
            requests.sendall(json.dumps(answer(json.loads(line))).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
    os._exit(0)
