"""Runs made by hand, for tests of the store and of what reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from happyface.contract.columns import Cell, Column, Table
from happyface.contract.files import File
from happyface.contract.limits import Above
from happyface.model.outline import CategoryOutline, InstanceOutline, ModuleOutline, Outline
from happyface.model.results import FinishedRun, Outcome, SourceFact

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)

LOAD = Column("load", "number", "Load", limits=Above(warning=5, critical=9))
DATA = Table("", "", (LOAD, Column("note", "text", "Note")))
POOL = Table("pool", "Pools", (Column("name", "text", "Name"), Column("free", "integer", "Free", "bytes")))
MACHINE = ModuleOutline("machine", "A machine.", {"": DATA, "pool": POOL})
PICTURE = ModuleOutline("picture", "A picture.", {"": Table("", "", (Column("image", "file", "Image"),))})


@dataclass(frozen=True)
class Said:
    """What an instance says in a run."""

    status: float = 1.0
    load: float | None = 1.0
    sentence: str = ""
    note: str | None = None
    pools: Sequence[Sequence[Cell]] = ()
    facts: tuple[SourceFact, ...] = ()
    kept: dict[int, File] = field(default_factory=dict)
    image: Path | None = None
    data: list[Any] | None = None
    rows: Mapping[str, list[list[Cell]]] = field(default_factory=dict)

    def outcome(self, name: str) -> Outcome:
        data: list[Any] | None = self.data or [self.load, self.note]
        if self.image:
            data = [File(self.image, "curve.png")]
        elif self.status < 0 and self.data is None:
            data = None
        rows = {"pool": [list(pool) for pool in self.pools]} if self.pools else dict(self.rows)
        return Outcome(name, self.status, self.sentence, data, rows, facts=self.facts, kept=self.kept)


def instance(name: str, category: str = "all", module: str = "machine", **settings: Any) -> InstanceOutline:
    """An instance's outline."""
    limits = {"": {"load": LOAD.limits}} if module == "machine" else {}
    return InstanceOutline(name, name.title(), module, category, name.title(), limits=limits, **settings)


def outline(
    *instances: InstanceOutline | str,
    access: Mapping[str, str] | None = None,
    modules: Sequence[ModuleOutline] = (MACHINE, PICTURE),
    title: str = "Site",
) -> Outline:
    """A site's outline; the categories are those of its instances, and ``access`` tells theirs."""
    every = [instance(entry) if isinstance(entry, str) else entry for entry in instances]
    names = list(dict.fromkeys([*(instance.category for instance in every)]))
    categories = tuple(
        CategoryOutline(
            name,
            name.title(),
            access=(access or {}).get(name, "permod"),
            instances=tuple(instance.name for instance in every if instance.category == name),
        )
        for name in names
    )
    return Outline(title, categories, tuple(every), tuple(modules))


def run(site: Outline, number: int = 0, time: datetime | None = None, note: str = "", **said: Said) -> FinishedRun:
    """The ``number``-th quarter of an hour of a site; instances that are not named are well."""
    outcomes = [said.get(instance.name, Said()).outcome(instance.name) for instance in site.instances]
    return FinishedRun(time or START + number * QUARTER, 1.5, site, outcomes, note)
