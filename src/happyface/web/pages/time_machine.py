"""The time machine: where each of its knobs leads, from the moment that a page shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from happyface.contract.units import human
from happyface.model.local_time import moved
from happyface.model.views import Moment
from happyface.web.pages.links import Links, format_step
from happyface.web.pages.show import Show

Here = Callable[[Links], str]
"""The address of the page at hand, at the moment of some links."""

_STEPS = (15, 30, 60, 180, 360, 720, 1440, 10080)


@dataclass(frozen=True)
class TimeMachine:
    """The knobs. An address is empty where there is nowhere to go.

    Attributes:
        action: where its form is sent to.
        past: whether a moment was asked for at all.
        fold: whether the moment is in the second of two hours of the same name.
        steps: the widths of a step: as written in addresses, for people, and whether it is the present one.
        kept: the parameters that its form keeps.
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
    kept: Sequence[tuple[str, str]] = ()


def time_machine(
    moment: Moment, show: Show, here: Here, action: str, kept: Sequence[tuple[str, str]] = ()
) -> TimeMachine:
    """The time machine of one page."""
    links, clock = show.links, show.clock
    reference = moment.asked or moment.run.time
    widths = [(minutes, human(minutes * 60, "seconds")) for minutes in sorted({*_STEPS, links.step})]
    return TimeMachine(
        action=action,
        now=here(links.at(None)),
        back=_back(moment, links, here),
        forward=_forward(moment, show, here),
        previous_change=_at(moment.previous_change, links, here),
        next_change=_at(moment.next_change, links, here),
        date=clock.date(reference),
        time=clock.time(reference),
        zone=clock.zone_name(reference),
        past=moment.asked is not None,
        fold=bool(reference.astimezone(clock.zone).fold),
        width=next(name for minutes, name in widths if minutes == links.step),
        steps=[(format_step(minutes), name, minutes == links.step) for minutes, name in widths],
        kept=kept,
    )


def _at(time: datetime | None, links: Links, here: Here) -> str:
    return "" if time is None else here(links.at(time))


def _back(moment: Moment, links: Links, here: Here) -> str:
    """From the shown run, not from the moment asked for: in a gap between two runs a step must lead out of it."""
    if moment.before_first:
        return ""
    return here(links.at(moved(min(moment.asked or moment.run.time, moment.run.time), -_step(links))))


def _forward(moment: Moment, show: Show, here: Here) -> str:
    if moment.asked is None or moment.in_future:
        return ""
    later = moved(max(moment.asked, moment.run.time), _step(show.links))
    return here(show.links.at(later if later < show.clock.now else None))


def _step(links: Links) -> timedelta:
    return timedelta(minutes=links.step)
