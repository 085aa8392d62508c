"""The instances that a reader may see, those that are gone too, with the outline in which each was last."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from happyface.model.access import AccessRule, Reader
from happyface.model.outline import Outline
from happyface.store.moments import Outlines, find_newest
from happyface.store.schema import instances, memberships, runs

_before = runs.alias("before")
_GONE_IN = (
    select(func.max(memberships.c.run_id))
    .where(memberships.c.instance_id == instances.c.id)
    .correlate(instances)
    .scalar_subquery()
)
_LAST_IN = select(func.max(_before.c.id)).where(_before.c.id < _GONE_IN).correlate(instances).scalar_subquery()
_LAST_OUTLINES = (
    select(instances.c.name, runs.c.outline_id)
    .join_from(instances, runs, runs.c.id == _LAST_IN)
    .where(instances.c.name.in_(sa.bindparam("names", expanding=True, type_=sa.String)))
)


def read_outlines(
    connection: Connection, outlines: Outlines, access: AccessRule, reader: Reader, names: Iterable[str]
) -> Mapping[str, Outline]:
    """All instances of the newest run and those of some names that are gone: what the reader may see of them."""
    newest = find_newest(connection)
    if newest is None:
        return {}

    def visible(outline_id: int) -> Outline:
        return access.visible(reader, outline_id, outlines.get(connection, outline_id)).outline

    whole, now = outlines.get(connection, newest.outline_id), visible(newest.outline_id)
    gone = sorted({name for name in names if name not in whole.instance})
    rows: Any = connection.execute(_LAST_OUTLINES, {"names": gone}).all() if gone else ()
    found = {name: visible(outline_id) for name, outline_id in rows}
    return {
        **{name: outline for name, outline in found.items() if name in outline.instance},
        **dict.fromkeys(now.instance, now),
    }
