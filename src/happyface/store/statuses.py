"""Statuses of categories and instances in a run, without their values."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, and_, func, select

from happyface.outline import InstanceOutline, Outline
from happyface.rating import UNKNOWN
from happyface.results import SourceFact
from happyface.store.access import Visible
from happyface.store.moments import time_of
from happyface.store.schema import categories, category_results, changes, datasets, instances, results, runs, texts
from happyface.views import CategoryView, InstanceView, Reader, RunView, StripCell

DAY = timedelta(hours=24)
"""So far back go strips and sparklines."""

_RUN_ID = sa.bindparam("run_id", type_=sa.Integer)
_NAMES = sa.bindparam("names", expanding=True, type_=sa.String)
_STATUS = {True: category_results.c.status, False: category_results.c.open_status}
_SENTENCE = {True: category_results.c.sentence_id, False: category_results.c.open_sentence_id}
"""The columns that hold what a member, and what everybody, may know of a category."""
_NAMED = sa.join(category_results, categories, categories.c.id == category_results.c.category_id)

_CATEGORIES = {
    member: select(categories.c.name, _STATUS[member], texts.c.text)
    .select_from(_NAMED.join(texts, texts.c.id == _SENTENCE[member], isouter=True))
    .where(category_results.c.run_id == _RUN_ID, categories.c.name.in_(_NAMES))
    for member in (True, False)
}


def read_categories(connection: Connection, run_id: int, visible: Visible, reader: Reader) -> list[CategoryView]:
    """The categories that a reader may see, in the site's order, with their statuses in a run."""
    names = [each.name for each in visible.outline.categories]
    rows = connection.execute(_CATEGORIES[reader.member], {"run_id": run_id, "names": names}).all()
    found = {name: (status, sentence or "") for name, status, sentence in rows}
    if visible.veiled:
        statuses = _read_statuses(connection, run_id, run_id, _members([visible]))[run_id]
        found |= {name: (visible.status(name, statuses), "") for name in visible.veiled if name in found}
    return [CategoryView(each, *found.get(each.name, (UNKNOWN, ""))) for each in visible.outline.categories]


_BARE_RESULTS = (
    select(results.c.run_id, instances.c.name, results.c.status)
    .join_from(results, instances, instances.c.id == results.c.instance_id)
    .where(results.c.run_id.between(sa.bindparam("first"), sa.bindparam("last")), instances.c.name.in_(_NAMES))
)


def _members(some: Iterable[Visible]) -> set[str]:
    """The instances that are left in veiled categories."""
    return {
        name
        for visible in some
        for each in visible.outline.categories
        if each.name in visible.veiled
        for name in each.instances
    }


def _read_statuses(
    connection: Connection, first: int, last: int, names: Iterable[str]
) -> defaultdict[int, dict[str, float]]:
    """The statuses of some instances in some runs, by run and name."""
    found: defaultdict[int, dict[str, float]] = defaultdict(dict)
    given = {"first": first, "last": last, "names": list(names)}
    for run_id, name, status in connection.execute(_BARE_RESULTS, given).all():
        found[run_id][name] = status
    return found


_RUNS_BETWEEN = (
    select(runs.c.id, runs.c.time, runs.c.outline_id)
    .where(runs.c.time > sa.bindparam("since"), runs.c.time <= sa.bindparam("until"))
    .order_by(runs.c.time)
)
_IN_STRIPS = and_(
    category_results.c.run_id.between(sa.bindparam("first"), sa.bindparam("last")), categories.c.name.in_(_NAMES)
)
_CELLS = {
    member: select(categories.c.name, category_results.c.run_id, _STATUS[member], _SENTENCE[member])
    .select_from(_NAMED)
    .where(_IN_STRIPS)
    .order_by(category_results.c.category_id, category_results.c.run_id)
    for member in (True, False)
}
_CELL_TEXTS = {
    member: select(texts.c.id, texts.c.text).where(
        texts.c.id.in_(select(_SENTENCE[member]).select_from(_NAMED).where(_IN_STRIPS))
    )
    for member in (True, False)
}


