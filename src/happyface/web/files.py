"""Files: HappyFace's own, the site's, and archived ones."""

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cherrypy
from cherrypy.lib import static

from happyface.contract.images import image_type
from happyface.model.access import Reader
from happyface.site.live import LiveSite

STATIC = Path(__file__).parent / "static"

_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What an archived file may do when it is opened by itself: nothing. An SVG may carry its own styles."""
_GZIP: dict[str, Any] = {
    "tools.gzip.on": True,
    "tools.gzip.mime_types": ["text/css", "text/javascript", "image/svg+xml", "text/plain"],
}


class Files:
    """The addresses below ``/static``.

    Args:
        live: the site.
        reader: returns who sends the request at hand.
    """

    _cp_config = _GZIP

    def __init__(self, live: LiveSite, reader: Callable[[], Reader]) -> None:
        self._live = live
        self._reader = reader

    @cherrypy.expose
    def default(self, *path: str, **ignored: Any) -> Any:
        """A script, a style or a picture of HappyFace itself."""
        return _serve_public(STATIC, path)

    @cherrypy.expose(alias="site")
    def of_site(self, *path: str, **ignored: Any) -> Any:
        """A file of the site's ``static/`` directory, such as its logo."""
        return _serve_public(self._live.site.root / "static", path)

    @cherrypy.expose
    def archive(self, *path: str, **ignored: Any) -> Any:
        """An archived file. It never changes, and whatever is in it stays powerless."""
        _, store = self._live.current()
        found = store.file(self._reader(), "/".join(path))
        if found is None or not found.path.is_file():  # thinned away while the page was open
            raise cherrypy.HTTPError(404, "There is no such file in the archive.")
        # Images are served as what they are; whatever else was fetched, as plain text that no browser runs.
        content_type = image_type(found.name) or "text/plain; charset=utf-8"
        cherrypy.response.headers["Cache-Control"] = "private, max-age=86400"
        cherrypy.response.headers["Content-Security-Policy"] = _SANDBOX
        return static.serve_file(str(found.path), content_type)


def _serve_public(directory: Path, path: tuple[str, ...]) -> Any:
    wanted = directory.joinpath(*path).resolve()
    # resolve() follows "..": an address must not lead out of the directory.
    if not wanted.is_relative_to(directory.resolve()) or not wanted.is_file():
        raise cherrypy.HTTPError(404, "There is no such file.")
    cherrypy.response.headers["Cache-Control"] = "public, max-age=86400"
    return static.serve_file(str(wanted), mimetypes.guess_type(wanted.name)[0] or "application/octet-stream")


def asset_version() -> str:
    """A version for the addresses of scripts, styles and pictures: it changes when one of them does."""
    newest = max((path.stat().st_mtime for path in STATIC.glob("*/*")), default=0.0)
    return f"{int(newest):x}"
