"""What goes wrong at the simulated site, when, and for how long.

There are about three incidents in two days; each is seen by several systems at once. Around each start of the demo
there are others in their place, so that the page is worth looking at: some pools have been offline for hours, a disk is
filling up, and a page elsewhere does not answer.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

_HOUR, _DAY, _QUARTER = 3600, 86400, 900
_LONGEST = 4 * _DAY
"""Seconds: every incident of the calendar has ended so long after the beginning of its day."""
QUIET_BEFORE, QUIET_AFTER = 14 * _HOUR, 9 * _HOUR
"""Around a start, incidents of the calendar stay away."""


class Kind(Enum):
    """What may happen."""

    POOLS = "three disk pools are offline"
    DISK = "a disk of the head node fills up"
    NETWORK = "the link to the outside is down"
    BATCH = "the batch system starts no jobs"
    COOLING = "a chiller has failed"
    PORTAL = "the dashboard of the experiment does not answer"
    REMOTE = "the storage of another site is broken"
    ACCOUNTING = "accounting is not published"
    MAINTENANCE = "the storage is in an announced downtime"


@dataclass(frozen=True)
class Start:
    """A start of the demo, and the time before which nothing may be changed any more: it is stored already."""

    time: int
    since: int = 0


@dataclass(frozen=True)
class Incident:
    """Something that goes wrong for a while. Times are seconds since 1970."""

    kind: Kind
    begin: int
    end: int

    def level(self, time: int) -> float:
        """How far it is in effect: it comes on within a while and goes away somewhat faster."""
        if not self.begin <= time < self.end:
            return 0.0
        # + 1: from its first second on it is in effect at least a little.
        coming = (self.end - self.begin) if self.kind is Kind.DISK else _RAMPS.get(self.kind, 1)
        return min(1.0, (time - self.begin + 1) / coming, (self.end - time) / min(coming, _QUARTER))


_RAMPS = {Kind.POOLS: 1800, Kind.BATCH: 2700, Kind.COOLING: 5400, Kind.REMOTE: 3600}
"""Seconds until the whole effect is there; a filling disk takes all its time; others are there at once."""


@dataclass(frozen=True)
class _Habit:
    """How a kind of incident occurs: how often in a block of days, between which hours, and how many hours it lasts."""

    kind: Kind
    often: int
    hours: tuple[int, int]
    lasts: tuple[float, float]


_HABITS = (
    _Habit(Kind.POOLS, 3, (6, 20), (1.5, 6)),
    _Habit(Kind.DISK, 2, (1, 12), (6, 14)),
    _Habit(Kind.NETWORK, 2, (0, 23), (0.75, 2)),
    _Habit(Kind.BATCH, 3, (21, 26), (2.5, 6)),
    _Habit(Kind.COOLING, 2, (12, 16), (2, 4)),
    _Habit(Kind.PORTAL, 2, (2, 22), (2, 8)),
    _Habit(Kind.REMOTE, 3, (0, 22), (3, 9)),
    _Habit(Kind.ACCOUNTING, 1, (3, 6), (50, 70)),
)
_BLOCK = 14
"""Days; each block has each kind of incident as often as is its habit, and a downtime on its Tuesday."""
_TUESDAY = 5
"""The first Tuesday of a block: 1970 began on a Thursday."""
_AT_A_START = (
    (Kind.POOLS, -4.5, 2.75),
    (Kind.DISK, -9.0, 7.0),
    (Kind.PORTAL, -3.75, 1.5),
    (Kind.REMOTE, 5.0, 8.5),
)
"""What is under way when the demo is started, and what comes after it: hours from the start."""


def between(seed: int, starts: Sequence[Start], begin: int, end: int) -> list[Incident]:
    """The incidents that are under way at any time from ``begin`` to ``end``, in the order in which they begin."""
    # An incident of an earlier block may still be under way: so far back blocks are looked at.
    found = [incident for start in starts for incident in _at(start)]
    for block in range((begin - _LONGEST) // _DAY // _BLOCK, end // _DAY // _BLOCK + 1):
        found += [
            incident for incident in _of_block(seed, block) if not any(_is_near(start, incident) for start in starts)
        ]
    return sorted(
        (incident for incident in found if incident.begin <= end and incident.end > begin),
        key=lambda incident: (incident.begin, incident.end),
    )


@lru_cache(maxsize=64)
def _at(start: Start) -> tuple[Incident, ...]:
    first = start.time // _QUARTER * _QUARTER  # incidents begin when a run of the past is due
    placed = ((kind, first + round(a * _HOUR), first + round(b * _HOUR)) for kind, a, b in _AT_A_START)
    return tuple(Incident(kind, max(a, start.since), b) for kind, a, b in placed if b > start.since)


def _is_near(start: Start, incident: Incident) -> bool:
    """Whether an incident would disturb what a start shows. What is stored already is left as it is."""
    quiet = max(start.time - QUIET_BEFORE, start.since)
    if incident.begin < quiet:
        return incident.end > quiet > start.since
    return incident.begin < start.time + QUIET_AFTER


@lru_cache(maxsize=64)
def _of_block(seed: int, block: int) -> tuple[Incident, ...]:
    """The incidents of a block of days (counted from 1970): about three in two days."""
    dice = random.Random(f"{seed}/incidents/{block}")  # noqa: S311 - a simulation
    found = [_placed(Kind.MAINTENANCE, block * _BLOCK + _TUESDAY, 7, 4)]
    for habit in _HABITS:
        for _ in range(habit.often):
            day = block * _BLOCK + dice.randrange(_BLOCK)
            found.append(_placed(habit.kind, day, dice.uniform(*habit.hours), dice.uniform(*habit.lasts)))
    return tuple(found)


def _placed(kind: Kind, day: int, hour: float, hours: float) -> Incident:
    begin = round((day * _DAY + hour * _HOUR) / _QUARTER) * _QUARTER
    return Incident(kind, begin, begin + round(hours * _HOUR))
