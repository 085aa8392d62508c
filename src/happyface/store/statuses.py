"""Statuses of categories and instances in a run, without their values."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.contract.states import HAPPY_FROM, UNKNOWN
from happyface.model.access import Visible
from happyface.model.outline import InstanceOutline, Outline
from happyface.model.results import SourceFact
from happyface.model.views import CategoryView, InstanceView, RunView
from happyface.rating.category import Verdict
from happyface.store.moments import time_of
from happyface.store.schema import categories, category_results, changes, datasets, instances, results, texts

RUN_ID = sa.bindparam("run_id", type_=sa.Integer)
_NAMES = sa.bindparam("names", expanding=True, type_=sa.String)


def newest_at(rows: sa.Table, owner: sa.Table, *whose: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The condition that a row of ``results`` (or a table like it) is its owner's newest at or before a run.

    A subquery for each owner: one step down the key each, where grouping would read all rows that there ever were. What
    it finds is looked up as pairs of key values: SQLite, which has no statistics at first, would scan for a join.

    Args:
        whose: conditions on the owner.
    """
    key = rows.c["category_id" if owner is categories else "instance_id"]
    same = rows.alias("same")
    newest = (
        select(func.max(same.c.run_id))
        .where(same.c[key.name] == owner.c.id, same.c.run_id <= RUN_ID)
        .correlate(owner)
        .scalar_subquery()
    )
    return sa.tuple_(key, rows.c.run_id).in_(select(owner.c.id, newest).where(*whose).correlate(None))


_CATEGORIES = (
    select(categories.c.name, category_results.c.status, texts.c.text)
    .join_from(category_results, categories, categories.c.id == category_results.c.category_id)
    .join(texts, texts.c.id == category_results.c.sentence_id, isouter=True)
    .where(newest_at(category_results, categories, categories.c.name.in_(_NAMES)))
    .where(category_results.c.status.is_not(None))
)


def read_categories(connection: Connection, run_id: int, visible: Visible) -> list[CategoryView]:
    """The categories that a reader may see, in the site's order, with their statuses in a run."""
    outline = visible.outline
    names = [category.name for category in outline.categories if category.name not in visible.partial]
    rows = connection.execute(_CATEGORIES, {"run_id": run_id, "names": names}).all()
    found = {name: (status, sentence or "") for name, status, sentence in rows}
    # Stored statuses count all members: for a reader who may not see some, those categories are rated anew.
    if visible.partial:
        members = [name for category in visible.partial for name in outline.category[category].instances]
        verdicts = _read_verdicts(connection, run_id, members)
        found |= {name: outline.rate_category(name, verdicts) for name in visible.partial}
    return [CategoryView(category, *found.get(category.name, (UNKNOWN, ""))) for category in outline.categories]


_VERDICTS = (
    select(instances.c.name, results.c.status, texts.c.text)
    .join_from(results, instances, instances.c.id == results.c.instance_id)
    .join(texts, texts.c.id == results.c.sentence_id, isouter=True)
    .where(newest_at(results, instances, instances.c.name.in_(_NAMES)), results.c.status.is_not(None))
)


def _read_verdicts(connection: Connection, run_id: int, names: Iterable[str]) -> dict[str, Verdict]:
    """The statuses and sentences of some instances in a run, by name."""
    rows = connection.execute(_VERDICTS, {"run_id": run_id, "names": list(names)}).all()
    return {name: (status, sentence or "") for name, status, sentence in rows}


_SINCE = (
    select(changes.c.time)
    .where(changes.c.instance_id == instances.c.id, changes.c.run_id <= RUN_ID)
    .order_by(changes.c.run_id.desc())
    .limit(1)
    .correlate(instances)
    .scalar_subquery()
)
_facts = texts.alias("facts")
_RESULTS = (
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
    .join_from(results, instances, instances.c.id == results.c.instance_id)
    .join(texts, texts.c.id == results.c.sentence_id, isouter=True)
    .join(datasets, datasets.c.id == results.c.dataset_id, isouter=True)
    .join(_facts, _facts.c.id == datasets.c.facts_id, isouter=True)
    .where(results.c.status.is_not(None))
)
_NAMED_RESULTS = _RESULTS.where(newest_at(results, instances, instances.c.name.in_(_NAMES)))
_ALL_RESULTS = _RESULTS.where(newest_at(results, instances))
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
    facts = tuple(SourceFact(**fact) for fact in json.loads(row.facts)) if row.facts else ()
    since = time_of(row.since)
    # A change of a time when some clock ran ahead: since when it has been so is not known.
    known = since if since is None or since <= run.time else None
    return InstanceView(instance, module, run, row.status, row.sentence or "", known, facts=facts)
