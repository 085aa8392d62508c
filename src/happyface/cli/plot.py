"""``happyface plot``: numbers over time as an image, JSON or CSV, in the words of the plots' addresses."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

import click

from happyface.cli.printing import is_terminal, say, say_bytes
from happyface.errors import HappyFaceError
from happyface.model.access import Reader
from happyface.plots.output import write_plot
from happyface.plots.plot import Plot, make_plot
from happyface.plots.request import Format, PlotRequest, parse_request
from happyface.site import find_site, read_site
from happyface.store import Store

MOMENTS = {
    "span": "How long, up to the end: 6h, day, week, month, year.",
    "start-date": "From this day on, in the site's zone.",
    "start-time": "From this time on.",
    "start-fold": "1: the second of the two hours of one name when summer time ends.",
    "start": "From these seconds since 1970 on.",
    "end-date": "Up to this day; by default up to now.",
    "end-time": "Up to this time.",
    "end-fold": "As --start-fold.",
    "end": "Up to these seconds since 1970.",
}
"""The options that say from when to when, and their help."""
_TEXTS = MOMENTS | {
    "title": "Stands above the image.",
    "ylabel": "Stands beside its axis; by default the unit.",
    "legend": "Its place, 0 to 11, or none.",
    "compare": "A second, paler curve of so long before: week.",
    "width": "In pixels.",
    "height": "In pixels.",
    "dpi": "Makes texts and lines larger.",
}
_FLAGS = {
    "renormalize": "Each curve around its mean, in parts of its own height.",
    "dark": "Light on dark.",
    "full": "JSON and CSV of each run.",
}
_ENDINGS = {f".{name}": name for name in get_args(Format)}


@click.command("plot")
@click.option("--curve", "curves", multiple=True, metavar="INSTANCE,[TABLE],EXPRESSION,TITLE", help="May be repeated.")
@click.option("--filter", "filters", multiple=True, metavar="COLUMN,VALUE", help="Only such rows; may be repeated.")
@click.option("--exclude", "excludes", multiple=True, metavar="COLUMN,VALUE", help="No such rows; may be repeated.")
@click.option("--address", default="", help="A plot's address, or its part after the question mark.")
@click.option("--format", help="png, svg, pdf, json or csv; by default by the file's name, else png.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output.")
@click.pass_obj
def command(
    site_dir: Path | None,
    /,
    address: str,
    output: Path | None,
    curves: tuple[str, ...],
    filters: tuple[str, ...],
    excludes: tuple[str, ...],
    **options: str | bool | None,
) -> None:
    """Plot numbers over time.

    The options are the parameters of a plot's address, and go before those of --address. Everything is plotted,
    also what is for members only. The exit status is 1 when a curve could not be.
    """
    options["format"] = options["format"] or _ENDINGS.get(output.suffix.lower() if output else "")
    site, now = read_site(find_site(site_dir)), datetime.now(UTC)
    parameters = _of_address(address) | _numbered(curve=curves, filter=filters, exclude=excludes) | _given(options)
    request = _request(parameters, site.zone, now)
    if output is None and is_terminal() and request.format in ("png", "svg", "pdf"):
        raise click.UsageError("an image is nothing for a terminal; name a file, such as -o plot.png")
    with Store(site.database_url, site.archive, site.outline) as store:
        plot = make_plot(request, store, Reader(member=True), now, request.points)
    _write(write_plot(plot, site.zone), output)
    sys.exit(_tell_problems(plot))


def _with_options() -> None:
    for name, text in _TEXTS.items():
        command.params.append(click.Option([f"--{name}"], help=text))
    for name, text in _FLAGS.items():
        command.params.append(click.Option([f"--{name}"], is_flag=True, help=text))


_with_options()


def _of_address(address: str) -> dict[str, str]:
    query = urlsplit(address).query if "?" in address else address
    return dict(parse_qsl(query, keep_blank_values=True))


def _numbered(**given: tuple[str, ...]) -> dict[str, str]:
    return {f"{name}_{number}": text for name, texts in given.items() for number, text in enumerate(texts, start=1)}


def _given(options: dict[str, Any]) -> dict[str, str]:
    return {name: "1" if value is True else value for name, value in options.items() if value}


def _request(parameters: dict[str, str], zone: Any, now: datetime) -> PlotRequest:
    try:
        request = parse_request(parameters, zone, now)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if not request.curves:
        raise click.UsageError("nothing to plot: name a curve, such as --curve INSTANCE,,COLUMN")
    return request


def _write(pieces: Iterable[bytes], output: Path | None) -> None:
    if output is None:
        say_bytes(pieces)
        return
    try:
        with output.open("wb") as file:
            file.writelines(pieces)
    except OSError as error:
        raise HappyFaceError(f"{output} cannot be written: {error.strerror}") from error


def _tell_problems(plot: Plot) -> int:
    """Say what could not be drawn; the exit status."""
    for problem in plot.problems:
        say(problem, err=True)
    if plot.empty and not plot.problems:
        say("There is nothing in this span.", err=True)
    return 1 if plot.problems or plot.empty else 0
