"""Every address that a page points to is made here, and every moment in one is read here.

The moment that a page shows is kept in all its links. Date and time are in the site's zone; ``fold=1`` is the
second of the two hours that have the same name when summer time ends.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property, lru_cache
from urllib.parse import quote

DEFAULT_STEP = 15
"""Width of a step of the time machine, in minutes, where none was chosen."""

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):?(\d{2})(?::\d{2})?", re.ASCII)
_SECONDS = re.compile(r"\d{1,11}", re.ASCII)
_STEP = re.compile(r"(\d{1,4}):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class Links:
    """The addresses of one site at one moment.

    Attributes:
        root: the path prefix of the application (WSGI's ``SCRIPT_NAME``); empty for none.
        zone: the site's time zone.
        moment: what is kept in every link; None for the present.
        step: the width of the time machine's step, in minutes.
        version: changes when scripts and styles change, so that browsers may keep them.
    """

    root: str
    zone: tzinfo
    moment: datetime | None = None
    step: int = DEFAULT_STEP
    version: str = ""

    def at(self, moment: datetime | None) -> "Links":
        """These links at another moment; None for the present."""
        return replace(self, moment=moment)

    @property
    def parameters(self) -> dict[str, str]:
        """The moment and the step as parameters of an address; what is as always is left out."""
        found = {} if self.moment is None else moment_parameters(self.moment, self.zone)
        return found if self.step == DEFAULT_STEP else found | {"s": format_step(self.step)}

    @cached_property
    def query(self) -> str:
        """The moment and the step as the end of an address, with its question mark; empty where both are as always."""
        return f"?{_joined(self.parameters)}" if self.parameters else ""

    def overview(self) -> str:
        """The overview of all categories."""
        return f"{self.root}/{self.query}"

    def category(self, name: str, instance: str = "") -> str:
        """The page of a category, at one of its instances where that is given."""
        return f"{self.category_path(name)}{self.query}{'#' if instance else ''}{_quoted(instance)}"

    def category_path(self, name: str) -> str:
        """The page of a category without any moment: what a form is sent to."""
        return f"{self.root}/category/{_quoted(name)}"

    def trouble(self) -> str:
        """Everything that needs a look."""
        return f"{self.root}/trouble{self.query}"

    def instance(self, name: str, run_id: int) -> str:
        """One instance in one run, with its values."""
        return f"{self.root}/instance/{_quoted(name)}/{run_id}{self.query}"

    def table(self, instance: str, run_id: int, table: str, first: int = 0) -> str:
        """One page of the rows of a table of an instance: those from the ``first`` on."""
        parameters = ({"first": str(first)} if first else {}) | self.parameters
        path = f"{self.root}/table/{_quoted(instance)}/{run_id}/{_quoted(table)}"
        return f"{path}?{_joined(parameters)}" if parameters else path

    def ajax(self, instance: str, run_id: int) -> str:
        """The data of an instance in one run, as JSON."""
        return f"{self.root}/ajax/{_quoted(instance)}/{run_id}"

    def feed(self) -> str:
        """The XML feed."""
        return f"{self.root}/?{_joined({'action': 'getxml'} | self.parameters)}"

    def archive(self, path: str) -> str:
        """A file of the archive."""
        return f"{self.root}/static/archive/{quote(path.lstrip('/'))}"

    def static(self, path: str) -> str:
        """A script, a style or a picture of HappyFace itself."""
        return f"{self.root}/static/{quote(path)}{'?v=' if self.version else ''}{_quoted(self.version)}"


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


def parse_step(text: str) -> int:
    """The width of a step in minutes, from ``HH:MM``; what cannot be read is as if not given."""
    match = _STEP.fullmatch(text.strip())
    minutes = int(match[1]) * 60 + int(match[2]) if match else 0
    return minutes or DEFAULT_STEP


def format_step(minutes: int) -> str:
    """The width of a step as ``HH:MM``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


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


# The same names are in many addresses of a page.
@lru_cache(4096)
def _quoted(name: str) -> str:
    return quote(name, safe="")


def _joined(parameters: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe=':')}" for name, value in parameters.items())
