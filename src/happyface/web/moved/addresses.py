"""The addresses ``/plot/moved/``, the page of what else moved, and ``/api/v1/moved``, the same as JSON."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cherrypy
from markupsafe import Markup

from happyface.web import answers
from happyface.web.kept import FewAtOnce
from happyface.web.pages.rendering import Pages
from happyface.web.visit import Visit

if TYPE_CHECKING:
    from happyface.plots.moved.finding import MovedRequest

_MOST_WAITING = 4


class WhatMoved:
    """The page. All numbers of a site are read for it: that is done once at a time, and the last answers are kept.

    Args:
        open_visit: returns the visit of the request at hand, of a site that has plots.
        answer: returns a page that is made by a function, or the page that says that there is no run.
    """

    def __init__(
        self, open_visit: Callable[[], Visit], answer: Callable[[Visit, Callable[[Pages], str]], bytes]
    ) -> None:
        self._open = open_visit
        self._answer = answer
        self._made = FewAtOnce(1, _MOST_WAITING, "Too many ask for what else moved; ask again in some seconds.")

    @cherrypy.expose
    def index(self, /, **parameters: Any) -> bytes:
        """The page; what is wrong with its address is said on it."""
        from happyface.web import plotting
        from happyface.web.moved import making

        visit = self._open()
        try:
            request = making.read_request(parameters, visit)
            state = making.page_state(request, visit)
            return self._answer(visit, lambda pages: _page(pages, visit, state, self._list(pages, visit, request)))
        except ValueError as error:
            faulty = plotting.faulty_state(str(error), parameters, visit)
            page = self._answer(visit, lambda pages: _page(pages, visit, faulty, ""))
            cherrypy.response.status = 400
            return page

    def _list(self, pages: Pages, visit: Visit, request: "MovedRequest") -> str:
        from happyface.web.moved import making

        key = visit.key_until(request.plot.end, "list", request, visit.show.links.root)
        made = self._made.get(visit.site, key, lambda: pages.moved_list(making.charts_of(request, visit), visit.show))
        return made.body.decode()

    def as_json(self, parameters: dict[str, str]) -> bytes:
        """What moved as JSON."""
        from happyface.web.moved import making

        visit = self._open()
        try:
            request = making.read_request(parameters, visit)
            key = visit.key_until(request.plot.end, "json", request, visit.base)
            page = self._made.get(visit.site, key, lambda: making.json_of(request, visit))
        except ValueError as error:
            return answers.json_answer({"error": str(error)}, 400)
        return answers.page_answer(page.compress() if answers.takes_compressed() else page, answers.JSON)


def _page(pages: Pages, visit: Visit, state: Any, part: str) -> str:
    listing = visit.store.listing(visit.reader, None, visit.now)
    if listing is None:
        raise cherrypy.HTTPError(404, "There is no run.")
    return pages.moved(listing, state, Markup(part), visit.show)  # noqa: S704 - the template escapes


class Api:
    """The addresses below ``/api``: what other programs read."""

    def __init__(self, moved: WhatMoved) -> None:
        self.v1 = FirstVersion(moved)


class FirstVersion:
    """The addresses below ``/api/v1``."""

    def __init__(self, moved: WhatMoved) -> None:
        self._moved = moved

    @cherrypy.expose
    def moved(self, /, **parameters: Any) -> bytes:
        """Which numbers of the site moved in a span."""
        return self._moved.as_json(parameters)
