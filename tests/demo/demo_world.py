"""What the tests of the demo share: a moment, and the incidents of its world."""

from collections.abc import Callable

from happyface.demo.incidents import Incident, Kind, between
from happyface.demo.world import DAY, World
from happyface.model.results import FinishedRun

NOON = 1_795_431_600
"""A Monday: 2026-11-23, 12:00 in Karlsruhe."""

Look = Callable[..., FinishedRun]
"""``look(time, world)``: what HappyFace would have seen."""


def when(kind: Kind, world: World) -> Incident:
    """The first incident of a kind that has nothing else at its time."""
    for block in range(40):
        every = between(world.seed, (), block * 20 * DAY, (block * 20 + 19) * DAY)
        for found in (incident for incident in every if incident.kind is kind):
            others = [incident for incident in every if incident is not found]
            if not any(
                incident.begin < found.end + DAY // 4 and incident.end > found.begin - DAY // 4 for incident in others
            ):
                return found
    raise AssertionError(f"there is no {kind}")
