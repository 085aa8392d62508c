"""The addresses below ``/plot``: the page of a plot, its image and its data, and what there is to pick from."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import cherrypy

from happyface.web import answers
from happyface.web.kept import FewAtOnce, MadePage
from happyface.web.moved.addresses import WhatMoved
from happyface.web.one_run.addresses import PlotsOfOneRun
from happyface.web.pages.rendering import Pages
from happyface.web.visit import Visit

if TYPE_CHECKING:
    pass

TYPES = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": answers.JSON,
}
"""The content types of images and data by their format."""

OpenVisit = Callable[[dict[str, str]], Visit]
Answer = Callable[[Visit, Callable[[Pages], str]], bytes]

_DRAWN_AT_ONCE = 2
"""matplotlib takes a processor and some megabytes for each image."""
_MOST_WAITING = 8
"""Who would wait longer is told to come again: pages must not wait behind images."""


class Plots:
    """What there is to pick from; the plots themselves are below ``time``.

    Args:
        open_visit: returns the visit of the request at hand, without a moment.
        answer: returns a page that is made by a function, or the page that says that there is no run.
    """

    def __init__(self, open_visit: OpenVisit, answer: Answer) -> None:
        self._open = open_visit
        images = FewAtOnce(_DRAWN_AT_ONCE, _MOST_WAITING, "Too many images are being drawn; ask again in some seconds.")
        self.time = PlotsOverTime(open_visit, answer, images)
        self.custom = PlotsOfOneRun(lambda given: _opened(open_visit, given), answer, images, TYPES)
        self.moved = WhatMoved(lambda: _opened(open_visit), answer)

    @cherrypy.expose
    def choices(self, /, **ignored: Any) -> bytes:
        """Every number that the reader may plot, as JSON."""
        from happyface.web import plotting

        visit = _opened(self._open)
        listing = visit.store.listing(visit.reader, None, visit.now)
        found = plotting.choices_json(listing, visit) if listing else {"categories": [], "tables": []}
        return answers.json_answer(found)

    @cherrypy.expose
    def keys(self, /, instance: str = "", table: str = "", search: str = "", **ignored: Any) -> bytes:
        """The keys of the rows of a table, those that hold a text, as JSON."""
        from happyface.web.plotting import MOST_KEYS

        visit = _opened(self._open)
        return answers.json_answer({"keys": visit.store.row_keys(visit.reader, instance, table, search, MOST_KEYS)})


class PlotsOverTime:
    """Plots of numbers over time: the page, its image, its data.

    The arguments are those of :class:`Plots`, and where images are drawn.
    """

    def __init__(self, open_visit: OpenVisit, answer: Answer, images: FewAtOnce) -> None:
        self._open = open_visit
        self._answer = answer
        self._images = images

    @cherrypy.expose
    def index(self, /, **parameters: Any) -> bytes:
        """The page; what is wrong with its address is said on it."""
        from happyface.web import plotting

        visit = _opened(self._open)
        try:
            state = plotting.page_state(plotting.read_request(parameters, visit), parameters, visit)
        except ValueError as error:
            state = plotting.faulty_state(str(error), parameters, visit)

        def make(pages: Pages) -> str:
            listing = visit.store.listing(visit.reader, None, visit.now)
            if listing is None:
                raise cherrypy.HTTPError(404, "There is no run.")
            return pages.plot(listing, plotting.choices_of(listing, visit, state), state, visit.show)

        page = self._answer(visit, make)
        if state.problem:
            cherrypy.response.status = 400
        return page

    @cherrypy.expose
    def img(self, /, **parameters: Any) -> bytes:
        """The image of a plot."""
        from happyface.web import plotting

        visit = _opened(self._open)
        try:
            request = plotting.read_request(parameters, visit)
            if request.format in ("csv", "json"):
                raise ValueError(f"An image is a png, svg or pdf; data as {request.format} are at /plot/time/data.")
            key = visit.key_until(request.end, request)
            page = self._images.get(visit.site, key, lambda: plotting.image_of(request, visit))
        except ValueError as error:
            raise cherrypy.HTTPError(400, str(error)) from error
        return answers.page_answer(page, TYPES[request.format])

    @cherrypy.expose
    def data(self, /, points: str = "", **parameters: Any) -> bytes | Iterator[bytes]:
        """The data of a plot."""
        from happyface.web import plotting

        visit = _opened(self._open)
        try:
            request = plotting.read_request({"format": "json"} | parameters, visit)
            if request.format not in ("csv", "json"):
                raise ValueError(f"Data are json or csv; an image as {request.format} is at /plot/time/img.")
            plot = plotting.make(request, visit, points)
        except ValueError as error:
            return answers.json_answer({"error": str(error)}, 400)
        return self._data_answer(plotting.data_of(plot, visit), request.format, request.full)

    def _data_answer(self, parts: Iterator[bytes], format: str, full: bool) -> bytes | Iterator[bytes]:
        if format == "csv" or full:
            name = f'attachment; filename="plot.{format}"'
            cherrypy.response.headers["Content-Disposition"] = name
        if full:  # may be hundreds of megabytes
            cherrypy.response.stream = True
            cherrypy.response.headers |= {"Content-Type": TYPES[format], "Cache-Control": "private, no-store"}
            return parts
        page = MadePage.of(b"".join(parts))
        return answers.page_answer(page.compress() if answers.takes_compressed() else page, TYPES[format])


def _opened(open_visit: OpenVisit, parameters: dict[str, str] | None = None) -> Visit:
    visit = open_visit(parameters or {})
    if not visit.site.settings.plots.enabled:
        raise cherrypy.HTTPError(404, "This site has no plots: its configuration has switched them off.")
    return visit
