"""What a source says again is what was stored already: a dataset that holds an age would be a new one in each run."""

import configparser
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from happyface import File, modules
from happyface.acquire.samples import run_samples
from happyface.model.results import Outcome
from happyface.site.modules import find_modules

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
"""The time of a sample's run where it names none."""
SAMPLES = {path.parent.parent.name: path for path in sorted(Path(modules.__path__[0]).glob("*/samples/samples.cfg"))}
LIVE = {"host"}
"""Modules that measure anew in each run."""
TOO_OLD_AN_HOUR_LATER = {("nagios", "status_dat"), ("nagios", "status_dat_cut_between_blocks")}
"""What is too old to say anything, says so."""


@dataclass(frozen=True)
class Stored:
    """What of an outcome is stored."""

    sentence: str
    data: list[Any] | None
    rows: dict[str, list[list[Any]]]

    @classmethod
    def of(cls, outcome: Outcome) -> "Stored":
        data = outcome.data and [_plain(cell) for cell in outcome.data]
        rows = {name: [[_plain(cell) for cell in row] for row in rows] for name, rows in outcome.rows.items()}
        return cls(outcome.sentence, data, rows)


def _plain(cell: Any) -> Any:
    return cell.name if isinstance(cell, File) else cell


def _read(path: Path) -> configparser.ConfigParser:
    cases = configparser.ConfigParser(default_section="", interpolation=None)
    cases.read(path, encoding="utf-8")
    return cases


@cache
def _stored(name: str, later: timedelta) -> dict[str, Stored]:
    """What each sample of a module leads to, when it is asked later than it says."""
    with TemporaryDirectory() as directory:
        folder = shutil.copytree(SAMPLES[name].parent, Path(directory) / "samples")
        cases = _read(folder / "samples.cfg")
        for case in cases.sections():
            now = datetime.fromisoformat(cases[case].get("now", NOW.isoformat()))
            cases[case]["now"] = (now + later).isoformat()
        with (folder / "samples.cfg").open("w", encoding="utf-8") as file:
            cases.write(file)
        return {result.case: Stored.of(result.outcome) for result in run_samples(find_modules()[name], folder)}


@pytest.mark.parametrize(
    ("name", "case"),
    [
        (name, case)
        for name, path in SAMPLES.items()
        for case in _read(path).sections()
        if name not in LIVE and (name, case) not in TOO_OLD_AN_HOUR_LATER
    ],
)
def test_the_same_answer_an_hour_later_is_the_same(name: str, case: str) -> None:
    assert _stored(name, timedelta(hours=1))[case] == _stored(name, timedelta())[case]


def test_what_is_too_old_is_not_known() -> None:
    for name, case in TOO_OLD_AN_HOUR_LATER:
        assert _stored(name, timedelta(hours=1))[case].sentence.startswith("Nagios' data is of 2026-11-22 17:59 UTC")
