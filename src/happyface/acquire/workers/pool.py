"""Workers: processes in which modules' code runs, each with a limit of time and of memory.

A module that hangs, eats memory or ends its process costs its own result and nothing else. What goes to a worker, and
what comes back, are plain values as JSON. Shipped modules share workers; a class of a site, or of an installed package,
has one of its own, so that none meets what another has left behind.
"""

import json
import os
import select
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from happyface.acquire.workers.forking import Zygote
from happyface.acquire.workers.worker import Call, Worker
from happyface.contract.units import human
from happyface.site.processes import format_ending
from happyface.site.settings import AcquisitionSettings

_OUT_OF_MEMORY = 77  # as in tasks.py, which imports what only workers need


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


class _Queue:
    """The calls that wait, in an order in which a module that hangs costs the others little.

    Shipped modules are first. Then comes the module that owes the fewest answers: each is tried once before one that
    hangs takes a second worker.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self._waiting: dict[str, deque[Call]] = {}
        for call in sorted(calls, key=lambda call: not call.shares):
            self._waiting.setdefault(call.location, deque()).append(call)
        self._owed: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __contains__(self, location: str) -> bool:
        return location in self._waiting

    def take(self) -> Call:
        location = min(self._waiting, key=lambda each: self._owed[each])
        self._owed[location] += 1
        call = self._waiting[location].popleft()
        if not self._waiting[location]:
            del self._waiting[location]
        return call

    def is_answered(self, call: Call) -> None:
        self._owed[call.location] -= 1

    def rest(self) -> list[Call]:
        found = [call for calls in self._waiting.values() for call in calls]
        self._waiting.clear()
        return found


class Workers:
    """The workers of one run.

    Args:
        settings: limits of number, time and memory.
        directory: of the run's files.
        zygote: what they are forked from, where it has been started already.
    """

    def __init__(self, settings: AcquisitionSettings, directory: Path, zygote: Zygote | None = None) -> None:
        self.zygote = zygote or Zygote()
        self._settings = settings
        self._directory = str(directory)
        self._left = settings.deadline
        self._most = settings.workers or os.cpu_count() or 1
        self._idle: list[Worker] = []
        self._busy: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in (*self._idle, *self._busy):
            worker.end()
        self.zygote.close()

    def run(
        self, calls: Sequence[Call], on_progress: Callable[[], None] = lambda: None, share: float = 1
    ) -> dict[str, Answer]:
        """Make some calls, so many at a time as there may be workers; the answers by instance.

        Args:
            calls: what is to be done.
            on_progress: is called whenever a call is done.
            share: how much of the time that the run has left for its modules these calls may take.
        """
        answers: dict[str, Answer] = {}
        waiting = _Queue(calls)
        begun = time.monotonic()
        end = begun + self._left * share
        while (waiting or self._busy) and (self._busy or time.monotonic() < end):
            while waiting and len(self._busy) < self._most and time.monotonic() < end:
                call = waiting.take()
                if fault := self._begin(call, end):
                    answers[call.instance] = Answer(error=f"The module could not be run: {fault}.")
            for worker, answer in self._finished(end) if self._busy else []:
                if worker.call:
                    if not worker.has_ended:
                        waiting.is_answered(worker.call)
                    answers[worker.call.instance] = answer
                    on_progress()
                self._release(worker, waiting)
        self._left -= time.monotonic() - begun
        late = f"There was no time left for the module: {self._deadline} was over."
        return answers | {call.instance: Answer(error=late) for call in waiting.rest()}

    @property
    def _deadline(self) -> str:
        return f"the run's deadline of {human(self._settings.deadline, 'seconds')} for its modules"

    def _begin(self, call: Call, end: float) -> str:
        """Hand a call to a worker; why there is none to be had, if so."""
        try:
            worker = self._take("" if call.shares else call.location)
        except OSError as error:
            return error.strerror or "no worker can be started"
        self._busy.append(worker)
        worker.ask(call, self._directory, min(time.monotonic() + self._settings.time_limit, end))
        return ""

    def _take(self, location: str) -> Worker:
        for worker in self._idle:
            if worker.location == location:
                self._idle.remove(worker)
                return worker
        return Worker(self.zygote, int(self._settings.memory_limit), location)

    def _finished(self, end: float) -> list[tuple[Worker, Answer]]:
        """Wait for the next worker to answer, to end, or to run out of time; each with its answer."""
        patience = max(0.0, min(worker.deadline for worker in self._busy) - time.monotonic())
        channels = [worker.channel.fileno() for worker in self._busy]
        prints = [worker.printing for worker in self._busy if worker.prints]
        writes = [worker.channel.fileno() for worker in self._busy if not worker.is_told]
        readable, writable, _ = select.select([*channels, *prints], writes, [], patience)
        finished = []
        for worker in list(self._busy):
            if worker.channel.fileno() in writable:
                worker.send()
            if worker.printing in readable:
                worker.drain()
            line = worker.receive() if worker.channel.fileno() in readable else b""
            if line:
                finished.append((worker, self._answer(worker, line)))
            elif line is None:
                finished.append((worker, self._lost(worker, None)))
            elif time.monotonic() >= worker.deadline:
                finished.append((worker, self._late(worker, end)))
        return finished

    def _answer(self, worker: Worker, line: bytes) -> Answer:
        try:
            found = json.loads(line)
            if "ended" in found:
                return self._lost(worker, int(found["ended"]))
            if "unstarted" in found:
                return self._failure(worker, f"could not be run: {os.strerror(int(found['unstarted'])).lower()}")
            value, error, detail = found.get("value"), str(found.get("error", "")), str(found.get("detail", ""))
        except (ValueError, AttributeError, TypeError):
            return self._failure(worker, "answered what cannot be read and was ended")
        return Answer(value, error, detail, worker.take_printed())

    def _lost(self, worker: Worker, status: int | None) -> Answer:
        if status == _OUT_OF_MEMORY:
            limit = human(self._settings.memory_limit, "bytes")
            return self._failure(worker, f"needed more memory than the {limit} that it may use")
        how = "in an unknown way" if status is None else format_ending(status)
        return self._failure(worker, f"ended its own process ({how})")

    def _late(self, worker: Worker, end: float) -> Answer:
        if worker.deadline >= end:
            return self._failure(worker, f"was not done when {self._deadline} was over, and was ended")
        limit = human(self._settings.time_limit, "seconds")
        return self._failure(worker, f"took longer than the {limit} that it may and was ended")

    @staticmethod
    def _failure(worker: Worker, what: str) -> Answer:
        """A worker that is of no use any more, and why."""
        printed = worker.take_printed()
        worker.end()
        return Answer(error=f"The module {what}.", printed=printed)

    def _release(self, worker: Worker, waiting: _Queue) -> None:
        """Keep a worker for the next call; one of a class that is not needed any more is ended."""
        self._busy.remove(worker)
        worker.call = None
        if worker.location and worker.location not in waiting:
            worker.end()
        elif not worker.has_ended:
            self._idle.append(worker)
