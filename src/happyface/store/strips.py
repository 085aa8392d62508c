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
from happyface.rating.category import Verdict
from happyface.store.moments import IS_HIDDEN, hidden_by
from happyface.store.schema import categories, category_results, instances, memberships, results, texts
from happyface.store.timeline import Timeline

_FIRST, _LAST = sa.bindparam("first", type_=sa.Integer), sa.bindparam("last", type_=sa.Integer)
_NAMES = sa.bindparam("names", expanding=True, type_=sa.String)

_Verdict = tuple[float | None, str]
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


def _results_in_day(rows: sa.Table, owner: sa.Table, key: str) -> sa.Select[Any]:
    return (
        select(owner.c.name, rows.c.run_id, rows.c.status, texts.c.text)
        .join_from(owner, rows, in_day(rows, owner, key))
        .join(texts, texts.c.id == rows.c.sentence_id, isouter=True)
        .where(owner.c.name.in_(_NAMES))
        .order_by(rows.c[key], rows.c.run_id)
    )


_OF_CATEGORIES = _results_in_day(category_results, categories, "category_id")
_OF_INSTANCES = _results_in_day(results, instances, "instance_id")
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
    parameters = {"first": timeline.ids[0], "last": timeline.ids[-1]}
    outline, partial = _without_hidden(connection, parameters, reader, access, visible)
    whole = [category.name for category in outline.categories if category.name not in partial]
    verdicts = _read(connection, _OF_CATEGORIES, parameters, whole)
    if partial:
        members = [name for category in partial for name in outline.category[category].instances]
        of_members = _read(connection, _OF_INSTANCES, parameters, members)
        verdicts |= {name: _rated(outline, name, of_members, parameters["first"]) for name in partial}
    return {category.name: _segments(timeline, verdicts.get(category.name, {})) for category in outline.categories}


def _without_hidden(
    connection: Connection, parameters: Mapping[str, int], reader: Reader, access: AccessRule, visible: Visible
) -> tuple[Outline, Collection[str]]:
    """The outline without what the reader may not see of some run of the day; and the categories that counted it.

    Whatever was hidden for an hour is left out of the whole day: what is left is rated alike from end to end.
    """
    if reader.member:
        return visible.outline, ()
    rows = connection.execute(_HIDDEN, {**parameters, **hidden_by(access)}).all()
    hidden = {name for name, _ in rows}
    kept = tuple(
        replace(category, instances=tuple(name for name in category.instances if name not in hidden))
        for category in visible.outline.categories
    )
    partial = visible.partial | {category for _, category in rows}
    partial |= {instance.category for instance in visible.outline.instances if instance.name in hidden}
    return replace(visible.outline, categories=kept), partial & {category.name for category in kept}


def _read(
    connection: Connection, query: sa.Select[Any], parameters: Mapping[str, int], names: Sequence[str]
) -> dict[str, dict[int, _Verdict]]:
    """The verdicts by name, and by the run from which on each holds."""
    found: dict[str, dict[int, _Verdict]] = defaultdict(dict)
    for name, run_id, status, sentence in connection.execute(query, {**parameters, "names": list(names)}).all():
        found[name][run_id] = status, sentence or ""
    return found


def _rated(
    outline: Outline, category: str, of_members: Mapping[str, Mapping[int, _Verdict]], first: int
) -> dict[int, _Verdict]:
    """The verdicts on a category by some of its members alone, by the run from which on each holds."""
    members = outline.category[category].instances
    # What held before the day counts from its first run on.
    changed = sorted({max(first, run_id) for name in members for run_id in of_members.get(name, ())})
    now: dict[str, Verdict] = {}
    rated: dict[int, _Verdict] = {}
    for run_id in changed:
        for name in members:
            found = _found(of_members.get(name, {}), run_id, first)
            if found is not None:
                now[name] = (UNKNOWN if found[0] is None else found[0]), found[1]
        rated[run_id] = outline.rate_category(category, now)
    return rated


def _found(verdicts: Mapping[int, _Verdict], run_id: int, first: int) -> _Verdict | None:
    if run_id != first or run_id in verdicts:
        return verdicts.get(run_id)
    return next((verdict for begin, verdict in verdicts.items() if begin < first), None)


def _segments(timeline: Timeline, verdicts: Mapping[int, _Verdict]) -> list[Segment]:
    places = [timeline.place(run_id) for run_id in verdicts]
    in_order = list(verdicts.values())
    # A category that came to be within the day has nothing before: no segment at all, not one without information.
    if places and places[0] > 0:
        places, in_order = [0, *places], [(None, ""), *in_order]
    if not places:
        return []
    segments = []
    for number, begin, end in timeline.pieces(places):
        status, sentence = in_order[number]
        if status is not None:
            segments.append(Segment(_time(begin), _time(end), status, sentence))
    return list(_joined(segments))


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """The segments, with equal neighbours joined to one."""
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
