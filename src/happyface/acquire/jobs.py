"""The instances of a run on their way from their sources to their outcomes."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from happyface.acquire.fetching.cache import Cache
from happyface.acquire.fetching.fetcher import USUAL_INTERVAL, Fetcher
from happyface.acquire.sources import at_time, shaped
from happyface.acquire.workers.messages import dump_fetched, dump_previous, load_outcome
from happyface.acquire.workers.pool import Answer, Workers
from happyface.acquire.workers.worker import Call
from happyface.contract import states
from happyface.contract.declaration import Declaration
from happyface.contract.fetched import Fetched
from happyface.contract.files import File
from happyface.contract.module import Previous
from happyface.contract.source import flat_sources
from happyface.model.results import Outcome, SourceFact
from happyface.site import Site
from happyface.site.instances import parse_sources
from happyface.site.site import Instance

log = logging.getLogger(__name__)

_KEPT = 256 * 1024
"""Bytes of a body that are kept to explain an error."""
_SHARE_OF_ASKING = 1 / 3
"""How much of the time that is left modules may take to name sources: most of it is for reading them."""

Progress = Callable[[str, int, int], None]
"""Is called with what is being done, how much of it is done, and how much there is."""


@dataclass
class Job:
    """An instance on its way through a cycle.

    Attributes:
        sources: what is fetched for it, by the arguments of ``extract``.
        answers: what came of that, in the same shape.
        outcome: what it says, as soon as that is known.
        printed: what its module printed on the way.
    """

    instance: Instance
    sources: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    printed: list[str] = field(default_factory=list)

    @property
    def declaration(self) -> Declaration:
        """What its module declares; of a module that cannot be used, nothing."""
        return self.instance.declaration or Declaration("")

    def fail(self, sentence: str, detail: str = "") -> None:
        """Give it the outcome of an instance that could not look."""
        self.outcome = Outcome(self.instance.name, states.UNKNOWN, sentence, detail=detail)

    def call(self, task: str, now: datetime, **arguments: Any) -> Call:
        """Something that a worker is to do for it."""
        module = self.instance.module
        given = {"values": self.instance.values, "now": now.isoformat(), **arguments}
        return Call(task, self.instance.name, module.location, module.origin == "shipped", given)


class Jobs:
    """All instances of a run.

    Args:
        site: the site.
        workers: in which the modules' code runs.
        directory: of the run's files.
        now: the time of the run.
        on_progress: is called with what is done.
        interval: seconds between two runs.
    """

    def __init__(
        self,
        site: Site,
        workers: Workers,
        directory: Path,
        now: datetime,
        on_progress: Progress,
        interval: float = USUAL_INTERVAL,
    ) -> None:
        self.site, self.workers, self.directory, self.now = site, workers, directory, now
        self.on_progress, self.interval = on_progress, interval
        self.jobs = [Job(instance) for instance in site.instances.values()]
        self.fetched: dict[str, Fetched] = {}
        self._cache = Cache(site.data / "cache")
        for job in self.jobs:
            if job.instance.declaration is None:
                job.fail(job.instance.broken)

    def name_sources(self) -> None:
        """Find out what is to be fetched: what the configuration names, or what a module makes of it."""
        for job in self.jobs:
            job.sources = at_time(job.instance.sources, self.now)
        asked = [job for job in self._open() if not job.declaration.plain_sources]
        for job, named in self._ask("sources", asked):
            job.sources = named

    def fetch(self) -> None:
        """Fetch what is named, equal sources once; then what modules ask for when they have seen the first answers."""
        self._fetch([job.sources for job in self._open()], "fetching")
        for job in self._open():
            job.answers = shaped(job.sources, self.fetched)
        self._fail_by_local_faults()
        again = [job for job in self._open() if job.declaration.asks_again]
        more = list(self._ask("then", again))
        self._fetch([named for _, named in more], "fetching more")
        for job, named in more:
            job.sources |= named
            job.answers |= shaped(named, self.fetched)
        self._fail_by_local_faults()

    def extract(self, previous: Mapping[str, Previous]) -> list[Outcome]:
        """Let the modules read and rate what was fetched: the outcomes, in the order of the site.

        Args:
            previous: what instances stored last, of those whose modules ask for it.
        """
        unrated = self._open()
        calls = [
            job.call(
                "extract",
                self.now,
                fetched={name: dump_fetched(answer) for name, answer in job.answers.items()},
                previous=dump_previous(previous.get(job.instance.name)),
            )
            for job in unrated
        ]
        answers = self.workers.run(calls, self._counter("reading", len(calls)))
        for job in unrated:
            job.outcome = self._outcome(job, answers[job.instance.name])
        self._forget_unread()
        return [with_sources(job.outcome, self._fetched_for(job), self.directory) for job in self.jobs if job.outcome]

    def _fail_by_local_faults(self) -> None:
        """Keep from modules what this machine could not ask for: to some, a source that fails is critical."""
        for job in self._open():
            if fault := next((answer.error for answer in flat_sources(job.answers) if answer.local_fault), ""):
                job.fail(fault)

    def _open(self) -> list[Job]:
        return [job for job in self.jobs if job.outcome is None]

    def _ask(self, task: str, jobs: Sequence[Job]) -> list[tuple[Job, dict[str, Any]]]:
        """Ask modules for sources; who fails has its outcome."""
        calls = [
            job.call(task, self.now, fetched={name: dump_fetched(answer) for name, answer in job.answers.items()})
            for job in jobs
        ]
        answers = self.workers.run(calls, share=_SHARE_OF_ASKING)
        named = []
        for job in jobs:
            answer = answers[job.instance.name]
            _log_printed(job, answer)
            try:
                found = at_time(parse_sources(answer.value), self.now) if not answer.error else {}
            except ValueError as error:
                answer = Answer(error=f"The module {job.declaration.title} failed: what {task}() names: {error}.")
            if answer.error:
                job.fail(answer.error, answer.detail)
            else:
                named.append((job, found))
        return named

    def _fetch(self, named: Sequence[Any], what: str) -> None:
        sources = {source.identity: source for source in flat_sources(list(named))}
        missing = [source for identity, source in sources.items() if identity not in self.fetched]
        if not missing:
            return
        directory = self.directory / f"fetched-{len(self.fetched)}"
        directory.mkdir()
        on_progress = self._counter(what, len(missing))
        limits, zygote = self.site.settings.downloads, self.workers.zygote
        fetcher = Fetcher(limits, self.site.root, directory, self._cache, zygote, on_progress, self.interval)
        self.fetched |= fetcher.fetch(missing)
        self._cache.save([*flat_sources([job.sources for job in self.jobs]), *missing])

    def _forget_unread(self) -> None:
        """Have the sources of who could not read them sent anew next time, whatever has not changed of them."""
        unread = [job.sources for job in self.jobs if job.outcome and job.outcome.status < 0]
        self._cache.forget(flat_sources(unread))

    def _outcome(self, job: Job, answer: Answer) -> Outcome:
        _log_printed(job, answer)
        if not answer.error:
            try:
                return load_outcome(job.instance.name, answer.value, job.declaration.tables, self.directory)
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                answer = Answer(error="The module answered what cannot be read.", detail=repr(error)[:500])
        return Outcome(job.instance.name, states.UNKNOWN, answer.error, detail=answer.detail)

    def _fetched_for(self, job: Job) -> list[Fetched]:
        wanted = flat_sources(job.sources)
        return [self.fetched[source.identity] for source in wanted if source.identity in self.fetched]

    def _counter(self, what: str, total: int) -> Callable[[], None]:
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            self.on_progress(what, done, total)

        return count


def _log_printed(job: Job, answer: Answer) -> None:
    if answer.printed:
        job.printed.append(answer.printed)
        log.info("[%s] printed: %s", job.instance.name, answer.printed)


def with_sources(outcome: Outcome, fetched: list[Fetched], directory: Path) -> Outcome:
    """An outcome with what was fetched for it; of what it could not use, the beginning is kept."""
    facts = tuple(SourceFact(answer.url, answer.size, answer.error) for answer in fetched)
    kept = {
        position: File(_start_of(answer.file, directory), f"source-{position + 1}.txt")
        for position, answer in enumerate(fetched)
        if answer.file and answer.size and (answer.error or outcome.status < 0) and answer.file.is_file()
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
