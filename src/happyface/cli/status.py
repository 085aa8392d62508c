"""``happyface status``: the faces of the newest run."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from happyface.cli.printing import say, say_json
from happyface.cli.tables import Text, print_table
from happyface.contract.states import Face
from happyface.contract.units import human_duration
from happyface.errors import HappyFaceError
from happyface.model.access import ANONYMOUS
from happyface.model.as_json import is_well, status_json
from happyface.model.freshness import age_of, is_stale
from happyface.model.views import InstanceView, Listing
from happyface.site import Site, find_site, read_site
from happyface.store import Store, lost_since

_STYLES: dict[Face, str] = {"unhappy": "bold red", "unavail_plot": "bold red", "neutral": "yellow", "happy": "green"}


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_obj
def command(site_dir: Path | None, as_json: bool) -> None:
    """Tell the newest run's faces; the exit status is 0 when all is well."""
    site, now = read_site(find_site(site_dir)), datetime.now(UTC)
    with Store(site.database_url, site.archive, site.outline) as store:
        listing = store.listing(ANONYMOUS, None, now)
    lost = lost_since(site.data)
    if lost:
        found = _time(lost, site.zone)
        say(f"The database was found empty at {found}; the log {site.data}/log/acquire.log says what to do.", err=True)
    if listing is None:
        raise HappyFaceError(f"{site.root} has no run yet; 'happyface acquire' makes one.")
    # A site that is no longer acquired is not well, however its last run was.
    stale = is_stale(listing.moment.run, now, site.settings.happyface.stale_after)
    if as_json:
        say_json(status_json(listing, stale))
    else:
        _print(listing, site, stale, now)
    sys.exit(0 if is_well(listing) and not stale and not lost else 1)


def _print(listing: Listing, site: Site, stale: bool, now: datetime) -> None:
    run = listing.moment.run
    old = f"; that is {human_duration(age_of(run, now).total_seconds())} ago: stale" if stale else ""
    ahead = "; that is yet to come: the clock of some machine is wrong" if listing.moment.is_ahead else ""
    say(f"{listing.outline.title}, {_time(run.time, site.zone)}{old}{ahead}")
    if run.note:
        say(run.note)
    rows = []
    for category in listing.categories:
        title = Text(category.outline.title, "bold")
        rows.append((_face(category.face), title, Text(""), Text(category.sentence)))
        rows += [_cells(view, site.zone) for view in listing.members(category.outline.name)]
    print_table(("face", "", "since", "what"), rows)


def _cells(view: InstanceView, zone: ZoneInfo) -> tuple[Text, Text, Text, Text]:
    since = _time(view.since, zone) if view.since else ""
    return _face(view.face), Text(f"  {view.outline.title}"), Text(since), Text(view.sentence)


def _face(face: Face) -> Text:
    return Text(face, _STYLES.get(face, ""))


def _time(time: datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M}"
