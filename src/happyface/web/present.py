"""What templates call: one object for each page, which writes values, times, faces and tables of its moment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from happyface.contract import states
from happyface.contract.columns import Column
from happyface.contract.states import Face
from happyface.contract.units import human, some
from happyface.model.results import SourceFact
from happyface.model.views import InstanceView, RatedCell, RowsView
from happyface.web import faces, sparkline, tables
from happyface.web.cells import is_image, prose, writer
from happyface.web.context import PageContext
from happyface.web.links import Links
from happyface.web.times import Clock

_LONG = 32
"""Texts longer than this take a line of their own among the values."""


@dataclass(frozen=True)
class Present:
    """Writes for the templates of one page; modules' own templates get it as ``show``.

    All its answers are safe in HTML: strings are escaped by the template, markup is already.
    """

    page: PageContext
    links: Links
    clock: Clock

    @classmethod
    def of(cls, page: PageContext, shown: datetime | None = None) -> "Present":
        """The presentation of a page that shows the run of a moment."""
        return cls(page, Links.of(page), Clock(page.zone, page.now, shown or page.now))

    def face(self, face: Face, word: str | None = None) -> Markup:
        """A face; with an empty ``word`` where its word stands beside it."""
        return faces.drawn(face, word)

    def word(self, face: Face) -> str:
        """The word of a face."""
        return faces.WORDS[face]

    def value(self, cell: RatedCell) -> Markup:
        """One value with its unit."""
        return Markup(writer(cell.column, self.links, self.clock)(cell.value))  # noqa: S704 - writers escape

    def prose(self, text: str) -> Markup:
        """A text that people wrote, its addresses as links."""
        return prose(text)

    def sentence(self, text: str) -> str:
        """A sentence whose limits and percentages are not torn apart at the end of a line."""
        return _TORN.sub("\u00a0", text)

    def size(self, fact: SourceFact) -> str:
        """How much was fetched; empty for nothing."""
        return human(fact.size, "bytes") if fact.size else ""

    def values(self, view: InstanceView) -> Markup:
        """All values of an instance's ``Data``, those at fault marked and with their reason."""
        shown = (cell for cell in view.cells if not is_image(cell.value) and not _stands_for_nothing(cell))
        plain = "".join(map(self._value, shown))
        return Markup(f'<dl class="values">{plain}</dl>' if plain else "")  # noqa: S704 - escaped in _value

    def _value(self, cell: RatedCell) -> str:
        style = " long" if isinstance(cell.value, str) and len(cell.value) > _LONG else ""
        reason = title = ""
        if 0 <= cell.status < states.FINE:
            style += f" at-fault {states.face(cell.status)}"
            reason = f'<dd class="reason">{escape(cell.reason)}</dd>' if cell.reason else ""
        if cell.column.description:
            title = f' title="{escape(cell.column.description)}"'
        return (
            f'<div class="value{style}"{title}><dt>{escape(cell.column.label)}</dt>'
            f"<dd>{self.value(cell)}</dd>{reason}</div>"
        )

    def images(self, view: InstanceView) -> Markup:
        """The pictures that an instance stored."""
        found = [(str(cell.value), cell.column.label) for cell in view.cells if is_image(cell.value)]
        return self._pictures(found, view)

    def gallery(self, view: InstanceView, rows: RowsView) -> Markup:
        """Rows that are pictures: each with its texts as its caption, the name by which it is told apart left out."""
        found = []
        for row in rows.rows:
            texts = [str(cell.value) for cell in row if cell.column.kind == "text" and cell.value]
            path = next((str(cell.value) for cell in row if is_image(cell.value)), "")
            found.append((path, " · ".join(texts[1:] or texts)))
        return self._pictures(found, view)

    def _pictures(self, found: Sequence[tuple[str, str]], view: InstanceView) -> Markup:
        """Pictures by their paths in the archive (empty for one that is missing) and their captions."""
        drawn = Markup().join(self._picture(path, caption, view) for path, caption in found)
        return Markup('<div class="pictures">{}</div>').format(drawn) if found else Markup()

    def _picture(self, path: str, caption: str, view: InstanceView) -> Markup:
        if not path:
            return Markup('<figure class="picture"><figcaption>{}</figcaption></figure>').format(caption)
        return Markup(
            '<figure class="picture"><figcaption>{1}</figcaption>'
            '<a href="{0}"><img src="{0}" alt="{1}, {2}" loading="lazy"></a></figure>'
        ).format(self.links.archive(path), caption, view.outline.title)

    def sparkline(self, view: InstanceView) -> Markup:
        """The last 24 hours of an instance's main number, with its limits; empty where there is no curve."""
        drawing = sparkline.sparkline(view)
        if not drawing or view.main is None:
            return Markup()
        caption = f"<figcaption>{escape(view.main.label)}, last 24 h</figcaption>"
        return Markup(f'<figure class="trend">{drawing}{caption}</figure>')  # noqa: S704 - escaped

    def table(self, view: InstanceView, rows: RowsView) -> Markup:
        """One table of rows, sortable, with a link to all of them where some are missing."""
        return tables.table(view, rows, self.links, self.clock)

    def tables(self, view: InstanceView) -> Markup:
        """All rows of an instance: as tables, or as pictures where they are some."""
        wanted = [each for each in view.rows if each.total or view.cells]  # of a failure, no tables of nothing
        return Markup().join(
            self.gallery(view, each) if each.complete and _holds_pictures(each) else self.table(view, each)
            for each in wanted
        )

    def body(self, view: InstanceView) -> Markup:
        """The default page of an instance: values and their trend, pictures, tables."""
        numbers = self.values(view) + self.sparkline(view)
        around = Markup(f'<div class="numbers">{numbers}</div>') if numbers else numbers  # noqa: S704 - markup
        return around + self.images(view) + self.tables(view)

    def limits(self, view: InstanceView) -> list[tuple[str, str]]:
        """The limits that rate an instance, by what they are about."""
        declared = view.module.tables if view.module else {}
        named = [
            (table.label if name else "", name, column) for name, table in declared.items() for column in table.columns
        ]
        written = (
            (_about(label, column), sparkline.limits_of(view, column, name).written(column.unit))
            for label, name, column in named
        )
        return [(about, limits) for about, limits in written if limits]

    def stale(self, newest: datetime) -> bool:
        """Whether the newest run is so old that acquisition seems to have stopped."""
        return self.page.now - newest > self.page.stale_after

    def steps(self) -> list[tuple[int, str]]:
        """The widths of a step that can be chosen, in minutes, the present one among them."""
        return [(each, human(each * 60, "seconds")) for each in sorted({*_STEPS, self.page.step})]

    @property
    def step(self) -> timedelta:
        """The width of a step."""
        return timedelta(minutes=self.page.step)


