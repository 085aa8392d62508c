"""In which runs an instance may not be seen: it may have been restricted for a while, or have been elsewhere."""

from collections.abc import Collection

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.model.access import AccessRule, Reader
from happyface.store.schema import categories, instances, memberships
from happyface.store.series.runs import Flags, RunIds

_MEMBERSHIPS = (
    select(instances.c.name, memberships.c.run_id, categories.c.name.label("category"), memberships.c.restricted)
    .join_from(memberships, instances, instances.c.id == memberships.c.instance_id)
    .join(categories, categories.c.id == memberships.c.category_id, isouter=True)
    .where(instances.c.name.in_(sa.bindparam("names", expanding=True, type_=sa.String)))
    .order_by(memberships.c.instance_id, memberships.c.run_id)
)


class Hiding:
    """What a reader may not see of some instances, by the rule of :meth:`AccessRule.sees` in each run."""

    def __init__(self, connection: Connection, reader: Reader, access: AccessRule, names: Collection[str]) -> None:
        self._pieces: dict[str, tuple[list[int], list[bool]]] = {}
        if reader.member:
            return
        for name, run_id, category, restricted in connection.execute(_MEMBERSHIPS, {"names": sorted(names)}).all():
            begins, hidden = self._pieces.setdefault(name, ([], []))
            begins.append(run_id)
            hidden.append(not access.sees(reader, name, category or "", bool(restricted)))

    def of(self, name: str, run_ids: RunIds) -> Flags | None:
        """In which of some runs an instance is hidden; None where it never is."""
        begins, hidden = self._pieces.get(name, ([], []))
        if not any(hidden):
            return None
        places = np.searchsorted(np.array(begins), run_ids, "right") - 1
        found: Flags = np.array(hidden)[np.maximum(places, 0)] & (places >= 0)
        return found

    def begins(self, name: str) -> dict[int, bool]:
        """Whether an instance is hidden, by the run from which on that holds."""
        return dict(zip(*self._pieces.get(name, ([], [])), strict=True))

    def is_hidden(self, name: str, run_id: int) -> bool:
        """Whether an instance is hidden in a run."""
        hidden = self.of(name, np.array([run_id], np.int64))
        return hidden is not None and bool(hidden[0])
