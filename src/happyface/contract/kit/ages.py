"""How old what a source says may be, by the time that it tells itself: what several modules share."""

from datetime import UTC, datetime

from happyface.contract.limits import AHEAD
from happyface.errors import SourceError


def time_of(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as a time; None for 0, which is never, and for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds and seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def is_ahead(time: datetime, now: datetime) -> bool:
    """Whether a time lies further in the future than clocks differ: how old it is nobody knows."""
    return (time - now).total_seconds() > AHEAD


def check_age(what: str, taken: datetime, now: datetime, max_age: float, advice: str = "") -> None:
    """Refuse what is too old to say anything, or lies in the future.

    Raises:
        SourceError: it is, with the time: an age would be another one in each run.
    """
    age = (now - taken).total_seconds()
    if age > max_age:
        raise SourceError(f"{what} of {taken:%Y-%m-%d %H:%M} UTC: {advice or 'too old to say anything'}")
    if is_ahead(taken, now):
        raise SourceError(f"{what} of {taken:%Y-%m-%d %H:%M} UTC, which is in the future: how old it is is not known")
