"""Files: HappyFace's own, the site's, and archived ones."""

import mimetypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import cherrypy
from cherrypy.lib import encoding, static

from happyface.contract.images import image_type
from happyface.model.access import Reader
from happyface.site.live import LiveSite
from happyface.web import answers, compression

STATIC = Path(__file__).parent / "static"

_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What an archived file may do when it is opened by itself: nothing. An SVG may carry its own styles."""
_COMPRESSED = ("text/css", "text/javascript", "image/svg+xml", "text/plain")
_RANGE = re.compile(r"bytes=(\d{1,15}-\d{0,15}|-0{0,9}[1-9]\d{0,5})", re.ASCII)
"""One range of bytes. Several, and what is none, are answered by the whole file, as the standard allows."""


class Files:
    """The addresses below ``/static``.

    Args:
        live: the site.
        reader: returns who sends the request at hand.
    """

    def __init__(self, live: LiveSite, reader: Callable[[], Reader]) -> None:
        self._live = live
        self._reader = reader

    @cherrypy.expose
    def default(self, /, *path: str, **ignored: Any) -> Any:
        """A script, a style or a picture of HappyFace itself."""
        return _serve_public(STATIC, path)

    @cherrypy.expose(alias="site")
    def of_site(self, /, *path: str, **ignored: Any) -> Any:
        """A file of the site's ``static/`` directory, such as its logo."""
        return _serve_public(self._live.site.root / "static", path)

    @cherrypy.expose
    def archive(self, /, *path: str, **ignored: Any) -> Any:
        """An archived file. It never changes, and whatever is in it stays powerless."""
        _, store = self._live.current()
        found = store.file(self._reader(), "/".join(path))
        if found is None or not found.path.is_file():  # thinned away while the page was open
            raise cherrypy.HTTPError(404, "There is no such file in the archive.")
        # Images are served as what they are; whatever else was fetched, as plain text that no browser runs.
        content_type = image_type(found.name) or "text/plain; charset=utf-8"
        cherrypy.response.headers["Cache-Control"] = "private, max-age=86400"
        cherrypy.response.headers["Content-Security-Policy"] = _SANDBOX
        return _serve(found.path, content_type)


def _serve_public(directory: Path, path: tuple[str, ...]) -> Any:
    wanted = directory.joinpath(*path)
    if not _is_file_in(directory, wanted):
        raise cherrypy.HTTPError(404, "There is no such file.")
    cherrypy.response.headers["Cache-Control"] = "public, max-age=86400"
    return _serve(wanted.resolve(), mimetypes.guess_type(wanted.name)[0] or "application/octet-stream")


def _is_file_in(directory: Path, wanted: Path) -> bool:
    try:
        found = wanted.resolve()
        # resolve() follows "..": an address must not lead out of the directory.
        return found.is_relative_to(directory.resolve()) and found.is_file()
    except (OSError, ValueError):  # a name that is longer than any, or a ring of links
        return False


def _serve(path: Path, content_type: str) -> Any:
    """A file, or the one range of it that is asked for; compressed where that is worth it and welcome."""
    asked, answer = cherrypy.request.headers, cherrypy.response.headers
    # If-Range asks for a part of a file that may have changed: the whole is always right.
    if "If-Range" in asked or not _RANGE.fullmatch(asked.get("Range", "").strip()):
        asked.pop("Range", None)
    body = static.serve_fileobj(_opened(path), content_type)
    if content_type.partition(";")[0] not in _COMPRESSED:
        return body
    answer["Vary"] = "Accept-Encoding"
    if "Range" in asked or not answers.takes_compressed():
        return body
    answer["Content-Encoding"] = "gzip"
    answer.pop("Content-Length", None)  # that of the file
    return encoding.compress(body, compression.FILE_LEVEL)


def _opened(path: Path) -> BinaryIO:
    """A file, open until the request is over: CherryPy itself would leave it open where only a part was sent."""
    try:
        file = path.open("rb")
    except OSError as error:  # gone since it was found
        raise cherrypy.HTTPError(404, "There is no such file.") from error
    cherrypy.request.hooks.attach("on_end_request", file.close)
    return file


def asset_version() -> str:
    """A version for the addresses of scripts, styles and pictures: it changes when one of them does."""
    newest = max((path.stat().st_mtime for path in STATIC.glob("*/*")), default=0.0)
    return f"{int(newest):x}"