def read_strips(
    connection: Connection,
    run: RunView,
    shown: Sequence[CategoryView],
    reader: Reader,
    veils: Callable[[int], Visible] | None = None,
) -> dict[str, list[StripCell]]:
    """The last 24 hours of some categories, oldest first; ``veils`` tells of an outline what is restricted since."""
    until, since = int(run.time.timestamp()), int((run.time - DAY).timestamp())
    found = connection.execute(_RUNS_BETWEEN, {"since": since, "until": until}).all()
    times = {run_id: datetime.fromtimestamp(time, UTC) for run_id, time, _ in found}
    strips: dict[str, list[StripCell]] = {each.outline.name: [] for each in shown}
    if not times or not shown:
        return strips
    given = {"first": min(times), "last": max(times), "names": list(strips)}
    said = {row.id: row.text for row in connection.execute(_CELL_TEXTS[reader.member], given)}
    for name, run_id, status, sentence_id in connection.execute(_CELLS[reader.member], given).all():
        if run_id in times:
            strips[name].append(StripCell(times[run_id], status, said.get(sentence_id, "")))
    if veils:
        _veil(connection, strips, {run_id: (times[run_id], veils(outline_id)) for run_id, _, outline_id in found})
    return strips


def _veil(
    connection: Connection, strips: dict[str, list[StripCell]], of_run: Mapping[int, tuple[datetime, Visible]]
) -> None:
    """Put cells that hold no more than is open in place of those that counted what is restricted since."""
    if not any(visible.veiled for _, visible in of_run.values()):
        return
    names = _members(visible for _, visible in of_run.values())
    statuses = _read_statuses(connection, min(of_run), max(of_run), names)
    veiled = {
        (name, time): visible.status(name, statuses[run_id])
        for run_id, (time, visible) in of_run.items()
        for name in visible.veiled & visible.outline.category.keys()
    }
    for name, cells in strips.items():
        for position, cell in enumerate(cells):
            if (name, cell.time) in veiled:
                cells[position] = StripCell(cell.time, veiled[name, cell.time])


_LAST_CHANGE = (
    select(func.max(changes.c.run_id))
    .where(changes.c.instance_id == results.c.instance_id, changes.c.run_id <= results.c.run_id)
    .correlate(results)
    .scalar_subquery()
)
_SINCE = select(runs.c.time).where(runs.c.id == _LAST_CHANGE).correlate(results).scalar_subquery()
_facts = texts.alias("facts")
_RESULT = (
    select(
        instances.c.id,
        instances.c.name,
        results.c.status,
        results.c.dataset_id,
        texts.c.text.label("sentence"),
        _SINCE.label("since"),
        datasets.c.limited,
        datasets.c.counts,
        _facts.c.text.label("facts"),
    )
    .join_from(instances, results, results.c.instance_id == instances.c.id)
    .join(texts, texts.c.id == results.c.sentence_id, isouter=True)
    .join(datasets, datasets.c.id == results.c.dataset_id, isouter=True)
    .join(_facts, _facts.c.id == datasets.c.facts_id, isouter=True)
    .where(results.c.run_id == _RUN_ID)
)
_ALL = results.c.instance_id.in_(select(instances.c.id))
"""All instances, put so that every database looks each of them up by the key, and never reads the whole table."""


_NAMED_RESULTS = _RESULT.where(instances.c.name.in_(_NAMES))
_ALL_RESULTS = _RESULT.where(_ALL)
_TROUBLE = _ALL_RESULTS.where(results.c.status < 0.66)


def read_results(connection: Connection, run_id: int, names: Sequence[str] | None = None) -> dict[str, Any]:
    """The results of some instances, or of all, in a run, by name."""
    if names is None:
        rows = connection.execute(_ALL_RESULTS, {"run_id": run_id}).all()
    else:
        rows = connection.execute(_NAMED_RESULTS, {"run_id": run_id, "names": list(names)}).all()
    return {row.name: row for row in rows}


def read_trouble(connection: Connection, run_id: int) -> dict[str, Any]:
    """The results of all instances in a run that are not well, by name."""
    return {row.name: row for row in connection.execute(_TROUBLE, {"run_id": run_id}).all()}


def bare_view(outline: Outline, instance: InstanceOutline, run: RunView, row: Any) -> InstanceView:
    """An instance in a run without its values."""
    module = outline.module.get(instance.module)
    if row is None:
        return InstanceView(instance, module, run, UNKNOWN, "It was not looked at in this run.", missing=True)
    facts = tuple(SourceFact(**each) for each in json.loads(row.facts)) if row.facts else ()
    return InstanceView(instance, module, run, row.status, row.sentence or "", time_of(row.since), facts=facts)
