"""Workers: processes in which modules' code runs, each with a limit of time and of memory.

A module that hangs, eats memory or ends its process costs its own result and nothing else. What goes to a worker
are texts and plain values, never functions or classes, so that any process can take them.
"""

import logging
import multiprocessing
import os
import resource
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TimedOut
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import pebble

from happyface.acquire.extract import extract, failed, raised
from happyface.acquire.sources import checked_sources
from happyface.contract.module import Module
from happyface.contract.units import human
from happyface.errors import HappyFaceError, ModuleError
from happyface.model.results import Outcome
from happyface.site.modules import load_module
from happyface.site.processes import end_with_parent
from happyface.site.settings import AcquisitionSettings

log = logging.getLogger(__name__)

_OUT_OF_MEMORY = 77
"""Exit status of a worker that ran out of memory: the next module gets a fresh one."""


@dataclass(frozen=True)
class Task:
    """An instance, as a worker needs it: where its module's code is, and its settings as they were written."""

    instance: str
    location: str
    values: dict[str, Any]
    now: datetime


class Workers:
    """A pool of workers, started when first used."""

    def __init__(self, settings: AcquisitionSettings) -> None:
        self._settings = settings
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._pool = pebble.ProcessPool(
            max_workers=settings.workers or os.cpu_count() or 1,
            initializer=prepare,
            initargs=(int(settings.memory_limit),),
            context=context,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind:
            self._pool.stop()  # type: ignore[no-untyped-call]
        else:
            self._pool.close()  # type: ignore[no-untyped-call]
        self._pool.join()

    def start(self) -> None:
        """Start the workers while something else is waited for."""
        self._pool.schedule(_ready)

    def sources(self, task: Task) -> Future[dict[str, Any]]:
        """Ask a module what it wants to have fetched."""
        return self._schedule(_sources, task)

    def extract(self, task: Task, fetched: Mapping[str, Any]) -> Future[Outcome]:
        """Let a module read what was fetched for it."""
        return self._schedule(_extract, task, fetched)

    def _schedule(self, function: Any, *arguments: Any) -> Future[Any]:
        future: Future[Any] = self._pool.schedule(function, args=arguments, timeout=self._settings.time_limit)
        return future

    def outcome(self, task: Task, future: Future[Outcome]) -> Outcome:
        """What came of an extraction; that its worker was lost is an outcome, too."""
        try:
            return future.result()
        except Exception as error:
            return failed(task.instance, self.lost(error))

    def lost(self, error: Exception) -> str:
        """Why a worker gave no answer, as a sentence."""
        if isinstance(error, HappyFaceError):
            return str(error)
        if isinstance(error, TimedOut):
            limit = human(self._settings.time_limit, "seconds")
            return f"The module took longer than the {limit} that it may and was ended."
        if isinstance(error, pebble.ProcessExpired):
            if error.exitcode == _OUT_OF_MEMORY:
                limit = human(self._settings.memory_limit, "bytes")
                return f"The module needed more memory than the {limit} that it may use."
            return f"The module ended its own process (exit status {error.exitcode})."
        return f"The module failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"


def prepare(memory_limit: int) -> None:
    """In each worker: end with the process that started it, leave ^C to it, and take no more memory than allowed."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_limit, memory_limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _ready() -> None:
    """Nothing: that it ran means that a worker is there."""


def _sources(task: Task) -> dict[str, Any]:
    code = _loaded(task)
    with _guarded(code):
        sources = code(task.instance, code.Config.model_validate(task.values), task.now).sources()
        return checked_sources(code.__name__, sources)


def _extract(task: Task, fetched: Mapping[str, Any]) -> Outcome:
    code = _loaded(task)
    with _guarded(code):
        outcome = extract(code, task.instance, code.Config.model_validate(task.values), task.now, fetched)
        _ = outcome.values_digest  # made here, where there are several processors, and sent along
        return outcome


def _loaded(task: Task) -> type[Module]:
    try:
        return load_module(task.location)
    except ModuleError as error:
        raise ModuleError(f"The module cannot be used: {error}.") from None


@contextmanager
def _guarded(code: type[Module]) -> Iterator[None]:
    """Whatever a module raises, were it SystemExit, as an error that travels; without memory, the worker ends."""
    try:
        yield
    except HappyFaceError:
        raise
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    except BaseException as error:
        raise ModuleError(raised(code.__name__, error)) from None
