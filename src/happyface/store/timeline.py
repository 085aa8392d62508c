"""The runs of the last 24 hours, and where some are missing."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median_low

import sqlalchemy as sa
from sqlalchemy import Connection, select

from happyface.model.views import LAST_DAY, RunView
from happyface.store.schema import runs

MISSING = 2.5
"""Between two runs that are more usual steps apart than this, some are missing."""
USUAL_STEP = 900
"""Seconds between two runs, where there are not two to tell."""

_RUNS = select(runs.c.id, runs.c.time).where(
    runs.c.time > sa.bindparam("since"),
    runs.c.time <= sa.bindparam("until"),
    runs.c.id + 0 <= sa.bindparam("run_id"),  # the sum keeps SQLite from walking along all runs that there ever were
)


@dataclass(frozen=True)
class Timeline:
    """The runs of a day, oldest first: their numbers, and their times in seconds since 1970, both increasing."""

    ids: Sequence[int]
    times: Sequence[int]

    @cached_property
    def step(self) -> int:
        """The usual time between two runs, in seconds."""
        steps = [later - earlier for earlier, later in pairwise(self.times)]
        return median_low(steps) if steps else USUAL_STEP

    @cached_property
    def stretches(self) -> Sequence[tuple[int, int]]:
        """Where runs follow each other without a gap: from which place to before which."""
        ends = [
            place
            for place, (earlier, later) in enumerate(pairwise(self.times), start=1)
            if later - earlier > MISSING * self.step
        ]
        return list(pairwise([0, *ends, len(self.times)]))

    def end(self, place: int) -> int:
        """Until when a run holds after which some are missing, in seconds."""
        return self.times[place] + self.step

    def place(self, run_id: int) -> int:
        """The place of a run, or of the next one where it is not of this day."""
        return bisect_left(self.ids, run_id)

    def pieces(self, places: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """The pieces of the day between changes and gaps, oldest first: (number of the change, begin, end) in seconds.

        Args:
            places: where the changes are, in growing order, the first one at 0.
        """
        number = 0
        for first, end in self.stretches:
            at = first
            while at < end:
                while number + 1 < len(places) and places[number + 1] <= at:
                    number += 1
                following = places[number + 1] if number + 1 < len(places) else end
                until = min(following, end)
                last = self.times[until] if until < end else self.end(end - 1)
                yield number, self.times[at], last
                at = until


def read_timeline(connection: Connection, run: RunView) -> Timeline:
    """The runs of the 24 hours up to a run."""
    until, since = int(run.time.timestamp()), int((run.time - LAST_DAY).timestamp())
    ids: list[int] = []
    times: list[int] = []
    found = connection.execute(_RUNS, {"since": since, "until": until, "run_id": run.id}).all()
    for run_id, time in sorted(map(tuple, found), reverse=True):
        # A clock that ran ahead for some runs left times that those after them have not reached yet.
        if not times or time < times[-1]:
            ids.append(run_id)
            times.append(time)
    return Timeline(ids[::-1], times[::-1])
