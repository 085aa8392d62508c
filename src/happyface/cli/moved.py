"""``happyface moved``: which numbers of the site moved in a span, in the words of the plots' addresses."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from happyface.cli.plot import MOMENTS
from happyface.cli.printing import say, say_json
from happyface.cli.tables import Text, print_table
from happyface.model.access import Reader
from happyface.plots.moved.finding import Moved, MovedNumber, MovedRequest, find_moved, parse_moved, plot_of
from happyface.plots.moved.words import moved_json, sentence_of
from happyface.plots.request import request_parameters, shown_moment
from happyface.site import Site, find_site, read_site
from happyface.store import Store
from happyface.web.pages.plot import plot_query


@click.command("moved")
@click.option("--near", metavar="INSTANCE", help="Of what moved alike, this instance and its category come first.")
@click.option("--limit", help="How many numbers at most, 1 to 50; by default 10.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_obj
def command(site_dir: Path | None, /, as_json: bool, **options: str | None) -> None:
    """Tell which numbers of the site moved most in a span.

    All numbers are compared with the four times as long span before it, also those that are for members only; by
    default those of the last day. The exit status is 1 when nothing could be compared.
    """
    site, now = read_site(find_site(site_dir)), datetime.now(UTC)
    parameters = {name: value for name, value in options.items() if value}
    with Store(site.database_url, site.archive, site.outline) as store:
        try:
            request = parse_moved(parameters, site.zone, now)
            moved = find_moved(request, store, Reader(member=True), now)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    if as_json:
        say_json(moved_json(moved, site.zone, lambda number: _plot_address(number, moved, site)))
    else:
        _print(moved, request, site)
    sys.exit(0 if moved.compared else 1)


command.params += [click.Option([f"--{name}"], help=text) for name, text in MOMENTS.items()]


def _plot_address(number: MovedNumber, moved: Moved, site: Site) -> str:
    paths = site.settings.paths
    query = plot_query(request_parameters(plot_of(number, moved), site.zone))
    return f"{paths.public_base}{paths.root}/plot/time/{query}"


def _print(moved: Moved, request: MovedRequest, site: Site) -> None:
    if problem := moved.problem(site.zone):
        say(problem, err=True)
        return
    begin, end = (shown_moment(datetime.fromtimestamp(at, UTC), site.zone) for at in (moved.span.begin, moved.span.end))
    say(f"{begin} to {end}: {moved.counted}")
    rows = [_cells(number, moved, site) for number in moved.numbers]
    if rows:
        print_table(("difference", "instance", "what"), rows)


def _cells(number: MovedNumber, moved: Moved, site: Site) -> tuple[Text, Text, Text]:
    sentence = sentence_of(number, moved, site.zone)
    return Text(f"{number.difference:.2f}", "bold"), Text(number.key.instance), Text(sentence)
