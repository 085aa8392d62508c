"""One acquisition cycle, and the loop around it."""

import contextlib
import fcntl
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from happyface.acquire.cache import Cache
from happyface.acquire.extract import failed, raised
from happyface.acquire.fetch import Fetcher
from happyface.acquire.sources import at_time, shaped
from happyface.acquire.workers import Task, Workers
from happyface.contract.fetched import Fetched
from happyface.contract.files import File
from happyface.contract.module import Module
from happyface.contract.source import Source, flat_sources
from happyface.errors import BusyError, HappyFaceError, StoreError
from happyface.model.results import FinishedRun, Outcome, SourceFact
from happyface.site import Site
from happyface.site.site import Instance
from happyface.store import Store, StoredRun

log = logging.getLogger(__name__)

_OURS = "happyface.modules."
_KEPT = 256 * 1024
"""Bytes of a body that are kept to explain an error."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def cycle(site: Site, store: Store, now: datetime | None = None, progress: Progress = lambda *_: None) -> StoredRun:
    """Acquire once: the way of the data from the sources to a complete run.

    1. Make sure that nobody else acquires this site, and clear away what a killed run left.
    2. Ask every instance for its sources.
    3. Fetch them, equal ones once.
    4. Let the modules read and rate what was fetched, in workers.
    5. Store it all in one transaction.

    Raises:
        BusyError: another acquisition of the site is under way.
        StoreError: the database cannot be written.
    """
    with alone(site), _workspace(site) as directory:
        store.recover()
        begun, now = monotonic(), now or datetime.now(UTC)
        with Workers(site.settings.acquisition) as workers:
            workers.start()
            jobs = _jobs(site, workers, now)
            answers = _fetch(site, jobs, directory, progress)
            outcomes = _outcomes(jobs, answers, workers, directory, progress)
        run = FinishedRun(now, monotonic() - begun, site.outline, outcomes, note_of(answers))
        stored = store.write(run)
    _tell(site, run, stored)
    return stored


def every(once: Callable[[], None], seconds: float, stop: threading.Event) -> None:
    """Call ``once`` now and at every full multiple of ``seconds`` of the clock, until ``stop`` is set.

    Whatever a cycle raises is logged, and the loop goes on.
    """
    while not stop.is_set():
        try:
            once()
        except HappyFaceError as error:
            log.error("%s", error)
        except Exception:
            log.exception("This acquisition failed; the next one is tried at its time.")
        stop.wait(seconds - datetime.now(UTC).timestamp() % seconds)


@dataclass
class _Job:
    """An instance on its way through a cycle."""

    instance: Instance
    task: Task
    sources: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None


@contextlib.contextmanager
def alone(site: Site) -> Iterator[None]:
    """Hold the site's lock, which the system takes back however this process ends."""
    try:
        site.data.mkdir(parents=True, exist_ok=True)
        opened = (site.data / "acquire.lock").open("a+")
    except OSError as error:
        raise StoreError(f"{site.data} cannot be written: {error.strerror}.") from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"Another acquisition of {site.root} is under way; this one leaves it alone.") from error
        yield


@contextlib.contextmanager
def _workspace(site: Site) -> Iterator[Path]:
    """An empty directory for the run's files; what a killed run left is gone."""
    directory = site.data / "tmp"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _jobs(site: Site, workers: Workers, now: datetime) -> list[_Job]:
    jobs = [_Job(each, Task(each.name, each.module.location, each.values, now)) for each in site.instances.values()]
    asked: dict[Future[dict[str, Any]], _Job] = {}
    for job in jobs:
        code = job.instance.code
        if code is None:
            job.outcome = failed(job.instance.name, job.instance.broken)
        elif (code.sources, code.__init__) == (Module.sources, Module.__init__) or code.__module__.startswith(_OURS):
            try:
                job.sources = code(job.instance.name, job.instance.config, now).sources()
            except Exception as error:
                job.outcome = failed(job.instance.name, raised(code.__name__, error))
        else:  # code of others, which may hang or crash
            asked[workers.sources(job.task)] = job
    for future, job in asked.items():
        try:
            job.sources = future.result()
        except Exception as error:
            job.outcome = failed(job.instance.name, workers.lost(error))
    for job in jobs:
        job.sources = at_time(job.sources, now)
    return jobs


def _fetch(site: Site, jobs: list[_Job], directory: Path, progress: Progress) -> dict[str, Fetched]:
    sources = {source.identity: source for job in jobs for source in flat_sources(job.sources)}
    done = 0

    def told(_: Source) -> None:
        nonlocal done
        done += 1
        progress("fetching", done, len(sources))

    cache = Cache(site.data / "cache")
    answers = Fetcher(site.settings.downloads, site.root, directory, cache, told).fetch(sources.values())
    cache.save(sources.values())
    return answers


def _outcomes(
    jobs: list[_Job], answers: dict[str, Fetched], workers: Workers, directory: Path, progress: Progress
) -> list[Outcome]:
    futures = [None if job.outcome else workers.extract(job.task, shaped(job.sources, answers)) for job in jobs]
    outcomes = []
    for done, (job, future) in enumerate(zip(jobs, futures, strict=True), start=1):
        outcome = job.outcome or (workers.outcome(job.task, future) if future else None)
        fetched = [answers[source.identity] for source in flat_sources(job.sources) if source.identity in answers]
        if outcome:
            outcomes.append(with_sources(outcome, fetched, directory))
        progress("reading", done, len(jobs))
    return outcomes


def with_sources(outcome: Outcome, fetched: list[Fetched], directory: Path) -> Outcome:
    """An outcome with what was fetched for it; of what it could not use, the beginning is kept."""
    facts = tuple(SourceFact(each.url, each.size, each.error) for each in fetched)
    kept = {
        position: File(_start_of(each.file, directory), f"source-{position + 1}.txt")
        for position, each in enumerate(fetched)
        if each.file and each.size and (each.error or outcome.status < 0)
    }
    return replace(outcome, facts=facts, kept=kept)


def _start_of(body: Path, directory: Path) -> Path:
    """A body short enough to be kept: itself, or a file of its beginning."""
    if body.stat().st_size <= _KEPT:
        return body
    start = directory / f"{body.name}.start"
    if not start.exists():
        with body.open("rb") as whole:
            start.write_bytes(whole.read(_KEPT))
    return start


def note_of(answers: dict[str, Fetched]) -> str:
    """What is said once for the whole run: that nothing at all could be reached."""
    if not answers or any(answer.reached for answer in answers.values()):
        return ""
    count = len(answers)
    told = "its only source" if count == 1 else f"none of its {count} sources"
    return f"Nothing could be reached from this machine: {told} {'did not answer' if count == 1 else 'answered'}."


def _tell(site: Site, run: FinishedRun, stored: StoredRun) -> None:
    """Log what a site's administrator should know of a run."""
    if run.note:
        log.error("%s", run.note)
    unreached = {each.instance for each in run.outcomes if run.note and any(fact.error for fact in each.facts)}
    for outcome in run.outcomes:
        if outcome.detail:
            log.error("[%s] %s\n%s", outcome.instance, outcome.sentence, outcome.detail)
        elif outcome.status < 0 and outcome.instance not in unreached:
            log.warning("[%s] %s", outcome.instance, outcome.sentence)
    for refused in stored.refused:
        log.error("[%s] %s", refused.instance, refused.sentence)
    for change in stored.changes:
        if change.kind == "instance" and change.name not in unreached:  # the note has said it for all of them
            log.info("%s: %s, was %s: %s", change.name, change.new, change.old or "new", change.sentence)
