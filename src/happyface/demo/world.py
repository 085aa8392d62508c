"""The simulated site as a pure function of time: day and night, weekends, chance, and incidents.

Everything is derived from a seed and from absolute time. So the past that is written at the start joins what is
acquired live, and a second start finds the same world.
"""

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from happyface.demo.incidents import Incident, Kind, Start, between

ZONE = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class World:
    """A simulated site.

    Attributes:
        seed: makes one world differ from another.
        starts: when the demo was started: at each, something is under way.
    """

    seed: int
    starts: tuple[Start, ...] = ()

    def at(self, time: float, every: int = 1) -> "Snapshot":
        """The world at a time (seconds since 1970); with ``every``, at the last full multiple of so many seconds."""
        return _snapshot(self, int(time) // every * every)  # one object for all who look within that time


@dataclass(frozen=True)
class Snapshot:
    """The world at one time, in seconds since 1970."""

    world: World
    time: int

    @cached_property
    def local(self) -> datetime:
        """The time on the site's clocks."""
        return datetime.fromtimestamp(self.time, ZONE)

    @cached_property
    def activity(self) -> float:
        """How busy people are, from about 0.35 in the night to 1 on a working day's afternoon; less at weekends."""
        # People work most at two in the afternoon of the site's own clocks, summer time included.
        hour = self.local.hour + self.local.minute / 60
        day = math.exp(-(((hour - 14) / 4.5) ** 2))
        return 0.35 + (0.65 if self.local.weekday() < 5 else 0.2) * day

    def noise(self, name: str, period: float = HOUR) -> float:
        """A smooth random curve between -1 and 1 that turns about once a period."""
        # Chance at full periods, joined by smoothstep: flat at both ends, so that the curve has no corners.
        step, part = divmod(self.time / period, 1)
        before = _chance(self.world.seed, name, int(step))
        after = _chance(self.world.seed, name, int(step) + 1)
        return 2 * (before + (after - before) * part * part * (3 - 2 * part)) - 1

    def random(self, name: str) -> random.Random:
        """A generator of random numbers that are always the same for this name and time."""
        return random.Random(f"{self.world.seed}/{name}/{self.time}")  # noqa: S311 - a simulation

    def level(self, *kinds: Kind) -> float:
        """How far incidents of some kinds are in effect now: 0 not at all, 1 fully."""
        return max(self._levels[kind] for kind in kinds) if self.incidents else 0.0

    @cached_property
    def _levels(self) -> defaultdict[Kind, float]:
        levels: defaultdict[Kind, float] = defaultdict(float)
        for incident in self.incidents:
            levels[incident.kind] = max(levels[incident.kind], incident.level(self.time))
        return levels

    @cached_property
    def incidents(self) -> Sequence[Incident]:
        """The incidents that are under way."""
        return between(self.world.seed, self.world.starts, self.time, self.time)

    def recent(self, days: float) -> Sequence[Incident]:
        """The incidents of the last days, the newest last."""
        return between(self.world.seed, self.world.starts, self.time - round(days * DAY), self.time)

    def ago(self, seconds: float) -> "Snapshot":
        """An earlier moment of the same world."""
        return self.world.at(self.time - seconds)


@lru_cache(maxsize=4096)
def _chance(seed: int, name: str, step: int) -> float:
    # Not hash(), which differs from process to process: several of them make the past.
    return int.from_bytes(blake2b(f"{seed}/{name}/{step}".encode(), digest_size=4).digest()) / 2**32


@lru_cache(maxsize=256)
def _snapshot(world: World, time: int) -> Snapshot:
    """Snapshots are kept, with what they have computed: many monitors look at the same one."""
    return Snapshot(world, time)
