"""A request as pages see it: what asks for no page is refused, and nobody is shown how HappyFace is made.

CherryPy reads an application's settings only when it has found the page. What it decides before must be safe by itself:
so these are the defaults of the request, and hold behind every WSGI server.
"""

import logging
import sys
from urllib.parse import parse_qsl

import cherrypy

from happyface.errors import GoneError, StoreError

log = logging.getLogger(__name__)

_LONGEST_ADDRESS = 8000
"""Characters of an address. Plots of many curves have thousands; more than that web servers before us do not take."""


class PageRequest(cherrypy.Application.request_class):  # type: ignore[misc]
    """A request that has no body; of a parameter that is given several times the last one counts."""

    header_list: list[tuple[str, str]]
    show_tracebacks = False
    methods_with_bodies = ()

    def process_headers(self) -> None:
        """Read the headers, without cookies: those of neighbours on the same host may be none that Python reads."""
        self.header_list = [(name, value) for name, value in self.header_list if name.title() != "Cookie"]
        super().process_headers()

    def get_resource(self, path: str) -> None:
        """Find the page of a path."""
        if len(path) + len(self.query_string) > _LONGEST_ADDRESS:
            raise cherrypy.HTTPError(414, "No page of HappyFace has so long an address.")
        if "\0" in path:  # neither a file nor a row of any database can be called so
            raise cherrypy.NotFound()
        super().get_resource(path)

    def process_query_string(self) -> None:
        """Read the parameters. What cannot be decoded is no parameter of ours, and those are ignored."""
        self.params.update(parse_qsl(self.query_string, keep_blank_values=True, errors="replace"))

    def handle_error(self) -> None:
        """Answer what no page has expected."""
        error = sys.exc_info()[1]
        if isinstance(error, StoreError):
            log.error("%s", error)
            self.error_response = cherrypy.HTTPError(503, unusable(error)).set_response
        else:
            log.exception("%s %s could not be answered.", self.method, self.path_info)
        super().handle_error()


def unusable(error: StoreError) -> str:
    """What visitors are told of a database that cannot be used: neither its address nor its path."""
    return "The database is gone." if isinstance(error, GoneError) else "The database cannot be used."
