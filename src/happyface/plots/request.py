"""What an address asks to be plotted, and the address of what is to be plotted.

The parameters are HappyFace 3's, so that wikis and bookmarks go on, and ours; the chapter on plots of the manual has
them all. Dates and times are in the site's zone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal, get_args

from happyface.contract.units import parse_quantity
from happyface.model.local_time import moment_parameters, parse_moment, parse_seconds
from happyface.model.series import Aggregate, RowFilter
from happyface.plots.expressions import parse_expression
from happyface.plots.parameters import (
    OF_ALL,
    by_number,
    check_text,
    filter_parameters,
    read_filters,
    read_size,
    read_text,
    read_whole,
    read_word,
    read_yes,
)

Format = Literal["png", "svg", "pdf", "json", "csv"]

HOUR, DAY = 3600, 86_400
SPANS = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY}
"""Spans with a name, in seconds."""
MOST_CURVES = 20
SHORTEST_SPAN, LONGEST_SPAN = 60, 100 * SPANS["year"]
OUTSIDE = 11
"""The legend's place beside the curves; 0 to 10 are matplotlib's: 0 the best one, 1 the upper right corner …"""


@dataclass(frozen=True)
class CurveRequest:
    """A curve that is asked for.

    Attributes:
        table: empty for the values of ``Data``.
        expression: what to compute from the columns; empty for the status of the instance.
        title: empty for one made from the titles of the instance and of the column.
        filters: which rows of the table count.
        rows: how those that count become one number a run.
    """

    instance: str
    table: str = ""
    expression: str = ""
    title: str = ""
    filters: tuple[RowFilter, ...] = ()
    rows: Aggregate = "mean"


@dataclass(frozen=True)
class PlotRequest:
    """A plot that is asked for.

    Attributes:
        filters: for all curves whose table has the column.
        begin: in UTC; None for so many seconds (``span``) before the end.
        end: in UTC; None for now, wherever that has got to.
        ylabel: empty for the units.
        legend: its place, 0 to 11; None for none.
        renormalize: each curve around its mean, in parts of its own height.
        compare: each curve is there twice: a second one as it was so many seconds earlier; 0 for none.
        width: in pixels, as ``height``; ``dpi`` makes texts and lines larger, and not the image.
        full: data are of each run, and not reduced to what a picture can show.
    """

    curves: tuple[CurveRequest, ...] = ()
    filters: tuple[RowFilter, ...] = ()
    begin: datetime | None = None
    end: datetime | None = None
    span: int = DAY
    title: str = ""
    ylabel: str = ""
    legend: int | None = 0
    renormalize: bool = False
    compare: int = 0
    width: int = 800
    height: int = 400
    dpi: int = 100
    dark: bool = False
    format: Format = "png"
    full: bool = False

    @property
    def points(self) -> int | None:
        """About how many buckets can be shown; None for one a run."""
        return None if self.full and self.format in ("json", "csv") else self.width

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to when it goes, both in UTC."""
        end = self.end or now
        return self.begin or end - timedelta(seconds=self.span), end


def parse_request(parameters: Mapping[str, str], zone: tzinfo, now: datetime) -> PlotRequest:
    """Read the parameters of an address; those that are not known are ignored.

    Raises:
        ValueError: what is wrong with one of them, with its name and what was expected.
    """
    given = {name: text.strip() for name, text in parameters.items()}
    begin, end, span = _times(given, zone, now)
    return PlotRequest(
        _curves(given),
        read_filters(given, OF_ALL),
        begin,
        end,
        span,
        title=read_text(given, "title"),
        ylabel=read_text(given, "ylabel"),
        legend=_legend(given.get("legend", "")),
        renormalize=read_yes(given, "renormalize"),
        compare=_seconds(given, "compare", 0),
        **read_size(given),
        dark=read_yes(given, "dark"),
        format=read_word(given, "format", get_args(Format), "png"),
        full=read_yes(given, "full"),
    )


def request_parameters(request: PlotRequest, zone: tzinfo) -> dict[str, str]:
    """The parameters of the address that asks for a plot; what is as always is left out."""
    found: dict[str, str] = {}
    for number, curve in enumerate(request.curves, start=1):
        found[f"curve_{number}"] = _joined(curve)
        found |= filter_parameters(curve.filters, f"curve_{number}_")
        if curve.rows != "mean":
            found[f"curve_{number}_rows"] = curve.rows
    found |= filter_parameters(request.filters, "")
    found |= _moment("start", request.begin, zone) | _moment("end", request.end, zone)
    for field in fields(PlotRequest):
        value = getattr(request, field.name)
        if field.name in _PLAIN and value != field.default:
            found[field.name] = _written(value)
    return found


_PLAIN = (
    *("span", "title", "ylabel", "legend", "renormalize", "compare"),
    *("width", "height", "dpi", "dark", "format", "full"),
)


def _written(value: Any) -> str:
    return "none" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


# Curves may have any name, as in HappyFace 3; what ends like one of our parameters of a curve is that.
_CURVE = re.compile(r"curve_(?P<name>.+?)(?:_(?P<rest>filter_.+|exclude_.+|rows))?", re.DOTALL)
_SEPARATOR = re.compile(r"(?<!\\),")


