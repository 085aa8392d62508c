"""What the store hands to pages, feeds and commands: plain values, without what a reader may not see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from happyface.contract import states
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Limits
from happyface.contract.states import Face
from happyface.model.outline import CategoryOutline, InstanceOutline, ModuleOutline, Outline
from happyface.model.results import SourceFact


@dataclass(frozen=True)
class RunView:
    """A complete run. ``note`` concerns the whole of it; times are in UTC, ``seconds`` is how long it took.

    ``outline_id`` is the number of the outline of the site as it was then.
    """

    id: int
    time: datetime
    seconds: float = 0.0
    note: str = ""
    outline_id: int = 0


@dataclass(frozen=True)
class Moment:
    """The run that stands for a moment of the past, or for the present.

    Attributes:
        asked: the moment that was asked for; None for the present.
        run: the run that is shown.
        newest: the newest run there is: the one that was written last, whatever its time is.
        before_first: the moment lies before the first run, which is shown instead.
        in_future: the moment lies in the future; the newest run is shown instead.
        run_ahead: the newest run's time lies more than a minute ahead of now: some clock was wrong.
        previous_change: time of the newest run before this one in which something changed its face.
        next_change: time of the oldest run after this one in which something changed its face.
    """

    asked: datetime | None
    run: RunView
    newest: RunView
    before_first: bool = False
    in_future: bool = False
    run_ahead: bool = False
    previous_change: datetime | None = None
    next_change: datetime | None = None

    @property
    def is_ahead(self) -> bool:
        """Whether the run that is shown is the newest one and lies ahead of now."""
        return self.run_ahead and self.run.id == self.newest.id


@dataclass(frozen=True)
class CategoryView:
    """A category in one run, as the category bar shows it."""

    outline: CategoryOutline
    status: float
    sentence: str = ""

    @property
    def face(self) -> Face:
        """The face that it wears."""
        return states.face(self.status, self.outline.type)


class Segment(NamedTuple):
    """A time in which a category's status and sentence stayed the same: from its first run to the next segment's.

    Where runs are missing there is a gap between two segments; the run before it lasts for the usual step.
    """

    begin: datetime
    end: datetime
    status: float
    sentence: str = ""


# A tuple, since a page may have tens of thousands of these: a frozen dataclass takes longer to make.
class RatedCell(NamedTuple):
    """A value with its column, the status that its limits give to it (-1: no limits), and the reason if bad."""

    column: Column
    value: Cell
    status: float
    reason: str = ""


@dataclass(frozen=True)
class RowsView:
    """Some rows of one table.

    Attributes:
        rows: worst first; in the order of the module where ``in_order`` says so.
        total: how many there are in all.
        first: how many come before these.
        charted: of a table with charts, the values of more rows than are here.
    """

    table: Table
    rows: Sequence[Sequence[RatedCell]]
    total: int
    first: int = 0
    in_order: bool = False
    charted: Sequence[Sequence[Cell]] = ()

    @property
    def complete(self) -> bool:
        """Whether all rows are here."""
        return len(self.rows) == self.total

    @property
    def values(self) -> Sequence[Sequence[Cell]]:
        """The values of as many rows as are known."""
        return self.charted or [[cell.value for cell in row] for row in self.rows]


LAST_DAY = timedelta(hours=24)
"""How far strips and curves go back from the run that a page shows."""

TrendPoint = tuple[float, float | None]
"""Seconds since 1970, and the value from then on; None where nothing is known."""


class Trend(NamedTuple):
    """The values of one column of an instance in the last 24 hours.

    Attributes:
        points: (seconds since 1970, value) where it changed, oldest first. A value holds until the next point; None
            begins a time of which nothing is known; the last point is the run that is shown.
        table: whose column it is; None for the values of ``Data``.
        key: the cell that names the row in its table.
        limits: those that the row itself tells; None where they are the column's.
    """

    column: Column
    points: Sequence[TrendPoint]
    table: Table | None = None
    key: Cell = None
    limits: Limits | None = None


@dataclass(frozen=True)
class InstanceView:
    """An instance in one run.

    Attributes:
        module: None where its module cannot be used, or could not then.
        since: since when it has had its face, in UTC; None where that is not known.
        missing: it was not looked at in this run.
        folded: its values were not read: ``cells``, ``rows`` and ``trends`` are empty.
        cells: the values of its ``Data``; empty when it stored none.
        rows: its tables of rows.
        facts: what was fetched for it.
        trends: the last 24 hours of the numbers at fault, else of its main column, and of those that are to have a
            curve, too.
    """

    outline: InstanceOutline
    module: ModuleOutline | None
    run: RunView
    status: float
    sentence: str = ""
    since: datetime | None = None
    missing: bool = False
    folded: bool = False
    cells: Sequence[RatedCell] = ()
    rows: Sequence[RowsView] = ()
    facts: Sequence[SourceFact] = ()
    trends: Sequence[Trend] = ()

    @property
    def face(self) -> Face:
        """The face that it wears."""
        return states.face(self.status, self.outline.type)

    @property
    def in_trouble(self) -> bool:
        """Whether a shifter should look at it; what is unrated never asks for that."""
        return self.outline.type != "unrated" and states.in_trouble(self.status)

    @property
    def value(self) -> Mapping[str, Cell]:
        """The values of its ``Data`` by name, for templates."""
        return {cell.column.name: cell.value for cell in self.cells}


@dataclass(frozen=True)
class Overview:
    """The site in one run, as its overview shows it.

    Attributes:
        categories: in the site's order.
        trouble: the instances that need a look, worst first; without their values.
        strips: the last 24 hours of each category, by its name, oldest first.
    """

    moment: Moment
    outline: Outline
    categories: Sequence[CategoryView]
    trouble: Sequence[InstanceView]
    strips: Mapping[str, Sequence[Segment]] = field(default_factory=dict)


@dataclass(frozen=True)
class CategoryPage:
    """One category in one run, with its instances: trouble first, then in the category's order."""

    moment: Moment
    outline: Outline
    categories: Sequence[CategoryView]
    category: CategoryView
    instances: Sequence[InstanceView]


@dataclass(frozen=True)
class Listing:
    """All categories and instances in one run, without their values: for feeds and commands."""

    moment: Moment
    outline: Outline
    categories: Sequence[CategoryView]
    instances: Mapping[str, InstanceView]

    def members(self, category: str) -> list[InstanceView]:
        """The instances of a category, in its order."""
        return [self.instances[name] for name in self.outline.category[category].instances if name in self.instances]
