"""One run of the past: answers of the simulated site's world in place of fetched ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from happyface.acquire.jobs import with_sources
from happyface.acquire.run import note_of
from happyface.acquire.sources import shaped
from happyface.acquire.workers.extract import extract
from happyface.contract.fetched import Fetched
from happyface.contract.files import File
from happyface.contract.module import Module
from happyface.contract.source import Source, flat_sources
from happyface.contract.units import human
from happyface.demo.answers.answer import MonitorAnswer
from happyface.demo.answers.monitors import answer_address, edition
from happyface.demo.world import World
from happyface.model.results import FinishedRun, Outcome
from happyface.site import Site
from happyface.site.loading import load_module
from happyface.site.nesting import nested_settings
from happyface.site.site import Instance

_READING = 0.4
"""Seconds that reading and rating take after the last answer."""


def _module(instance: Instance, now: datetime) -> Module:
    """An instance's module, imported into this process: it is a shipped one, see :func:`simulated_part`."""
    code, values = load_module(instance.module.location), instance.values
    return code(instance.name, code.Config.model_validate(nested_settings(code.Config, values)), now)


@dataclass(frozen=True)
class _NamedSources:
    """An instance's sources: in the shape in which its module named them, and as (identity, source) pairs."""

    shape: dict[str, Any]
    sources: tuple[tuple[str, Source], ...]

    @classmethod
    def by(cls, instance: Instance, now: datetime) -> "_NamedSources":
        shape = _module(instance, now).sources()
        return cls(shape, tuple((source.identity, source) for source in flat_sources(shape)))


@dataclass
class _Watched:
    """An instance with its latest outcome, and the editions of the answers from which that was made."""

    instance: Instance
    always: _NamedSources | None
    paths: tuple[str, ...]
    editions: tuple[int | None, ...] = ()
    outcome: Outcome | None = None
    files: frozenset[Path] = frozenset()
    fetched: dict[str, Fetched] = field(default_factory=dict)

    @classmethod
    def of(cls, instance: Instance) -> "_Watched":
        """An instance that has not been looked at. Most ask the same sources always, some add the time."""
        now = datetime.now(UTC)
        asked, later = _NamedSources.by(instance, now), _NamedSources.by(instance, now + timedelta(hours=1))
        paths = tuple(urlsplit(source.target).path for _, source in asked.sources)
        return cls(instance, asked if asked == later else None, paths)


class Past:
    """Works out runs of past times, in their order.

    Args:
        site: a site all of whose instances fetch from the simulated site alone.
        world: the simulated site.
    """

    def __init__(self, site: Site, world: World) -> None:
        self.site = site
        self.world = world
        self._watched = [_Watched.of(instance) for instance in site.instances.values()]

    def run(self, time: int, directory: Path) -> FinishedRun:
        """The run of a time. Files of its outcomes are in ``directory``."""
        now = datetime.fromtimestamp(time, UTC)
        bodies = _Bodies(self.world, time, self.site.settings.downloads.timeout, directory)
        for watched in self._watched:
            # Reading takes nearly all of the time, and most monitors look anew only now and then.
            editions = tuple(edition(self.world, path, time) for path in watched.paths)
            # Files of an earlier piece of work were deleted with it: what has some is read anew.
            gone = any(file.parent != directory for file in watched.files)
            if watched.outcome is None or editions != watched.editions or gone:
                watched.editions = editions
                _look(watched, now, bodies)
        bodies.clear(watched.files for watched in self._watched)
        outcomes = [cast(Outcome, watched.outcome) for watched in self._watched]
        fetched = {key: fetch for watched in self._watched for key, fetch in watched.fetched.items()}
        seconds = max((fetch.seconds for fetch in fetched.values()), default=0.0) + _READING
        return FinishedRun(now, seconds, self.site.outline, outcomes, note_of(fetched))


def _look(watched: _Watched, now: datetime, bodies: "_Bodies") -> None:
    """Fetch an instance's sources from the past, and let its module read them."""
    instance = watched.instance
    asked = watched.always or _NamedSources.by(instance, now)
    watched.fetched = {identity: bodies.fetch(source) for identity, source in asked.sources}
    module = _module(instance, now)
    outcome = extract(type(module), instance.name, module.config, now, shaped(asked.shape, watched.fetched))
    _ = outcome.values_digest  # made here and sent along, as by real workers
    fetched = [watched.fetched[identity] for identity, _ in asked.sources]
    watched.outcome = with_sources(outcome, fetched, bodies.directory)
    watched.files = frozenset(_files(watched.outcome))


def _files(outcome: Outcome) -> Iterable[Path]:
    rows: list[Sequence[object]] = [outcome.data or [], list(outcome.kept.values())]
    rows += [row for rows in outcome.rows.values() for row in rows]
    return (cell.path for row in rows for cell in row if isinstance(cell, File))


class _Bodies:
    """The answers of all addresses at one time, each in a file."""

    def __init__(self, world: World, time: int, timeout: float, directory: Path) -> None:
        self.world, self.time, self.timeout, self.directory = world, time, timeout, directory
        self._known: dict[str, Fetched] = {}

    def fetch(self, source: Source) -> Fetched:
        """The result of a source, with the same sentences as a real fetch."""
        # By address: several instances ask the same monitors.
        if source.target not in self._known:
            parts = urlsplit(source.target)
            found = answer_address(self.world, f"{parts.path}?{parts.query}", self.time)
            self._known[source.target] = self._unanswered(source) if found is None else self._answered(source, found)
        return self._known[source.target]

    def _unanswered(self, source: Source) -> Fetched:
        limit = source.timeout or self.timeout
        sentence = f"The source did not answer within {human(limit, 'seconds')}."
        return Fetched(source.display_url, sentence, seconds=limit, fetched_at=self.time, reached=False)

    def _answered(self, source: Source, found: MonitorAnswer) -> Fetched:
        file = self.directory / f"{self.time}-{len(self._known)}"
        file.write_bytes(found.body)
        error = f"The source answered {found.status} {HTTPStatus(found.status).phrase}." if found.status >= 300 else ""
        seconds, size = round(found.seconds + 0.004, 3), len(found.body)
        return Fetched(source.display_url, error, file, found.status, seconds, size, found.content_type, self.time)

    def clear(self, kept: Iterable[frozenset[Path]]) -> None:
        """Delete the bodies, but those that are kept."""
        wanted = frozenset().union(*kept)
        for fetch in self._known.values():
            file = fetch.file
            if file and file not in wanted:
                file.unlink()