def _curves(given: Mapping[str, str]) -> tuple[CurveRequest, ...]:
    names = [match["name"] for name in given if (match := _CURVE.fullmatch(name)) and not match["rest"]]
    if len(names) > MOST_CURVES:
        raise ValueError(f"there are {len(names)} curves; a plot may have {MOST_CURVES}")
    return tuple(_curve(given, name) for name in sorted(names, key=by_number))


def _curve(given: Mapping[str, str], name: str) -> CurveRequest:
    key = f"curve_{name}"
    parts = _SEPARATOR.split(given[key], maxsplit=3)
    instance, table, expression = (part.replace("\\,", ",").strip() for part in [*parts, "", ""][:3])
    if not instance:
        raise ValueError(f"{key}: '{given[key]}' names no instance; write INSTANCE,TABLE,EXPRESSION,TITLE")
    if expression:
        try:
            parse_expression(expression)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from error
    title = check_text(key, parts[3].strip() if len(parts) > 3 else "")
    filters = read_filters(given, re.compile(rf"{re.escape(key)}_(filter|exclude)_.+"))
    rows = read_word(given, f"{key}_rows", get_args(Aggregate), "mean")
    return CurveRequest(check_text(key, instance), check_text(key, table), expression, title, filters, rows)


def _joined(curve: CurveRequest) -> str:
    parts = [part.replace(",", "\\,") for part in (curve.instance, curve.table, curve.expression)]
    return ",".join([*parts, curve.title])


def _times(given: Mapping[str, str], zone: tzinfo, now: datetime) -> tuple[datetime | None, datetime | None, int]:
    """Begin and end (None: as many seconds before it; now), and how many seconds that are."""
    end = _end(given, zone, now)
    begin = _start(given, zone, now)
    span = _seconds(given, "span", DAY)
    if span < SHORTEST_SPAN:
        raise ValueError(f"span: a plot shows {SHORTEST_SPAN} seconds at least")
    if begin and not end and given.get("span"):
        end = begin + timedelta(seconds=span)
    if begin and (end or now) <= begin:
        raise ValueError(
            f"the plot would end ({shown_moment(end, zone)}) before it starts ({shown_moment(begin, zone)})"
        )
    return begin, end, span if not begin else DAY


def shown_moment(moment: datetime | None, zone: tzinfo) -> str:
    """A moment in a sentence, in the site's zone; None is now."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "now"


def _start(given: Mapping[str, str], zone: tzinfo, now: datetime) -> datetime | None:
    if exact := _exact(given, "start"):
        return exact
    date, time = given.get("start_date", ""), given.get("start_time", "")
    if not date and not time:
        return None
    # HappyFace 3's: a time alone is one of the day on which the plot ends.
    return _parsed("start", date or given.get("end_date", ""), time or "00:00", given, zone, now)


def _end(given: Mapping[str, str], zone: tzinfo, now: datetime) -> datetime | None:
    if exact := _exact(given, "end"):
        return exact
    found = _parsed("end", given.get("end_date", ""), given.get("end_time", ""), given, zone, now)
    # All of the last minute belongs to it.
    return found + timedelta(seconds=59) if found else None


def _exact(given: Mapping[str, str], which: str) -> datetime | None:
    text = given.get(which, "")
    found = parse_seconds(text)
    if text and found is None:
        raise ValueError(f"{which}: '{text}' is not a number of seconds since 1970")
    return found + timedelta(seconds=int(text) % 60) if found else None


def _parsed(which: str, date: str, time: str, given: Mapping[str, str], zone: tzinfo, now: datetime) -> datetime | None:
    try:
        found = parse_moment(date, time, zone, now, given.get(f"{which}_fold", ""))
        if found and found.timestamp() < 0:
            raise ValueError("there is no run before 1970")
        return found
    except ValueError as error:
        raise ValueError(f"{which}_date and {which}_time: {error}") from error


def _moment(which: str, moment: datetime | None, zone: tzinfo) -> dict[str, str]:
    if moment is None:
        return {}
    # What is not the edge of a minute is written by its seconds.
    if moment.second != (0 if which == "start" else 59) or moment.microsecond:
        return {which: str(int(moment.timestamp()))}
    return {f"{which}_{name}": value for name, value in moment_parameters(moment.astimezone(UTC), zone).items()}


def _seconds(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    try:
        seconds = SPANS[text] if text in SPANS else parse_quantity(text, "seconds")
    except ValueError as error:
        raise ValueError(f"{name}: '{text}' is none of {', '.join(SPANS)}, and no duration such as 6h") from error
    if not 0 <= seconds <= LONGEST_SPAN:
        raise ValueError(f"{name}: '{text}' is not from 0 to 100 years")
    return int(seconds)


def _legend(text: str) -> int | None:
    # HappyFace 3 said only whether there is one.
    if text.lower() in ("", "true", "yes", "on"):
        return 0
    if text.lower() in ("false", "no", "off", "none"):
        return None
    return read_whole({"legend": text}, "legend", 0, 0, OUTSIDE)
