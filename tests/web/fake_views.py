"""Views as the store would hand them out, small enough to be read in a test."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from happyface.contract import states
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Above, Limits
from happyface.model.outline import CategoryOutline, InstanceOutline, ModuleOutline, Outline
from happyface.model.views import (
    CategoryPage,
    CategoryView,
    InstanceView,
    Moment,
    Overview,
    RatedCell,
    RowsView,
    RunView,
    Segment,
)
from happyface.web.pages.links import Links
from happyface.web.pages.show import Show
from happyface.web.pages.times import Clock

BERLIN = ZoneInfo("Europe/Berlin")
RUN = RunView(7, datetime(2026, 11, 22, 17, 30, tzinfo=UTC), 12.0)
NOW = RUN.time + timedelta(minutes=4)

SHARE = Column("share", "number", "Failures", "share", limits=Above(warning=0.25, critical=0.5))
NODE_TABLE = Table("node", "Nodes", (Column("name", "text", "Node"), SHARE))


def page(now: datetime = NOW, **given: Any) -> Show:
    """What a page of the site GridKa is written with; what belongs to its links is given by their names."""
    of_links = {name: given.pop(name) for name in ("root", "moment", "step", "version", "plots") if name in given}
    links = Links(**{"root": "", "zone": BERLIN, **of_links})
    return Show(links, Clock(BERLIN, now, now), **{"title": "GridKa", **given})


def rated(column: Column, value: Cell) -> RatedCell:
    """A value, rated by the column's own limits."""
    limited = column.limits != Limits()
    known = column.limits.rate(value) if limited else states.UNKNOWN
    return RatedCell(column, value, known, column.limits.reason(value, column.unit) if limited and value else "")


def rows(table: Table, values: Sequence[Sequence[Cell]], total: int | None = None) -> RowsView:
    """The rows of a table, rated."""
    cells = [[rated(*pair) for pair in zip(table.columns, row, strict=True)] for row in values]
    return RowsView(table, cells, len(values) if total is None else total)


def instance(name: str = "errors", status: float = 1.0, category: str = "phedex", **given: Any) -> InstanceView:
    """An instance; what belongs to its outline is given with ``outline``."""
    outline = InstanceOutline(
        **{"name": name, "title": name.title(), "module": "Demo", "category": category, **given.pop("outline", {})}
    )
    module = ModuleOutline("Demo", "Shows something.", {"": Table("", "", (SHARE,)), "node": NODE_TABLE})
    return InstanceView(outline, given.pop("module", module), given.pop("run", RUN), status, **given)


def category(name: str = "phedex", status: float = 1.0, title: str = "", **outline: Any) -> CategoryView:
    """A category."""
    return CategoryView(CategoryOutline(name, title or name.title(), **outline), status)


def moment(asked: datetime | None = None, **given: Any) -> Moment:
    """A moment that shows the run."""
    return Moment(**{"asked": asked, "run": RUN, "newest": RUN, **given})


def overview(
    trouble: Sequence[InstanceView] = (),
    categories: Sequence[CategoryView] | None = None,
    strips: dict[str, list[Segment]] | None = None,
    **given: Any,
) -> Overview:
    """An overview of one category, or of those given."""
    categories = [category()] if categories is None else categories
    outline = Outline("GridKa", tuple(category.outline for category in categories), (), ())
    return Overview(moment(**given), outline, categories, trouble, strips or {})


def category_page(*instances: InstanceView, page_category: CategoryView | None = None, **given: Any) -> CategoryPage:
    """The page of a category with some instances."""
    page_category = page_category or category()
    outline = Outline("GridKa", (page_category.outline,), tuple(instance.outline for instance in instances), ())
    return CategoryPage(moment(**given), outline, [page_category], page_category, instances)


def day(*statuses: float, end: datetime = RUN.time, sentence: str = "") -> list[Segment]:
    """A day up to ``end`` in parts of equal length, each with a status; of one happy part by default."""
    length = timedelta(days=1) / (len(statuses) or 1)
    begins = [end - length * back for back in range(len(statuses) or 1, 0, -1)]
    parts = zip(begins, statuses or (1.0,), strict=True)
    return [Segment(begin, begin + length, status, sentence) for begin, status in parts]


def with_note(text: str) -> RunView:
    """The run, with a note that concerns all of it."""
    return replace(RUN, note=text)


def text_of(html: str) -> str:
    """What can be read, on one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<main")[2]).split())
