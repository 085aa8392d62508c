"""One request for a page: the site as it is now, the reader, the moment, and the key under which the page is kept."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import cherrypy

from happyface.model.access import Reader
from happyface.model.local_time import parse_moment, parse_seconds
from happyface.model.views import RunView
from happyface.site import Site
from happyface.site.live import LiveSite
from happyface.store import Store, lost_since
from happyface.web.pages.links import Links, parse_step
from happyface.web.pages.show import Show
from happyface.web.pages.times import Clock


@dataclass(frozen=True)
class Visit:
    """What is known of a request before its page is made.

    Attributes:
        newest: the run that was written last; None while there is none.
        base: scheme and host before absolute links.
        fragment: a script of ours asks for a part of a page.
    """

    site: Site
    store: Store
    reader: Reader
    show: Show
    newest: RunView | None
    base: str
    fragment: bool

    @property
    def asked(self) -> datetime | None:
        """The moment that was asked for; None for the present."""
        return self.show.links.moment

    @property
    def now(self) -> datetime:
        """The time of the request."""
        return self.show.clock.now

    def key(self, *address: Hashable) -> Hashable:
        """Everything that a page depends on, beside the site's configuration; a reader's name is not.

        Ages are on every page, in minutes: that of the newest run, and on pages of the past that of their moment.
        """
        # A page is another one each minute, and never shows an age that was true for somebody else.
        age = int((self.now - self.newest.time).total_seconds() // 60) if self.newest else 0
        minute = int(self.now.timestamp() // 60) if self.asked else 0
        kind = replace(self.reader, name="")  # whatever rights a reader may have some day, they are in the key
        newest = (self.store.generation, self.newest and self.newest.id)
        notices = (self.show.problems, self.show.lost_since)
        return (*address, self.fragment, kind, newest, age, minute, self.show.links, notices, self.base)

    def key_until(self, end: datetime | None, *address: Hashable) -> Hashable:
        """What an answer without ages depends on: the past stays as it is, what goes up to now (None) does not."""
        key = (*address, replace(self.reader, name=""), self.store.generation)
        if end and self.newest and end < self.newest.time:
            return key
        return (*key, self.newest and self.newest.id, int(self.now.timestamp() // 60))


def open_visit(live: LiveSite, reader: Reader, root: str, version: str, parameters: Mapping[str, str]) -> Visit:
    """The visit of the request at hand.

    Args:
        root: the path below which the site is served; empty for none.
        version: of scripts and styles.
        parameters: of the address; those that are not known are ignored.

    Raises:
        HTTPError: the moment that is asked for is none.
        StoreError: the database cannot be used.
    """
    site, store = live.current()
    texts, now = parameters, datetime.now(UTC)
    asked, step = _moment(texts, site, now), parse_step(texts.get("s", ""))
    show = make_show(site, root, tuple(live.problems), version, asked, step)
    fragment = bool(cherrypy.request.headers.get("HX-Request"))  # htmx sends it with each of its requests
    return Visit(site, store, reader, show, store.newest(), _base(site), fragment)


def make_show(
    site: Site,
    root: str,
    problems: tuple[str, ...],
    version: str,
    asked: datetime | None = None,
    step: int | None = None,
) -> Show:
    """What the templates of a page of a site call."""
    settings, now = site.settings, datetime.now(UTC)
    links = Links(root, site.zone, asked, version=version, plots=settings.plots.enabled)
    return Show(
        links=replace(links, step=step) if step else links,
        clock=Clock(site.zone, now, now),
        title=settings.template.web_title,
        logo=settings.template.logo_img and f"{root}/static/site/{settings.template.logo_img}",
        documentation_url=settings.template.documentation_url,
        stale_after=settings.happyface.stale_after,
        reload_interval=int(settings.happyface.reload_interval),
        problems=problems,
        lost_since=lost_since(site.data),
    )


def _moment(texts: Mapping[str, str], site: Site, now: datetime) -> datetime | None:
    seconds = parse_seconds(texts.get("at", ""))
    if seconds:
        return seconds
    try:
        return parse_moment(texts.get("date", ""), texts.get("time", ""), site.zone, now, texts.get("fold", ""))
    except ValueError as error:
        raise cherrypy.HTTPError(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


def _base(site: Site) -> str:
    """Scheme and host before absolute links: as configured, as a proxy that is believed says, or as was asked."""
    asked, headers = cherrypy.request, cherrypy.request.headers
    if site.settings.paths.public_base:
        return site.settings.paths.public_base
    scheme, _, host = str(asked.base).partition("://")
    if site.settings.server.is_proxy(asked.remote.ip):
        # The last one: it is what our proxy has added, and those before it may be the visitor's own words.
        said = [headers.get(f"X-Forwarded-{name}", "").rpartition(",")[2].strip() for name in ("Proto", "Host")]
        scheme = said[0] if said[0] in ("http", "https") else scheme
        host = said[1] if _HOST.fullmatch(said[1]) else host
    return f"{scheme}://{host}"


_HOST = re.compile(r"[\w.-]+(:\d{1,5})?|\[[\da-fA-F:.]+\](:\d{1,5})?", re.ASCII)
