"""The web application: addresses to pages. It decides nothing that the store or the presentation could decide."""

import json
import logging
import mimetypes
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cherrypy
from cherrypy._cptree import Tree
from cherrypy.lib import static

from happyface.errors import StoreError
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.views import InstanceView, RowsView
from happyface.site.live import LiveSite
from happyface.site.reading import Site
from happyface.web.context import PageContext
from happyface.web.feed import xml_feed
from happyface.web.links import Links, parse_moment, parse_step
from happyface.web.rendering import Pages

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What an archived file may do when it is opened by itself: nothing. An SVG may carry its own styles."""
_SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/svg+xml"}
"""Archived files of these types are shown as what they are; all others as plain text."""


def create_app(live: LiveSite) -> Tree:
    """The application of a site, for any WSGI server: the one place where its parts meet."""
    root = live.site.settings.paths.happyface_url.rstrip("/")
    pages = Application(live)
    tree = Tree()  # compares the prefix with the address, which an application by itself does not
    application = tree.mount(pages, root, {"/": _settings(pages)})
    application.log.screen = False
    application.log.access_log.propagate = False
    return tree


def _settings(pages: "Application") -> dict[str, Any]:
    return {
        "request.show_tracebacks": False,
        "request.throw_errors": False,
        "error_page.default": pages.error_page,
        "hooks.before_finalize.headers": _add_headers,
        "hooks.after_error_response.headers": _add_headers,
        "tools.encode.on": False,  # pages are bytes already
        "tools.trailing_slash.on": False,
        "tools.gzip.on": True,
        "tools.gzip.compress_level": 1,  # a fifth of the size for a millisecond
        "tools.gzip.mime_types": ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"],
    }


def _add_headers() -> None:
    """Give an answer the headers that all answers have, unless it has its own."""
    for name, value in _HEADERS.items():
        cherrypy.serving.response.headers.setdefault(name, value)


class Application:
    """The addresses of a site. Parameters that are not known are ignored, as HappyFace 3 did."""

    def __init__(self, live: LiveSite) -> None:
        self._live = live
        self._version = _asset_version()
        self._pages: tuple[Site, Pages] | None = None
        self.static = Static(live)

    @cherrypy.expose
    def index(self, action: str = "", **parameters: Any) -> bytes:
        """The overview, or the XML feed."""
        return self._feed(parameters) if _last(action) == "getxml" else self._overview(parameters)

    @cherrypy.expose
    def category(self, name: str = "", action: str = "", **parameters: Any) -> bytes:
        """A category; without a name the overview."""
        if not name or _last(action) == "getxml":
            return bytes(self.index(action, **parameters))
        site, store = self._live.current()
        page = self._page(site, parameters)
        view = store.category(_reader(), name, page.asked, page.now)
        if view:
            return _html(self._made(site).category(view, page))
        if store.moment(_reader(), page.asked, page.now) is None:
            return self._nothing_yet(site, page)
        raise cherrypy.HTTPError(404, f"There is no category “{name}” at this moment.")

    @cherrypy.expose
    def table(self, instance: str, run_id: str, table: str, **parameters: Any) -> bytes:
        """All rows of one table: a fragment for a page that asks for it, else a page of its own."""
        site, _ = self._live.current()
        page = self._page(site, parameters)
        view, rows = self._rows(instance, run_id, table)
        cherrypy.response.headers["Vary"] = "HX-Request"
        if cherrypy.request.headers.get("HX-Request"):
            return _html(self._made(site).table(view, rows, page))
        return _html(self._made(site).table_page(view, rows, page))

    @cherrypy.expose
    def ajax(self, instance: str, run_id: str, **ignored: Any) -> bytes:
        """An instance in one run, as JSON."""
        view = self._instance(instance, run_id)
        return _json(instance_json(view))

    @cherrypy.expose
    def healthz(self, **ignored: Any) -> bytes:
        """Whether the server lives and the newest run is fresh; 503 when not."""
        now = datetime.now(UTC)
        try:
            site, store = self._live.current()
            moment = store.moment(ANONYMOUS, None, now)
        except StoreError as error:
            log.error("%s", error)
            return _health(503, {"status": "error", "reason": "The database cannot be used."})
        if moment is None:
            return _health(503, {"status": "empty", "reason": "There is no run yet."})
        age = (now - moment.newest.time).total_seconds()
        stale = age > site.settings.happyface.stale_data_threshold_minutes * 60
        told = {"newest_run": moment.newest.time.isoformat(), "age_seconds": round(age)}
        return _health(503 if stale else 200, {"status": "stale" if stale else "ok", **told})

    def error_page(self, status: str, message: str, traceback: str, version: str) -> bytes:
        """Every error as a page with a sentence, never with a traceback."""
        code = int(status.split(" ", 1)[0])
        site = self._live.site
        page = self._context(site, None, {})
        headline = {404: "There is no such page", 400: "This address cannot be understood"}.get(code, "")
        if code >= 500:
            headline, message = "This page could not be made", "The reason is in the server's log."
        sentence = message if message and not message.startswith("The path") else ""
        return _html(self._made(site).message(page, headline or status, [sentence] if sentence else []))

    def _overview(self, parameters: dict[str, Any]) -> bytes:
        site, store = self._live.current()
        page = self._page(site, parameters)
        view = store.overview(_reader(), page.asked, page.now)
        return _html(self._made(site).overview(view, page)) if view else self._nothing_yet(site, page)

    def _feed(self, parameters: dict[str, Any]) -> bytes:
        site, store = self._live.current()
        page = self._page(site, parameters)
        cherrypy.response.headers["Content-Type"] = "text/xml; charset=utf-8"
        view = store.listing(_reader(), page.asked, page.now)
        return xml_feed(view, site.settings.template.web_title, Links.of(page), cherrypy.request.base).encode()

    def _instance(self, name: str, run_id: str) -> InstanceView:
        _, store = self._live.current()
        view = store.instance(_reader(), name, int(run_id)) if run_id.isdecimal() and len(run_id) < 10 else None
        if view is None:
            raise cherrypy.HTTPError(404, f"There is nothing of an instance “{name}” in a run {run_id}.")
        return view

    def _rows(self, instance: str, run_id: str, table: str) -> tuple[InstanceView, RowsView]:
        _, store = self._live.current()
        number = int(run_id) if run_id.isdecimal() and len(run_id) < 10 else 0
        found = store.table(_reader(), instance, number, table, count=10_000)
        if found is None:
            raise cherrypy.HTTPError(404, f"The instance “{instance}” has no table “{table}”.")
        return found

    def _nothing_yet(self, site: Site, page: PageContext) -> bytes:
        sentence = f"Nothing has been acquired yet. “happyface -C {site.root} acquire” does it once."
        return _html(self._made(site).message(page, "There is no run yet", [sentence]))

    def _made(self, site: Site) -> Pages:
        """The pages of a site; made anew when its configuration has changed."""
        if self._pages is None or self._pages[0] is not site:
            templates = {each.name: each.template for each in site.modules.values() if each.template}
            self._pages = site, Pages(templates)
        return self._pages[1]

    def _page(self, site: Site, parameters: dict[str, Any]) -> PageContext:
        texts = {name: _last(value) for name, value in parameters.items()}
        try:
            asked = parse_moment(
                texts.get("date", ""), texts.get("time", ""), site.zone, datetime.now(UTC), texts.get("fold", "")
            )
        except ValueError as error:
            raise cherrypy.HTTPError(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
        return self._context(site, asked, texts)

    def _context(self, site: Site, asked: datetime | None, texts: dict[str, str]) -> PageContext:
        given = site.settings
        logo = given.template.logo_img and f"{cherrypy.request.script_name}/static/site/{given.template.logo_img}"
        return PageContext(
            now=datetime.now(UTC),
            zone=site.zone,
            title=given.template.web_title,
            root=cherrypy.request.script_name,
            asked=asked,
            step=parse_step(texts.get("s", "")),
            logo=logo,
            documentation_url=given.template.documentation_url,
            asset_version=self._version,
            stale_after=timedelta(minutes=given.happyface.stale_data_threshold_minutes),
            reload_interval=int(given.happyface.reload_interval),
            problems=tuple(self._live.problems),
        )


class Static:
    """Files: HappyFace's own, the site's, and archived ones."""

    def __init__(self, live: LiveSite) -> None:
        self._live = live

    @cherrypy.expose
    def default(self, *path: str, **ignored: Any) -> Any:
        """A script, a style or a picture of HappyFace itself."""
        return _served(STATIC, path)

    @cherrypy.expose(alias="site")
    def of_site(self, *path: str, **ignored: Any) -> Any:
        """A file of the site's ``static/`` directory, such as its logo."""
        return _served(self._live.site.root / "static", path)

    @cherrypy.expose
    def archive(self, *path: str, **ignored: Any) -> Any:
        """An archived file. It never changes, and whatever is in it stays powerless."""
        _, store = self._live.current()
        found = store.file(_reader(), "/".join(path))
        if found is None or not found.path.is_file():
            raise cherrypy.HTTPError(404, "There is no such file in the archive.")
        kind = mimetypes.guess_type(found.name)[0] or ""
        shown = kind if kind in _SHOWN else "text/plain; charset=utf-8"
        cherrypy.response.headers["Cache-Control"] = "private, max-age=86400"
        cherrypy.response.headers["Content-Security-Policy"] = _SANDBOX
        return static.serve_file(str(found.path), shown)


