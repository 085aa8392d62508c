"""A site's server with one page more: a handler that returns a word, the trivial page that others are measured by."""

import sys
from pathlib import Path

import cherrypy

from happyface.site.live import LiveSite
from happyface.web import app, server


class WithWord(app.Application):
    """The application with ``/word``."""

    @cherrypy.expose
    def word(self) -> bytes:
        """A word."""
        return b"word"


if __name__ == "__main__":
    app.Application = WithWord  # type: ignore[misc]
    server.serve(LiveSite(Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2]), lambda _: None)
