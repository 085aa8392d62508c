"""What every page needs to know beside its view: the site's face to the world, the clock, and where it lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

DEFAULT_STEP = 15
"""Width of a step of the time machine, in minutes, where none was chosen."""


@dataclass(frozen=True)
class PageContext:
    """The surroundings of one page.

    Attributes:
        now: the time of the request, in UTC.
        zone: the site's time zone; all times are shown in it.
        title: what the site calls itself.
        root: the path prefix under which the application is mounted (``script_name``); empty for none.
        asked: the moment that was asked for, kept in every link; None for now. Pages with a ``Moment`` take it
            from there.
        step: the width of the time machine's step, in minutes.
        logo: address of the site's logo, shown beside its face; empty for none.
        documentation_url: address of the site's own documentation; empty for none.
        asset_version: changes when scripts and styles change, so that browsers may keep them for ever.
        stale_after: the age of the newest run from which on the page says that acquisition has stopped.
        reload_interval: seconds after which a page that shows now renews itself; 0 for never.
        problems: what is wrong with the configuration, one sentence each, to be announced on every page.
    """

    now: datetime
    zone: tzinfo
    title: str = "HappyFace"
    root: str = ""
    asked: datetime | None = None
    step: int = DEFAULT_STEP
    logo: str = ""
    documentation_url: str = ""
    asset_version: str = ""
    stale_after: timedelta = timedelta(hours=1)
    reload_interval: int = 300
    problems: tuple[str, ...] = ()