def _served(directory: Path, path: tuple[str, ...]) -> Any:
    wanted = directory.joinpath(*path).resolve()
    if not wanted.is_relative_to(directory.resolve()) or not wanted.is_file():
        raise cherrypy.HTTPError(404, "There is no such file.")
    cherrypy.response.headers["Cache-Control"] = "public, max-age=86400"
    return static.serve_file(str(wanted), mimetypes.guess_type(wanted.name)[0] or "application/octet-stream")


def _reader() -> Reader:
    """Who asks: until certificates are read, nobody is a member."""
    return ANONYMOUS


def _last(value: Any) -> str:
    """A parameter's value; of one that is given several times the last."""
    return str(value[-1]) if isinstance(value, list) else str(value)


def _html(text: str) -> bytes:
    cherrypy.response.headers["Content-Type"] = "text/html; charset=utf-8"
    cherrypy.response.headers["Cache-Control"] = "no-cache"
    return text.encode()


def _json(value: object) -> bytes:
    cherrypy.response.headers["Content-Type"] = "application/json"
    return json.dumps(value, ensure_ascii=False).encode()


def _health(status: int, told: dict[str, object]) -> bytes:
    cherrypy.response.status = status
    cherrypy.response.headers["Cache-Control"] = "no-store"
    return _json(told)


def instance_json(view: InstanceView) -> dict[str, Any]:
    """An instance in one run as plain values: what a page shows of it."""
    return {
        "instance": view.outline.name,
        "title": view.outline.title,
        "module": view.outline.module,
        "category": view.outline.category,
        "type": view.outline.type,
        "run": view.run.id,
        "time": view.run.time.isoformat(),
        "status": view.status,
        "face": view.face,
        "sentence": view.sentence,
        "since": view.since.isoformat() if view.since else None,
        "data": {cell.column.name: cell.value for cell in view.cells},
        "rows": {
            rows.table.name: [{cell.column.name: cell.value for cell in row} for row in rows.rows] for rows in view.rows
        },
        "sources": [{"url": fact.url, "size": fact.size, "error": fact.error} for fact in view.facts],
    }


def _asset_version() -> str:
    """Changes when a script, a style or a picture does."""
    newest = max((path.stat().st_mtime for path in STATIC.glob("*/*")), default=0.0)
    return f"{int(newest):x}"
