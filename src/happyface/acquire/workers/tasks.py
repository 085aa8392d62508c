"""What a worker is asked to do: to name a module's sources, those of its second round, and to extract."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from happyface.acquire.sources import checked_sources
from happyface.acquire.workers.extract import extract, raised, with_files_in
from happyface.acquire.workers.messages import dump_outcome, load_fetched
from happyface.contract.module import Module, Previous
from happyface.errors import HappyFaceError, ModuleError
from happyface.site.describing import dumped_sources
from happyface.site.loading import load_module, summary
from happyface.site.nesting import nested_settings

OUT_OF_MEMORY = 77
"""Exit status of a worker that ran out of memory: the next module gets a fresh one."""

Request = Mapping[str, Any]
"""``task``: which function; ``location``, ``instance``, ``values`` and ``now`` of the module; ``directory``: of the
run's files; and what the task itself needs."""


def answer(request: Request) -> dict[str, Any]:
    """What comes of a request: ``{"value"}``, or ``{"error"}``, a sentence, with the ``detail`` for the log."""
    try:
        code = _loaded(request["location"])
        return {"value": _TASKS[request["task"]](code, request)}
    except HappyFaceError as error:
        return {"error": str(error)}
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException as error:  # a module may even call sys.exit()
        detail = "".join(traceback.format_exception(error))
        return {"error": f"The module failed: {summary(error)}.", "detail": detail}
    finally:
        _flush()


@cache
def _loaded(location: str) -> type[Module]:
    try:
        return load_module(location)
    except ModuleError as error:
        raise ModuleError(f"The module cannot be used: {error}.") from None


def _made(code: type[Module], request: Request) -> Module:
    config = code.Config.model_validate(nested_settings(code.Config, request["values"]))
    return code(request["instance"], config, datetime.fromisoformat(request["now"]))


def _name_sources(code: type[Module], request: Request) -> Any:
    with _failures_told(code, request):
        return dumped_sources(checked_sources(code.__name__, "sources", _made(code, request).sources()))


def _name_more_sources(code: type[Module], request: Request) -> Any:
    with _failures_told(code, request):
        then: Callable[..., Any] = getattr(_made(code, request), "then")  # noqa: B009 - not every module has it
        found = then(**{name: load_fetched(answer) for name, answer in request["fetched"].items()})
        return dumped_sources(checked_sources(code.__name__, "then", found))


@contextmanager
def _failures_told(code: type[Module], request: Request) -> Iterator[None]:
    """What a module raises as the sentence that its outcome would have."""
    try:
        yield
    except MemoryError:
        raise
    except BaseException as error:
        raise HappyFaceError(raised(code, request["instance"], error).sentence) from error


def _extract(code: type[Module], request: Request) -> Any:
    with _failures_told(code, request):
        module = _made(code, request)
    fetched = {name: load_fetched(answer) for name, answer in request["fetched"].items()}
    outcome = extract(code, module.instance, module.config, module.now, fetched, _previous(request["previous"]))
    return dump_outcome(with_files_in(outcome, Path(request["directory"])))


def _previous(value: Any) -> Previous | None:
    return None if value is None else Previous(**{**value, "time": datetime.fromisoformat(value["time"])})


_TASKS: dict[str, Callable[[type[Module], Request], Any]] = {
    "sources": _name_sources,
    "then": _name_more_sources,
    "extract": _extract,
}


def _flush() -> None:
    """Let what was printed go before the answer, so that it is known whose it is."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # a module may have closed it, or put anything in its place
            stream.flush()
