"""Moments and durations as a shifter reads them: in the site's zone, on a 24-hour clock, with the zone's name."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property

from markupsafe import Markup, escape

from happyface.contract.units import human_duration


@dataclass(frozen=True)
class Clock:
    """Writes times for one page.

    Attributes:
        zone: the site's time zone.
        now: the time of the request.
        page_time: the moment that the page shows; its day is written without a date.
    """

    zone: tzinfo
    now: datetime
    page_time: datetime

    def date(self, moment: datetime) -> str:
        """``2026-11-22``."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d}"

    def time(self, moment: datetime) -> str:
        """``18:30``."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def zone_name(self, moment: datetime) -> str:
        """``CET``, or ``UTC+03`` where the zone has no name."""
        name = moment.astimezone(self.zone).tzname() or "UTC"
        # Some zones of the tz database are named by their offset alone.
        return f"UTC{name}" if name[0] in "+-" else name

    def full(self, moment: datetime) -> str:
        """``2026-11-22 18:30 CET``."""
        return f"{self.date(moment)} {self.time(moment)} {self.zone_name(moment)}"

    def short(self, moment: datetime) -> str:
        """``18:30``, with the date where it is another day than the page's, and the zone where that is another."""
        parts = [self.time(moment)]
        here, there = moment.astimezone(self.zone), self._local_page_time
        if here.date() != there.date():
            parts.insert(0, self.date(moment))
        if here.utcoffset() != there.utcoffset():
            parts.append(self.zone_name(moment))
        return " ".join(parts)

    @cached_property
    def _page_seconds(self) -> float:
        return self.page_time.timestamp()

    @cached_property
    def _local_page_time(self) -> datetime:
        return self.page_time.astimezone(self.zone)

    def stamp(self, seconds: float) -> str:
        """Seconds since 1970 as ``2026-11-22 18:30``; a number that is no time is left as it is."""
        try:
            return f"{datetime.fromtimestamp(seconds, UTC).astimezone(self.zone):%Y-%m-%d %H:%M}"
        except (OverflowError, OSError, ValueError):
            return f"{seconds:g}"

    def value(self, seconds: float) -> Markup:
        """A value of a column of times: how old it was at the moment that the page shows, and when that was."""
        try:  # a module may store any number as a time
            moment = datetime.fromtimestamp(seconds, UTC)
            full = self.full(moment)
        except (OverflowError, OSError, ValueError):
            return escape(f"{seconds:g}")
        age = _relative(self._page_seconds - seconds)
        return Markup(f'<time datetime="{self.iso(moment)}" title="{escape(full)}">{age}</time>')  # noqa: S704

    def since(self, moment: datetime | None) -> str:
        """``since 14:00 · 4 h 30 min``; empty where it is not known."""
        if moment is None:
            return ""
        seconds = (self.page_time - moment).total_seconds()
        lasted = f" · {human_duration(seconds)}" if seconds >= 60 else ""
        return f"since {self.short(moment)}{lasted}"

    def ago(self, moment: datetime) -> str:
        """How long before now: ``4 min ago``, ``in 2 h``, or ``just now``."""
        return _relative((self.now - moment).total_seconds())

    def age(self, moment: datetime) -> str:
        """How old something is: ``3 h 10 min``; never negative."""
        return human_duration(max(0.0, (self.now - moment).total_seconds()))

    def iso(self, moment: datetime) -> str:
        """For machines: ``2026-11-22T18:30:00+01:00``."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")


def _relative(seconds: float) -> str:
    if seconds <= -60:
        return f"in {human_duration(-seconds)}"
    return f"{human_duration(seconds)} ago" if seconds >= 60 else "just now"
