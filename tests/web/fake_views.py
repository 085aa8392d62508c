"""Views as the store would hand them out, small enough to be read in a test."""

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
    StripCell,
)
from happyface.web.context import PageContext

BERLIN = ZoneInfo("Europe/Berlin")
RUN = RunView(7, datetime(2026, 11, 22, 17, 30, tzinfo=UTC), 12.0)
NOW = RUN.time + timedelta(minutes=4)

SHARE = Column("share", "number", "Failures", "share", limits=Above(warning=0.25, critical=0.5))
NODE_TABLE = Table("node", "Nodes", (Column("name", "text", "Node"), SHARE))


def page(**given: Any) -> PageContext:
    """The surroundings of a page of the site GridKa."""
    return PageContext(**{"now": NOW, "zone": BERLIN, "title": "GridKa", **given})


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
    cells: dict[str, list[StripCell]] | None = None,
    **given: Any,
) -> Overview:
    """An overview of one category, or of those given."""
    categories = [category()] if categories is None else categories
    outline = Outline("GridKa", tuple(each.outline for each in categories), (), ())
    return Overview(moment(**given), outline, categories, trouble, cells or {})


def category_page(*instances: InstanceView, shown: CategoryView | None = None, **given: Any) -> CategoryPage:
    """The page of a category with some instances."""
    shown = shown or category()
    outline = Outline("GridKa", (shown.outline,), tuple(each.outline for each in instances), ())
    return CategoryPage(moment(**given), outline, [shown], shown, instances)


def day(status: float = 1.0, end: datetime = RUN.time, count: int = 96) -> list[StripCell]:
    """Cells of runs every 15 minutes, up to ``end``."""
    return [StripCell(end - timedelta(minutes=15 * back), status) for back in reversed(range(count))]


def with_note(text: str) -> RunView:
    """The run, with a note that concerns all of it."""
    return replace(RUN, note=text)
