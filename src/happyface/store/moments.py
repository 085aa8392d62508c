"""Finding the run of a moment, the site's outline then, and the changes before and after it."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, and_, func, not_, or_, select

from happyface.model.access import AccessRule
from happyface.model.freshness import is_ahead
from happyface.model.outline import Outline
from happyface.model.views import Moment, RunView
from happyface.store.schema import categories, changes, instances, memberships, outlines, runs, texts


def _run_view(row: Any) -> RunView:
    return RunView(row.id, datetime.fromtimestamp(row.time, UTC), row.seconds, row.note or "", row.outline_id)


_NEWEST = select(func.max(runs.c.id)).scalar_subquery()
_UNTIL = sa.bindparam("until", type_=sa.BigInteger)
_DAY = 86400
_LATEST = select(func.max(runs.c.time)).where(runs.c.time < _UNTIL).scalar_subquery()
# Of the day before it the run that was written last: a clock that once ran ahead has left a time among later ones. No
# more than a day, so that only few runs are looked at.
_AT = select(func.max(runs.c.id)).where(runs.c.time < _UNTIL, runs.c.time > _LATEST - _DAY).scalar_subquery()
_FIRST = select(runs.c.id).order_by(runs.c.time, runs.c.id).limit(1).scalar_subquery()
_RUN = select(runs.c.id, runs.c.time, runs.c.seconds, runs.c.outline_id, texts.c.text.label("note")).join_from(
    runs, texts, runs.c.note_id == texts.c.id, isouter=True
)
_LAST_WRITTEN = _RUN.where(runs.c.id == _NEWEST)
_RUNS_AT = _RUN.add_columns(_NEWEST.label("newest"), _AT.label("at"), _FIRST.label("first")).where(
    runs.c.id.in_([_NEWEST, _AT, _FIRST])
)


def find_newest(connection: Connection) -> RunView | None:
    """The run that was written last."""
    row = connection.execute(_LAST_WRITTEN).first()
    return _run_view(row) if row else None


def find_moment(connection: Connection, asked: datetime | None, now: datetime) -> Moment | None:
    """The run that stands for a moment: the newest one at or before the end of its minute; None before any run."""
    # By minutes: links carry no seconds, and the present minute is not the future.
    in_future = asked is not None and asked.replace(second=0, microsecond=0) > now
    if asked is None or in_future:
        newest = find_newest(connection)
        if newest is None:
            return None
        return Moment(asked, newest, newest, False, in_future, is_ahead(newest, now))
    rows = {row.id: row for row in connection.execute(_RUNS_AT, {"until": _end_of_minute(asked)}).all()}
    if not rows:
        return None
    # Each row has the three numbers; one run may be all three.
    any_row = next(iter(rows.values()))
    run, newest = _run_view(rows[any_row.at or any_row.first]), _run_view(rows[any_row.newest])
    return Moment(asked, run, newest, any_row.at is None, False, is_ahead(newest, now))


def _end_of_minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60 + 1) * 60


_RUN_BY_ID = _RUN.where(runs.c.id == sa.bindparam("run_id"))


def find_run(connection: Connection, run_id: int) -> RunView | None:
    """A run by its number."""
    row = connection.execute(_RUN_BY_ID, {"run_id": run_id}).first()
    return _run_view(row) if row else None


def membership_at(instance_id: Any, run_id: Any) -> Any:
    """The condition that a membership is an instance's in a run."""
    newest = (
        select(func.max(memberships.c.run_id))
        .where(memberships.c.instance_id == instance_id, memberships.c.run_id <= run_id)
        .correlate_except(memberships)
        .scalar_subquery()
    )
    return and_(memberships.c.instance_id == instance_id, memberships.c.run_id == newest)


IS_HIDDEN = or_(
    memberships.c.restricted,
    instances.c.name.in_(sa.bindparam("restricted_instances", expanding=True, type_=sa.String)),
    categories.c.name.in_(sa.bindparam("restricted_categories", expanding=True, type_=sa.String)),
)
"""The rule of :meth:`AccessRule.sees` in SQL, for queries over many instances."""


def hidden_by(access: AccessRule) -> dict[str, list[str]]:
    """The bind parameters of :data:`IS_HIDDEN`."""
    return {
        "restricted_instances": list(access.restricted_instances),
        "restricted_categories": list(access.restricted_categories),
    }


def _changes(hides: bool) -> sa.Select[Any]:
    """The times of the last change before a run and of the next after it, with or without what is restricted."""
    run_id, time = sa.bindparam("run_id", type_=sa.Integer), sa.bindparam("time", type_=sa.BigInteger)
    newest = select(runs.c.time).where(runs.c.id == _NEWEST).scalar_subquery()
    # Those of categories follow from those of instances, and would tell of some that a reader may not see.
    seen = select(changes.c.time).where(changes.c.instance_id.is_not(None))
    if hides:
        seen = (
            seen.join(instances, instances.c.id == changes.c.instance_id)
            .join(memberships, membership_at(changes.c.instance_id, changes.c.run_id))
            .join(categories, categories.c.id == memberships.c.category_id)
            .where(not_(IS_HIDDEN))
        )
    # Their times, too, since these are where a step leads: a clock that ran ahead has left some that are yet to come.
    before = seen.where(changes.c.run_id < run_id, changes.c.time < time).order_by(changes.c.run_id.desc()).limit(1)
    after = (
        seen.where(changes.c.run_id > run_id, changes.c.time > time, changes.c.time <= newest)
        .order_by(changes.c.run_id)
        .limit(1)
    )
    return select(before.scalar_subquery().label("before"), after.scalar_subquery().label("after"))


# To put the query together takes longer than to ask it.
_changes_query = cache(_changes)


def find_changes(
    connection: Connection, run: RunView, access: AccessRule, member: bool
) -> tuple[datetime | None, datetime | None]:
    """When an instance last changed its face before a run, and when next after it, as far as a reader may know."""
    parameters = {"run_id": run.id, "time": int(run.time.timestamp())} | ({} if member else hidden_by(access))
    row = connection.execute(_changes_query(not member), parameters).one()
    return time_of(row.before), time_of(row.after)


def time_of(seconds: int | None) -> datetime | None:
    """A stored time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Outlines:
    """The outlines of runs; they never change, so the last few are kept."""

    def __init__(self) -> None:
        self._loaded: dict[int, Outline] = {}

    def get(self, connection: Connection, outline_id: int) -> Outline:
        """The outline of that number."""
        found = self._loaded.get(outline_id)
        if found is None:
            text = connection.scalar(select(outlines.c.text).where(outlines.c.id == outline_id))
            # Few, since each takes a megabyte for a large site; pages of one day need one or two.
            while len(self._loaded) >= 8:
                self._loaded.pop(next(iter(self._loaded)), None)
            found = self._loaded[outline_id] = Outline.load(str(text))
        return found
