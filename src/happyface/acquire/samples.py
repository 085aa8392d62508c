"""Samples: a module tried on recorded answers, with no network.

``samples/samples.cfg`` in a module's folder has a section for each case. Its keys are an instance's settings, and

- ``sample.SOURCE = FILE``: the body that a source had, a file beside ``samples.cfg``; for sources in a list or a
  dictionary ``sample.SOURCE.KEY``. A source of kind ``file`` needs none: its path is relative to the folder. What a
  command printed is of one that ended well.
- ``fetched.SOURCE = status 404, error It answered 404, seconds 1.5, type text/html``: what else is known of it;
  ``certificate 2026-12-01`` is until when the server's certificate is valid.
- ``now = 2026-11-22T18:00:00Z``: the time of the run.
- ``expect.status = 0.5``, ``expect.sentence = TEXT`` (a part of it), ``expect.COLUMN = VALUE``,
  ``expect.count.ROWS = 3``, ``expect.row.ROWS.KEY.COLUMN = VALUE`` (KEY is in the row's key column, or is its number
  from 0 on), ``expect.asked.SOURCE = ADDRESS``, ``expect.sent.SOURCE = TEXT`` (a part of what is sent along): what must
  come of it.

A case that expects nothing, and a key that fits nothing, are mistakes of the case.
"""

import configparser
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from happyface.acquire.sources import at_time
from happyface.acquire.workers.extract import failed
from happyface.acquire.workers.messages import dump_fetched, load_outcome
from happyface.acquire.workers.pool import Answer, Workers
from happyface.acquire.workers.worker import Call
from happyface.contract.columns import Table
from happyface.contract.declaration import Declaration
from happyface.contract.fetched import Certificate, Fetched
from happyface.contract.source import Source
from happyface.errors import ModuleError
from happyface.model.results import Outcome
from happyface.site.declarations import describe_modules
from happyface.site.instances import parse_sources
from happyface.site.modules import FoundModule
from happyface.site.sections import Section, Written, problem_sentences
from happyface.site.settings import AcquisitionSettings

_DEFAULT_NOW = "2026-11-22T18:00:00Z"
_OF_CASE = re.compile(r"(sample|fetched|expect)\..+|now")


