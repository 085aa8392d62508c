"""Which run stands for a moment, what the site consisted of then, and when something changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.model.outline import Outline
from happyface.model.views import Moment, RunView
from happyface.store.schema import changes, instances, runs, texts


@dataclass(frozen=True)
class Found:
    """A run with the number of its outline."""

    view: RunView
    outline_id: int


def _run_view(row: Any) -> Found:
    view = RunView(row.id, datetime.fromtimestamp(row.time, UTC), row.seconds, row.note or "")
    return Found(view, row.outline_id)


def _newest(condition: Any = None) -> Any:
    chosen = select(runs.c.id).order_by(runs.c.time.desc(), runs.c.id.desc()).limit(1)
    return (chosen if condition is None else chosen.where(condition)).scalar_subquery()


_FIRST = select(runs.c.id).order_by(runs.c.time, runs.c.id).limit(1).scalar_subquery()
_RUN = select(runs.c.id, runs.c.time, runs.c.seconds, runs.c.outline_id, texts.c.text.label("note")).join_from(
    runs, texts, runs.c.note_id == texts.c.id, isouter=True
)
_UNTIL = sa.bindparam("until", type_=sa.BigInteger)
_RUNS_AT = _RUN.add_columns(
    _newest().label("newest"), _newest(runs.c.time < _UNTIL).label("shown"), _FIRST.label("first")
).where(runs.c.id.in_([_newest(), _newest(runs.c.time < _UNTIL), _FIRST]))


def find_moment(connection: Connection, asked: datetime | None, now: datetime) -> tuple[Moment, Found] | None:
    """The run that stands for a moment: the newest one at or before the end of its minute; None before any run."""
    until = _end_of_minute(asked) if asked else 2**62
    rows = {row.id: row for row in connection.execute(_RUNS_AT, {"until": until}).all()}
    if not rows:
        return None
    any_row = next(iter(rows.values()))
    shown = _run_view(rows[any_row.shown or any_row.first])
    newest = _run_view(rows[any_row.newest])
    in_future = asked is not None and asked.replace(second=0, microsecond=0) > now
    moment = Moment(asked, shown.view, newest.view, any_row.shown is None, in_future)
    return moment, shown


def _end_of_minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60 + 1) * 60


_RUN_BY_ID = _RUN.where(runs.c.id == sa.bindparam("run_id"))


def find_run(connection: Connection, run_id: int) -> Found | None:
    """A run by its number."""
    row = connection.execute(_RUN_BY_ID, {"run_id": run_id}).first()
    return _run_view(row) if row else None


def _changes(hides: bool) -> sa.Select[Any]:
    """The times of the last change before a run and of the next after it, with or without hidden instances."""
    run_id = sa.bindparam("run_id", type_=sa.Integer)
    seen = select(changes.c.run_id)
    if hides:
        names = sa.bindparam("hidden", expanding=True, type_=sa.String)
        seen = seen.where(changes.c.instance_id.not_in(select(instances.c.id).where(instances.c.name.in_(names))))
    before = seen.where(changes.c.run_id < run_id).order_by(changes.c.run_id.desc()).limit(1).scalar_subquery()
    after = seen.where(changes.c.run_id > run_id).order_by(changes.c.run_id).limit(1).scalar_subquery()
    return select(
        *(
            select(runs.c.time).where(runs.c.id == each).scalar_subquery().label(name)
            for name, each in (("before", before), ("after", after))
        )
    )


_CHANGES = {hides: _changes(hides) for hides in (False, True)}


def find_changes(connection: Connection, run_id: int, hidden: Sequence[str]) -> tuple[datetime | None, datetime | None]:
    """When something last changed its face before a run, and next after it; hidden instances do not count."""
    given = {"run_id": run_id} | ({"hidden": list(hidden)} if hidden else {})
    row = connection.execute(_CHANGES[bool(hidden)], given).one()
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
        if outline_id not in self._loaded:
            text = connection.scalar(select(texts.c.text).where(texts.c.id == outline_id))
            while len(self._loaded) >= 8:
                self._loaded.pop(next(iter(self._loaded)))
            self._loaded[outline_id] = Outline.load(str(text))
        return self._loaded[outline_id]
