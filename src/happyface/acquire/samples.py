"""Samples: a module tried on recorded answers, with no network.

``samples/samples.cfg`` in a module's folder has a section for each case. Its keys are an instance's settings, and

- ``sample.SOURCE = FILE``: the body that a source had, a file beside ``samples.cfg``; for sources in a list or a
  dictionary ``sample.SOURCE.KEY``. A source of kind ``file`` needs none: its path is relative to the folder.
- ``fetched.SOURCE = status 404, error It answered 404, seconds 1.5, type text/html``: what else is to be told of it;
  ``certificate 2026-12-01`` is until when the server's certificate is valid.
- ``now = 2026-11-22T18:00:00Z``: the time of the run.
- ``expect.status = 0.5``, ``expect.sentence = TEXT`` (a part of it), ``expect.COLUMN = VALUE``,
  ``expect.count.ROWS = 3``: what must come of it.
"""

import configparser
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from happyface.acquire.extract import extract, failed
from happyface.contract.fetched import Certificate, Fetched
from happyface.contract.module import Module
from happyface.contract.source import Source
from happyface.errors import ModuleError
from happyface.model.results import Outcome
from happyface.site.nesting import nested_settings

_DEFAULT_NOW = "2026-11-22T18:00:00Z"


@dataclass(frozen=True)
class SampleResult:
    """What came of one case: the outcome, and what is not as expected, a sentence each."""

    case: str
    outcome: Outcome
    problems: list[str]


def run_samples(module: type[Module], folder: Path) -> list[SampleResult]:
    """Try a module on all cases of a folder's ``samples.cfg``.

    Raises:
        ModuleError: there is no such file, or it cannot be read.
    """
    cases = configparser.ConfigParser(default_section="", interpolation=None, inline_comment_prefixes=(";",))
    path = folder / "samples.cfg"
    try:
        cases.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, ValueError, configparser.Error) as error:
        raise ModuleError(f"The samples {path} cannot be read: {' '.join(str(error).split())}.") from error
    return [_tried(module, folder, name, dict(cases[name])) for name in cases.sections()]


def _tried(module: type[Module], folder: Path, case: str, settings: dict[str, str]) -> SampleResult:
    """What came of one case; a case that is not valid itself is a problem of it."""
    try:
        return _run(module, folder, case, settings)
    except (ValueError, OSError) as error:
        return SampleResult(case, failed(case, ""), [f"the case is not valid: {' '.join(str(error).split())}"])


def _run(module: type[Module], folder: Path, case: str, settings: dict[str, str]) -> SampleResult:
    special = {key: settings.pop(key) for key in list(settings) if re.match(r"(sample|fetched|expect)\.|now$", key)}
    config = module.Config.model_validate(nested_settings(module.Config, settings))
    now = datetime.fromisoformat(special.get("now", _DEFAULT_NOW)).astimezone(UTC)
    sources = module(case, config, now).sources()
    fetched = {name: _fetched(name, value, folder, special, now) for name, value in sources.items()}
    outcome = extract(module, case, config, now, fetched)
    return SampleResult(case, outcome, _problems(module, outcome, special))


def _fetched(name: str, value: Any, folder: Path, special: dict[str, str], now: datetime) -> Any:
    if isinstance(value, dict):
        return {key: _fetched(f"{name}.{key}", each, folder, special, now) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_fetched(f"{name}.{position}", each, folder, special, now) for position, each in enumerate(value)]
    source: Source = value
    file = special.get(f"sample.{name.lower()}", source.target if source.kind == "file" else "")
    path = folder / file
    if file:
        fetched = Fetched(source.display_url, "", path, 200, 0.1, path.stat().st_size, fetched_at=now.timestamp())
    else:
        fetched = Fetched(source.display_url, "This sample has no answer for it.", fetched_at=now.timestamp())
    return _told(fetched, special.get(f"fetched.{name.lower()}", ""))


def _told(fetched: Fetched, text: str) -> Fetched:
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, _, rest = part.partition(" ")
        match word:
            case "status":
                fetched = replace(fetched, status=int(rest))
            case "error":
                fetched = replace(fetched, error=rest)
            case "seconds":
                fetched = replace(fetched, seconds=float(rest))
            case "type":
                fetched = replace(fetched, content_type=rest)
            case "certificate":
                until = datetime.fromisoformat(rest).replace(tzinfo=UTC).timestamp()
                fetched = replace(fetched, certificate=Certificate("CN=sample", "CN=sample CA", until))
    return fetched


def _problems(module: type[Module], outcome: Outcome, special: dict[str, str]) -> list[str]:
    columns = [column.name for column in module.declared.tables[""].columns]
    data = dict(zip(columns, outcome.data or [], strict=False))
    problems = [] if not outcome.detail else [f"the module raised:\n{outcome.detail}"]
    for key, text in special.items():
        kind, _, name = key.partition(".")
        if kind != "expect":
            continue
        if name == "status":
            found, fits = outcome.status, outcome.status == float(text)
        elif name == "sentence":
            found, fits = outcome.sentence, text in outcome.sentence  # type: ignore[assignment]
        elif name.startswith("count."):
            found = len(outcome.rows.get(name.removeprefix("count."), ()))
            fits = found == int(text)
        else:
            found, fits = data.get(name), _same(data.get(name), text)  # type: ignore[assignment]
        if not fits:
            problems.append(f"{name}: expected “{text}”, found “{found}”")
    return problems


def _same(value: Any, text: str) -> bool:
    if value is None:
        return text == "none"
    if isinstance(value, bool):
        return text.lower() in ("yes", "true") if value else text.lower() in ("no", "false")
    if isinstance(value, int | float):
        return abs(value - float(text)) <= 1e-9 * max(1, abs(value))
    return str(value) == text
