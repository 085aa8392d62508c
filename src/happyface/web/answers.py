"""What the application answers: pages that are sent once to each reader, JSON, and the headers of all answers."""

import json
from collections.abc import Mapping

import cherrypy

from happyface.web import compression
from happyface.web.kept import MadePage

HTML, XML, JSON = "text/html; charset=utf-8", "text/xml; charset=utf-8", "application/json"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def add_headers() -> None:
    """Give an answer the headers that all answers have, unless it has its own."""
    for name, value in _HEADERS.items():
        cherrypy.serving.response.headers.setdefault(name, value)


def takes_compressed() -> bool:
    """Whether the browser that asks takes compressed answers."""
    return compression.accepts_gzip(cherrypy.request.headers.get("Accept-Encoding", ""))


def page_answer(page: MadePage, content_type: str = HTML) -> bytes:
    """A page; nothing but its tag to a browser that has it already.

    Browsers ask each time whether it is still the same, and nobody between keeps it for others: it may be for members.
    """
    headers = cherrypy.response.headers
    headers["Content-Type"] = content_type
    headers["Cache-Control"] = "private, no-cache"
    headers["ETag"] = page.tag
    headers["Vary"] = "HX-Request, Accept-Encoding"  # a part and its page have the same address
    known = cherrypy.request.headers.get("If-None-Match", "")
    if page.tag in (tag.strip() for tag in known.split(",")):
        cherrypy.response.status = 304
        return b""
    if page.compressed:
        headers["Content-Encoding"] = "gzip"
    return page.body


def json_answer(value: object, status: int = 200, cache: str = "private, no-cache") -> bytes:
    """A value as JSON."""
    page = MadePage.of(json.dumps(value, ensure_ascii=False))
    answer = page_answer(page.compress() if takes_compressed() else page, JSON)
    cherrypy.response.headers["Cache-Control"] = cache
    if cherrypy.response.status != 304:  # of a browser that has the same already
        cherrypy.response.status = status
    return answer


def health_answer(status: int, value: Mapping[str, object]) -> bytes:
    """How the server is; never kept by anybody."""
    return json_answer(value, status, "no-store")
