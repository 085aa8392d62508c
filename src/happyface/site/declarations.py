"""What modules declare, and how they judge their instances' settings: asked once, and kept as plain data.

A module's code runs in a process of its own, with limits. What came of it is kept in a file of the site by the content
of the module's files and of the settings, so that nothing is run for what has not changed.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from happyface.contract.declaration import Declaration
from happyface.contract.units import human
from happyface.site.modules import FoundModule
from happyface.site.processes import format_ending

TIME_LIMIT = 20.0
"""Seconds that importing a module, and having it check its instances' settings, may take."""
TIME_FOR_ALL = 60.0
"""Seconds after which no further module is begun with."""
_AT_ONCE = 8
"""How many modules of sites and packages are asked at a time: most of those that take long only wait."""
_PATIENCE = 15.0
"""Seconds in which a process has to end what it has started."""
_KEPT = 600.0
"""Seconds for which it is kept that a module hangs: a busy machine must not be held against it for good."""
_DECLARATION = TypeAdapter(Declaration)

WrittenSettings = Mapping[str, Mapping[str, dict[str, str]]]
"""The settings of some instances as they are written, ``own`` ones and ``defaults``, by the instances' names."""


@dataclass(frozen=True)
class Described:
    """The result of reading a module.

    Attributes:
        declaration: what it declares; None where it cannot be used.
        error: why not, as a part of a sentence.
        checked: the results of :func:`describing.check_settings` by the names of its instances.
    """

    declaration: Declaration | None = None
    error: str = ""
    checked: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class _Task:
    """A module to be described, with those of its instances whose settings it has not checked yet."""

    module: FoundModule
    digest: str
    instances: WrittenSettings


def describe_modules(
    wanted: Sequence[tuple[FoundModule, WrittenSettings]], cache_file: Path | None = None
) -> dict[str, Described]:
    """What some modules declare, by their names.

    Args:
        wanted: the modules, each with its instances' settings.
        cache_file: the file in which earlier answers are; it is renewed where it can be written.
    """
    cache = _read(cache_file)
    digests = {module.name: f"{_environment()}-{module.digest}" for module, _ in wanted}
    tasks = _tasks(wanted, digests, cache)
    for task, answer in _ask_all(tasks):
        known = cache.setdefault(task.digest, {"instances": {}})
        checked = answer.pop("instances", {})
        known |= answer
        known["instances"] |= {_digest(task.instances[name]): found for name, found in checked.items()}
    if tasks and cache_file:
        _write(cache_file, {digest: cache[digest] for digest in digests.values()})
    return {module.name: _described(cache[digests[module.name]], instances) for module, instances in wanted}


def _tasks(
    wanted: Sequence[tuple[FoundModule, WrittenSettings]], digests: Mapping[str, str], cache: Mapping[str, Any]
) -> list[_Task]:
    """The modules about which the cache does not know everything."""
    tasks = []
    for module, instances in wanted:
        digest = digests[module.name]
        unknown = _unknown(cache.get(digest), instances)
        if unknown or digest not in cache:
            tasks.append(_Task(module, digest, unknown))
    return tasks


def _described(known: Mapping[str, Any], instances: WrittenSettings) -> Described:
    if "error" in known:
        return Described(error=known["error"])
    checked = {name: known["instances"][_digest(values)] for name, values in instances.items()}
    return Described(_DECLARATION.validate_python(known["declaration"]), checked=checked)


def _unknown(known: Mapping[str, Any] | None, instances: WrittenSettings) -> WrittenSettings:
    if known is None:
        return instances
    if "error" in known:
        return {}
    return {name: values for name, values in instances.items() if _digest(values) not in known["instances"]}


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _environment() -> str:
    """A digest of Python, the installed packages and HappyFace itself: when it changes, all modules are read anew."""
    package, extra = Path(__file__).parents[1], os.environ.get("PYTHONPATH", "")
    code = [*(package / "contract").glob("**/*.py"), *(package / "site").glob("*.py")]
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *filter(None, extra.split(os.pathsep))}
    # Times and not contents: installed packages are many files, and this is asked at each start.
    times = [path.stat().st_mtime_ns for path in (*sorted(code), *map(Path, sorted(installed))) if path.exists()]
    return hashlib.sha256(f"{sys.version} {extra} {times}".encode()).hexdigest()[:16]


