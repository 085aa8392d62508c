"""No process outlives the one that started it, however that ends."""

import ctypes
import resource
import signal
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def limit_process(memory: int) -> None:
    """To be called in a child: it ends with its parent, leaves ^C to it, and takes no more memory, in bytes."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the whole group
    # RLIMIT_DATA and not RLIMIT_AS: reserved address space is no memory, and some libraries reserve a lot.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no file of that size behind


def end_with_parent() -> None:
    """To be called in a child: it is killed when its parent ends. Linux alone knows how; elsewhere nothing is done."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
