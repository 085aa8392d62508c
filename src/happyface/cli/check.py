"""``happyface check``: everything that is wrong with a site, in one go."""

import sys
from pathlib import Path

import click

from happyface.cli.printing import say
from happyface.contract.units import count_of
from happyface.errors import ConfigError
from happyface.site import find_site, read_site
from happyface.site.checking import missing_things


@click.command("check")
@click.pass_obj
def command(site_dir: Path | None) -> None:
    """Tell everything that is wrong with the site's configuration and modules."""
    root = find_site(site_dir)
    try:
        site = read_site(root)
    except ConfigError as error:
        for problem in error.problems:
            say(problem, err=True)
        count = len(error.problems)
        say(f"{count} {'thing is' if count == 1 else 'things are'} wrong with {root}.", err=True)
        sys.exit(1)
    for note in (*site.notes, *missing_things(site)):
        say(note, err=True)
    broken = [instance for instance in site.instances.values() if instance.broken]
    say(
        f"{root}: {count_of(len(site.categories), 'category', 'categories')}, "
        f"{count_of(len(site.instances), 'instance', 'instances')}" + _ending(len(broken))
    )
    sys.exit(1 if broken else 0)  # so that scripts notice, too


def _ending(broken: int) -> str:
    if not broken:
        return "; nothing is wrong."
    return f"; {broken} of them cannot work." if broken > 1 else "; one of them cannot work."
