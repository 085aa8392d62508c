"""Statuses of categories and instances in a run, without their values."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, and_, func, select

from happyface.contract.states import HAPPY_FROM, UNKNOWN
from happyface.model.access import Visible
from happyface.model.outline import InstanceOutline, Outline
from happyface.model.results import SourceFact
from happyface.model.views import CategoryView, InstanceView, RunView, StripCell
from happyface.store.moments import time_of
from happyface.store.schema import categories, category_results, changes, datasets, instances, results, runs, texts

DAY = timedelta(hours=24)
"""So far back go strips and sparklines."""

_RUN_ID = sa.bindparam("run_id", type_=sa.Integer)
_NAMES = sa.bindparam("names", expanding=True, type_=sa.String)
_NAMED = sa.join(category_results, categories, categories.c.id == category_results.c.category_id)

_CATEGORIES = (
    select(categories.c.name, category_results.c.status, texts.c.text)
    .select_from(_NAMED.join(texts, texts.c.id == category_results.c.sentence_id, isouter=True))
    .where(category_results.c.run_id == _RUN_ID, categories.c.name.in_(_NAMES))
)


def read_categories(connection: Connection, run_id: int, visible: Visible) -> list[CategoryView]:
    """The categories that a reader may see, in the site's order, with their statuses in a run."""
    outline = visible.outline
    names = [each.name for each in outline.categories if each.name not in visible.partial]
    rows = connection.execute(_CATEGORIES, {"run_id": run_id, "names": names}).all()
    found = {name: (status, sentence or "") for name, status, sentence in rows}
    if visible.partial:
        said = _read_said(connection, run_id, run_id, _members([visible]))[run_id]
        found |= {name: outline.rate_category(name, said) for name in visible.partial}
    return [CategoryView(each, *found.get(each.name, (UNKNOWN, ""))) for each in outline.categories]


_SAID = (
    select(results.c.run_id, instances.c.name, results.c.status, texts.c.text)
    .join_from(results, instances, instances.c.id == results.c.instance_id)
    .join(texts, texts.c.id == results.c.sentence_id, isouter=True)
    .where(results.c.run_id.between(sa.bindparam("first"), sa.bindparam("last")), instances.c.name.in_(_NAMES))
)


def _members(some: Iterable[Visible]) -> set[str]:
    """The instances that are left in categories of which others were left out."""
    return {
        name
        for visible in some
        for category in visible.partial
        for name in visible.outline.category[category].instances
    }


def _read_said(
    connection: Connection, first: int, last: int, names: Iterable[str]
) -> defaultdict[int, dict[str, tuple[float, str]]]:
    """The statuses and sentences of some instances in some runs, by run and name."""
    found: defaultdict[int, dict[str, tuple[float, str]]] = defaultdict(dict)
    given = {"first": first, "last": last, "names": list(names)}
    for run_id, name, status, sentence in connection.execute(_SAID, given).all():
        found[run_id][name] = (status, sentence or "")
    return found


_RUNS_BETWEEN = (
    select(runs.c.id, runs.c.time, runs.c.outline_id)
    .where(runs.c.time > sa.bindparam("since"), runs.c.time <= sa.bindparam("until"))
    .order_by(runs.c.time)
)
_IN_STRIPS = and_(
    category_results.c.run_id.between(sa.bindparam("first"), sa.bindparam("last")), categories.c.name.in_(_NAMES)
)
_CELLS = (
    select(categories.c.name, category_results.c.run_id, category_results.c.status, category_results.c.sentence_id)
    .select_from(_NAMED)
    .where(_IN_STRIPS)
    .order_by(category_results.c.category_id, category_results.c.run_id)
)
_CELL_TEXTS = select(texts.c.id, texts.c.text).where(
    texts.c.id.in_(select(category_results.c.sentence_id).select_from(_NAMED).where(_IN_STRIPS))
)


def read_strips(
    connection: Connection, run: RunView, shown: Sequence[CategoryView], visible: Callable[[int], Visible]
) -> dict[str, list[StripCell]]:
    """The last 24 hours of some categories, oldest first; ``visible`` tells what may be seen of an outline."""
    until, since = int(run.time.timestamp()), int((run.time - DAY).timestamp())
    found = connection.execute(_RUNS_BETWEEN, {"since": since, "until": until}).all()
    times = {run_id: datetime.fromtimestamp(time, UTC) for run_id, time, _ in found}
    strips: dict[str, list[StripCell]] = {each.outline.name: [] for each in shown}
    if not times or not shown:
        return strips
    given = {"first": min(times), "last": max(times), "names": list(strips)}
    said = {row.id: row.text for row in connection.execute(_CELL_TEXTS, given)}
    for name, run_id, status, sentence_id in connection.execute(_CELLS, given).all():
        if run_id in times:
            strips[name].append(StripCell(times[run_id], status, said.get(sentence_id, "")))
    _rate_partial(connection, strips, {run_id: (times[run_id], visible(outline_id)) for run_id, _, outline_id in found})
    return strips


def _rate_partial(
    connection: Connection, strips: dict[str, list[StripCell]], of_run: Mapping[int, tuple[datetime, Visible]]
) -> None:
    """Rate the categories of which a reader may not see all instances by those that it may see."""
    if not any(visible.partial for _, visible in of_run.values()):
        return
    names = _members(visible for _, visible in of_run.values())
    said = _read_said(connection, min(of_run), max(of_run), names)
    rated = {
        (name, time): visible.outline.rate_category(name, said[run_id])
        for run_id, (time, visible) in of_run.items()
        for name in visible.partial
    }
    for name, cells in strips.items():
        for position, cell in enumerate(cells):
            if (name, cell.time) in rated:
                cells[position] = StripCell(cell.time, *rated[name, cell.time])


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
_TROUBLE = _ALL_RESULTS.where(results.c.status < HAPPY_FROM)


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
