"""Moments in addresses: date and time in the site's zone, or seconds since 1970.

``fold=1`` is the second of the two hours that have the same name when summer time ends.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):?(\d{2})(?::\d{2})?", re.ASCII)
_SECONDS = re.compile(r"\d{1,11}", re.ASCII)


def moment_parameters(moment: datetime, zone: tzinfo) -> dict[str, str]:
    """A moment as the parameters of an address."""
    local = moment.astimezone(zone)
    found = {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"}
    return found | {"fold": "1"} if local.fold else found


def parse_moment(date: str, time: str, zone: tzinfo, now: datetime, fold: str = "") -> datetime | None:
    """The moment, in UTC, that an address asks for; None for the present.

    A time without a date is one of today; a date without a time is the end of that day, or now if that is yet
    to come.

    Raises:
        ValueError: what is not a date or a time, and how one is written.
    """
    date, time = date.strip(), time.strip()
    if not date and not time:
        return None
    day = _parse_date(date) if date else now.astimezone(zone).date()
    clock = _parse_time(time) if time else _LAST_MINUTE
    # A time that summer time leaves out is one hour later; ``fold`` chooses between two equal ones.
    found = _in_utc(datetime.combine(day, clock.replace(fold=int(fold == "1")), zone))
    return None if not time and found > now else found


def parse_seconds(text: str) -> datetime | None:
    """The moment, in UTC, of seconds since 1970, at the beginning of its minute; None for what is none."""
    # Scripts ask by seconds: they know nothing of the site's zone.
    if not _SECONDS.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text) // 60 * 60, UTC)


_LAST_MINUTE = time(23, 59)
# A day from the ends of the calendar, so that no zone's offset leads beyond them.
_EARLIEST, _LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def moved(moment: datetime, step: timedelta) -> datetime:
    """A moment earlier or later, as far as there are any."""
    if not _EARLIEST - moment <= step <= _LATEST - moment:
        return moment
    return moment + step


def _in_utc(local: datetime) -> datetime:
    if not _EARLIEST.date() <= local.date() <= _LATEST.date():
        raise ValueError(f"there is no page for the year {local.year}")
    return local.astimezone(UTC)


def _parse_date(text: str) -> date:
    if match := _DATE.fullmatch(text):
        with suppress(ValueError):  # such as 2026-02-30
            return date(int(match[1]), int(match[2]), int(match[3]))
    raise ValueError(f"'{text}' is not a date such as 2026-11-22")


def _parse_time(text: str) -> time:
    match = _TIME.fullmatch(text)
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return time(int(match[1]), int(match[2]))
    raise ValueError(f"'{text}' is not a time such as 18:30")
