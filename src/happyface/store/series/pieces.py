"""In which times an instance or a category kept its status."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.model.access import AccessRule, Reader, Visible
from happyface.model.series import Floats, StatusPiece, Times
from happyface.store.schema import instances, results, texts
from happyface.store.series.hiding import Hiding
from happyface.store.series.runs import SpanRuns
from happyface.store.series.values import held_from
from happyface.store.strips import read_strips
from happyface.store.timeline import Timeline

_CHANGED = (
    select(
        results.c.run_id,
        results.c.status,
        results.c.sentence_id,
        func.lag(results.c.status).over(order_by=results.c.run_id).label("before"),
    )
    .join_from(results, instances, instances.c.id == results.c.instance_id)
    .where(instances.c.name == sa.bindparam("name", type_=sa.String), held_from(results, instances.c.id))
    .subquery()
)
# In SQL, for the sentence may be another one in each run while the status is the same for months.
_STATUSES = (
    select(_CHANGED.c.run_id, _CHANGED.c.status, texts.c.text)
    .join_from(_CHANGED, texts, texts.c.id == _CHANGED.c.sentence_id, isouter=True)
    .where(func.coalesce(_CHANGED.c.status, -2) != func.coalesce(_CHANGED.c.before, -3))
    .order_by(_CHANGED.c.run_id)
)

_Verdict = tuple[float | None, str]


@dataclass(frozen=True)
class _SpanTimeline(Timeline):
    """The runs of a span of any length; what is usual changes in a year."""

    runs: SpanRuns

    @cached_property
    def stretches(self) -> list[tuple[int, int]]:
        """Where runs follow each other without a gap."""
        return list(pairwise([*np.flatnonzero(self.runs.missing).tolist(), len(self.ids)]))

    def end(self, place: int) -> int:
        """Until when a run holds."""
        return int(self.runs.ends[place])


def _timeline(runs: SpanRuns) -> _SpanTimeline:
    return _SpanTimeline(runs.ids.tolist(), runs.times.tolist(), runs)


def instance_pieces(connection: Connection, runs: SpanRuns, name: str, hiding: Hiding) -> list[StatusPiece]:
    """The pieces of an instance; none where it was not looked at, was hidden, or no runs were made."""
    if not len(runs.ids):
        return []
    parameters: dict[str, Any] = {"name": name, "first": int(runs.ids[0]), "last": int(runs.ids[-1])}
    changed = {row.run_id: (row.status, row.text or "") for row in connection.execute(_STATUSES, parameters)}
    verdicts = _without_hidden(changed, hiding.begins(name))
    return list(_joined(_pieces(_timeline(runs), verdicts)))


def _without_hidden(changed: Mapping[int, _Verdict], begins: Mapping[int, bool]) -> dict[int, _Verdict]:
    """The verdicts by the run from which on each holds; where the instance is hidden, there is none."""
    if not any(begins.values()):
        return dict(changed)
    verdict: _Verdict = (None, "")
    hidden = False
    found: dict[int, _Verdict] = {}
    for run_id in sorted({*changed, *begins}):
        verdict, hidden = changed.get(run_id, verdict), begins.get(run_id, hidden)
        found[run_id] = (None, "") if hidden else verdict
    return found


def _pieces(timeline: _SpanTimeline, verdicts: Mapping[int, _Verdict]) -> Iterator[StatusPiece]:
    places = [0, *(timeline.place(run_id) for run_id in verdicts)]
    in_order: list[_Verdict] = [(None, ""), *verdicts.values()]
    for number, begin, end in timeline.pieces(places):
        status, sentence = in_order[number]
        if status is not None:
            yield StatusPiece(begin, end, status, sentence)


def _joined(pieces: Iterator[StatusPiece]) -> Iterator[StatusPiece]:
    """The pieces, with neighbours of one status joined."""
    last: StatusPiece | None = None
    for piece in pieces:
        if last and (last.end, last.status) == (piece.begin, piece.status):
            last = replace(last, end=piece.end)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


def category_pieces(
    connection: Connection, runs: SpanRuns, name: str, reader: Reader, access: AccessRule, visible: Visible
) -> list[StatusPiece]:
    """The pieces of a category, rated by what the reader may see of it in all of the span."""
    category = visible.outline.category.get(name)
    if category is None or not len(runs.ids):
        return []
    alone = Visible(replace(visible.outline, categories=(category,)), visible.partial & {name})
    segments = read_strips(connection, _timeline(runs), reader, access, alone)[name]
    return list(
        _joined(
            StatusPiece(int(part.begin.timestamp()), int(part.end.timestamp()), part.status, part.sentence)
            for part in segments
        )
    )


def statuses_at(pieces: Iterable[StatusPiece], times: Times) -> Floats:
    """The statuses that some pieces tell of some times, which grow; NaN where nothing is known."""
    found = np.full(len(times), np.nan)
    for piece in pieces:
        if piece.status >= 0:
            first, end = np.searchsorted(times, [piece.begin, piece.end])
            found[first:end] = piece.status
    return found