def _read(cache_file: Path | None) -> dict[str, dict[str, Any]]:
    if cache_file is None:
        return {}
    try:
        found = json.loads(cache_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # all modules are simply asked again
    if not isinstance(found, dict):
        return {}
    return {digest: known for digest, known in found.items() if not _is_passed(known)}


def _write(cache_file: Path, cache: Mapping[str, Any]) -> None:
    """Keep the answers, where this process may write: a reader without that right asks anew each time."""
    with contextlib.suppress(OSError):
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        # Commands may run at the same time: each writes a file of its own, and the last one stays.
        copy = cache_file.with_name(f"{cache_file.name}.{os.getpid()}")
        copy.write_text(json.dumps(cache), encoding="utf-8")
        copy.replace(cache_file)


def _ask_all(tasks: Sequence[_Task]) -> Iterable[tuple[_Task, dict[str, Any]]]:
    """Ask modules: the shipped ones together in one process, any other in one of its own."""
    ours = [task for task in tasks if task.module.origin == "shipped"]
    groups = [[task] for task in tasks if task.module.origin != "shipped"] + ([ours] if ours else [])
    if not groups:
        return []
    # Threads are enough: they wait for processes.
    end = time.monotonic() + TIME_FOR_ALL
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [pair for answered in threads.map(lambda group: _ask(group, end), groups) for pair in answered]


def _ask(tasks: Sequence[_Task], end: float) -> list[tuple[_Task, dict[str, Any]]]:
    """Ask some modules in one process. One that ends it or hangs gets an error; those after it are asked in another.

    Args:
        tasks: the modules.
        end: when no other process is begun, by the monotonic clock.
    """
    answered: list[tuple[_Task, dict[str, Any]]] = []
    left = list(tasks)
    while left and time.monotonic() < end:
        answers, fault = _run(left)
        answered += zip(left, answers, strict=False)
        if len(answers) < len(left):
            answered.append((left[len(answers)], _passing(fault)))
        left = left[len(answers) + 1 :]
    return [*answered, *((task, _passing("there was no time left to read it, for others hang")) for task in left)]


def _passing(fault: str) -> dict[str, Any]:
    """The answer for a module that has given none."""
    return {"error": fault, "until": time.time() + _KEPT}


def _is_passed(known: Mapping[str, Any]) -> bool:
    # Neither is it kept from a time ahead: the clock may have been set.
    return "until" in known and not 0 <= known["until"] - time.time() <= _KEPT


def _run(tasks: Sequence[_Task]) -> tuple[list[dict[str, Any]], str]:
    """Start a process that describes modules. Returns its answers, and the error of the first one that has none."""
    question = json.dumps([{"location": task.module.location, "instances": dict(task.instances)} for task in tasks])
    process = subprocess.Popen(
        # -P: what lies in the current directory, a json.py say, must not be imported.
        [sys.executable, "-P", "-m", "happyface.site.describing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # away from the signals of a terminal
    )
    with process:
        try:
            output, has_ended = _output(process, question.encode())
            fault = (
                f"reading it ends its process ({format_ending(process.returncode)})"
                if has_ended
                else f"importing it does not end within {human(TIME_LIMIT, 'seconds')}"
            )
        finally:
            _end(process)
    return _answers(output), fault


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may still run, and have it end whatever the modules have started."""
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:  # it cannot do so any more
        process.kill()


def _output(process: subprocess.Popen[bytes], question: bytes) -> tuple[bytes, bool]:
    """What a process answers, and whether it has ended: it may take its time as long as answers come."""
    answers = 0
    while True:
        try:
            return process.communicate(question, timeout=TIME_LIMIT)[0], True
        except subprocess.TimeoutExpired as error:
            # What was answered before one hung counts; the question has been taken up once and for all.
            output, question = error.stdout or b"", b""
        if output.count(b"\n") == answers:
            return output, False
        answers = output.count(b"\n")


def _answers(output: bytes) -> list[dict[str, Any]]:
    found = []
    # The last piece is empty, or a line that was cut off when the process was ended.
    for line in output.split(b"\n")[:-1]:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found
