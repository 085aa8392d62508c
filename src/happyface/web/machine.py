"""The time machine: where each of its knobs leads, from the moment that a page shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from happyface.model.views import Moment
from happyface.web.links import Links, moved, written_step
from happyface.web.present import Present

Here = Callable[[Links], str]
"""The address of the page at hand, at the moment of some links."""


@dataclass(frozen=True)
class Machine:
    """The knobs of the time machine. An address is empty where there is nowhere to go.

    Attributes:
        action: where its form is sent to.
        past: whether a moment was asked for at all.
        fold: whether the moment is in the second of two hours of the same name.
        steps: the widths of a step: as written in addresses, for people, and whether it is the present one.
    """

    action: str
    now: str
    back: str
    forward: str
    previous_change: str
    next_change: str
    date: str
    time: str
    zone: str
    past: bool
    fold: bool
    width: str
    steps: list[tuple[str, str, bool]]


def machine(moment: Moment, show: Present, here: Here, action: str) -> Machine:
    """The time machine of one page."""
    links, clock = show.links, show.clock
    reference = moment.asked or moment.run.time
    widths = show.steps()
    return Machine(
        action=action,
        now=here(links.at(None)),
        back=_back(moment, show.step, links, here),
        forward=_forward(moment, show, here),
        previous_change=_at(moment.previous_change, links, here),
        next_change=_at(moment.next_change, links, here),
        date=clock.date(reference),
        time=clock.time(reference),
        zone=clock.zone_name(reference),
        past=moment.asked is not None,
        fold=bool(reference.astimezone(clock.zone).fold),
        width=next(name for minutes, name in widths if minutes == show.page.step),
        steps=[(written_step(minutes), name, minutes == show.page.step) for minutes, name in widths],
    )


def _at(time: datetime | None, links: Links, here: Here) -> str:
    return "" if time is None else here(links.at(time))


def _back(moment: Moment, step: timedelta, links: Links, here: Here) -> str:
    """From the shown run, not from the moment asked for: in a gap between two runs a step must lead out of it."""
    if moment.before_first:
        return ""
    return here(links.at(moved(min(moment.asked or moment.run.time, moment.run.time), -step)))


def _forward(moment: Moment, show: Present, here: Here) -> str:
    if moment.asked is None or moment.in_future:
        return ""
    later = moved(max(moment.asked, moment.run.time), show.step)
    return here(show.links.at(later if later < show.page.now else None))
