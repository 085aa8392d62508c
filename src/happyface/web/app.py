"""The web application: addresses to pages. It decides nothing that the store or the pages could decide."""

import html
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import cherrypy
from cherrypy._cptree import Tree

from happyface.errors import StoreError
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.as_json import instance_json
from happyface.model.views import InstanceView, RunView
from happyface.site import Site
from happyface.site.live import LiveSite
from happyface.store import lost_since
from happyface.web import answers
from happyface.web.feed import xml_feed
from happyface.web.files import Files, asset_version
from happyface.web.health import HealthCheck, judge
from happyface.web.kept import KeptPages, MadePage
from happyface.web.moved.addresses import Api
from happyface.web.pages import tables
from happyface.web.pages.rendering import Pages, is_unfolded
from happyface.web.pages.show import Show
from happyface.web.plots import Plots
from happyface.web.requests import PageRequest, unusable
from happyface.web.visit import Visit, make_show, open_visit

log = logging.getLogger(__name__)


def anonymous() -> Reader:
    """Who asks: until certificates are read, nobody is a member."""
    return ANONYMOUS


def create_app(live: LiveSite, reader: Callable[[], Reader] = anonymous) -> Tree:
    """The application of a site, for any WSGI server: the one place where its parts meet.

    Args:
        live: the site.
        reader: returns who sends the request at hand.
    """
    root = live.site.settings.paths.root
    pages = Application(live, root, reader)
    tree = Tree()  # compares the prefix with the address, which an application by itself does not
    _mount(tree, pages, root, pages)
    if root:  # what is not below it is a page that says so, too
        _mount(tree, _Outside(), "", pages)
    return tree


def _mount(tree: Tree, addresses: object, root: str, pages: "Application") -> None:
    application = tree.mount(addresses, root, {"/": _SETTINGS})
    application.request_class = pages.new_request
    application.log.screen = False
    application.log.access_log.propagate = False


_SETTINGS = {
    "hooks.before_finalize.headers": answers.add_headers,
    "tools.allow.on": True,
    "tools.allow.methods": ("GET", "HEAD"),
    "tools.encode.on": False,  # pages are bytes already
    "tools.log_headers.on": False,  # a visitor's login must not be in a log
    "tools.log_tracebacks.on": False,  # PageRequest logs what went wrong
    "tools.trailing_slash.on": False,
}


class _Outside:
    """The addresses that are not below a site's: there are none."""

    favicon_ico = None


@dataclass(frozen=True)
class _MadeFor:
    """Templates and kept pages of a site; made anew when its configuration changes."""

    site: Site
    pages: Pages
    kept: KeptPages


