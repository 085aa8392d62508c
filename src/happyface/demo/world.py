"""The simulated site as a pure function of time: day and night, weekends, chance, and incidents.

Everything is derived from a seed and from absolute time, so that the past that is written at the start and what is
seen live continue each other, and a second start finds the same world.
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
        return _moment(self, int(time) // every * every)


@dataclass(frozen=True)
class Snapshot:
    """The world at one time."""

    world: World
    time: int

    @cached_property
    def local(self) -> datetime:
        """The time on the site's clocks."""
        return datetime.fromtimestamp(self.time, ZONE)

    @cached_property
    def activity(self) -> float:
        """How much people work: 1 on a working day's afternoon, a third in the night, little more at weekends."""
        hour = self.local.hour + self.local.minute / 60
        day = math.exp(-(((hour - 14) / 4.5) ** 2))
        return 0.35 + (0.65 if self.local.weekday() < 5 else 0.2) * day

    def noise(self, name: str, period: float = HOUR) -> float:
        """A smooth random curve between -1 and 1 that turns about once a period."""
        step, part = divmod(self.time / period, 1)
        before = _chance(self.world.seed, name, int(step))
        after = _chance(self.world.seed, name, int(step) + 1)
        return 2 * (before + (after - before) * part * part * (3 - 2 * part)) - 1

    def random(self, name: str) -> random.Random:
        """Dice that fall the same way whenever they are thrown at this moment for this name."""
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
    return int.from_bytes(blake2b(f"{seed}/{name}/{step}".encode(), digest_size=4).digest()) / 2**32


@lru_cache(maxsize=256)
def _moment(world: World, time: int) -> Snapshot:
    """Moments are remembered, with what they have worked out."""
    return Snapshot(world, time)
