"""One instance tried by hand: fetched, read and rated as in a run, and nothing stored."""

import configparser
import mimetypes
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from happyface.acquire.jobs import Job, Jobs
from happyface.acquire.workers.pool import Workers
from happyface.contract.fetched import Fetched
from happyface.contract.module import Previous
from happyface.errors import HappyFaceError, nearest_or_all
from happyface.model.results import Outcome
from happyface.site import Site
from happyface.site.site import Instance


@dataclass(frozen=True)
class Tried:
    """What came of a trial; ``fetched`` are the answers of its sources by the names that samples give them."""

    instance: Instance
    now: datetime
    outcome: Outcome
    fetched: dict[str, Fetched]
    printed: str = ""


@contextmanager
def tried(site: Site, name: str, previous: dict[str, Previous] | None = None) -> Iterator[Tried]:
    """Try an instance; the files of what was fetched are there within.

    Raises:
        HappyFaceError: there is no such instance.
    """
    known = site.instances | site.spare
    if name not in known:
        raise HappyFaceError(f"There is no instance '{name}'{nearest_or_all(name, sorted(known))}")
    only = replace(site, instances={name: known[name]})
    with tempfile.TemporaryDirectory(prefix="happyface-trial-") as temporary:
        directory, now = Path(temporary), datetime.now(UTC)
        with Workers(site.settings.acquisition, directory) as workers:
            jobs = Jobs(only, workers, directory, now, lambda *_: None)
            jobs.name_sources()
            jobs.fetch()
            (outcome,) = jobs.extract(previous or {})
        (job,) = jobs.jobs
        yield Tried(job.instance, now, outcome, dict(_by_name(job)), "\n".join(job.printed))


def _by_name(job: Job) -> Iterator[tuple[str, Fetched]]:
    def walk(name: str, value: Any) -> Iterator[tuple[str, Fetched]]:
        if isinstance(value, Fetched):
            yield name, value
            return
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from walk(f"{name}.{key}" if name else str(key), part)

    yield from walk("", job.answers)


def record(found: Tried, case: str, folder: Path) -> list[Path]:
    """Make a sample of a trial: the bodies, and a section of ``samples.cfg``. The files that were written.

    Raises:
        HappyFaceError: there is such a case already.
    """
    cases = configparser.RawConfigParser(default_section="")
    config = folder / "samples.cfg"
    cases.read(config, encoding="utf-8")
    if cases.has_section(case):
        raise HappyFaceError(f"{config} has a case [{case}] already; nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    lines, written = [f"[{case}]", f"now = {found.now:%Y-%m-%dT%H:%M:%SZ}"], [config]
    lines += [f"{key} = {value}".replace("\n", "\n    ") for key, value in found.instance.values.items()]
    for name, fetched in found.fetched.items():
        if fetched.file and fetched.file.is_file():
            written.append(folder / f"{case}-{name}{_ending(fetched)}")
            shutil.copyfile(fetched.file, written[-1])
            lines.append(f"sample.{name} = {written[-1].name}")
        if described := _described(fetched):
            lines.append(f"fetched.{name} = {described}")
    lines.append(f"expect.status = {found.outcome.status:g}")
    if found.outcome.sentence:
        lines.append(f"expect.sentence = {' '.join(found.outcome.sentence.split())}")
    before = config.read_text(encoding="utf-8").rstrip() + "\n\n" if config.exists() else ""
    config.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
    return written


def _ending(fetched: Fetched) -> str:
    """How the file of a body is to end: by what it is, for an address may end with ``.php``."""
    media_type = fetched.content_type.partition(";")[0].strip()
    return mimetypes.guess_extension(media_type) or Path(fetched.url.partition("?")[0]).suffix[:10]


def _described(fetched: Fetched) -> str:
    parts = [f"status {fetched.status}"] if fetched.status not in (0, 200) else []
    parts += [f"error {fetched.error.replace(',', ';')}"] if fetched.error else []
    parts += [f"type {fetched.content_type}"] if fetched.content_type else []
    return ", ".join(parts)
