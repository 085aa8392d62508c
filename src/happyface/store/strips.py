"""The last 24 hours of categories, made from what changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.contract.states import UNKNOWN
from happyface.model.access import AccessRule, Reader, Visible
from happyface.model.outline import Outline
from happyface.model.views import Segment
from happyface.store.moments import IS_HIDDEN, hidden_by
from happyface.store.schema import categories, category_results, instances, memberships, results, texts
from happyface.store.timeline import Timeline

_FIRST, _LAST = sa.bindparam("first", type_=sa.Integer), sa.bindparam("last", type_=sa.Integer)
_NAMES = sa.bindparam("names", expanding=True, type_=sa.String)

_Said = tuple[float | None, str]
"""A status and a sentence; a status of None: not looked at."""


def in_day(rows: sa.Table, owner: sa.Table, key: str) -> sa.ColumnElement[bool]:
    """The condition that a row of changes holds in one of the runs from ``first`` to ``last``."""
    same = rows.alias("same")
    before = (
        select(func.max(same.c.run_id))
        .where(same.c[key] == owner.c.id, same.c.run_id <= _FIRST)
        .correlate(owner)
        .scalar_subquery()
    )
    return sa.and_(rows.c[key] == owner.c.id, rows.c.run_id >= func.coalesce(before, 0), rows.c.run_id <= _LAST)


def _said(rows: sa.Table, owner: sa.Table, key: str) -> sa.Select[Any]:
    return (
        select(owner.c.name, rows.c.run_id, rows.c.status, texts.c.text)
        .join_from(owner, rows, in_day(rows, owner, key))
        .join(texts, texts.c.id == rows.c.sentence_id, isouter=True)
        .where(owner.c.name.in_(_NAMES))
        .order_by(rows.c[key], rows.c.run_id)
    )


_OF_CATEGORIES = _said(category_results, categories, "category_id")
_OF_INSTANCES = _said(results, instances, "instance_id")
_HIDDEN = (
    select(instances.c.name, categories.c.name.label("category"))
    .distinct()
    .join_from(instances, memberships, in_day(memberships, instances, "instance_id"))
    .join(categories, categories.c.id == memberships.c.category_id)
    .where(IS_HIDDEN)
)


def read_strips(
    connection: Connection, timeline: Timeline, reader: Reader, access: AccessRule, visible: Visible
) -> dict[str, list[Segment]]:
    """The day of each category that a reader may see in the run at its end, oldest first."""
    given = {"first": timeline.ids[0], "last": timeline.ids[-1]}
    outline, partial = _without_hidden(connection, given, reader, access, visible)
    whole = [category.name for category in outline.categories if category.name not in partial]
    said = _read(connection, _OF_CATEGORIES, given, whole)
    if partial:
        members = [name for category in partial for name in outline.category[category].instances]
        of_members = _read(connection, _OF_INSTANCES, given, members)
        said |= {name: _rated(outline, name, of_members, given["first"]) for name in partial}
    return {category.name: _segments(timeline, said.get(category.name, {})) for category in outline.categories}


def _without_hidden(
    connection: Connection, given: Mapping[str, int], reader: Reader, access: AccessRule, visible: Visible
) -> tuple[Outline, Collection[str]]:
    """The outline without what the reader may not see of some run of the day; and the categories that counted it.

    Whatever was hidden for an hour is left out of the whole day: what is left is rated alike from end to end.
    """
    if reader.member:
        return visible.outline, ()
    rows = connection.execute(_HIDDEN, {**given, **hidden_by(access)}).all()
    hidden = {name for name, _ in rows}
    kept = tuple(
        replace(category, instances=tuple(name for name in category.instances if name not in hidden))
        for category in visible.outline.categories
    )
    partial = visible.partial | {category for _, category in rows}
    partial |= {instance.category for instance in visible.outline.instances if instance.name in hidden}
    return replace(visible.outline, categories=kept), partial & {category.name for category in kept}


def _read(
    connection: Connection, query: sa.Select[Any], given: Mapping[str, int], names: Sequence[str]
) -> dict[str, dict[int, _Said]]:
    """What was said, by name and by the run from which on it was."""
    found: dict[str, dict[int, _Said]] = defaultdict(dict)
    for name, run_id, status, sentence in connection.execute(query, {**given, "names": list(names)}).all():
        found[name][run_id] = status, sentence or ""
    return found


def _rated(
    outline: Outline, category: str, of_members: Mapping[str, Mapping[int, _Said]], first: int
) -> dict[int, _Said]:
    """What is to be said of a category by some of its members, by the run from which on it is."""
    members = outline.category[category].instances
    changed = sorted({max(first, run_id) for name in members for run_id in of_members.get(name, ())})
    now: dict[str, tuple[float, str]] = {}
    rated: dict[int, _Said] = {}
    for run_id in changed:
        for name in members:
            found = _found(of_members.get(name, {}), run_id, first)
            if found is not None:
                now[name] = (UNKNOWN if found[0] is None else found[0]), found[1]
        rated[run_id] = outline.rate_category(category, now)
    return rated


def _found(said: Mapping[int, _Said], run_id: int, first: int) -> _Said | None:
    if run_id != first or run_id in said:
        return said.get(run_id)
    return next((result for at, result in said.items() if at < first), None)


def _segments(timeline: Timeline, said: Mapping[int, _Said]) -> list[Segment]:
    places = [timeline.place(run_id) for run_id in said]
    given = list(said.values())
    # A category that came to be within the day has nothing before: no segment at all, not one without information.
    if places and places[0] > 0:
        places, given = [0, *places], [(None, ""), *given]
    if not places:
        return []
    segments = []
    for number, begin, end in timeline.pieces(places):
        status, sentence = given[number]
        if status is not None:
            segments.append(Segment(_time(begin), _time(end), status, sentence))
    return list(_joined(segments))


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Neighbours that say the same as one."""
    last: Segment | None = None
    for segment in segments:
        if last and (last.end, last.status, last.sentence) == (segment.begin, segment.status, segment.sentence):
            last = last._replace(end=segment.end)
            continue
        if last:
            yield last
        last = segment
    if last:
        yield last


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
