"""The process that workers and commands are forked from: ``python -m happyface.acquire.workers.zygote DESCRIPTOR``.

It has imported everything that a worker needs, and has no thread, so that a worker is there within milliseconds. Over
its socket it is sent one end of another socket for each worker or command that is wanted, and forks a keeper for it,
which does the rest. It ends when the acquisition has gone, however that ended, and all keepers have.

Why not multiprocessing's forkserver or a pool made of it: they unpickle in the main process whatever a worker writes,
and import the command line anew in each worker.
"""

import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress

from happyface.acquire.workers.keeper import keep, tell
from happyface.site.processes import adopt_orphans, end_descendants, woken_by_children

_HIDDEN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""A module may send them to its parent; only the acquisition ends this process, by going."""


def main(descriptor: int) -> None:
    """Fork keepers until the acquisition has gone."""
    for number in _HIDDEN:
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()  # what workers share with this process is never written to, and so never copied
    adopt_orphans()
    control, woken = socket.socket(fileno=descriptor), woken_by_children()
    keepers: set[int] = set()
    while _is_alive(control, woken, keepers):
        pass
    while keepers:
        _bury(keepers)


def _is_alive(control: socket.socket, woken: socket.socket, keepers: set[int]) -> bool:
    """Wait for the next thing to happen, and see to it; False when the acquisition has gone."""
    ready, _, _ = select.select([control, woken], [], [])
    if woken in ready:
        woken.recv(4096)
        _bury(keepers, os.WNOHANG)
    if control in ready:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        except OSError:
            return False
        for descriptor in descriptors:
            with socket.socket(fileno=descriptor) as channel:
                _fork(channel, keepers, control, woken)
        return bool(message)
    return True


def _bury(keepers: set[int], options: int = 0) -> None:
    """Take note of who has ended. A keeper that was killed has left to this process what it had to end."""
    with suppress(ChildProcessError):
        while keepers:
            pid, status = os.waitpid(-1, options)
            if not pid:
                break
            keepers.discard(pid)
            if status:
                end_descendants(spare=keepers)


def _fork(channel: socket.socket, keepers: set[int], *inherited: socket.socket) -> None:
    channel.set_inheritable(False)  # what came over a socket would go to every program that is run
    try:
        pid = os.fork()
    except OSError as error:
        tell(channel, unstarted=error.errno or 0)
        return
    if pid:
        keepers.add(pid)
        return
    try:
        for opened in inherited:
            opened.close()
        keep(channel)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
    os._exit(0)
