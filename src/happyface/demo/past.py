"""One run of the past: answers of the simulated site's world in place of fetched ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from happyface.acquire.categories import rated_categories
from happyface.acquire.extract import extract
from happyface.acquire.fetch import Answer as Fetch
from happyface.acquire.run import finding_of, flat, note_of, shaped
from happyface.columns import File
from happyface.demo.answers.answer import Answer
from happyface.demo.answers.monitors import answer, edition
from happyface.demo.world import World
from happyface.module import Module
from happyface.results import Finding, FinishedRun
from happyface.site import Instance, Site
from happyface.source import Fetched, Source
from happyface.units import human

_READING = 0.4
"""Seconds that reading and rating take after the last answer."""


@dataclass
class _Watched:
    """An instance, with what it said when its sources were last read, and which editions those were."""

    instance: Instance
    addresses: tuple[str, ...]
    editions: tuple[int | None, ...] = ()
    finding: Finding | None = None
    fetched: dict[str, Fetch] = field(default_factory=dict)


class Past:
    """Works out runs of past times, in their order.

    Args:
        site: a site all of whose instances fetch from the simulated site alone.
        world: the simulated site.
    """

    def __init__(self, site: Site, world: World) -> None:
        self.site = site
        self.world = world
        self._watched = [_Watched(each, _addresses(each)) for each in site.instances.values()]

    def run(self, time: int, directory: Path) -> FinishedRun:
        """The run of a time. Files of its findings are in ``directory``."""
        now = datetime.fromtimestamp(time, UTC)
        bodies = _Bodies(self.world, time, self.site.settings.downloads.timeout, directory)
        for each in self._watched:
            editions = tuple(edition(self.world, address, time) for address in each.addresses)
            if each.finding is None or editions != each.editions or not _is_in(directory, each.finding):
                each.editions = editions
                self._look(each, now, bodies)
        findings = [cast(Finding, each.finding) for each in self._watched]
        fetched = {key: fetch for each in self._watched for key, fetch in each.fetched.items()}
        seconds = max((each.fetched.seconds for each in fetched.values()), default=0.0) + _READING
        categories = rated_categories(self.site, findings)
        bodies.clear(findings)
        return FinishedRun(now, seconds, self.site.outline, findings, categories, note_of(fetched))

    def _look(self, watched: _Watched, now: datetime, bodies: "_Bodies") -> None:
        """Fetch an instance's sources from the past, and let its module read them."""
        instance = watched.instance
        code = cast(type[Module], instance.code)
        sources = code(instance.name, instance.config, now).sources()
        watched.fetched = {each.identity: bodies.fetch(each) for each in flat(sources)}
        outcome = extract(code, instance.name, instance.config, now, shaped(sources, watched.fetched))
        fetched = [watched.fetched[each.identity].fetched for each in flat(sources)]
        watched.finding = finding_of(outcome, fetched, bodies.directory)


class _Bodies:
    """What all addresses answered at one time."""

    def __init__(self, world: World, time: int, timeout: float, directory: Path) -> None:
        self.world, self.time, self.timeout, self.directory = world, time, timeout, directory
        self._known: dict[str, Fetch] = {}

    def fetch(self, source: Source) -> Fetch:
        """What came of a source; the same words and numbers as when it is really fetched."""
        if source.target not in self._known:
            parts = urlsplit(source.target)
            found = answer(self.world, f"{parts.path}?{parts.query}", self.time)
            self._known[source.target] = self._unanswered(source) if found is None else self._answered(source, found)
        return self._known[source.target]

    def _unanswered(self, source: Source) -> Fetch:
        limit = source.timeout or self.timeout
        sentence = f"The source did not answer within {human(limit, 'seconds')}."
        return Fetch(Fetched(source.shown, sentence, seconds=limit, fetched_at=self.time), False)

    def _answered(self, source: Source, found: Answer) -> Fetch:
        file = self.directory / f"{self.time}-{len(self._known)}"
        file.write_bytes(found.body)
        told = f"The source answered {found.status} {HTTPStatus(found.status).phrase}." if found.status >= 300 else ""
        return Fetch(
            Fetched(
                source.shown,
                told,
                file,
                found.status,
                round(found.seconds + 0.004, 3),
                len(found.body),
                found.content_type,
                self.time,
            ),
            True,
        )

    def clear(self, findings: Sequence[Finding]) -> None:
        """Delete the bodies, but those that findings keep."""
        kept = {each.path for finding in findings for each in _files(finding)}
        for fetch in self._known.values():
            file = fetch.fetched.file
            if file and file not in kept:
                file.unlink()


def _addresses(instance: Instance) -> tuple[str, ...]:
    code = cast(type[Module], instance.code)
    sources = code(instance.name, instance.config, datetime.now(UTC)).sources()
    return tuple(urlsplit(each.target).path for each in flat(sources))


def _files(finding: Finding) -> list[File]:
    rows = [finding.outcome.data or [], *(row for rows in finding.outcome.rows.values() for row in rows)]
    return [cell for row in rows for cell in row if isinstance(cell, File)] + list(finding.kept.values())


def _is_in(directory: Path, finding: Finding) -> bool:
    """Whether its files are still there: those of earlier pieces of work are gone."""
    return all(each.path.parent == directory for each in _files(finding))
