"""The XML feed, as HappyFace 3 had it: the same elements in the same order, no attributes, links absolute."""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from happyface.model.views import CategoryView, Listing
from happyface.web.pages.links import Links

# Such characters are in no XML document, escaped or not; monitors say them all the same.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_feed(view: Listing | None, title: str, links: Links, base: str) -> str:
    """The feed of a run.

    Args:
        view: the site in the run; None while there is no run.
        title: what the site calls itself.
        links: the addresses, at the moment that was asked for.
        base: scheme and host before them.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<happyface>", _element("title", title)]
    for category in view.categories if view else ():
        lines += _category(view, category, links, base) if view else ()
    return "\n".join((*lines, "</happyface>", ""))


def _category(view: Listing, category: CategoryView, links: Links, base: str) -> Iterator[str]:
    outline = category.outline
    address = base + links.category(outline.name)
    yield "<category>"
    yield _element("name", outline.name)
    yield _element("title", outline.title)
    yield _element("status", _status(category.status))
    yield _element("type", outline.type)
    yield _element("link", address)
    time = f"{view.moment.run.time.astimezone(links.zone):%Y-%m-%d %H:%M}"
    for member in view.members(outline.name):
        yield "<module>"
        yield _element("name", member.outline.name)
        yield _element("title", member.outline.title)
        yield _element("type", member.outline.type)
        yield _element("status", _status(member.status))
        yield _element("time", time)
        yield _element("link", base + links.category(outline.name, member.outline.name))
        yield "</module>"
    yield "</category>"


def _status(status: float) -> str:
    return "-1" if status < 0 else str(round(status, 6))


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_NOT_XML.sub('', text))}</{name}>"
