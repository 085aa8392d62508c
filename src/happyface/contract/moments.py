"""Times in addresses: ``${now}``, ``${now-3h:%Y-%m-%d}``."""

import re
from datetime import UTC, datetime, timedelta

from happyface.contract.units import parse_quantity

# What stands in ${…} after "now" is matched apart from the rest, so that a mistake in it can be named.
_MOMENT = re.compile(r"\$\{now(?P<rest>[^{}]*)\}")
_REST = re.compile(r"(?P<sign>[-+])?(?P<step>\d+(?:\.\d*)?(?:\s*[^\W\d]\w*|\s*))?(?::(?P<format>.+))?")
_ISO = "%Y-%m-%dT%H:%M:%SZ"


def check_moments(text: str) -> None:
    """Raise ValueError for a time in a text that cannot be read."""
    fill_moments(text, datetime.now(UTC))


def fill_moments(text: str, now: datetime) -> str:
    """A text with its times filled in, in UTC.

    ``${now-1d:%Y%m%d}`` is the day before ``now``; without a format a time is written as ``2026-11-22T18:00:00Z``,
    and ``%s`` are whole seconds since 1970.

    Raises:
        ValueError: a time cannot be read.
    """
    return _MOMENT.sub(lambda match: _filled(match[0], match["rest"], now), text)


def _filled(whole: str, rest: str, now: datetime) -> str:
    match = _REST.fullmatch(rest)
    if not match or bool(match["sign"]) != bool(match["step"]):
        raise ValueError(f"'{whole}' is not a time such as ${{now}} or ${{now-3h:%Y-%m-%d}}")
    seconds = parse_quantity(match["step"], "seconds") if match["step"] else 0.0
    try:
        moment = now.astimezone(UTC) + timedelta(seconds=-seconds if match["sign"] == "-" else seconds)
    except OverflowError as error:
        raise ValueError(f"'{whole}' lies too far away") from error
    # strftime's own %s exists with glibc only, and takes UTC for the machine's zone.
    return moment.strftime((match["format"] or _ISO).replace("%s", str(int(moment.timestamp()))))