@dataclass
class Case:
    """A section of ``samples.cfg``: the instance's settings, and the keys of the case itself.

    Attributes:
        used: those of its keys that had an effect.
        asked: what was fetched in its stead, by the names of the sources.
    """

    name: str
    folder: Path
    settings: dict[str, str]
    keys: dict[str, str]
    used: set[str] = field(default_factory=set)
    asked: dict[str, Source] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The time of the run."""
        return datetime.fromisoformat(self.keys.get("now", _DEFAULT_NOW)).astimezone(UTC)

    def fetched(self, name: str, value: Any) -> Any:
        """What was fetched for a source, in the shape in which the module named it."""
        if isinstance(value, dict):
            return {key: self.fetched(f"{name}.{key}", part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.fetched(f"{name}.{position}", part) for position, part in enumerate(value)]
        source: Source = value
        self.asked[name.lower()] = source
        file = self._take(f"sample.{name}") or (source.target if source.kind == "file" else "")
        url, time = source.display_url, self.now.timestamp()
        if file:
            path = self.folder / file
            size, ended_well = path.stat().st_size, source.kind == "command"
            found = Fetched(url, "", path, 200, 0.1, size, fetched_at=time, ended_well=ended_well)
        else:
            missing = f"This sample has no answer for {name}: sample.{name} = FILE gives one."
            found = Fetched(url, missing, fetched_at=time)
        return _described(found, self._take(f"fetched.{name}"))

    def _take(self, key: str) -> str:
        self.used.add(key.lower())
        return self.keys.get(key.lower(), "")


@dataclass(frozen=True)
class SampleResult:
    """What came of one case: the outcome, and what is not as expected, a sentence each."""

    case: str
    outcome: Outcome
    problems: list[str]
    printed: str = ""


def run_samples(found: FoundModule, folder: Path | None = None) -> list[SampleResult]:
    """Try a module on all cases of its ``samples.cfg``, in a worker with the limits that acquisition has.

    Raises:
        ModuleError: the module cannot be used, or there is no such file, or it cannot be read.
    """
    cases = {case.name: case for case in _read_cases(folder or found.samples)}
    described = describe_modules(
        [(found, {name: {"own": case.settings, "defaults": {}} for name, case in cases.items()})]
    )[found.name]
    if described.declaration is None:
        raise ModuleError(f"The module {found.name} cannot be used: {described.error}.")
    with (
        tempfile.TemporaryDirectory(prefix="happyface-samples-") as temporary,
        Workers(AcquisitionSettings(), Path(temporary)) as workers,
    ):
        trial = _Trial(found, described.declaration, workers, Path(temporary))
        return [trial.run(case, described.checked[name]) for name, case in cases.items()]


def _read_cases(folder: Path) -> Iterator[Case]:
    cases = configparser.ConfigParser(default_section="", interpolation=None, inline_comment_prefixes=(";",))
    path = folder / "samples.cfg"
    try:
        cases.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, ValueError, configparser.Error) as error:
        raise ModuleError(f"The samples {path} cannot be read: {' '.join(str(error).split())}.") from error
    for name in cases.sections():
        if name.upper() == "DEFAULT":
            raise ModuleError(f"The samples {path} have a section [{name}]; here each case has its settings itself.")
        keys = {key: text for key, text in cases[name].items() if _OF_CASE.fullmatch(key)}
        yield Case(name, folder, {key: text for key, text in cases[name].items() if key not in keys}, keys)


@dataclass
class _Trial:
    found: FoundModule
    declaration: Declaration
    workers: Workers
    directory: Path

    def run(self, case: Case, checked: Mapping[str, Any]) -> SampleResult:
        """What came of one case; a case that is not valid itself is a problem of it."""
        if "problems" in checked:
            section = Section(case.name, str(case.folder / "samples.cfg"))
            section.settings = {key: Written(text, section.where) for key, text in case.settings.items()}
            wrong = problem_sentences(self.declaration.settings, section, checked["problems"])
            return SampleResult(case.name, failed(case.name, ""), [f"the case is not valid: {why}" for why in wrong])
        self.printed: list[str] = []
        try:
            outcome = self._outcome(case, parse_sources(checked["sources"]))
            problems = list(_problems(case, outcome, self.declaration.tables))
        except OSError as error:
            outcome, problems = failed(case.name, ""), [f"{error.filename} cannot be read: {error.strerror}"]
        except (ValueError, LookupError) as error:
            outcome = failed(case.name, "")
            problems = [f"the case is not valid: {' '.join(str(error).split())}"]
        return SampleResult(case.name, outcome, problems, "\n".join(filter(None, self.printed)))

    def _outcome(self, case: Case, sources: Any) -> Outcome:
        if not self.declaration.plain_sources:
            answer = self._ask(case, "sources")
            if answer.error:
                return failed(case.name, answer.error, answer.detail)
            sources = parse_sources(answer.value)
        fetched = {name: case.fetched(name, source) for name, source in at_time(sources, case.now).items()}
        if self.declaration.asks_again:
            answer = self._ask(case, "then", fetched)
            if answer.error:
                return failed(case.name, answer.error, answer.detail)
            fetched |= {
                name: case.fetched(name, source)
                for name, source in at_time(parse_sources(answer.value), case.now).items()
            }
        answer = self._ask(case, "extract", fetched)
        if answer.error:
            return failed(case.name, answer.error, answer.detail)
        return load_outcome(case.name, answer.value, self.declaration.tables, self.directory)

    def _ask(self, case: Case, task: str, fetched: Mapping[str, Any] | None = None) -> Answer:
        given = {
            "values": case.settings,
            "now": case.now.isoformat(),
            "fetched": {name: dump_fetched(answer) for name, answer in (fetched or {}).items()},
            "previous": None,
        }
        call = Call(task, case.name, self.found.location, self.found.origin == "shipped", given)
        answer = self.workers.run([call])[case.name]
        self.printed.append(answer.printed)
        return answer


def _described(fetched: Fetched, text: str) -> Fetched:
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, _, rest = part.partition(" ")
        match word:
            case "status":
                fetched = replace(fetched, status=int(rest))
            case "error":
                fetched = replace(fetched, error=rest, ended_well=False)
            case "seconds":
                fetched = replace(fetched, seconds=float(rest))
            case "type":
                fetched = replace(fetched, content_type=rest)
            case "certificate":
                until = datetime.fromisoformat(rest).replace(tzinfo=UTC).timestamp()
                fetched = replace(fetched, certificate=Certificate("CN=sample", "CN=sample CA", until))
            case _:
                raise ValueError(
                    f"'{part}': known are status, error, seconds, type and certificate, with commas between them; "
                    "there can be none in an error"
                )
    return fetched


def _problems(case: Case, outcome: Outcome, tables: Mapping[str, Table]) -> Iterator[str]:
    """What is not as expected, and which of the case's keys fit nothing."""
    if outcome.detail:
        yield f"the module raised:\n{outcome.detail}"
    expected = {key.removeprefix("expect."): text for key, text in case.keys.items() if key.startswith("expect.")}
    if not expected:
        yield "it expects nothing: write for example expect.status = 1"
    for name, text in expected.items():
        try:
            found = _found(name, case, outcome, tables)
        except LookupError as error:
            yield f"expect.{name}: {error.args[0]}"
            continue
        in_part = name == "sentence" or name.startswith("sent.")
        fits = text in str(found) if in_part else _same(found, text)
        if not fits:
            yield f"{name}: expected “{text}”, found “{found}”"
    yield from _duplicate_keys(outcome, tables)
    for key in case.keys:
        if key.startswith(("sample.", "fetched.")) and key not in case.used:
            yield f"{key}: no source of that name is asked; there are {', '.join(case.asked) or 'none'}"