_TORN = re.compile(r"(?<=[≤≥<>=≠]) (?=\S)|(?<=\d) (?=%)")


def _holds_pictures(rows: RowsView) -> bool:
    return any(is_image(cell.value) for row in rows.rows for cell in row if cell.column.kind == "file")


def _stands_for_nothing(cell: RatedCell) -> bool:
    """The number that is to stand for an instance, where there is no such number."""
    return cell.column.main and cell.value is None and cell.status < 0


_STEPS = (15, 30, 60, 180, 360, 720, 1440, 10080)


def _about(table: str, column: Column) -> str:
    return f"{table}, {column.label}" if table else column.label


def headline(looks: int, unreached: int, known: bool, past: bool) -> str:
    """The first line of the overview.

    Args:
        looks: how many things need a look.
        unreached: how many could not be looked at, and are not counted among them.
        known: whether anything at all is known.
        past: whether this was so, rather than is.
    """
    if looks:
        tail = f", {unreached} could not be looked at" if unreached else ""
        need = ("thing needed", "things needed") if past else ("thing needs", "things need")
        return f"{some(looks, *need)} a look{tail}"
    if unreached:
        return f"{some(unreached, 'thing', 'things')} could not be looked at"
    if not known:
        return "Nothing is known"
    return "All was well" if past else "All is well"


def folded(trouble: Sequence[InstanceView], note: str) -> tuple[list[InstanceView], list[InstanceView]]:
    """What is listed one by one, and what a note on the whole run explains: that could not be looked at."""
    unreached = [view for view in trouble if note and view.status < 0]
    return [view for view in trouble if not (note and view.status < 0)], unreached
