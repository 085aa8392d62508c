"""Plots of one run: the page, its image, its data."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cherrypy

from happyface.web import answers
from happyface.web.kept import FewAtOnce, MadePage
from happyface.web.pages.charts.page import choices_of_rows
from happyface.web.pages.rendering import Pages
from happyface.web.visit import Visit

if TYPE_CHECKING:
    from happyface.web.one_run.finding import FoundPlot

OpenVisit = Callable[[dict[str, str]], Visit]
Answer = Callable[[Visit, Callable[[Pages], str]], bytes]


class PlotsOfOneRun:
    """Plots of the rows of one run. Beside what is drawn, their addresses have the moment, as those of pages do.

    Args:
        open_visit: returns the visit of the request at hand, with the moment of its parameters.
        answer: returns a page that is made by a function, or the page that says that there is no run.
        images: the images that were drawn last.
        content_types: of images and data, by their format.
    """

    def __init__(self, open_visit: OpenVisit, answer: Answer, images: FewAtOnce, content_types: dict[str, str]) -> None:
        self._open = open_visit
        self._answer = answer
        self._images = images
        self._types = content_types

    @cherrypy.expose
    def index(self, /, **parameters: Any) -> bytes:
        """The page; what is wrong with its address is said on it."""
        from happyface.web.one_run import finding

        visit = self._open(parameters)
        status = 200

        def make(pages: Pages) -> str:
            nonlocal status
            listing = finding.read_listing(visit)
            state, status = finding.page_state(parameters, visit, listing)
            return pages.run_plot(listing, state, choices_of_rows(listing, state), visit.show)

        page = self._answer(visit, make)
        if status != 200:
            cherrypy.response.status = status
        return page

    @cherrypy.expose
    def img(self, /, **parameters: Any) -> bytes:
        """The image."""
        from happyface.web.one_run import finding

        visit = self._open(parameters)
        try:
            found = self._found(visit, parameters, ("png", "svg", "pdf"), "An image is a png, svg or pdf")
        except ValueError as error:
            raise cherrypy.HTTPError(finding.status_of(error), str(error)) from error
        # A run stays as it is: the reader's rights are all that its image depends on beside what is asked for.
        key = (found.request, found.view.run.id, replace(visit.reader, name=""), visit.store.generation)
        page = self._images.get(visit.site, key, found.image)
        return answers.page_answer(page, self._types[found.request.format])

    @cherrypy.expose
    def data(self, /, **parameters: Any) -> bytes:
        """The data."""
        from happyface.web.one_run import finding

        visit = self._open(parameters)
        given = {"format": "json"} | {name: text for name, text in parameters.items() if text}
        try:
            found = self._found(visit, given, ("json", "csv"), "Data are json or csv")
        except ValueError as error:
            return answers.json_answer({"error": str(error)}, finding.status_of(error))
        format = found.request.format
        if format == "csv":
            cherrypy.response.headers["Content-Disposition"] = 'attachment; filename="plot.csv"'
        page = MadePage.of(found.data())
        return answers.page_answer(page.compress() if answers.takes_compressed() else page, self._types[format])

    def _found(self, visit: Visit, parameters: dict[str, str], formats: tuple[str, ...], sentence: str) -> "FoundPlot":
        from happyface.web.one_run import finding

        request = finding.read_request(parameters)
        if request.format not in formats:
            raise ValueError(f"{sentence}, not {request.format}.")
        return finding.find_plot(request, visit, finding.read_listing(visit))