def _duplicate_keys(outcome: Outcome, tables: Mapping[str, Table]) -> Iterator[str]:
    """Rows that have the same key: one thing counted twice, most of the time."""
    for name, rows in outcome.rows.items():
        if key := tables[name].key:
            position = tables[name].index(key)
            for value, count in Counter(row[position] for row in rows).items():
                if count > 1:
                    yield f"{count} rows {name} have the {key} “{value}”"


def _found(name: str, case: Case, outcome: Outcome, tables: Mapping[str, Table]) -> Any:
    """What there is in place of something expected. Raises LookupError, with a sentence, where that cannot be."""
    kind, _, rest = name.partition(".")
    if name in ("status", "sentence"):
        return getattr(outcome, name)
    if kind == "count" and rest:
        _table(tables, rest)
        return len(outcome.rows.get(rest, ()))
    if kind == "row" and rest:
        return _cell(rest, outcome, tables)
    if kind in ("asked", "sent") and rest:
        if rest not in case.asked:
            raise LookupError(f"no source '{rest}' is asked; there are {', '.join(case.asked) or 'none'}")
        return case.asked[rest].target if kind == "asked" else case.asked[rest].body
    names = [column.name for column in tables[""].columns]
    if name not in names:
        raise LookupError(f"there is no column '{name}'; there are {', '.join(names) or 'none'}")
    return dict(zip(names, outcome.data or [], strict=False)).get(name)


def _table(tables: Mapping[str, Table], name: str) -> Table:
    if name not in tables:
        raise LookupError(f"there are no rows '{name}'; there are {', '.join(filter(None, tables)) or 'none'}")
    return tables[name]


def _cell(path: str, outcome: Outcome, tables: Mapping[str, Table]) -> Any:
    name, _, rest = path.partition(".")
    table = _table(tables, name)
    wanted, _, column = rest.rpartition(".")
    names = [column.name for column in table.columns]
    if column not in names:
        raise LookupError(f"there is no column '{column}'; there are {', '.join(names)}")
    rows = outcome.rows.get(name, [])
    keys = [str(row[table.index(table.key)]).lower() for row in rows] if table.key else list(map(str, range(len(rows))))
    if wanted.lower() not in keys:
        raise LookupError(f"there is no row '{wanted}'; there are {', '.join(keys[:20]) or 'none'}")
    return rows[keys.index(wanted.lower())][table.index(column)]


def _same(value: Any, text: str) -> bool:
    if value is None:
        return text == "none"
    if isinstance(value, bool):
        return text.lower() in ("yes", "true") if value else text.lower() in ("no", "false")
    if isinstance(value, int | float):
        try:
            return abs(value - float(text)) <= 1e-9 * max(1, abs(value))
        except ValueError:
            return False
    return str(value) == text
