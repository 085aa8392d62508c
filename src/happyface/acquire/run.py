"""One acquisition cycle, and the loop around it."""

import contextlib
import fcntl
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from happyface.acquire.fetching.fetcher import USUAL_INTERVAL
from happyface.acquire.jobs import Jobs, Progress
from happyface.acquire.workers.forking import Zygote
from happyface.acquire.workers.pool import Workers
from happyface.contract.fetched import Fetched
from happyface.errors import BusyError, HappyFaceError, StoreError
from happyface.model.results import FinishedRun
from happyface.site import Site
from happyface.store import Store, StoredRun, notice_loss, remember

log = logging.getLogger(__name__)


def cycle(
    site: Site,
    store: Store,
    now: datetime | None = None,
    on_progress: Progress = lambda *_: None,
    zygote: Zygote | None = None,
    interval: float = USUAL_INTERVAL,
) -> StoredRun:
    """Acquire once: the way of the data from the sources to a complete run.

    1. Make sure that nobody else acquires this site, that the database is the one of before, and clear away what a
       killed run left.
    2. Ask every instance for its sources.
    3. Fetch them, equal ones once; and what modules ask for when they have seen the first answers.
    4. Let the modules read and rate what was fetched, in workers.
    5. Store it all in one transaction.

    Args:
        site: the site.
        store: its store.
        now: the time of the run.
        on_progress: is called with what is done.
        zygote: what workers are forked from, where it has been started already.
        interval: seconds between two runs, by which files grow too old.

    Raises:
        BusyError: another acquisition of the site is under way.
        StoreError: the database cannot be written.
    """
    with alone(site), _workspace(site) as directory, Workers(site.settings.acquisition, directory, zygote) as workers:
        notice_loss(site.data, store)
        store.recover()
        begun, now = monotonic(), now or datetime.now(UTC)
        jobs = Jobs(site, workers, directory, now, on_progress, interval)
        jobs.name_sources()
        jobs.fetch()
        curious = [job.instance.name for job in jobs.jobs if job.declaration.asks_previous]
        outcomes = jobs.extract(store.previous(curious) if curious else {})
        run = FinishedRun(now, monotonic() - begun, site.outline, outcomes, note_of(jobs.fetched))
        _ = run.digest  # by which the store sees at a glance that nothing has changed
        stored = store.write(run)
        remember(site.data, store, stored)
    _report(run, stored, jobs.fetched)
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
    # Each run has one of its own: what another user's run has left is in nobody's way.
    if left := [str(path) for path in sorted(site.data.glob("tmp-*")) if not _is_removed(path)]:
        log.warning("What another run has left cannot be removed by this user: %s", ", ".join(left))
    try:
        directory = Path(tempfile.mkdtemp(prefix="tmp-", dir=site.data))
    except OSError as error:
        raise StoreError(f"{site.data} cannot be written: {error.strerror}.") from error
    try:
        yield directory
    finally:
        _is_removed(directory)


def _is_removed(path: Path) -> bool:
    """Remove what there is at a path, whatever it is; whether that succeeded."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
    return not path.exists()


def note_of(answers: dict[str, Fetched]) -> str:
    """What is said once for the whole run: that this machine is in trouble, or that it could reach nothing at all."""
    noted, count = _noted(answers), len(answers)
    if faults := {answer.error: None for answer in noted if answer.local_fault}:
        concerned = f"{len(noted)} of {count} sources" if count > 1 else "The only source"
        return f"{concerned} could not be asked, for a reason of this machine's own: {' '.join(faults)}"
    if not noted:
        return ""
    sources = "its only source" if count == 1 else f"none of its {count} sources"
    return f"Nothing could be reached from this machine: {sources} {'did not answer' if count == 1 else 'answered'}."


def _noted(answers: dict[str, Fetched]) -> list[Fetched]:
    """The failures that a run's note tells."""
    faults = [answer for answer in answers.values() if answer.local_fault]
    return faults or ([] if any(answer.reached for answer in answers.values()) else list(answers.values()))


def _report(run: FinishedRun, stored: StoredRun, answers: dict[str, Fetched]) -> None:
    """Log what a site's administrator should know of a run."""
    if run.note:
        log.error("%s", run.note)
    noted = {answer.error for answer in _noted(answers)}
    unreached = {outcome.instance for outcome in run.outcomes if any(fact.error in noted for fact in outcome.facts)}
    for outcome in run.outcomes:
        if outcome.detail:
            level = logging.ERROR if outcome.status < 0 else logging.WARNING  # of a sentence that is merely long
            log.log(level, "[%s] %s\n%s", outcome.instance, outcome.sentence, outcome.detail)
        elif outcome.status < 0 and outcome.instance not in unreached:
            log.warning("[%s] %s", outcome.instance, outcome.sentence)
    for refused in stored.refused:
        log.error("[%s] %s", refused.instance, refused.sentence)
    for change in stored.changes:
        if change.kind == "instance" and change.name not in unreached:  # the note has said it for all of them
            log.info("%s: %s, was %s: %s", change.name, change.new, change.old or "new", change.sentence)
