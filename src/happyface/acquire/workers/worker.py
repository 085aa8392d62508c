"""One worker, as the acquisition sees it: a socket for calls and answers, and a pipe of what is printed."""

import contextlib
import json
import os
from dataclasses import dataclass
from typing import Any

from happyface.acquire.workers.forking import Zygote, close_all, pipe
from happyface.contract.units import human

_PRINTED = 10_000
"""So many bytes of what an instance prints are logged."""
_PART = 1 << 20
"""Bytes that are read at a time; no pipe holds more."""


@dataclass(frozen=True)
class Call:
    """Something that a worker is asked to do for an instance.

    Attributes:
        task: which of ``tasks.py``.
        location: where the module's code is.
        shares: it may share its worker with other modules.
        arguments: what the task needs, as plain values.
    """

    task: str
    instance: str
    location: str
    shares: bool
    arguments: dict[str, Any]


class Worker:
    """A worker, and the call that it is at.

    Args:
        zygote: what it is forked from.
        memory_limit: bytes that it may use.
        location: of the only module that it serves; empty: of all that share.

    Raises:
        OSError: there are no more processes or descriptors.
    """

    def __init__(self, zygote: Zygote, memory_limit: int, location: str) -> None:
        (self.printing,), written = pipe()
        try:
            self.channel = zygote.start({"memory_limit": memory_limit}, written)
        except OSError:
            os.close(self.printing)
            raise
        finally:
            close_all(written)
        os.set_blocking(self.printing, False)
        self.channel.setblocking(False)
        self.location = location
        self.call: Call | None = None
        self.deadline = 0.0
        self.has_ended = False
        self.prints = True  # until nobody can write to its pipe any more
        self._unsent, self._received = memoryview(b""), bytearray()
        self._printed, self._discarded = b"", 0

    def ask(self, call: Call, directory: str, deadline: float) -> None:
        """Hand it a call, of which it is told as it takes it."""
        given = {"directory": directory, **call.arguments}
        request = {"task": call.task, "instance": call.instance, "location": call.location, **given}
        self.take_printed()  # what is left of another instance's
        self.call, self.deadline = call, deadline
        self._unsent = memoryview(json.dumps(request).encode() + b"\n")
        self.send()

    @property
    def is_told(self) -> bool:
        """Whether it has been sent all of its call."""
        return not self._unsent

    def send(self) -> None:
        """Send what it takes at once: it may have been stopped, and nothing waits for that."""
        with contextlib.suppress(OSError):  # that it has gone is seen when its answer is read
            self._unsent = self._unsent[self.channel.send(self._unsent) :]

    def receive(self) -> bytes | None:
        """Take what has come: a whole line, nothing yet (empty), or None when the worker has gone."""
        try:
            part = self.channel.recv(_PART)
        except BlockingIOError:
            return b""
        except OSError:
            part = b""
        self._received += part
        if part and b"\n" not in part:
            return b""
        line, end, rest = self._received.partition(b"\n")
        if not end:
            return None
        self._received = rest
        return bytes(line)

    def drain(self) -> None:
        """Read what it has printed: the beginning is kept."""
        with contextlib.suppress(BlockingIOError):
            part = os.read(self.printing, _PART)
            self.prints = bool(part)
            kept = part[: _PRINTED - len(self._printed)]
            self._printed += kept
            self._discarded += len(part) - len(kept)

    def take_printed(self) -> str:
        """The beginning of what was printed for the call, and how much more it was."""
        self.drain()
        text, more = self._printed.decode("utf-8", "replace").strip(), self._discarded
        self._printed, self._discarded = b"", 0
        return f"{text} … ({human(more, 'bytes')} more)" if more else text

    def end(self) -> None:
        """End it, with everything that it has started."""
        if not self.has_ended:
            self.has_ended = True
            self.channel.close()
            os.close(self.printing)