class Application:
    """The addresses of a site. Parameters that are not known are ignored, as HappyFace 3 did.

    What is part of a path is positional only: a parameter may be called so, too, and then is not known.
    """

    favicon_ico = None  # else CherryPy shows its own

    def __init__(self, live: LiveSite, root: str, reader: Callable[[], Reader] = anonymous) -> None:
        self._live = live
        self._root = root
        self._reader = reader
        self._version = asset_version()
        self._made: _MadeFor | None = None
        self._health = HealthCheck()
        self.static = Files(live, reader)
        self.plot = Plots(self._visit, self._answer_new)
        self.api = Api(self.plot.moved)

    @cherrypy.expose
    def index(self, /, action: str = "", **parameters: Any) -> bytes:
        """The overview, or the XML feed."""
        visit = self._visit(parameters)
        if action == "getxml":
            return self._feed(visit)
        return self._answer(visit, ("overview",), lambda pages: self._overview(visit, pages))

    @cherrypy.expose
    def category(self, name: str = "", /, action: str = "", **parameters: Any) -> bytes:
        """A category; without a name the overview."""
        if not name or action == "getxml":
            return bytes(self.index(action, **parameters))
        visit = self._visit(parameters)
        return self._answer(visit, ("category", name), lambda pages: self._category(visit, name, pages))

    @cherrypy.expose
    def trouble(self, /, **parameters: Any) -> bytes:
        """Everything that needs a look: the rest of a long list for a page that asks for it, else a page of its own."""
        visit = self._visit(parameters)
        return self._answer(visit, ("trouble",), lambda pages: self._trouble(visit, pages))

    @cherrypy.expose
    def instance(self, name: str, run_id: str, /, **parameters: Any) -> bytes:
        """One instance in one run: what is in its card for a page that unfolds it, else a page of its own."""
        visit = self._visit(parameters)
        return self._answer(visit, ("instance", name, run_id), lambda pages: self._instance(visit, name, run_id, pages))

    @cherrypy.expose
    def table(self, instance: str, run_id: str, table: str, /, first: str = "0", **parameters: Any) -> bytes:
        """Some rows of one table, from the ``first`` on: a fragment for a page that asks for it, else a page."""
        visit, begin = self._visit(parameters), _number(first) or 0
        address = ("table", instance, run_id, table, begin)
        return self._answer(visit, address, lambda pages: self._table(visit, instance, run_id, table, begin, pages))

    @cherrypy.expose
    def ajax(self, instance: str, run_id: str, /, **ignored: Any) -> bytes:
        """An instance in one run, as JSON."""
        visit = self._visit({})
        view = self._instance_or_404(visit, instance, run_id)
        if not all(rows.complete for rows in view.rows):  # pages show the worst ones; programs get all of them
            view = self._instance_or_404(visit, instance, run_id, [view.outline.module])
        return answers.json_answer(instance_json(view))

    @cherrypy.expose
    def healthz(self, /, **ignored: Any) -> bytes:
        """Whether the server lives and the newest run is fresh; 503 when not, or when nobody can know."""
        now = datetime.now(UTC)
        try:
            site, store = self._live.current()
            newest = self._health.newest(store)
        except StoreError as error:
            log.error("%s", error)
            return answers.health_answer(503, {"status": "error", "reason": unusable(error)})
        return answers.health_answer(*judge(newest, lost_since(site.data), now, site.settings.happyface.stale_after))

    def error_page(self, status: str, message: str, traceback: str, version: str) -> bytes:
        """Every error as a page with a sentence, never with a traceback."""
        # The site as it was read last: reading it now might be what has failed.
        code, site = int(status.split(" ", 1)[0]), self._live.site
        headline = _HEADLINES.get(code, status)
        # CherryPy's own sentence, "The path '/x' was not found.", says nothing that the headline does not.
        texts = [html.unescape(message)] if not message.startswith("The path") else []  # templates escape
        if code >= 500:
            texts = [*(texts if code == 503 else ()), "The reason is in the server's log."]
        show = make_show(site, self._root, tuple(self._live.problems), self._version)
        answers.add_headers()  # here, too: what is refused before its page was found has no hooks
        cherrypy.response.headers["Cache-Control"] = "no-store"  # it may be there in a moment
        cherrypy.response.headers["Content-Type"] = answers.HTML
        return self._made_for(site).pages.message(show, headline, texts).encode()

    def new_request(self, *arguments: Any) -> PageRequest:
        """A request; whatever goes wrong with it is answered by our page."""
        request = PageRequest(*arguments)
        request.error_page = {"default": self.error_page}
        return request

    def _answer_new(self, visit: Visit, make: Callable[[Pages], str]) -> bytes:
        """A page that is made anew each time: there are too many of its kind to keep them."""
        made = self._made_for(visit.site)
        page = MadePage.of(_no_run(visit, made.pages) if visit.newest is None else make(made.pages))
        return answers.page_answer(page.compress() if answers.takes_compressed() else page)

    def _answer(self, visit: Visit, address: tuple[object, ...], make: Callable[[Pages], str]) -> bytes:
        """A page, as it was kept or made now."""
        made = self._made_for(visit.site)
        if visit.newest is None:
            return answers.page_answer(MadePage.of(_no_run(visit, made.pages)))
        return answers.page_answer(
            made.kept.get(visit.key(*address), lambda: make(made.pages), answers.takes_compressed())
        )

    def _overview(self, visit: Visit, pages: Pages) -> str:
        view = visit.store.overview(visit.reader, visit.asked, visit.now)
        if view is None:
            raise _not_found("There is no run.")
        return pages.overview(view, visit.show)

    def _trouble(self, visit: Visit, pages: Pages) -> str:
        view = visit.store.overview(visit.reader, visit.asked, visit.now)
        if view is None:
            raise _not_found("There is no run.")
        return pages.trouble_lists(view, visit.show) if visit.fragment else pages.trouble(view, visit.show)

    def _category(self, visit: Visit, name: str, pages: Pages) -> str:
        view = visit.store.category(visit.reader, name, visit.asked, visit.now, is_unfolded, pages.whole_rows)
        if view is None:
            raise _not_found(f"There is no category “{name}” at this moment.")
        return pages.category(view, visit.show)

    def _instance(self, visit: Visit, name: str, run_id: str, pages: Pages) -> str:
        view = self._instance_or_404(visit, name, run_id, pages.whole_rows)
        show = _show_of(view.run, visit)
        return pages.instance_content(view, show) if visit.fragment else pages.instance(view, show)

    def _table(self, visit: Visit, instance: str, run_id: str, table: str, first: int, pages: Pages) -> str:
        number = _number(run_id)
        found = number and visit.store.table(visit.reader, instance, number, table, first, tables.PAGE)
        if not found:
            raise _not_found(f"There are no rows “{table}” of an instance “{instance}” in a run {run_id}.")
        return (pages.table if visit.fragment else pages.table_page)(*found, visit.show)

    def _instance_or_404(self, visit: Visit, name: str, run_id: str, whole_rows: Collection[str] = ()) -> InstanceView:
        number = _number(run_id)
        view = visit.store.instance(visit.reader, name, number, whole_rows) if number else None
        if view is None:
            raise _not_found(f"There is nothing of an instance “{name}” in a run {run_id}.")
        return view

    def _feed(self, visit: Visit) -> bytes:
        def make() -> str:
            view = visit.store.listing(visit.reader, visit.asked, visit.now)
            return xml_feed(view, visit.show.title, visit.show.links, visit.base)

        page = self._made_for(visit.site).kept.get(visit.key("feed"), make, answers.takes_compressed())
        return answers.page_answer(page, answers.XML)

    def _visit(self, parameters: dict[str, str]) -> Visit:
        return open_visit(self._live, self._reader(), self._root, self._version, parameters)

    def _made_for(self, site: Site) -> _MadeFor:
        """The pages of a site; made anew when its configuration has changed, so that nothing of before is kept."""
        made = self._made
        # Two threads may both make them after a change: one of them is dropped, which costs less than a lock for all.
        if made is None or made.site is not site:
            templates = {module.name: module.template for module in site.modules.values() if module.template}
            made = self._made = _MadeFor(site, Pages(templates), KeptPages())
        return made


def _no_run(visit: Visit, pages: Pages) -> str:
    sentence = f"Nothing has been acquired yet. “happyface -C {visit.site.root} acquire” does it once."
    return pages.message(visit.show, "There is no run yet", [sentence])


def _show_of(run: RunView, visit: Visit) -> Show:
    """What writes a page of one run: the links of an older run, asked for by its number alone, lead to its moment."""
    is_older = visit.newest is not None and run.id != visit.newest.id
    if visit.asked or visit.fragment or not is_older:
        return visit.show
    return replace(visit.show, links=visit.show.links.at(run.time))


_HEADLINES = {
    400: "This address cannot be understood",
    404: "There is no such page",
    405: "Pages can only be read",
    414: "This address is too long",
    500: "This page could not be made",
    503: "This page cannot be made now",
}


def _number(text: str) -> int | None:
    """A number in an address; None for what is none, and for one that no database has a place for."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _not_found(sentence: str) -> cherrypy.HTTPError:
    return cherrypy.HTTPError(404, sentence)
