"""Workers: processes in which modules' code runs, each with a limit of time and of memory.

A module that hangs, eats memory or ends its process costs its own result and nothing else. What goes to a worker, and
what comes back, are plain values as JSON. Shipped modules share workers; a class of a site, or of an installed package,
has one of its own, so that none meets what another has left behind.
"""

import contextlib
import json
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from happyface.acquire.workers.forking import Zygote, end_group
from happyface.contract.units import human
from happyface.site.settings import AcquisitionSettings

_OUT_OF_MEMORY = 77  # as in tasks.py, which imports what only workers need
_PRINTED = 10_000
"""So many bytes of what an instance prints are logged."""


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


@dataclass(frozen=True)
class Answer:
    """What came of a call: a plain value, or why there is none, as a sentence.

    Attributes:
        detail: for the log: the traceback of what failed.
        printed: what the module printed.
    """

    value: Any = None
    error: str = ""
    detail: str = ""
    printed: str = ""


@dataclass
class _Worker:
    """A worker, and the call that it is at."""

    pid: int
    channel: socket.socket
    location: str
    call: Call | None = None
    deadline: float = 0.0
    printed: Path = Path()
    received: bytearray = field(default_factory=bytearray)

    def receive(self) -> bytes | None:
        """Take what has come: a whole answer, nothing yet (empty), or None when the worker has gone."""
        try:
            part = self.channel.recv(1 << 20)
        except OSError:
            part = b""
        if not part:
            return None
        self.received += part
        if not part.endswith(b"\n"):
            return b""
        line, self.received = bytes(self.received), bytearray()
        return line

    def end(self) -> None:
        """End it, with everything in its session that it has started."""
        self.channel.close()
        end_group(self.pid)


class Workers:
    """The workers of one run.

    Args:
        settings: limits of number, time and memory.
        directory: of the run's files.
        zygote: what they are forked from, where it has been started already.
    """

    def __init__(self, settings: AcquisitionSettings, directory: Path, zygote: Zygote | None = None) -> None:
        self._settings = settings
        self._directory = directory
        self._zygote = zygote or Zygote()
        self._most = settings.workers or os.cpu_count() or 1
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in (*self._idle, *self._busy):
            worker.end()
        self._zygote.close()

    def run(self, calls: Sequence[Call], on_progress: Callable[[], None] = lambda: None) -> dict[str, Answer]:
        """Make some calls, so many at a time as there may be workers; the answers by instance."""
        answers: dict[str, Answer] = {}
        waiting = deque(calls)
        while waiting or self._busy:
            while waiting and len(self._busy) < self._most:
                call = waiting.popleft()
                if not self._begin(call):
                    answers[call.instance] = Answer(error="The module could not be run: no worker can be started.")
            for worker, answer in self._finished():
                if worker.call:
                    answers[worker.call.instance] = answer
                    on_progress()
                self._release(worker, {each.location for each in waiting if not each.shares})
        return answers

    def _begin(self, call: Call) -> bool:
        """Hand a call to a worker; False where there is none to be had."""
        worker = self._take("" if call.shares else call.location)
        if worker is None:
            return False
        self._number += 1
        worker.call, worker.printed = call, self._directory / f"printed-{self._number}"
        worker.deadline = time.monotonic() + self._settings.time_limit
        self._busy.append(worker)
        given = {"directory": str(self._directory), "printed": str(worker.printed), **call.arguments}
        request = {"task": call.task, "instance": call.instance, "location": call.location, **given}
        worker.channel.settimeout(self._settings.time_limit)
        with contextlib.suppress(OSError):  # that it has gone is seen when its answer is read
            worker.channel.sendall(json.dumps(request).encode() + b"\n")
        worker.channel.setblocking(False)
        return True

    def _take(self, location: str) -> _Worker | None:
        for worker in self._idle:
            if worker.location == location:
                self._idle.remove(worker)
                return worker
        try:
            return _Worker(*self._zygote.fork(int(self._settings.memory_limit)), location)
        except OSError:
            return None

    def _finished(self) -> list[tuple[_Worker, Answer]]:
        """Wait for the next worker to answer, to end, or to run out of time; each with its answer."""
        patience = max(0.0, min(worker.deadline for worker in self._busy) - time.monotonic())
        ready, _, _ = select.select([worker.channel for worker in self._busy], [], [], patience)
        finished = []
        for worker in list(self._busy):
            line = worker.receive() if worker.channel in ready else b""
            if line:
                finished.append((worker, self._answer(worker, line)))
            elif line is None:
                finished.append((worker, self._lost(worker)))
            elif time.monotonic() >= worker.deadline:
                limit = human(self._settings.time_limit, "seconds")
                finished.append((worker, self._failure(worker, f"took longer than the {limit} that it may")))
        return finished

    def _answer(self, worker: _Worker, line: bytes) -> Answer:
        try:
            found = json.loads(line)
            value, error, detail = found.get("value"), str(found.get("error", "")), str(found.get("detail", ""))
        except (ValueError, AttributeError):
            return self._failure(worker, "answered what cannot be read")
        return Answer(value, error, detail, _read_start(worker.printed))

    def _lost(self, worker: _Worker) -> Answer:
        status = self._zygote.status(worker.pid)
        if status == _OUT_OF_MEMORY:
            limit = human(self._settings.memory_limit, "bytes")
            return self._failure(worker, f"needed more memory than the {limit} that it may use", ended=True)
        how = "in an unknown way" if status is None else f"exit status {status}"
        return self._failure(worker, f"ended its own process ({how})", ended=True)

    def _failure(self, worker: _Worker, what: str, ended: bool = False) -> Answer:
        """A worker that is of no use any more, and why."""
        if ended:  # its number may be another process's by now
            worker.channel.close()
        else:
            worker.end()
        worker.pid = 0
        sentence = f"The module {what}{'' if ended else ' and was ended'}."
        return Answer(error=sentence, printed=_read_start(worker.printed))

    def _release(self, worker: _Worker, wanted: Collection[str]) -> None:
        """Keep a worker for the next call; one of a class that is not needed any more is ended."""
        self._busy.remove(worker)
        worker.call = None
        if not worker.pid:
            return
        if worker.location and worker.location not in wanted:
            worker.end()
        else:
            self._idle.append(worker)


def _read_start(printed: Path) -> str:
    """The beginning of what was printed."""
    try:
        with printed.open("rb") as file:
            text = file.read(_PRINTED).decode("utf-8", "replace")
        printed.unlink()
    except OSError:
        return ""
    return text.strip()
