"""No process outlives the one that started it, however that ends."""

import ctypes
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 10.0
"""Seconds for killing what has descended from a process; what the system does not let go of is left alone then."""


def limit_process(memory: int) -> None:
    """To be called in a child: it ends with its parent, leaves ^C to it, and takes no more memory, in bytes."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the whole group
    limit_memory(memory)


def limit_memory(memory: int) -> None:
    """To be called in a child: it takes no more memory, in bytes, and leaves none of it behind when it crashes."""
    # RLIMIT_DATA and not RLIMIT_AS: reserved address space is no memory, and some libraries reserve a lot.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no file of that size behind


def end_with_parent() -> None:
    """To be called in a child: it is killed when its parent ends. Linux alone knows how; elsewhere nothing is done."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """To be called in a parent: a descendant whose own parent ends becomes its child, in whatever session.

    Linux alone knows how; elsewhere nothing is done.
    """
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def watch_over(work: Callable[[], None]) -> int:
    """Do some work in a child of this process, and end all that it has started; returns its exit status.

    The same is done when this process is sent SIGTERM, as it is when its own parent ends. A signal that ended the work
    is told as shells do, as 128 and its number.
    """
    adopt_orphans()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the whole group
    # Before there is a child, so that none is ever left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    pid = os.fork()
    if not pid:
        _do(work)
    try:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return status if status >= 0 else 128 - status
    finally:
        end_descendants()


def format_ending(status: int) -> str:
    """How a process ended: ``status 3``, or ``signal SIGKILL``, of which a parent is told -9, and by a shell 137."""
    number = -status if status < 0 else status - 128
    if number > 0:
        with suppress(ValueError):  # 200 is no signal
            return f"signal {signal.Signals(number).name}"
    return f"status {status}"


def _do(work: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with_parent()
        os.setsid()  # what kills its own group leaves the parent alone
        work()
        status = 0
    finally:
        os._exit(status)


def _prctl(option: int, value: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def woken_by_children() -> socket.socket:
    """A socket that has something to read whenever a child of this process has ended."""
    woken, wakes = socket.socketpair()
    woken.setblocking(False)
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return woken


def end_descendants(spare: Collection[int] = ()) -> None:
    """Kill everything that descends from this process, but for some of its children and what is theirs.

    After :func:`adopt_orphans` nothing escapes by a session of its own or by the end of its parent. This process must
    have no other use for how its children end.
    """
    if not spare and not _has_children():
        return  # the usual case, without a look at all processes of the machine
    import psutil  # only where something was left running

    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        strays = [child for child in psutil.Process().children() if child.pid not in spare]
        if not strays:
            break
        for stray in strays:
            with suppress(psutil.NoSuchProcess):
                for process in (*stray.children(recursive=True), stray):
                    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # sudo, say
                        process.kill()
        psutil.wait_procs(strays, timeout=1)


def _has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
